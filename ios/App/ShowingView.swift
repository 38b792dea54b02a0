import Inspector
import Mingzheng
import SwiftUI

/// The officer's own page of a running inspection: dress and insignia, who was shown the certificate and how, the second officer on this phone, what the
/// phones hold of each other's logs, assistants.
struct ShowingView: View {
    @State private var showing: ShowingPresenter
    @State private var whereabouts: SystemWhereabouts
    @State private var uniform = false
    @State private var insignia = false
    @State private var note = ""
    private let words = Words.preferred

    init(phone: Phone, inspection: String) {
        let whereabouts = SystemWhereabouts()
        _whereabouts = State(initialValue: whereabouts)
        _showing = State(initialValue: ShowingPresenter(phone: phone, inspection: inspection, words: .preferred, whereabouts: whereabouts))
    }

    var body: some View {
        ListScreen(words("showing_title")) {
            if !showing.gates.isEmpty { Section(words("showing_blocked")) { ForEach(showing.gates, id: \.missing) { GateLines(gate: $0) } } }
            dress
            record
            if !showing.mirrors.isEmpty { Section(words("mirror_title")) { ForEach(showing.mirrors, id: \.value) { ReadyLine(ready: $0) } } }
            helpers
        } foot: {
            if let message = showing.message { SwiftUI.Text(message).font(.headline).padding().frame(maxWidth: .infinity).background(.bar) }
        }
        .alert(words("confirm_title"), isPresented: proposes) {
            Button(words("confirm_write")) { _Concurrency.Task { await showing.write() } }
            Button(words("confirm_back"), role: .cancel) { showing.takeBack() }
        } message: {
            SwiftUI.Text(showing.proposal?.says ?? "")
        }
        .task { await showing.load() }
        .onAppear { whereabouts.listen() }
        .onDisappear { whereabouts.stop() }
    }

    private var proposes: Binding<Bool> {
        Binding(get: { showing.proposal != nil }, set: { _ in })
    }

    private var dress: some View {
        Section(words("appearance_title")) {
            ForEach(showing.appearance, id: \.self) { SwiftUI.Text($0) }
            if showing.asksAppearance {
                Toggle(words("uniform_yes"), isOn: $uniform)
                Toggle(words("insignia_yes"), isOn: $insignia)
                TextField(words("appearance_note"), text: $note)
                Button(words("appearance_record")) {
                    _Concurrency.Task { await showing.recordAppearance(uniform: uniform, insignia: insignia, note: note) }
                }
            }
        }
    }

    private var record: some View {
        Section(words("showing_record")) {
            ForEach(showing.written, id: \.self) { SwiftUI.Text($0) }
            whose(words("whose_own", showing.own?.name ?? ""), nil)
            ForEach(showing.others, id: \.person) { whose(words("whose_other_named", $0.name), $0) }
            if let why = showing.sharedWhy { SwiftUI.Text(why).font(.headline).foregroundStyle(.orange) }
            LabeledContent(words("to_whom")) { TextField(words("to_whom"), text: $showing.toWhom) }
            SwiftUI.Text(showing.placeSays).font(.subheadline)
            SwiftUI.Text(words("ack_how")).font(.subheadline)
            Grid(horizontalSpacing: 12, verticalSpacing: 12) {
                GridRow { way(.scanned); way(.photographed) }
                GridRow { way(.signed); way(.declined) }
            }
        }
    }

    private func whose(_ label: String, _ officer: OfficerRef?) -> some View {
        Button { showing.choose(officer) } label: {
            Label(label, systemImage: showing.shared == officer ? "largecircle.fill.circle" : "circle").frame(minHeight: 44)
        }
        .accessibilityAddTraits(showing.shared == officer ? .isSelected : [])
    }

    private func way(_ how: BadgeAck) -> some View {
        Button { showing.propose(how) } label: { SwiftUI.Text(words(ShowingPresenter.word(how))).frame(maxWidth: .infinity, minHeight: 56) }
            .buttonStyle(.borderedProminent).font(.title3.bold())
    }

    private var helpers: some View {
        Section(words("assistant_title")) {
            ForEach(showing.assistants, id: \.self) { SwiftUI.Text($0) }
            TextField(words("assistant_name"), text: $showing.assistantName)
            TextField(words("assistant_unit"), text: $showing.assistantUnit)
            Button(words("assistant_introduce")) { showing.proposeAssistant() }
        }
    }
}

/// A gate that is closed: what is missing, the lawful way on, basis and rule.
struct GateLines: View {
    let gate: Gate
    private let words = Words.preferred

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            SwiftUI.Text(words.either(gate.missing, gate.missingEn)).font(.headline)
            SwiftUI.Text(words("gate_way_on", words.either(gate.wayOn, gate.wayOnEn)))
            SwiftUI.Text(words("gate_basis", gate.basis) + " · " + words("gate_rule", gate.rule)).font(.footnote)
        }
    }
}
