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
public func readiness(_ status: Status, own: CertificateView, battery: Int?, words: Words) -> [Ready] {
    var lines: [Ready] = []
    if let battery {
        let level: Level = battery < 10 ? .bad : battery < 30 ? .warn : .good
        lines.append(Ready(label: words("ready_battery"), level: level, value: words("ready_battery_value", "\(battery)")))
    }
    lines.append(certificate(own, words))
    if let until = status.badgeUntilMs { lines.append(badge(own, until, words)) }
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

private func certificate(_ own: CertificateView, _ words: Words) -> Ready {
    let line = { (level: Level, value: String) in Ready(label: words("ready_certificate"), level: level, value: value) }
    guard let until = own.until else { return line(.bad, words("ready_certificate_none")) }
    let valid = words("ready_certificate_value", words.day(until), "\(own.daysLeft ?? 0)")
    let toDo = words.either(own.toDo.zh, own.toDo.en)
    let said = [words.either(own.says.zh, own.says.en), toDo].filter { !$0.isEmpty }.joined(separator: "；")
    switch own.state {
    case .valid, .stale, .tooStale: return line(.good, valid)
    case .expiring: return line(.warn, valid + "；" + toDo)
    case .unknown: return line(.warn, valid + "；" + said)
    case .expired: return line(.bad, words("ready_certificate_expired", words.day(until)))
    case .missing, .cancelled, .suspended, .checkMissed: return line(.bad, said)
    }
}

private func badge(_ own: CertificateView, _ until: Int64, _ words: Words) -> Ready {
    let line = { (level: Level, value: String) in Ready(label: words("ready_badge"), level: level, value: value) }
    switch own.state {
    case .tooStale: return line(.bad, words.either(own.says.zh, own.says.en) + "；" + words.either(own.toDo.zh, own.toDo.en))
    case .stale: return line(.warn, words("ready_badge_stale", words.moment(until)))
    default: return line(.good, words("ready_badge_value", words.moment(until)))
    }
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
    if let first = parked.first { return Ready(label: label, level: .warn, value: words("ready_queue_parked", "\(parked.count)", words.refusal(first))) }
    if waiting > 0 { return Ready(label: label, level: .good, value: words("ready_queue_value", "\(waiting)")) }
    return Ready(label: label, level: .good, value: words("ready_queue_none"))
}
