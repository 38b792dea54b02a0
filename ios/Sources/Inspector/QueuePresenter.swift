import Foundation
import Mingzheng
import Observation

/// What is to go to the office (R23): each item with its state and why it waits, and what a person can do about it. Nothing here deletes.
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

    public private(set) var rows: [Row] = []
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
        rows = open.map { item in
            let name = words("queue_name", words.kind(of: item), String(item.id.prefix(Self.shown)))
            return Row(kind: item.kind, item: item.id, name: name, state: words.state(of: item), parked: item.isParked)
        }
        sum = open.isEmpty ? words("ready_queue_none") : words("queue_sum", "\(open.count)", "\(queue.count - open.count)")
        paused = sending.paused
        canSend = !sending.paused && !open.isEmpty
        let again = sending.waitMs > 0 ? words("queue_again", "\((sending.waitMs + 999) / 1000)") : nil
        message = sending.paused ? words("queue_paused") : again
    }
}

extension QueueItem {
    var isParked: Bool {
        if case .parked = state { return true }
        return false
    }
}

extension Words {
    /// What an item is.
    func kind(of item: QueueItem) -> String {
        let known = ["segment", "paper", "strokes", "thumbnail", "photo", "derived", "recording"]
        return self("queue_" + (known.contains(item.kind) ? item.kind : "other"))
    }

    /// How far it is, and why it does not go on now.
    func state(of item: QueueItem) -> String {
        let far = switch item.state {
        case .waiting: self("queue_waiting")
        case let .sending(offset, length): self("queue_sending", "\(length == 0 ? 0 : offset * 100 / length)")
        case .received: self("queue_received")
        case let .parked(reason): self("queue_parked", reason)
        }
        return [far, item.waits.map(why)].compactMap { $0 }.joined(separator: "\n")
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
