import Foundation
import Mingzheng
import Observation

/// What the badge screen shows: seven public fields and a code that the core signs anew every few seconds.
@MainActor @Observable
public final class BadgePresenter {
    public private(set) var fields: [Field] = []
    public private(set) var aid = ""
    public private(set) var complaint: String?
    public private(set) var frame: QrFrame?
    public private(set) var state: String
    public private(set) var kind = FrameKind.badge

    private let phone: any PhoneProtocol
    private let task: String?
    private let words: Words

    public init(phone: any PhoneProtocol, task: String?, words: Words) {
        self.phone = phone
        self.task = task
        self.words = words
        state = words("badge_scan")
    }

    /// The seven public fields (R03) in the order of the core.
    public func load() async {
        do {
            let phone = phone
            let (status, tasks) = try await offMain { (try phone.status(), try phone.tasks()) }
            let labels = ["badge_name", "badge_unit", "badge_position", "badge_number", "badge_category", "badge_area", "badge_until"]
            fields = zip(labels, status.badgeFields).map { label, value in
                Field(label: words(label), value: label == "badge_until" ? UInt32(value).map(words.day) ?? value : value)
            }
            aid = status.aidLabel.map { words.either($0.zh, $0.en) } ?? ""
            complaint = tasks.first { $0.task.id == task }.map { words("badge_complaint", $0.task.complaintPhone) }
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
        let phone = phone, kind = kind, task = kind == .assignment ? task : nil
        do {
            let fresh = try await offMain { try phone.badgeFrame(kind: kind, task: task, challenge: nil) }
            frame = fresh
            state = words("badge_scan")
            return fresh.refreshAfterMs
        } catch {
            frame = nil
            state = words.of(error)
            if case PhoneError.Busy = error { return Self.againMs }
            return Self.laterMs
        }
    }

    /// The screen is not in front: no code stays.
    public func pause() {
        frame = nil
        state = words("badge_paused")
    }

    private static let againMs: UInt64 = 300
    private static let laterMs: UInt64 = 5_000
}
