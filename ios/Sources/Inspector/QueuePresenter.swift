import Foundation
import Mingzheng
import Observation

/// What is to go to the office (R23): each item with its state and why it waits, and what a person can do about it; what is carried for
/// a colleague is a group of its own. Nothing here deletes.
@MainActor @Observable
public final class QueuePresenter {
    /// An item that has no receipt yet.
    public struct Row: Equatable, Identifiable, Sendable {
        public let kind: String
        public let item: String
        public let name: String
        public let state: String
        /// Set aside; it can be tried again.
        public let parked: Bool
        public var id: String { kind + " " + item }
    }

    /// What is carried for a colleague (R06), and how far it is.
    public struct Group: Equatable, Identifiable, Sendable {
        public let owner: String
        public let title: String
        public let rows: [Row]
        public var id: String { owner }
    }

    /// What is this phone's own.
    public private(set) var rows: [Row] = []
    public private(set) var carried: [Group] = []
    public private(set) var sum = ""
    public private(set) var message: String?
    public private(set) var paused = false
    public private(set) var canSend = false
    /// What the button says that stops sending or lets it go on.
    public var pauseLabel: String { words(paused ? "queue_resume" : "queue_pause") }

    /// So much of an item's name is shown.
    private static let shown = 24

    private let phone: any PhoneProtocol
    private let courier: Courier
    private let words: Words

    public init(phone: any PhoneProtocol, words: Words) {
        self.phone = phone
        self.words = words
        courier = Courier(phone: phone)
    }

    public func refresh() async {
        await ask { phone in (try phone.status().queue, try phone.sending()) } then: { self.show($0.0, $0.1) }
    }

    /// Whatever failed before: now.
    public func sendNow() async {
        do {
            let phone = phone
            try await offMain { try phone.sendNow() }
            _ = try await courier.run()
            await refresh()
        } catch {
            message = words.of(error)
        }
    }

    public func togglePause() async {
        let stop = !paused
        await ask { try $0.pauseSending(paused: stop) } then: { _ in }
        await refresh()
    }

    public func retry(_ row: Row) async {
        await ask { try $0.retryItem(kind: row.kind, id: row.item) } then: { _ in }
        await refresh()
    }

    /// A copy of the sealed file, to be carried by hand; only the office can open it, and the item stays in the queue.
    public func export(_ row: Row, into folder: URL) async {
        let name = row.item.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        let file = folder.appendingPathComponent("\(row.kind)-\(name).sealed")
        await ask { phone in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try phone.exportItem(kind: row.kind, id: row.item, to: file.path)
        } then: { _ in
            self.message = self.words("queue_exported", file.path)
        }
    }

    private func ask<T: Sendable>(_ call: @escaping @Sendable (any PhoneProtocol) throws -> T, then: (T) -> Void) async {
        do {
            let phone = phone
            then(try await offMain { try call(phone) })
        } catch {
            message = words.of(error)
        }
    }

    private func show(_ queue: [QueueItem], _ sending: Sending) {
        let open = queue.filter { $0.state != .received }
        rows = open.filter { $0.owner == nil }.map(row)
        let others = queue.compactMap(\.owner).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        carried = others.map { owner in
            let items = queue.filter { $0.owner == owner }, waiting = items.filter { $0.state != .received }
            return Group(owner: owner, title: words("queue_carried", owner, "\(waiting.count)", "\(items.count - waiting.count)"), rows: waiting.map(row))
        }
        sum = open.isEmpty ? words("ready_queue_none") : words("queue_sum", "\(open.count)", "\(queue.count - open.count)")
        paused = sending.paused
        canSend = !sending.paused && !open.isEmpty
        let again = sending.waitMs > 0 ? words("queue_again", "\((sending.waitMs + 999) / 1000)") : nil
        message = sending.paused ? words("queue_paused") : again
    }

    private func row(_ item: QueueItem) -> Row {
        let name = words("queue_name", words.kind(of: item), String(item.name.prefix(Self.shown)))
        return Row(kind: item.kind, item: item.id, name: name, state: words.state(of: item), parked: item.isParked)
    }
}

extension QueueItem {
    /// Whose log it is a part of, when it is carried for another phone: its id begins with that name.
    var owner: String? {
        kind == "carried" ? id.lastIndex(of: " ").map { String(id[..<$0]) } ?? "" : nil
    }

    /// Which one it is, beside what it is and whose.
    var name: String {
        kind == "carried" ? id.lastIndex(of: " ").map { String(id[id.index(after: $0)...]) } ?? id : id
    }

    var isParked: Bool {
        if case .parked = state { return true }
        return false
    }
}

extension Words {
    /// What an item is.
    func kind(of item: QueueItem) -> String {
        let known = ["segment", "paper", "strokes", "thumbnail", "photo", "derived", "audio", "video"]
        return self("queue_" + (item.owner != nil ? "segment" : known.contains(item.kind) ? item.kind : "other"))
    }

    /// How far it is, and why it does not go on now.
    func state(of item: QueueItem) -> String {
        let far = switch item.state {
        case .waiting: self("queue_waiting")
        case let .sending(offset, length): self("queue_sending", "\(length == 0 ? 0 : offset * 100 / length)")
        case .received: self("queue_received")
        case let .parked(reason): self("queue_parked", refusal(reason))
        }
        return [far, item.waits.map(why)].compactMap { $0 }.joined(separator: "\n")
    }

    /// Why the office does not take what is carried, and what to do then; any other reason as it is named.
    func refusal(_ reason: String) -> String {
        ["log_revoked", "unknown_log", "not_officer"].contains(reason) ? self("queue_" + reason) : reason
    }

    private func why(_ wait: Wait) -> String {
        switch wait {
        case .paused: self("queue_wait_paused")
        case .noNetwork: self("queue_wait_network")
        case .later: self("queue_wait_later")
        case .metered: self("queue_wait_metered")
        case .battery: self("queue_wait_battery")
        case .turn: self("queue_wait_turn")
        }
    }
}
