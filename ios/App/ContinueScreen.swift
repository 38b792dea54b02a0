import Inspector
import SwiftUI

/// Asks before this phone goes on as the lead: what happens then, and why it must. Cancel comes first; what the core refuses is said here.
struct ContinueScreen: View {
    @Bindable var continuing: ContinuePresenter
    @Environment(\.dismiss) private var dismiss
    private let words = Words.preferred

    init(_ continuing: ContinuePresenter) {
        self.continuing = continuing
    }

    var body: some View {
        ListScreen(words("continue_title")) {
            SwiftUI.Text(continuing.explains)
            Section(words("continue_reason")) { TextField(words("continue_reason_hint"), text: $continuing.reason, axis: .vertical).font(.title3) }
        } foot: {
            VStack(spacing: 12) {
                if let message = continuing.message { SwiftUI.Text(message).font(.headline).foregroundStyle(.red) }
                Button { dismiss() } label: { wide("cancel") }.buttonStyle(.borderedProminent)
                Button { _Concurrency.Task { await continuing.go() } } label: { wide("continue_lead") }.buttonStyle(.bordered)
            }
            .font(.title3.bold()).padding().background(.bar)
        }
        .interactiveDismissDisabled()
        .onChange(of: continuing.done) { dismiss() }
    }

    private func wide(_ word: String) -> some View {
        SwiftUI.Text(words(word)).frame(maxWidth: .infinity, minHeight: 48)
    }
}
