import Mingzheng

/// Whose phone leads an inspection (主办, R06), seen from this one.
public struct Lead: Equatable, Sendable {
    public let officer: OfficerRef
    public let here: Bool
    /// What is held here of the lead's log.
    public let kept: MirrorView?
    let change: LeadChange?
    let closed: Bool

    /// This phone may offer to go on: a colleague's leads, and something of its log is held here. Whether it can, the core says.
    public var offersToContinue: Bool { !here && !closed && kept != nil }
}

/// Who leads, for the user with this 执法证号. A phone that joined has an opening of its own: who arrived first leads there too, until another goes on.
func lead(_ inspection: Inspection, number: String?, mirrors: [MirrorView]) -> Lead? {
    let change = inspection.leads.last
    guard let officer = change?.officer ?? inspection.arrived.first?.officer else { return nil }
    let kept = mirrors.filter { $0.number == officer.number && $0.here > 0 }.max { $0.hereAtMs ?? 0 < $1.hereAtMs ?? 0 }
    return Lead(officer: officer, here: officer.number == number, kept: kept, change: change, closed: inspection.closed != nil)
}

extension Words {
    /// What is to be said of who leads: nothing, when this phone led from the beginning.
    func of(_ lead: Lead) -> String? {
        if lead.here { return lead.change.map { self("lead_continued", moment($0.at.ms), $0.from.name, $0.reason) } }
        return self(lead.kept == nil ? "lead_elsewhere" : "lead_copy", lead.officer.name)
    }
}
