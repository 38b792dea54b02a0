import Mingzheng

extension Words {
    /// The logs that this phone and those of the other officers of the inspection keep of each other (镜像, R06): a line for each.
    func mirrors(_ inspection: Inspection, number: String?, all: [MirrorView]) -> [Ready] {
        let continued = Set(inspection.leads.map(\.log))
        return inspection.arrived.map(\.officer).filter { $0.number != number }.flatMap { officer in
            let held = all.filter { $0.number == officer.number }
            let age = { (view: MirrorView) in view.paired ? Int64.max : view.hereAtMs ?? 0 }
            // Of a phone that was replaced only what the inspection goes on from is still worth a line.
            let newest = held.max { age($0) < age($1) }
            let lines = held.filter { $0.log == newest?.log || continued.contains($0.log) }.map { mirror($0, continued: continued.contains($0.log)) }
            return lines.isEmpty ? [Ready(label: officer.name, level: .warn, value: self("mirror_never"))] : lines
        }
    }

    /// How far one is, and what to do where it does not go on.
    func mirror(_ view: MirrorView, continued: Bool) -> Ready {
        let (level, next): (Level, String?) =
            if view.forked { (.bad, "mirror_forked") }
            else if continued { (.good, "mirror_continued") }
            else if !view.paired { (.warn, "mirror_cut") }
            else if view.here < view.hereOf { (.warn, "mirror_behind") }
            else { (.good, nil) }
        let there = view.thereAtMs.map { self("mirror_there", "\(view.there)", "\(view.thereOf)", moment($0)) }
        let lines = [kept(view), next.map { self($0) }, there, carried(view)]
        return Ready(label: view.name, level: level, value: lines.compactMap { $0 }.joined(separator: "\n"))
    }

    /// How much of the other log is here.
    func kept(_ view: MirrorView) -> String {
        guard let at = view.hereAtMs, view.here > 0 else { return self("mirror_none") }
        return self("mirror_kept", "\(view.here)", moment(at))
    }

    private func carried(_ view: MirrorView) -> String? {
        if view.here == 0 { return nil }
        return view.carried < view.here ? self("mirror_to_carry", "\(view.here - view.carried)") : self("mirror_carried")
    }
}
