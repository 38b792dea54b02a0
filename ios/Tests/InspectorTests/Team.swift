import Foundation
@testable import Inspector
import Mingzheng
import XCTest

/// 张 and 李 with a phone each, enrolled to a live office that has given them a task for today.
final class Team {
    let office: LiveOffice
    let zhang: Device
    let li: Device

    init() async throws {
        office = try LiveOffice()
        zhang = try await Device().enrol(office, .lead)
        li = try await Device().enrol(office, .second)
        try office.assign()
        try await zhang.sync()
        try await li.sync()
    }

    func end() {
        zhang.end()
        li.end()
        office.end()
    }

    /// This one's phone opens the inspection of the task, and leads it.
    func begin(_ lead: Device) throws -> String {
        try lead.phone.openInspection(task: XCTUnwrap(lead.phone.tasks().first).task.id, place: nil)
    }

    /// The other one's phone joins.
    func pair(_ lead: Device, _ other: Device, _ inspection: String) throws {
        let task = try XCTUnwrap(lead.phone.tasks().first).task.id
        let answer = try other.phone.pairAnswer(task: task, offer: lead.phone.pairOffer(task: task))
        let confirm = try lead.phone.pairConfirm(inspection: inspection, answer: XCTUnwrap(answer.next))
        _ = try other.phone.pairFinish(confirm: XCTUnwrap(confirm.next))
        _ = try carry(lead.phone, other.phone)
    }
}
