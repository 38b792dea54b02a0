import Foundation
import Mingzheng
import Observation

/// What happens when this phone goes on as the lead, read before it does (R06), and why it must.
@MainActor @Observable
public final class ContinuePresenter {
    public var reason = ""
    /// What happens.
    public let explains: String
    /// What is missing, or what the core refused and what to do.
    public private(set) var message: String?
    /// This phone leads.
    public private(set) var done = false

    private let phone: any PhoneProtocol
    private let inspection: String
    private let words: Words

    /// None where this phone has nothing to go on from.
    public init?(phone: any PhoneProtocol, inspection: String, lead: Lead, words: Words) {
        guard lead.offersToContinue, let kept = lead.kept else { return nil }
        self.phone = phone
        self.inspection = inspection
        self.words = words
        explains = words("continue_explain", lead.officer.name, "\(kept.here)", words.moment(kept.hereAtMs ?? 0))
    }

    public func go() async {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty else { return message = words("continue_reason_missing") }
        do {
            let phone = phone, inspection = inspection
            try await offMain { try phone.continueAsLead(inspection: inspection, reason: reason) }
            done = true
        } catch {
            message = words("continue_refused", words.of(error))
        }
    }
}
