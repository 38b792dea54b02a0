import Inspector
import Mingzheng
import SwiftUI

/// The signed list of officers, to look anybody up with no network.
struct OfficersScreen: View {
    @State private var officers: OfficersPresenter
    @State private var query = ""
    @Environment(\.dismiss) private var dismiss
    private let words = Words.preferred

    init(phone: Phone) {
        _officers = State(initialValue: OfficersPresenter(phone: phone, words: .preferred))
    }

    var body: some View {
        NavigationStack {
            List {
                if let warning = officers.warning { SwiftUI.Text(warning).font(.headline).foregroundStyle(.red) }
                ForEach(officers.rows) { row in
                    Section(row.name) { ForEach(row.fields) { LabeledContent($0.label, value: $0.value) } }
                }
            }
            .navigationTitle(words("officers_title"))
            .searchable(text: $query, prompt: words("officers_hint"))
            .safeAreaInset(edge: .bottom) { SwiftUI.Text(officers.asOf).font(.footnote).padding().background(.bar) }
            .toolbar { Button(words("close")) { dismiss() } }
            .task(id: query) { await officers.look(query) }
        }
    }
}
