import Mingzheng

/// How much a line asks of the reader; shown by shape and word, never by colour alone.
public enum Level: String, Sendable {
    case good, warn, bad
}

/// One line of the readiness list.
public struct Ready: Equatable, Identifiable, Sendable {
    public let label: String
    public let level: Level
    public let value: String
    public var id: String { label }
}

/// What the officer checks before leaving: the facts are the core's, the battery is the phone's.
public func readiness(_ status: Status, battery: Int?, nowMs: Int64, words: Words) -> [Ready] {
    var lines: [Ready] = []
    if let battery {
        let level: Level = battery < 10 ? .bad : battery < 30 ? .warn : .good
        lines.append(Ready(label: words("ready_battery"), level: level, value: words("ready_battery_value", "\(battery)")))
    }
    lines.append(certificate(status, words))
    if let until = status.badgeUntilMs {
        let stale = until <= nowMs
        let value = words(stale ? "ready_badge_stale" : "ready_badge_value", words.moment(until))
        lines.append(Ready(label: words("ready_badge"), level: stale ? .warn : .good, value: value))
    }
    lines.append(offline(status, words))
    lines.append(queue(status, words))
    if let log = log(status, words) { lines.append(log) }
    if let office = office(status, words) { lines.append(office) }
    return lines
}

private func log(_ status: Status, _ words: Words) -> Ready? {
    let line = { (level: Level, text: String) in Ready(label: words("ready_checkpoint"), level: level, value: words(text)) }
    switch status.logState {
    case .keyGone: return line(.bad, "ready_checkpoint_gone")
    case .storeBehind: return line(.bad, "ready_checkpoint_behind")
    case .renewing: return line(.warn, "ready_checkpoint_renewing")
    case .keyLocked, .signing: return status.checkpointPending ? line(.warn, "ready_checkpoint_pending") : nil
    }
}

private func office(_ status: Status, _ words: Words) -> Ready? {
    let line = { (level: Level, text: String) in Ready(label: words("ready_office"), level: level, value: words(text)) }
    switch status.officeState {
    case .unknown, .consistent: return nil
    case .unproven: return line(.warn, "ready_office_unproven")
    case .back: return line(.warn, "ready_office_back")
    case .contradicted: return line(.bad, "ready_office_contradicted")
    }
}

private func certificate(_ status: Status, _ words: Words) -> Ready {
    let label = words("ready_certificate")
    guard let until = status.certificateUntil, let left = status.certificateDaysLeft else {
        return Ready(label: label, level: .bad, value: words("ready_certificate_none"))
    }
    if left < 0 { return Ready(label: label, level: .bad, value: words("ready_certificate_expired", words.day(until))) }
    return Ready(label: label, level: left <= 30 ? .warn : .good, value: words("ready_certificate_value", words.day(until), "\(left)"))
}

private func offline(_ status: Status, _ words: Words) -> Ready {
    let label = words("ready_offline")
    guard let pack = status.pack else { return Ready(label: label, level: .bad, value: words("ready_offline_no_pack")) }
    if status.badgeUntilMs == nil { return Ready(label: label, level: .bad, value: words("ready_offline_no_badge")) }
    let title = words.either(pack.title.zh, pack.title.en)
    return Ready(label: label, level: .good, value: words("ready_offline_value", title, "\(pack.version)"))
}

private func queue(_ status: Status, _ words: Words) -> Ready {
    let label = words("ready_queue")
    var waiting = 0
    var parked: [String] = []
    for item in status.queue {
        switch item.state {
        case .waiting, .sending: waiting += 1
        case let .parked(reason): parked.append(reason)
        case .received: break
        }
    }
    if let first = parked.first { return Ready(label: label, level: .warn, value: words("ready_queue_parked", "\(parked.count)", first)) }
    if waiting > 0 { return Ready(label: label, level: .good, value: words("ready_queue_value", "\(waiting)")) }
    return Ready(label: label, level: .good, value: words("ready_queue_none"))
}
