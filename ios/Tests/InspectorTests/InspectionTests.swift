import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// One short inspection through the generated Swift: two phones, their hosts in Swift, the real core, a live office; and what the screens show meanwhile.
final class InspectionTests: XCTestCase {
    func testFromTheBadgeToTheCustodyReceipt() async throws {
        let office = try LiveOffice()
        defer { office.end() }
        let zhang = try await Device().enrol(office, .lead)
        defer { zhang.end() }
        let li = try await Device().enrol(office, .second)
        defer { li.end() }
        try office.assign()
        try await zhang.sync()
        try await li.sync()

        let inspection = try await todayScreen(zhang.phone)
        try pair(zhang.phone, li.phone, inspection)
        try await badgeScreen(zhang.phone)
        try tell(zhang.phone, li.phone, inspection)
        let evidence = try photograph(zhang.phone, inspection)
        try await recording(zhang.phone, inspection)
        try copies(zhang.phone, inspection, evidence)
        try sign(zhang.phone, li.phone, inspection)
        _ = try zhang.phone.act(inspection: inspection, act: .leave(place: nil))
        try witness(zhang.phone, li.phone, inspection)
        _ = try zhang.phone.act(inspection: inspection, act: .close(witness: .peer, reason: nil))

        for _ in 0..<3 {
            try await li.sync()
            try await zhang.sync(.background)
        }
        let queue = try zhang.phone.status().queue
        XCTAssertFalse(queue.isEmpty)
        XCTAssertTrue(queue.allSatisfy { $0.state == .received }, "\(queue)")
        XCTAssertFalse(try zhang.phone.custodyReceipt(evidence: evidence).isEmpty)
        try zhang.phone.deleteSent(evidence: evidence)
    }

    @MainActor
    private func todayScreen(_ phone: Phone) async throws -> String {
        let screen = TodayPresenter(phone: phone, words: Words(.chinese))
        await screen.refresh(battery: 86)
        XCTAssertNil(screen.message)
        XCTAssertEqual(screen.who, "张建国 · 执法人员")
        XCTAssertEqual(screen.enterprise, "青川县青溪宾馆有限公司")
        XCTAssertTrue(screen.fields.contains(Field(label: "本年度次数", value: "第 1 次，上限 2 次")), "\(screen.fields)")
        XCTAssertTrue(screen.readiness.contains(Ready(label: "电量", level: .good, value: "86%")), "\(screen.readiness)")
        XCTAssertEqual(screen.readiness.first { $0.label == "执法证件" }?.level, .good)
        XCTAssertEqual(screen.readiness.first { $0.label == "离线可用" }?.level, .good)
        XCTAssertEqual(screen.summary, "出发准备就绪")
        XCTAssertTrue(screen.canShowBadge && screen.canStart)
        await screen.start(battery: 86)
        XCTAssertEqual(screen.gates, [])
        XCTAssertFalse(screen.canStart)

        let english = TodayPresenter(phone: phone, words: Words(.english))
        await english.refresh(battery: 8)
        XCTAssertEqual(english.who, "张建国 · Officer")
        XCTAssertEqual(english.readiness.first, Ready(label: "Battery", level: .bad, value: "8%"))
        return try XCTUnwrap(screen.inspection)
    }

    @MainActor
    private func badgeScreen(_ phone: Phone) async throws {
        let screen = BadgePresenter(phone: phone, task: try phone.tasks().first?.task.id, words: Words(.chinese))
        await screen.load()
        XCTAssertEqual(screen.fields.map(\.label), ["姓名", "单位", "职务", "证件编号", "执法类别", "执法区域", "证件有效期至"])
        XCTAssertEqual(screen.fields.last?.value, "2028年5月31日")
        XCTAssertEqual(screen.complaint, "监督电话：0839-12345")
        let again = await screen.renew()
        XCTAssertEqual(again, 5_000)
        let first = try XCTUnwrap(screen.frame)
        XCTAssertEqual(first.modules.count, Int(first.size * first.size))
        _ = await screen.choose(.assignment)
        XCTAssertNotEqual(screen.frame?.text, first.text)
        screen.pause()
        XCTAssertNil(screen.frame)
    }

    private func pair(_ zhang: Phone, _ li: Phone, _ inspection: String) throws {
        XCTAssertThrowsError(try zhang.act(inspection: inspection, act: .showBadge(toWhom: "陈晓梅", acknowledged: .scanned, place: nil))) { error in
            guard case let PhoneError.Blocked(gates) = error else { return XCTFail("\(error)") }
            XCTAssertTrue(gates.contains { $0.rule == "J1" }, "\(gates)")
        }
        let task = try XCTUnwrap(try zhang.tasks().first).task.id
        let answer = try li.pairAnswer(task: task, offer: try zhang.pairOffer(task: task))
        let confirm = try zhang.pairConfirm(inspection: inspection, answer: try XCTUnwrap(answer.next))
        _ = try li.pairFinish(confirm: try XCTUnwrap(confirm.next))
        XCTAssertTrue(try carry(zhang, li).contains(.joined(inspection: inspection)))
        let (there, here) = (try zhang.mirrors(), try li.mirrors())
        XCTAssertEqual(there.first?.there, here.first?.here, "each has the other's log")
        XCTAssertEqual(here.first?.forked, false)
        XCTAssertThrowsError(try zhang.continueAsLead(inspection: inspection, reason: "本机已是主办"))
        for phone in [zhang, li] { _ = try phone.act(inspection: inspection, act: .showBadge(toWhom: "陈晓梅", acknowledged: .photographed, place: nil)) }
        _ = try carry(zhang, li)
    }

    private func tell(_ zhang: Phone, _ li: Phone, _ inspection: String) throws {
        let notice = try XCTUnwrap(try zhang.notices(inspection: inspection).first { $0.language == "zh-Hans" })
        for item in notice.items {
            _ = try zhang.act(inspection: inspection, act: .tellRight(item: item.id, language: notice.language, how: .readAloud))
        }
        _ = try zhang.act(inspection: inspection, act: .acknowledgeRights(by: "陈晓梅", how: .signed, reason: nil))
        let good = Act.answer(item: "zhusu-02", result: .pass, note: "许可证原件悬挂于总台", measured: nil, instrument: nil)
        let bad = Act.answer(item: "youyong-07", result: .fail, note: "快速检测，只作筛查", measured: "0.1", instrument: "CL-0457")
        for answer in [good, bad] { _ = try zhang.act(inspection: inspection, act: answer) }
        XCTAssertEqual(try zhang.inspection(inspection: inspection).answers.count, 2)
    }

    /// P5: the second phone by channel and by code, the party by the code on the screen; a witness that was not there is refused.
    private func witness(_ zhang: Phone, _ li: Phone, _ inspection: String) throws {
        XCTAssertThrowsError(try zhang.act(inspection: inspection, act: .close(witness: .peer, reason: nil))) { error in
            guard case let PhoneError.Blocked(gates) = error else { return XCTFail("\(error)") }
            XCTAssertEqual(gates.map(\.rule), ["P5"])
        }
        try zhang.requestWitness(inspection: inspection)
        _ = try carry(zhang, li)
        try li.witness()
        _ = try carry(zhang, li)
        let code = try li.witnessScanned(inspection: inspection, code: try zhang.checkpointFrame().text)
        guard case .witnessed = try zhang.takeWitness(code: code) else { return XCTFail("not witnessed") }
        XCTAssertEqual(try zhang.inspection(inspection: inspection).cosigned.map(\.officer.number), [Officer.second.number, Officer.second.number])
        _ = try zhang.act(inspection: inspection, act: .partyTook(how: .scanned, by: "陈晓梅"))
        XCTAssertEqual(try zhang.inspection(inspection: inspection).taken.count, 1)
    }

    private func photograph(_ zhang: Phone, _ inspection: String) throws -> String {
        let shots = try FileManager.default.subpathsOfDirectory(atPath: told("MINGZHENG_PHOTOS")).filter { $0.hasSuffix(".jpg") }.sorted()
        let shot = try XCTUnwrap(shots.first)
        let path = zhang.inbox() + "/IMG_0001.jpg"
        try FileManager.default.copyItem(atPath: told("MINGZHENG_PHOTOS") + "/" + shot, toPath: path)
        let info = CaptureInfo(item: "youyong-07", caption: "余氯比色", originalName: "IMG_0001.jpg", place: nil, imported: false)
        let evidence = try zhang.capturePhoto(inspection: inspection, path: path, info: info)
        XCTAssertFalse(FileManager.default.fileExists(atPath: path), "the clear original is gone")
        XCTAssertEqual(try zhang.checkPhoto(inspection: inspection, evidence: evidence.id).state, "ok")
        XCTAssertThrowsError(try zhang.deleteSent(evidence: evidence.id))
        return evidence.id
    }

    private func recording(_ zhang: Phone, _ inspection: String) async throws {
        let recorder = SoundRecorder(phone: zhang, inspection: inspection, microphone: Tone(seconds: 23), clock: { 0 })
        let recording = try await recorder.run(scene: "changjing-jiancha") { part in XCTAssertEqual(part.state, "whole") }
        let made = try XCTUnwrap(try zhang.recordings(inspection: inspection).first { $0.id == recording.id })
        XCTAssertEqual(made.standing, .ended)
        XCTAssertEqual(made.parts, 3)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: zhang.inbox()), [])

        let broken = SoundRecorder(phone: zhang, inspection: inspection, microphone: Tone(seconds: 12, fails: true), clock: { 0 })
        do {
            try await broken.run(scene: nil)
            XCTFail("the microphone was taken away")
        } catch is CocoaError {}
        let open = try XCTUnwrap(try zhang.recordings(inspection: inspection).first { $0.standing == .running })
        XCTAssertEqual(open.parts, 1)
        let why = Interruption(recording: open.id, scene: nil, reason: "yuanyin-laidian", note: "来电")
        try zhang.interruptRecording(inspection: inspection, why: why)
        let left = try XCTUnwrap(try FileManager.default.contentsOfDirectory(atPath: zhang.inbox()).first)
        let info = PartInfo(startsMs: 10_000, lastsMs: 2_000, place: nil)
        let part = try zhang.addPart(inspection: inspection, recording: open.id, path: zhang.inbox() + "/" + left, info: info)
        XCTAssertEqual(part.state, "truncated", "its length was never written")
        try zhang.endRecording(inspection: inspection, recording: open.id)
    }

    private func copies(_ zhang: Phone, _ inspection: String, _ original: String) throws {
        let region = Region(x: 0, y: 0, width: 40, height: 40)
        let copy = try zhang.deriveCopy(inspection: inspection, original: original, edit: .crop(region: region), caption: "局部")
        XCTAssertEqual(try zhang.checkPhoto(inspection: inspection, evidence: copy.id).width, 40)
        XCTAssertThrowsError(try zhang.act(inspection: inspection, act: .find(text: "没有证据", items: [], evidence: [], unproven: false)))
        _ = try zhang.act(inspection: inspection, act: .find(text: "余氯0.1 mg/L", items: ["youyong-07"], evidence: [original], unproven: false))
        XCTAssertEqual(try zhang.facts(inspection: inspection).first?.evidence, [original])
    }

    private func sign(_ zhang: Phone, _ li: Phone, _ inspection: String) throws {
        let paper = try zhang.composeRecord(inspection: inspection).id
        let ink = Ink(width: 300, height: 120, strokes: [Stroke(points: [Point(x: 10, y: 20), Point(x: 60, y: 80)])])
        let signature = { (name: String) in SignInput(name: name, position: "", strokes: Data(name.utf8), ink: ink, media: nil) }
        let refusal = RefuseInput(
            why: .refused, name: "陈晓梅", reason: "称须请示总部", witness: "刘德厚", witnessUnit: "桥头村村民委员会", witnessInk: ink, media: nil)
        try zhang.refusePaper(inspection: inspection, paper: paper, input: refusal)
        try zhang.signAsOfficer(inspection: inspection, paper: paper, input: signature(Officer.lead.name))
        try zhang.requestCosign(inspection: inspection, paper: paper)
        _ = try carry(zhang, li)
        try li.cosign(input: signature(Officer.second.name))
        _ = try carry(zhang, li)
        XCTAssertTrue(try zhang.finishPaper(inspection: inspection, paper: paper).finished)
        XCTAssertEqual(try zhang.paperPdf(paper: paper).prefix(4), Data("%PDF".utf8))
    }
}

/// Sound of so many seconds, as fast as it is asked for; at its end it is over, or taken away.
private final class Tone: Microphone, @unchecked Sendable {
    let rate: UInt32 = 16_000
    private var left: Int
    private let fails: Bool

    init(seconds: Int, fails: Bool = false) {
        left = seconds * 10
        self.fails = fails
    }

    func read() async throws -> [Int16]? {
        if left == 0 {
            if fails { throw CocoaError(.fileReadUnknown) }
            return nil
        }
        left -= 1
        return (0..<1_600).map { Int16($0 % 251) }
    }
}
