import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// What the office says of a task after it was sent stands at the task.
final class TodayTests: XCTestCase {
    private var team: Team!

    override func setUp() async throws {
        team = try await Team()
    }

    override func tearDown() async throws {
        team?.end()
    }

    @MainActor
    private func fields() async -> (TodayPresenter, [Field]) {
        let today = TodayPresenter(phone: team.zhang.phone, words: Words(.chinese))
        await today.refresh(battery: nil)
        return (today, today.fields)
    }

    @MainActor
    func testF33ATaskThatWasTakenBackSaysWhyAndStartsNothing() async throws {
        let task = try XCTUnwrap(team.zhang.phone.tasks().first).task.id
        try team.office.withdraw(task, "企业已停业")
        try await team.zhang.sync()
        let (today, fields) = await fields()
        XCTAssertEqual(fields.first, Field(label: "已撤回", value: "企业已停业。不得据此开始检查；已开始的检查和尚未发送的内容不受影响。"))
        XCTAssertFalse(today.canStart)
    }

    @MainActor
    func testR44TheReviewsResultStandsAtTheTask() async throws {
        let inspection = try team.begin(team.zhang)
        try await team.zhang.sync()
        let (_, before) = await fields()
        XCTAssertFalse(before.contains { $0.label == "法制审核" })
        try team.office.review(inspection)
        try await team.zhang.sync()
        let said = try XCTUnwrap(team.zhang.phone.tasks().first?.reviews.first)
        XCTAssertTrue(said.agreed)
        let (_, after) = await fields()
        let shown = try XCTUnwrap(after.first { $0.label == "法制审核" }).value
        for part in ["同意", said.number, said.says] {
            XCTAssertTrue(shown.contains(part), "\(part) is not in \(shown)")
        }
    }
}
