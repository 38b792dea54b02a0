import Foundation
import Mingzheng
import Observation

/// Why the camera sees nothing; the digits can be typed.
public enum NoScan: String, CaseIterable, Sendable {
    case noCamera = "challenge_no_camera"
    case notAllowed = "challenge_camera_denied"
    case inUse = "challenge_camera_in_use"
}

/// What the badge screen shows: seven public fields and a code that the core signs anew every few seconds. It answers the eight digits of the party's page.
@MainActor @Observable
public final class BadgePresenter {
    public private(set) var fields: [Field] = []
    public private(set) var aid = ""
    public private(set) var complaint: String?
    public private(set) var complaintCode: QrFrame?
    /// How the own certificate stands, unless it is simply in effect.
    public private(set) var notice: String?
    public private(set) var frame: QrFrame?
    public private(set) var state = ""
    public private(set) var kind = FrameKind.badge
    public private(set) var answering = false
    /// Why the digits that were typed or scanned were not taken.
    public private(set) var refusedDigits: String?

    private let phone: any PhoneProtocol
    private let task: String?
    private let words: Words
    private var address: String

    public init(phone: any PhoneProtocol, task: String?, words: Words) {
        self.phone = phone
        self.task = task
        self.words = words
        address = words("badge_page")
        state = words("badge_scan", address)
    }

    /// The seven public fields (R03) in the order of the core, and what stands beside them.
    public func load() async {
        do {
            let phone = phone, task = task
            let screen = try await offMain { try phone.badgeScreen(task: task) }
            let labels = ["badge_name", "badge_unit", "badge_position", "badge_number", "badge_category", "badge_area", "badge_until"]
            fields = zip(labels, screen.fields).map { label, value in
                Field(label: words(label), value: label == "badge_until" ? UInt32(value).map(words.day) ?? value : value)
            }
            address = screen.address
            aid = screen.label.map { words.either($0.zh, $0.en) } ?? ""
            complaint = screen.complaint.map { words.either($0.zh, $0.en) }
            complaintCode = screen.complaintCode
            notice = notice(screen.certificate)
        } catch {
            state = words.of(error)
        }
    }

    public func choose(_ kind: FrameKind) async -> UInt64 {
        self.kind = kind
        return await renew()
    }

    /// Draws a new code and says after how many milliseconds to call again. A refused renewal leaves no code behind.
    public func renew() async -> UInt64 {
        let phone = phone, kind = kind, task = task
        do {
            let fresh = try await offMain { try phone.badgeFrame(kind: kind, task: task) }
            frame = fresh
            answering = fresh.challengeLeftMs != nil
            state = fresh.challengeLeftMs.map { words("challenge_answering", "\(($0 + 999) / 1000)") } ?? words("badge_scan", address)
            return fresh.refreshAfterMs
        } catch {
            frame = nil
            answering = false
            state = words.of(error)
            return Self.next(after: error)
        }
    }

    /// Nothing can be scanned: the field for typing opens and says why.
    public func cannotScan(_ why: NoScan) {
        refusedDigits = words(why.rawValue)
    }

    /// The eight digits of the party's page, typed or scanned: the next codes answer them.
    public func answer(_ digits: String) async -> UInt64 {
        do {
            let phone = phone
            _ = try await offMain { try phone.takeChallenge(digits: digits) }
            refusedDigits = nil
            return await renew()
        } catch {
            refusedDigits = words.of(error)
            return Self.laterMs
        }
    }

    /// The party has seen the answer. A phone that cannot end it says why, and goes on answering.
    public func endAnswer() async -> UInt64 {
        do {
            let phone = phone
            try await offMain { try phone.endChallenge() }
        } catch {
            state = words.of(error)
            return Self.next(after: error)
        }
        return await renew()
    }

    /// The screen is not in front: no code stays.
    public func pause() {
        frame = nil
        state = words("badge_paused")
    }

    private func notice(_ certificate: CertificateView) -> String? {
        if certificate.state == .valid && certificate.rolledBack == nil { return nil }
        let lines = [
            words.either(certificate.says.zh, certificate.says.en),
            words.either(certificate.toDo.zh, certificate.toDo.en),
            certificate.asOf.map { words("certificate_as_of", words.moment($0)) } ?? "",
            certificate.rolledBack.map { words("list_rolled_back", words.moment($0)) } ?? "",
        ]
        return lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// A busy phone is asked again soon.
    private static func next(after error: Error) -> UInt64 {
        if case PhoneError.Busy = error { return againMs }
        return laterMs
    }

    private static let againMs: UInt64 = 300
    private static let laterMs: UInt64 = 5_000
}
