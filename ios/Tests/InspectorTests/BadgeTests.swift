import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// The badge screen and the list of officers, on the real core and a live office.
final class BadgeTests: XCTestCase {
    /// F41: the page's eight digits are answered by every code, and ended by choice; anything else is refused by name.
    func testF41TheDigitsOfThePartysPageAreAnswered() async throws {
        let team = try await Team()
        defer { team.end() }
        try await answers(team.zhang.phone)
    }

    @MainActor
    private func answers(_ phone: Phone) async throws {
        let screen = BadgePresenter(phone: phone, task: try phone.tasks().first?.task.id, words: Words(.chinese))
        await screen.load()
        XCTAssertEqual(screen.complaint, "监督电话：0839-12345")
        XCTAssertEqual(screen.complaintCode?.text, "tel:0839-12345")
        XCTAssertTrue(screen.aid.contains("电子亮证辅助"))
        _ = await screen.renew()
        XCTAssertTrue(screen.state.contains("zf.example/b"), screen.state)
        _ = await screen.answer("1234")
        XCTAssertEqual(screen.refusedDigits, "请输入对方页面上的 8 位数字")
        XCTAssertFalse(screen.answering)
        let again = await screen.answer(" 1234 5678 ")
        XCTAssertEqual(again, 5_000)
        XCTAssertNil(screen.refusedDigits)
        XCTAssertTrue(screen.answering)
        XCTAssertTrue(screen.state.contains("剩 120 秒"), screen.state)
        _ = await screen.choose(.assignment)
        XCTAssertNotNil(screen.frame?.challengeLeftMs)
        _ = await screen.endAnswer()
        XCTAssertFalse(screen.answering)
        XCTAssertNil(screen.frame?.challengeLeftMs)
    }

    /// R03, J26: anybody is looked up with no network, by the seven public fields.
    func testR03OfficersAreLookedUpWithNoNetwork() async throws {
        let office = try LiveOffice()
        let zhang = try await Device().enrol(office, .lead)
        defer { zhang.end() }
        _ = try await Device().enrol(office, .second)
        try await zhang.sync()
        office.end()
        try await lookUp(zhang.phone)
    }

    @MainActor
    private func lookUp(_ phone: Phone) async throws {
        let screen = OfficersPresenter(phone: phone, words: Words(.chinese))
        await screen.look("")
        XCTAssertEqual(screen.rows.map(\.name), ["张建国", "李秀英"])
        XCTAssertTrue(screen.asOf.contains("2 / 2 人"), screen.asOf)
        XCTAssertNil(screen.warning)
        await screen.look("0023")
        XCTAssertEqual(screen.rows.map(\.name), ["李秀英"])
        XCTAssertEqual(screen.rows[0].fields.map(\.label), ["单位", "职务", "证件编号", "执法类别", "执法区域", "证件有效期至"])
        await screen.look("赵")
        XCTAssertEqual(screen.warning, "名单中没有这样的执法人员")
    }

    /// R01, R02: a suspended certificate leaves no code; the screen says why and what to do, until it is given back.
    func testR02ASuspendedCertificateLeavesNoCode() async throws {
        let office = try LiveOffice()
        defer { office.end() }
        let zhang = try await Device().enrol(office, .lead)
        defer { zhang.end() }
        try await zhang.sync()
        try office.decide("suspend", .lead)
        try await zhang.sync()
        try await suspended(zhang.phone)
        try office.decide("resume", .lead)
        try await zhang.sync()
        try await inEffect(zhang.phone)
    }

    @MainActor
    private func suspended(_ phone: Phone) async throws {
        let screen = BadgePresenter(phone: phone, task: nil, words: Words(.chinese))
        await screen.load()
        _ = await screen.renew()
        XCTAssertNil(screen.frame)
        XCTAssertTrue(screen.state.contains("本人执法证已被暂扣") && screen.state.contains("办法："), screen.state)
        XCTAssertTrue(try XCTUnwrap(screen.notice).contains("执法证已被暂扣，不得执法"))
        let status = try phone.status(), own = try phone.certificate()
        let line = readiness(status, own: own, battery: nil, words: Words(.chinese)).first { $0.label == "执法证件" }
        XCTAssertEqual(line?.level, .bad)
    }

    @MainActor
    private func inEffect(_ phone: Phone) async throws {
        let screen = BadgePresenter(phone: phone, task: nil, words: Words(.chinese))
        await screen.load()
        _ = await screen.renew()
        XCTAssertNotNil(screen.frame)
        XCTAssertNil(screen.notice)
    }
}
