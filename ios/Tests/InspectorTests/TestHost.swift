import Foundation
@testable import Inspector
import Mingzheng

/// A phone in a folder of its own, with host interfaces written in Swift.
final class Device {
    let folder: URL
    let keys: TestKeys
    let mark = TestMark()
    let phone: Phone

    init() throws {
        folder = try freshFolder("phone")
        keys = try TestKeys()
        phone = try Phone.open(folder: folder.path, host: host(keys, mark))
    }

    func enrol(_ office: LiveOffice, _ officer: Officer) async throws -> Device {
        try phone.beginEnrolment(invitation: office.invite(officer))
        try await sync()
        try await sync()
        return self
    }

    func sync(_ mode: Courier.Mode = .foreground) async throws {
        guard try await Courier(phone: phone, mode: mode).run() else { throw Failure(what: "no connection") }
    }

    func end() {
        try? phone.shutdown()
        try? FileManager.default.removeItem(at: folder)
    }
}

func host(_ keys: TestKeys, _ mark: TestMark) -> Mingzheng.Host {
    Mingzheng.Host(clock: TestClock(), random: TestRandom(), keys: keys, highWater: mark, fonts: TestFonts())
}

/// Beside the keys, in memory.
final class TestMark: HighWater, @unchecked Sendable {
    var mark: Data?
    func read() throws -> Data? { mark }
    func write(mark: Data) throws { self.mark = mark }
}

final class TestClock: Mingzheng.Clock {
    func now() throws -> ClockReading {
        let uptime = UInt64(ProcessInfo.processInfo.systemUptime * 1000)
        return ClockReading(wallMs: nowMs, zoneMin: 480, monoMs: uptime, boot: Data([1]))
    }
}

final class TestRandom: Mingzheng.Random {
    func bytes(count: UInt32) throws -> Data {
        var source = SystemRandomNumberGenerator()
        return Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &source) })
    }
}

final class TestFonts: Fonts {
    func files() throws -> [Data] {
        [try Data(contentsOf: URL(fileURLWithPath: told("MINGZHENG_FONT_DIR") + "/NotoSansCJK-Regular.ttc"))]
    }
}

/// The simulator's software keys behind a Swift class that can be told to fail.
final class TestKeys: DeviceKeys, @unchecked Sendable {
    private let keys: DeviceKeys
    var trouble: ((DeviceKey) throws -> Void)?
    private(set) var forgotten: Set<UInt32> = []

    init() throws {
        keys = try softwareKeys(secret: try TestRandom().bytes(count: 32))
    }

    func publicKey(key: DeviceKey, generation: UInt32) throws -> DevicePublicKey { try keys.publicKey(key: key, generation: generation) }
    func forget(generation: UInt32) throws { forgotten.insert(generation) }
    func attest(generation: UInt32, challenge: Data) throws -> Attestation? { nil }
    func wipe() throws { try keys.wipe() }
    func wrap(secret: Data) throws -> Data { try keys.wrap(secret: secret) }
    func unwrap(wrapped: Data) throws -> Data { try keys.unwrap(wrapped: wrapped) }
    func protection() throws -> KeyProtection { try keys.protection() }
    func sign(key: DeviceKey, generation: UInt32, message: Data) throws -> DeviceSignature {
        try trouble?(key)
        if forgotten.contains(generation) { throw HostError.Gone }
        return try keys.sign(key: key, generation: generation, message: message)
    }
}

var nowMs: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

/// Carries messages between two paired phones until neither has one.
func carry(_ one: Phone, _ other: Phone) throws -> [PeerEvent] {
    var events: [PeerEvent] = []
    while true {
        let there = try one.peerOutbox()
        for message in there { if let event = try other.peerReceive(message: message) { events.append(event) } }
        let back = try other.peerOutbox()
        for message in back { if let event = try one.peerReceive(message: message) { events.append(event) } }
        if there.isEmpty && back.isEmpty { return events }
    }
}
