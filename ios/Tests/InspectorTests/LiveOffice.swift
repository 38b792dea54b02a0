import Foundation
@testable import Inspector
import Mingzheng

/// What `cargo xtask` tells every test.
func told(_ name: String) -> String {
    guard let value = ProcessInfo.processInfo.environment[name] else { fatalError("\(name) is not set: run this by cargo xtask test") }
    return value
}

/// Today where the office is, `yyyymmdd`.
var today: Int {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 8 * 3600)
    format.dateFormat = "yyyyMMdd"
    return Int(format.string(from: Date())) ?? 0
}

struct Officer {
    let name: String
    let position: String
    let number: String

    static let lead = Officer(name: "张建国", position: "四级主任科员", number: "川H2026010017")
    static let second = Officer(name: "李秀英", position: "一级科员", number: "川H2026010023")
}

/// A practice office: the real program `mingzheng` with a folder of its own, on a free port of this machine.
final class LiveOffice {
    static let organ = "青川县卫生健康局"
    private let folder: URL
    private let server = Process()
    private var persons: [String: String] = [:]
    private var config: String { folder.appendingPathComponent("office/mingzheng.toml").path }

    init() throws {
        folder = try freshFolder("office")
        try mingzheng(["init", "--organ", Self.organ, folder.appendingPathComponent("office").path])
        let pack = folder.appendingPathComponent("pack.cbor").path
        try mingzheng(["--config", config, "pack", "sign", told("MINGZHENG_ROOT") + "/packs/weisheng-jiandu", "--out", pack])
        try mingzheng(["--config", config, "pack", "add", pack])
        try serve()
    }

    /// An officer who was invited before is the same person.
    func invite(_ officer: Officer) throws -> String {
        let known = persons[officer.number].map { ["--person", $0] } ?? []
        let answer = try mingzheng([
            "--config", config, "enroll", "--json", "--name", officer.name, "--unit", Self.organ, "--position", officer.position,
            "--number", officer.number, "--category", "卫生行政执法", "--area", "青川县", "--until", "2028-05-31",
        ] + known)
        let json = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        guard let invitation = json?["invitation"] as? String, let person = json?["person"] as? String else {
            throw Failure(what: "no invitation in \(answer)")
        }
        persons[officer.number] = person
        return invitation
    }

    func assign() throws {
        let officers = [Officer.lead, .second].map { ["number": $0.number] }
        let task: [String: Any] = [
            "title": "住宿场所及附设游泳池“双随机”抽查", "kind": "routine", "day": today,
            "enterprise": [
                "name": "青川县青溪宾馆有限公司", "code": "91510822MA6ABCDE0X", "address": "四川省广元市青川县青溪镇桥头路18号", "phone": "0839-7200118",
                "legal_representative": "何国栋", "manager": "陈晓梅", "manager_position": "店长",
            ],
            "officers": officers, "assistants": [[String: String]](), "n": 1, "cap": 2,
            "approval": ["number": "青卫检批〔2026〕0117号", "by": "周明远", "on": today] as [String: Any],
            "matter": "住宿场所和附设游泳场所卫生状况", "basis": ["《公共场所卫生管理条例》第十三条"], "checklists": ["zhusu", "youyong"],
            "complaint_phone": "0839-12345", "numbers": ["2026-0117"],
        ]
        let file = folder.appendingPathComponent("task.json")
        try JSONSerialization.data(withJSONObject: task).write(to: file)
        try mingzheng(["--config", config, "task", "add", file.path])
    }

    /// A step in the life of a certificate, for instance `suspend`.
    func decide(_ step: String, _ officer: Officer) throws {
        try mingzheng(["--config", config, "officer", step, officer.number, "--reason", "待查", "--basis", "行政处罚法 42", "--by", "周明远"])
    }

    /// Takes a task back.
    func withdraw(_ task: String, _ reason: String) throws {
        try mingzheng(["--config", config, "task", "withdraw", task, "--reason", reason])
    }

    /// A case comes of the inspection, is filed and investigated, and its review agrees.
    func review(_ inspection: String) throws {
        let procedure = { (words: [String]) in try self.mingzheng(["--config", self.config, "procedure"] + words) }
        let accepted = try procedure(["accept", "--inspection", inspection, "--by", Officer.lead.name, "--by-number", Officer.lead.number, "--json"])
        let json = try JSONSerialization.jsonObject(with: Data(accepted.utf8)) as? [String: Any]
        guard let number = json?["number"] as? String else { throw Failure(what: "no number in \(accepted)") }
        let file = folder.appendingPathComponent("step.json")
        for node in ["filed", "investigated", "reviewed"] {
            try Data(procedure(["step", number, "--example", node]).utf8).write(to: file)
            _ = try procedure(["step", number, file.path])
        }
    }

    /// Killed: a server that ends by itself waits for clients that keep their connections.
    func end() {
        kill(server.processIdentifier, SIGKILL)
        server.wait()
        try? FileManager.default.removeItem(at: folder)
    }

    private func serve() throws {
        let output = Pipe()
        server.executableURL = URL(fileURLWithPath: told("MINGZHENG_OFFICE"))
        server.arguments = ["--config", config, "serve", "--port", "0"]
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        var said = ""
        while !said.contains("address: ") {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw Failure(what: "the office ended: \(said)") }
            said += String(decoding: more, as: UTF8.self)
        }
    }

    @discardableResult
    private func mingzheng(_ arguments: [String]) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: told("MINGZHENG_OFFICE"))
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.wait()
        guard process.terminationStatus == 0 else { throw Failure(what: "mingzheng \(arguments): \(said)") }
        return said
    }
}

extension Process {
    /// `waitUntilExit` wants a run loop, which threads of async tests do not have.
    func wait() {
        while isRunning { usleep(2_000) }
    }
}

struct Failure: Error {
    let what: String
}

func freshFolder(_ name: String) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mingzheng-\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}
