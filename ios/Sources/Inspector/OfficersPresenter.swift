import Foundation
import Mingzheng
import Observation

/// The office's signed list of officers (R03): the party looks anybody up with no network. Seven public fields and nothing else.
@MainActor @Observable
public final class OfficersPresenter {
    /// One officer: the name, and the other six fields.
    public struct Row: Equatable, Identifiable, Sendable {
        public let name: String
        public let fields: [Field]
        public let id: String
    }

    public private(set) var rows: [Row] = []
    public private(set) var asOf = ""
    public private(set) var warning: String?

    private let phone: any PhoneProtocol
    private let words: Words

    public init(phone: any PhoneProtocol, words: Words) {
        self.phone = phone
        self.words = words
    }

    public func look(_ query: String) async {
        do {
            let phone = phone
            show(try await offMain { try phone.officers(query: query) })
        } catch {
            warning = words.of(error)
        }
    }

    private func show(_ view: OfficersView) {
        rows = view.rows.map { Row(name: $0.name, fields: fields($0), id: $0.number) }
        asOf = view.asOf.map { words("officers_as_of", view.organ ?? "", words.moment($0), "\(view.rows.count)", "\(view.total)") } ?? words("officers_none")
        var lines: [String] = []
        if view.expired, let until = view.until { lines.append(words("officers_old", words.moment(until))) }
        if let older = view.rolledBack { lines.append(words("list_rolled_back", words.moment(older))) }
        if view.asOf != nil && view.rows.isEmpty { lines.append(words("officers_nobody")) }
        warning = lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private func fields(_ officer: ListedOfficer) -> [Field] {
        [
            ("badge_unit", officer.unit), ("badge_position", officer.position), ("badge_number", officer.number),
            ("badge_category", officer.category), ("badge_area", officer.area), ("badge_until", words.day(officer.until)),
        ].map { Field(label: words($0.0), value: $0.1) }
    }
}
