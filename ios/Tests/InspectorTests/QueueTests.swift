import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// R23: what waits is shown with its state and its reason; a person stops it, lets it go on, sends it now, tries again, or carries it by hand.
final class QueueTests: XCTestCase {
    @MainActor
    func testR23TheQueueShowsWhatWaitsAndWhatCanBeDoneAboutIt() async throws {
        let team = try await Team()
        defer { team.end() }
        let device = team.zhang
        let screen = QueuePresenter(phone: device.phone, words: Words(.chinese))
        await screen.refresh()
        XCTAssertEqual(screen.rows, [], "empty")
        XCTAssertEqual(screen.sum, "全部送达，已有回执")
        XCTAssertFalse(screen.canSend)

        let inspection = try team.begin(device)
        let assistant = AssistantRef(name: "王海", unit: "协管站")
        _ = try device.phone.act(inspection: inspection, act: .introduceAssistant(assistant: assistant))
        await screen.refresh()
        let waiting = try XCTUnwrap(screen.rows.first)
        XCTAssertTrue(waiting.name.hasPrefix("日志段  "), waiting.name)
        XCTAssertEqual(waiting.state, "尚未发送\n排队中")
        XCTAssertFalse(waiting.parked)
        XCTAssertTrue(screen.sum.hasPrefix("\(screen.rows.count) 项待送，"), screen.sum)
        XCTAssertEqual(screen.pauseLabel, "暂停发送")

        await screen.togglePause()
        XCTAssertTrue(try device.phone.sending().paused)
        XCTAssertEqual([screen.message, screen.pauseLabel], ["发送已暂停。所有内容都保存在本机。", "继续发送"])
        XCTAssertFalse(screen.canSend)
        XCTAssertEqual(screen.rows.first?.state, "尚未发送\n已由您暂停")
        await screen.togglePause()
        XCTAssertNil(screen.message)
        XCTAssertTrue(screen.canSend)

        let folder = device.folder.appendingPathComponent("export")
        await screen.export(waiting, into: folder)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        XCTAssertEqual(files.count, 1)
        XCTAssertTrue(files[0].hasPrefix("segment-"), files[0])
        XCTAssertEqual(screen.message, "已导出，只有办公室能打开：" + folder.appendingPathComponent(files[0]).path)
        XCTAssertTrue(try Data(contentsOf: folder.appendingPathComponent(files[0])).starts(with: Data("age-encryption.org/v1".utf8)), "sealed")
        await screen.refresh()
        XCTAssertTrue(screen.rows.contains(waiting), "it stays in the queue")
        await screen.retry(waiting)
        XCTAssertTrue(screen.rows.contains(waiting), "nothing was wrong with it")

        await screen.sendNow()
        XCTAssertEqual(screen.rows, [])
        XCTAssertEqual(screen.sum, "全部送达，已有回执")
    }

    /// R06, F23: what is carried for a colleague is a group of its own, with whose it is and how far.
    @MainActor
    func testR06WhatIsCarriedForAColleagueIsAGroupOfItsOwn() async throws {
        let team = try await Team()
        defer { team.end() }
        try team.pair(team.li, team.zhang, team.begin(team.li))
        let screen = QueuePresenter(phone: team.zhang.phone, words: Words(.chinese))
        await screen.refresh()
        let carried = try team.zhang.phone.status().queue.filter { $0.kind == "carried" }
        let group = try XCTUnwrap(screen.carried.first)
        XCTAssertEqual(group.title, "代交：李秀英的日志（\(carried.count) 项待送，0 项已有回执）")
        XCTAssertEqual(group.rows.map(\.item), carried.map(\.id))
        let log = try XCTUnwrap(team.zhang.phone.mirrors().first).log
        XCTAssertTrue(group.rows[0].name.hasPrefix("日志段  \(log.prefix(8))/"), group.rows[0].name)
        XCTAssertFalse(screen.rows.isEmpty || screen.rows.contains { $0.kind == "carried" }, "the own ones apart")
        let folder = team.zhang.folder.appendingPathComponent("export")
        await screen.export(group.rows[0], into: folder)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).count, 1)
        await screen.sendNow()
        XCTAssertEqual(screen.carried, [QueuePresenter.Group(owner: "李秀英", title: "代交：李秀英的日志（0 项待送，\(carried.count) 项已有回执）", rows: [])])
        XCTAssertEqual(screen.sum, "全部送达，已有回执")
    }

    /// F44: what the office does not take of another phone says why, and what to do with it.
    @MainActor
    func testF44WhatIsNotTakenSaysWhatToDo() async {
        let words = Words(.chinese)
        let said = ["log_revoked", "unknown_log", "not_officer"].map {
            words.state(of: QueueItem(kind: "carried", id: "李秀英 ab12cd34/3", state: .parked(reason: $0), waits: nil))
        }
        XCTAssertTrue(said.allSatisfy { $0.hasPrefix("受阻：") && $0.contains("请导出密封件交办公室") }, "\(said)")
        XCTAssertEqual(Set(said).count, 3)
        let item = QueueItem(kind: "carried", id: "Ann Mary Li ab12cd34/3", state: .waiting, waits: nil)
        XCTAssertEqual([item.owner, item.name], ["Ann Mary Li", "ab12cd34/3"], "a name may have spaces")
    }

    @MainActor
    func testR23EveryReasonHasItsOwnWordsInBothLanguages() async {
        for language in [Words.Language.chinese, .english] {
            let words = Words(language)
            let waits: [Wait] = [.paused, .noNetwork, .later, .metered, .battery, .turn]
            let said = waits.map { words.state(of: QueueItem(kind: "photo", id: "x", state: .waiting, waits: $0)) }
            XCTAssertEqual(Set(said).count, waits.count)
            XCTAssertFalse(said.contains { $0.contains("queue_") }, "\(said)")
            let kinds = ["segment", "paper", "strokes", "thumbnail", "photo", "derived", "audio", "video", "unknown"]
            let named = kinds.map { words.kind(of: QueueItem(kind: $0, id: "x", state: .received, waits: nil)) }
            XCTAssertEqual(Set(named).count, kinds.count)
            XCTAssertFalse(named.contains { $0.contains("queue_") }, "\(named)")
        }
        let words = Words(.chinese)
        let item = { (state: QueueState, wait: Wait?) in words.state(of: QueueItem(kind: "photo", id: "x", state: state, waits: wait)) }
        XCTAssertEqual(item(.parked(reason: "too_large"), nil), "受阻：too_large")
        XCTAssertEqual(item(.sending(offset: 1, length: 4), .metered), "已发送 25%\n较大，等待不限流量的网络")
        XCTAssertEqual(item(.sending(offset: 0, length: 0), .battery), "已发送 0%\n电量较低，充电后发送")
    }
}
