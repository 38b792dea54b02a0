import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// R06, the lead's phone dies: the inspection is here as a copy, and this phone goes on as the lead.
final class ContinueTests: XCTestCase {
    private var team: Team!
    private var inspection = ""

    /// 张's phone has joined 李's inspection, and holds 李's log.
    override func setUp() async throws {
        team = try await Team()
        inspection = try team.begin(team.li)
        try team.pair(team.li, team.zhang, inspection)
        _ = try team.li.phone.act(inspection: inspection, act: .note(text: "地面有积水"))
        _ = try team.li.phone.act(inspection: inspection, act: .checkAppearance(uniform: true, insignia: true, note: "", evidence: nil))
        _ = try carry(team.li.phone, team.zhang.phone)
    }

    override func tearDown() async throws {
        team?.end()
    }

    @MainActor
    func testR06AColleaguesInspectionIsACopyAndThisPhoneGoesOnAsTheLead() async throws {
        let phone = team.zhang.phone
        let today = TodayPresenter(phone: phone, words: Words(.chinese))
        await today.refresh(battery: nil)
        let held = try XCTUnwrap(phone.mirrors().first).here
        XCTAssertEqual(today.leadSays, "同事主办 · 副本（李秀英）")
        XCTAssertTrue(try XCTUnwrap(today.keptSays).hasPrefix("对方日志已存 \(held) 条，至 "))
        XCTAssertEqual(today.label(today.tasks[0]), "青川县青溪宾馆有限公司\n同事主办 · 副本（李秀英）")

        let screen = try XCTUnwrap(today.continuing())
        for said in ["只在李秀英的手机无法使用时接续", "已存的 \(held) 条", "对方手机仍然有效，其记录全部保留", "两部手机的日志都交办公室", "写入日志，不能删改"] {
            XCTAssertTrue(screen.explains.contains(said), "\(said) is not in \(screen.explains)")
        }
        screen.reason = " "
        await screen.go()
        XCTAssertEqual(screen.message, "请填写原因")
        XCTAssertFalse(screen.done)
        XCTAssertTrue(try phone.inspection(inspection: inspection).leads.isEmpty)
        screen.reason = " 手机摔坏，无法开机 "
        await screen.go()
        XCTAssertTrue(screen.done, screen.message ?? "")
        let change = try XCTUnwrap(phone.inspection(inspection: inspection).leads.first)
        XCTAssertEqual([change.officer.name, change.from.name, change.reason], ["张建国", "李秀英", "手机摔坏，无法开机"])

        await today.refresh(battery: nil)
        XCTAssertTrue(try XCTUnwrap(today.leadSays).hasSuffix("起接续主办（原主办 李秀英）：手机摔坏，无法开机"), today.leadSays ?? "")
        XCTAssertNil(today.keptSays)
        XCTAssertNil(today.continuing())
        XCTAssertEqual(today.label(today.tasks[0]), "青川县青溪宾馆有限公司")
    }

    /// What the core refuses is said where the reason was typed, with what to do.
    @MainActor
    func testR06WhatTheCoreRefusesIsSaidWithWhatToDo() async throws {
        let today = TodayPresenter(phone: team.zhang.phone, words: Words(.chinese))
        await today.refresh(battery: nil)
        let screen = try XCTUnwrap(today.continuing())
        try team.zhang.phone.continueAsLead(inspection: inspection, reason: "换手机")
        screen.reason = "手机摔坏"
        await screen.go()
        XCTAssertFalse(screen.done)
        XCTAssertTrue(try XCTUnwrap(screen.message).hasPrefix("未能接续：本机已是主办。"), screen.message ?? "")
        XCTAssertTrue(try XCTUnwrap(screen.message).contains("请联系办公室"))
    }

    /// The phone that led from the beginning says nothing of it.
    @MainActor
    func testR06TheOwnInspectionIsNoCopy() async throws {
        let today = TodayPresenter(phone: team.li.phone, words: Words(.english))
        await today.refresh(battery: nil)
        XCTAssertNil(today.leadSays)
        XCTAssertNil(today.continuing())
        XCTAssertEqual(today.label(today.tasks[0]), "青川县青溪宾馆有限公司")
    }

    /// Each state of a mirror has words of its own, and says what to do where it does not go on.
    @MainActor
    func testR06AMirrorSaysHowFarItIsAndWhatToDo() async {
        let good = said()
        XCTAssertEqual(good.level, .good)
        XCTAssertTrue(good.value.contains("对方日志已存 12 条，至 2026-09-2") && good.value.contains("待代交办公室 7 条"), good.value)
        XCTAssertTrue(said(carried: 12).value.contains("已存的均已代交办公室"))
        let cut = said(paired: false)
        XCTAssertTrue(cut.level == .warn && cut.value.contains("连接已断开：再次配对即可继续"), cut.value)
        let behind = said(hereOf: 20)
        XCTAssertTrue(behind.level == .warn && behind.value.contains("再次配对即可继续"), behind.value)
        let none = said(here: 0, carried: 0)
        XCTAssertTrue(none.level == .warn && none.value.contains("对方日志尚未存到本机") && !none.value.contains("代交"), none.value)
        let forked = said(forked: true)
        XCTAssertTrue(forked.level == .bad && forked.value.contains("请联系办公室"), forked.value)
        let continued = said(paired: false, continued: true)
        XCTAssertTrue(continued.level == .good && !continued.value.contains("配对"), "nobody pairs again with the phone that this one went on from")
    }

    /// What is said of a mirror that holds everything, but for what is named.
    private func said(
        paired: Bool = true, here: UInt64 = 12, hereOf: UInt64 = 12, carried: UInt64 = 5, forked: Bool = false, continued: Bool = false
    ) -> Ready {
        let view = MirrorView(
            name: "李秀英", number: "川H2026010023", log: "ab", paired: paired, there: 7, thereOf: 9, thereAtMs: 1_790_000_000_000, here: here,
            hereOf: hereOf, hereAtMs: here == 0 ? nil : 1_790_000_000_000, carried: carried, forked: forked)
        return Words(.chinese).mirror(view, continued: continued)
    }
}
