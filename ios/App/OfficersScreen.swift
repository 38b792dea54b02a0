import Inspector
import Mingzheng
import SwiftUI

/// The signed list of officers, to look anybody up with no network.
struct OfficersScreen: View {
    @State private var officers: OfficersPresenter
    @State private var query = ""
    private let words = Words.preferred

    init(phone: Phone) {
        _officers = State(initialValue: OfficersPresenter(phone: phone, words: .preferred))
    }

    var body: some View {
        ListScreen(words("officers_title"), message: officers.warning) {
            ForEach(officers.rows) { row in
                Section(row.name) { ForEach(row.fields) { LabeledContent($0.label, value: $0.value) } }
            }
        } foot: {
            SwiftUI.Text(officers.asOf).font(.footnote).padding().background(.bar)
        }
        .searchable(text: $query, prompt: words("officers_hint"))
        .task(id: query) { await officers.look(query) }
    }
}
