import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// The record of the showing: two phones on the real core and a live office.
final class ShowingTests: XCTestCase {
    private var team: Team!
    private var inspection = ""
    private var zhang: Device { team.zhang }
    private var li: Device { team.li }

    override func setUp() async throws {
        team = try await Team()
        inspection = try team.begin(team.zhang)
    }

    override func tearDown() async throws {
        team?.end()
    }

    private func pair() throws {
        try team.pair(zhang, li, inspection)
    }

    @MainActor
    private func screen(_ place: Place? = nil, allowed: Bool = true) async -> ShowingPresenter {
        let here = TestWhereabouts(place: place, allowed: allowed)
        let screen = ShowingPresenter(phone: zhang.phone, inspection: inspection, words: Words(.chinese), whereabouts: here)
        await screen.load()
        return screen
    }

    /// J1, J3, R01: to whom, how and where are read before they are written, and what was written is said. One officer alone records nothing.
    @MainActor
    func testJ1J3R01TheShowingIsReadBeforeItIsWritten() async throws {
        let here = Place(latE7: 325_921_340, lonE7: 1_052_314_560, accuracyM: 9, ageMs: 1_200, mock: false)
        var screen = await screen(here)
        XCTAssertEqual(screen.toWhom, "陈晓梅")
        screen.propose(.scanned)
        await screen.write()
        XCTAssertEqual(screen.gates.map(\.rule), ["J1"])
        XCTAssertEqual(screen.gates.map(\.wayOn), ["等待第二名执法人员到场（返回）并用其本人手机配对；其间只作不属于执法的记录"])
        XCTAssertTrue(screen.written.isEmpty)

        try pair()
        screen = await self.screen(here)
        screen.propose(.scanned)
        let says = try XCTUnwrap(screen.proposal?.says)
        XCTAssertTrue(says.contains("张建国（川H2026010017）向 陈晓梅 出示执法证件；对方：扫码核验"), says)
        XCTAssertTrue(says.contains("已定位，误差约 9 米，1 秒前") && says.contains("写入后不能删改"), says)
        screen.takeBack()
        await screen.write()
        XCTAssertTrue(try zhang.phone.inspection(inspection: inspection).badges.isEmpty, "taken back")
        screen.toWhom = " 前台 赵敏 "
        screen.propose(.photographed)
        await screen.write()
        let badge = try XCTUnwrap(zhang.phone.inspection(inspection: inspection).badges.first)
        XCTAssertEqual([badge.officer.name, badge.toWhom, badge.fix], ["张建国", "前台 赵敏", "good"])
        XCTAssertEqual(badge.acknowledged, .photographed)
        XCTAssertEqual(badge.place?.latE7, here.latE7)
        XCTAssertEqual(screen.written.count, 1)
        XCTAssertTrue(screen.written[0].contains("张建国（川H2026010017）向 前台 赵敏 出示；拍照"), screen.written[0])
        XCTAssertTrue(try XCTUnwrap(screen.message).contains("已写入日志，序号"))
        XCTAssertEqual(screen.gates, [])
    }

    /// J3: whoever does not look is recorded so; a place that is not known is marked as such and hinders nothing.
    @MainActor
    func testJ3APartyWhoDoesNotLookAndNoFixAreRecordedAsSuch() async throws {
        try pair()
        let screen = await screen(allowed: false)
        XCTAssertEqual(screen.placeSays, "地点：未允许定位，按无定位如实标明；可在系统设置中允许")
        screen.toWhom = " "
        screen.propose(.declined)
        XCTAssertNil(screen.proposal)
        XCTAssertEqual(screen.message, "请填写向谁出示")
        screen.toWhom = "陈晓梅"
        screen.propose(.declined)
        await screen.write()
        let badge = try XCTUnwrap(zhang.phone.inspection(inspection: inspection).badges.first)
        XCTAssertEqual(badge.acknowledged, .declined)
        XCTAssertEqual(badge.fix, "none")
        XCTAssertNil(badge.place)
        XCTAssertTrue(screen.written[0].contains("未查看") && screen.written[0].contains("地点：无定位，如实标明"), screen.written[0])
    }

    /// P3, J3: the second officer's certificate on this phone is marked so, says why, and is provisional until the own phone shows it.
    @MainActor
    func testP3J3TheSecondOfficerOnThisPhoneIsMarkedUntilTheOwnPhoneShows() async throws {
        try pair()
        let screen = await screen()
        XCTAssertEqual(screen.others.map(\.name), ["李秀英"])
        XCTAssertNil(screen.sharedWhy)
        screen.choose(screen.others.first)
        XCTAssertTrue(try XCTUnwrap(screen.sharedWhy).contains("将标明“在他人设备上出示”"))
        screen.propose(.signed)
        XCTAssertTrue(try XCTUnwrap(screen.proposal?.says).contains("在他人设备上出示，待李秀英本人手机确认"))
        await screen.write()
        let badge = try XCTUnwrap(zhang.phone.inspection(inspection: inspection).badges.first)
        XCTAssertTrue(badge.sharedDevice && badge.officer.name == "李秀英" && badge.acknowledged == .signed)
        XCTAssertTrue(screen.written[0].contains("在他人设备上出示，待李秀英本人手机确认"), screen.written[0])
        _ = try li.phone.act(inspection: inspection, act: .showBadge(toWhom: "陈晓梅", acknowledged: .scanned, place: nil))
        _ = try carry(zhang.phone, li.phone)
        await screen.load()
        XCTAssertTrue(screen.written[0].contains("李秀英已用本人手机确认"), screen.written[0])
        XCTAssertEqual(screen.written.count, 2)
    }

    /// R06: how far each phone has the other's log, once there is another one.
    @MainActor
    func testR06TheLogsThatThePhonesKeepOfEachOtherAreShown() async throws {
        let screen = await screen()
        XCTAssertEqual(screen.mirrors, [])
        try pair()
        await screen.load()
        let mirror = try XCTUnwrap(zhang.phone.mirrors().first)
        let line = try XCTUnwrap(screen.mirrors.first)
        XCTAssertEqual([line.label, line.level.rawValue], ["李秀英", "good"])
        for said in ["对方日志已存 \(mirror.here) 条，至 ", "本机日志对方已存 \(mirror.there) / \(mirror.thereOf) 条，至 ", "待代交办公室 \(mirror.here) 条"] {
            XCTAssertTrue(line.value.contains(said), "\(said) is not in \(line.value)")
        }

        // Started anew: what was kept is still there, the other phone is not.
        try zhang.phone.shutdown()
        let again = try Phone.open(folder: zhang.folder.path, host: host(zhang.keys, zhang.mark))
        defer { try? again.shutdown() }
        let later = ShowingPresenter(
            phone: again, inspection: inspection, words: Words(.chinese), whereabouts: TestWhereabouts(place: nil, allowed: false))
        await later.load()
        XCTAssertEqual(later.mirrors.map(\.level), [.warn])
        let cut = try XCTUnwrap(later.mirrors.first).value
        XCTAssertTrue(cut.contains("对方日志已存 \(mirror.here) 条，至 ") && cut.contains("连接已断开：再次配对即可继续"), cut)
    }

    /// J2, R07: an assistant is introduced by name, as one without a certificate.
    @MainActor
    func testJ2R07AnAssistantIsIntroducedAsSuch() async throws {
        let screen = await screen()
        screen.proposeAssistant()
        XCTAssertEqual(screen.message, "请填写协助人员姓名")
        screen.assistantName = "王海"
        screen.assistantUnit = "青川县卫生监督协管站"
        screen.proposeAssistant()
        XCTAssertTrue(try XCTUnwrap(screen.proposal?.says).contains("王海（青川县卫生监督协管站），协助人员，无执法证"))
        await screen.write()
        XCTAssertEqual(screen.assistants, ["王海（青川县卫生监督协管站），协助人员，无执法证"])
        XCTAssertEqual(screen.assistantName, "")
        XCTAssertEqual(try zhang.phone.inspection(inspection: inspection).assistants.map(\.name), ["王海"])
    }

    /// R09: asked for before the certificate, on the day's screen and here; ticked or not, everything goes on.
    @MainActor
    func testR09DressIsAnOpenPointUntilItIsTicked() async throws {
        let today = TodayPresenter(phone: zhang.phone, words: Words(.chinese))
        await today.refresh(battery: 86)
        XCTAssertEqual(today.points.count, 1)
        XCTAssertTrue(today.points[0].contains("着装标识未确认") && today.points[0].contains("R09"), today.points[0])
        let screen = await screen()
        XCTAssertTrue(screen.appearance[0].contains("着装标识未确认"), "\(screen.appearance)")
        await screen.recordAppearance(uniform: true, insignia: false, note: "臂章送修")
        XCTAssertTrue(screen.appearance[0].contains("着装、标识不齐，已如实记录"), "\(screen.appearance)")
        XCTAssertEqual(screen.appearance.last, "臂章送修")
        XCTAssertTrue(screen.asksAppearance)
        await screen.recordAppearance(uniform: true, insignia: true, note: "")
        XCTAssertEqual(screen.appearance.count, 1)
        XCTAssertFalse(screen.asksAppearance)
        XCTAssertTrue(screen.appearance[0].contains("已记录：着统一制服、佩戴统一标识"), "\(screen.appearance)")
        await today.refresh(battery: 86)
        XCTAssertEqual(today.points, [])
    }

    /// F41: a camera that sees nothing says why, and that the digits can be typed; an answer that cannot be ended says so and goes on.
    @MainActor
    func testF41ACameraThatSeesNothingSaysWhy() async throws {
        let badge = BadgePresenter(phone: zhang.phone, task: nil, words: Words(.chinese))
        let said = NoScan.allCases.map { why in
            badge.cannotScan(why)
            return badge.refusedDigits ?? ""
        }
        XCTAssertTrue(said.allSatisfy { $0.contains("请输入 8 位数字") }, "\(said)")
        XCTAssertEqual(Set(said).count, NoScan.allCases.count)
        _ = await badge.answer("12345678")
        XCTAssertTrue(badge.answering)
        XCTAssertNil(badge.refusedDigits)
        try zhang.phone.shutdown()
        let again = await badge.endAnswer()
        XCTAssertEqual(again, 5_000)
        XCTAssertEqual(badge.state, "操作未完成，请重试")
        XCTAssertTrue(badge.answering, "still answering, as far as is known")
    }
}

@MainActor
private final class TestWhereabouts: Whereabouts {
    let place: Place?
    let allowed: Bool

    init(place: Place?, allowed: Bool) {
        self.place = place
        self.allowed = allowed
    }
}
