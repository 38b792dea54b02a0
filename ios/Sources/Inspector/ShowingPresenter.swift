import Foundation
import Mingzheng
import Observation

/// The platform's last fix; none without permission or fix: then the entry says so (F15).
@MainActor
public protocol Whereabouts: AnyObject {
    var allowed: Bool { get }
    var place: Place? { get }
}

/// What the officer's own page of a running inspection shows and writes: dress and insignia before (R09), to whom the certificate was shown, how it was
/// taken and where (J1, J3, R01), the second officer's on this phone (P3), what the phones hold of each other's logs (R06), who helps without a certificate
/// (J2). What will be written is read before it is.
@MainActor @Observable
public final class ShowingPresenter {
    /// Something that will be written when the officer says so.
    public struct Proposal: Equatable, Sendable {
        public let says: String
        let act: Act
    }

    public var toWhom = ""
    public var assistantName = ""
    public var assistantUnit = ""
    public private(set) var enterprise = ""
    public private(set) var own: OfficerRef?
    public private(set) var others: [OfficerRef] = []
    /// Whose certificate is shown on this phone, when it is not the own one.
    public private(set) var shared: OfficerRef?
    /// Open points and what was said of dress and insignia.
    public private(set) var appearance: [String] = []
    /// What is in order needs no fields any more.
    public private(set) var asksAppearance = true
    /// Showings as the log has them.
    public private(set) var written: [String] = []
    public private(set) var assistants: [String] = []
    /// What the phones of this inspection hold of each other's logs.
    public private(set) var mirrors: [Ready] = []
    public private(set) var gates: [Gate] = []
    public private(set) var message: String?
    public private(set) var proposal: Proposal?

    private let phone: any PhoneProtocol
    private let inspection: String
    private let words: Words
    private let whereabouts: any Whereabouts
    private var task: Mingzheng.Task?
    private var introduced: [AssistantRef] = []

    public init(phone: any PhoneProtocol, inspection: String, words: Words, whereabouts: any Whereabouts) {
        self.phone = phone
        self.inspection = inspection
        self.words = words
        self.whereabouts = whereabouts
    }

    public func load() async {
        do {
            try await read()
        } catch {
            message = words.of(error)
        }
    }

    /// Whose certificate is shown here: the own one, or that of an officer who is present.
    public func choose(_ officer: OfficerRef?) {
        shared = officer.flatMap { chosen in others.first { $0 == chosen } }
    }

    /// Why a showing on another's device is marked and only provisional.
    public var sharedWhy: String? {
        shared.map { words("shared_why", $0.name) }
    }

    /// Where, as it would be written now.
    public var placeSays: String {
        guard let place = whereabouts.place else { return words(whereabouts.allowed ? "place_none" : "place_not_allowed") }
        if place.mock { return words("place_mock") }
        return words("place_now", "\(place.accuracyM)", "\(place.ageMs / 1000)")
    }

    /// How the other person took it; written after `write`.
    public func propose(_ how: BadgeAck) {
        let toWhom = toWhom.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !toWhom.isEmpty else { return message = words("to_whom_missing") }
        guard let officer = shared ?? own else { return }
        let says = [
            words("confirm_showing", officer.name, officer.number, toWhom, words(Self.word(how))), placeSays,
            shared.map { words("shared_mark", $0.name) }, words("confirm_final"),
        ]
        let place = whereabouts.place
        let act: Act = shared.map { .showSharedBadge(number: $0.number, toWhom: toWhom, acknowledged: how, place: place) }
            ?? .showBadge(toWhom: toWhom, acknowledged: how, place: place)
        proposal = Proposal(says: says.compactMap { $0 }.joined(separator: "\n"), act: act)
    }

    /// An assistant, as one without a certificate; written after `write`.
    public func proposeAssistant() {
        let assistant = AssistantRef(
            name: assistantName.trimmingCharacters(in: .whitespacesAndNewlines), unit: assistantUnit.trimmingCharacters(in: .whitespacesAndNewlines))
        guard !assistant.name.isEmpty else { return message = words("assistant_missing") }
        let says = [words("assistant_is", assistant.name, assistant.unit), words("confirm_final")]
        proposal = Proposal(says: says.joined(separator: "\n"), act: .introduceAssistant(assistant: assistant))
    }

    public func takeBack() {
        proposal = nil
    }

    /// Writes what was proposed and read.
    public func write() async {
        guard let act = proposal?.act else { return }
        proposal = nil
        await write(act)
        if case let .introduceAssistant(assistant) = act, introduced.contains(assistant) { nextAssistant() }
    }

    /// R09, by the officer's own word.
    public func recordAppearance(uniform: Bool, insignia: Bool, note: String) async {
        let note = note.trimmingCharacters(in: .whitespacesAndNewlines)
        await write(.checkAppearance(uniform: uniform, insignia: insignia, note: note, evidence: nil))
    }

    /// That it was written stays said, whatever is read afterwards: nothing is to be written twice.
    private func write(_ act: Act) async {
        do {
            let phone = phone, inspection = inspection
            let done = try await offMain { try phone.act(inspection: inspection, act: act) }
            let written = words("written_as", "\(done.seq)")
            gates = []
            message = written
            do { try await read() } catch { message = written + "\n" + words.of(error) }
        } catch PhoneError.Blocked(let closed) {
            gates = closed
            message = nil
        } catch {
            gates = []
            message = words.of(error)
        }
    }

    private func read() async throws {
        let phone = phone, inspection = inspection
        let (now, points, number, held) = try await offMain {
            (
                try phone.inspection(inspection: inspection), try phone.openPoints(inspection: inspection), try phone.status().certificateNumber,
                try phone.mirrors()
            )
        }
        let officers = now.arrived.map(\.officer)
        own = officers.first { $0.number == number }
        others = officers.filter { $0.number != number }
        choose(shared)
        enterprise = now.task?.enterprise.name ?? ""
        introduced = now.assistants
        mirrors = words.mirrors(now, number: number, all: held)
        if task == nil, let first = now.task {
            task = first
            toWhom = first.enterprise.manager
            nextAssistant()
        }
        let said = now.appearances.first { $0.officer.number == number }
        let recorded = said.map { words("appearance_written", appearanceWords($0), words.moment($0.at.ms)) }
        appearance = points.map { words("point_line", words.of($0), $0.rule) } + [recorded, said?.note].compactMap { $0 }.filter { !$0.isEmpty }
        asksAppearance = !points.isEmpty
        written = now.badges.map { badge in line(badge, confirmed: now.badges.contains { !$0.sharedDevice && $0.officer.person == badge.officer.person }) }
        assistants = now.assistants.map { words("assistant_is", $0.name, $0.unit) }
    }

    /// The task knows who helps: nobody types that again.
    private func nextAssistant() {
        let next = task?.assistants.first { !introduced.contains($0) }
        assistantName = next?.name ?? ""
        assistantUnit = next?.unit ?? ""
    }

    private func appearanceWords(_ said: Appearance) -> String {
        words("appearance_words", words(said.uniform ? "uniform_yes" : "uniform_no"), words(said.insignia ? "insignia_yes" : "insignia_no"))
    }

    /// A showing as the log has it. One on another's device is provisional until the own phone shows it (P3).
    private func line(_ badge: BadgeShown, confirmed: Bool) -> String {
        let shown = words("shown_line", badge.officer.name, badge.officer.number, badge.toWhom, words(Self.word(badge.acknowledged)), words.moment(badge.at.ms))
        let lines = [
            shown, fix(badge),
            badge.sharedDevice ? words(confirmed ? "shared_confirmed" : "shared_mark", badge.officer.name) : nil,
            badge.staleDays.map { words("shown_stale", "\($0)") },
        ]
        return lines.compactMap { $0 }.joined(separator: "\n")
    }

    private func fix(_ badge: BadgeShown) -> String {
        switch badge.fix {
        case nil: words("place_elsewhere")
        case "good": words("place_good", "\(badge.place?.accuracyM ?? 0)")
        case "stale": words("place_stale")
        case "mock": words("place_mock")
        default: words("place_none")
        }
    }

    /// The word of a way, as the button has it.
    nonisolated public static func word(_ how: BadgeAck) -> String {
        switch how {
        case .scanned: "ack_scanned"
        case .photographed: "ack_photographed"
        case .signed: "ack_signed"
        case .declined: "ack_declined"
        }
    }
}
