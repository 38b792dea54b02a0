import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// What a Swift shell can do wrong, and what the screens say then.
final class HostTests: XCTestCase {
    func testAPhoneThatNobodyEnrolledSaysSo() async throws {
        let device = try Device()
        defer { device.end() }
        try await screens(device.phone)
    }

    @MainActor
    private func screens(_ phone: Phone) async throws {
        let today = TodayPresenter(phone: phone, words: Words(.chinese))
        await today.refresh(battery: nil)
        XCTAssertEqual(today.message, "本机尚未登记。请在办公室扫描登记二维码。")
        XCTAssertEqual(today.enterprise, "今天没有检查任务")
        XCTAssertFalse(today.canShowBadge || today.canStart)
        let badge = BadgePresenter(phone: phone, task: nil, words: Words(.chinese))
        _ = await badge.renew()
        XCTAssertNil(badge.frame)
        XCTAssertEqual(badge.state, "操作未完成，请重试")
    }

    func testErrorsOfSwiftCallbacksArriveAsWhatTheyMean() async throws {
        let office = try LiveOffice()
        defer { office.end() }
        let device = try await Device().enrol(office, .lead)
        defer { device.end() }
        device.keys.trouble = { _ in throw HostError.Locked }
        XCTAssertThrowsError(try device.phone.badgeFrame(kind: .badge, task: nil)) { error in
            guard case PhoneError.Locked = error else { return XCTFail("\(error)") }
            XCTAssertEqual(Words(.chinese).of(error), "密钥暂不可用：请解锁手机并验证身份")
        }
        device.keys.trouble = { _ in throw Failure(what: "no enclave") }
        XCTAssertThrowsError(try device.phone.badgeFrame(kind: .badge, task: nil)) { error in
            guard case let PhoneError.Host(detail) = error else { return XCTFail("\(error)") }
            XCTAssertTrue(detail.contains("no enclave"), detail)
        }
        device.keys.trouble = nil
        XCTAssertFalse(try device.phone.badgeFrame(kind: .badge, task: nil).text.isEmpty)
    }

    /// P5, F43: a lost key is said on the screen; new keys and a new log bring it right.
    func testF43ALostKeyIsSaidAndANewEnrolmentBringsItRight() async throws {
        let office = try LiveOffice()
        defer { office.end() }
        let device = try await Device().enrol(office, .lead)
        defer { device.end() }
        XCTAssertEqual(try device.phone.status().officeState, .consistent)
        device.keys.trouble = { key in if key == .log { throw HostError.Gone } }
        do { try await device.sync() } catch {}
        let status = try device.phone.status()
        XCTAssertEqual(status.logState, .keyGone)
        let own = try device.phone.certificate()
        let line = readiness(status, own: own, battery: nil, words: Words(.chinese)).first { $0.label == "签名" }
        XCTAssertEqual(line, Ready(label: "签名", level: .bad, value: "签名密钥已丢失：可继续工作，请尽快到办公室重新登记"))
        // The first generation stays gone; the next one signs.
        try device.phone.beginEnrolment(invitation: office.invite(.lead))
        device.keys.trouble = nil
        try device.keys.forget(generation: 0)
        try await device.sync()
        try await device.sync()
        XCTAssertEqual(try device.phone.status().logState, .signing)
        XCTAssertTrue(try device.phone.checkpoints().allSatisfy(\.receipted))
        XCTAssertEqual(Set(try device.phone.checkpoints().map(\.log)).count, 2)
    }

    func testACallDuringACallIsAnsweredBusyAndAClosedPhoneSaysSo() async throws {
        let office = try LiveOffice()
        defer { office.end() }
        let device = try await Device().enrol(office, .lead)
        defer { device.end() }
        var answer: Error?
        let phone = device.phone
        device.keys.trouble = { _ in do { _ = try phone.tick() } catch { answer = error } }
        _ = try phone.badgeFrame(kind: .badge, task: nil)
        guard case PhoneError.Busy? = answer else { return XCTFail("\(String(describing: answer))") }
        device.keys.trouble = nil
        try phone.shutdown()
        XCTAssertThrowsError(try phone.status()) { error in
            guard case PhoneError.Closed = error else { return XCTFail("\(error)") }
        }
    }

    /// SwiftUI does not exist on Linux: its sources are parsed, not compiled.
    func testTheViewsParse() throws {
        let app = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../App").standardizedFileURL
        let views = try FileManager.default.contentsOfDirectory(atPath: app.path).filter { $0.hasSuffix(".swift") }
        XCTAssertEqual(views.count, 11)
        let parse = Process()
        parse.executableURL = URL(fileURLWithPath: "/usr/bin/swiftc")
        parse.arguments = ["-frontend", "-parse"] + views.map { app.appendingPathComponent($0).path }
        try parse.run()
        parse.wait()
        XCTAssertEqual(parse.terminationStatus, 0)
    }

    /// Both languages hold the same texts.
    func testTheTextsOfBothLanguagesAgree() throws {
        let resources = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Sources/Inspector/Resources").standardizedFileURL
        let keys = try ["zh-Hans", "en"].map { language in
            let text = try String(contentsOf: resources.appendingPathComponent("\(language).lproj/Localizable.strings"), encoding: .utf8)
            return text.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        }
        XCTAssertEqual(keys[0], keys[1])
        XCTAssertGreaterThan(keys[0].count, 50)
    }
}
