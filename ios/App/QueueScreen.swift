import Inspector
import Mingzheng
import SwiftUI

/// What is to go to the office: each item with its state and why it waits, what is carried for a colleague in a group of its own; stop, go on, now, again,
/// and a sealed copy to carry by hand.
struct QueueScreen: View {
    @State private var queue: QueuePresenter
    private let words = Words.preferred

    init(phone: Phone) {
        _queue = State(initialValue: QueuePresenter(phone: phone, words: .preferred))
    }

    var body: some View {
        ListScreen(words("ready_queue"), message: queue.message) {
            Section(queue.sum) { ForEach(queue.rows, content: line) }
            ForEach(queue.carried) { group in Section(group.title) { ForEach(group.rows, content: line) } }
        } foot: {
            buttons
        }
        .task { await queue.refresh() }
        .refreshable { await queue.refresh() }
    }

    private func line(_ row: QueuePresenter.Row) -> some View {
        VStack(alignment: .leading, spacing: 8) {
            SwiftUI.Text(row.name).font(.headline)
            SwiftUI.Text(row.state).foregroundStyle(row.parked ? .red : .primary)
            ViewThatFits {
                HStack(spacing: 12) { verbs(row) }
                VStack(alignment: .leading, spacing: 12) { verbs(row) }
            }
        }
        .accessibilityElement(children: .contain)
    }

    @ViewBuilder private func verbs(_ row: QueuePresenter.Row) -> some View {
        if row.parked { Button(words("queue_retry")) { run { await queue.retry(row) } }.frame(minHeight: 44) }
        Button(words("queue_export")) { run { await queue.export(row, into: .documentsDirectory.appending(path: "export")) } }.frame(minHeight: 44)
    }

    private var buttons: some View {
        HStack(spacing: 12) {
            Button(words("queue_now")) { run { await queue.sendNow() } }.buttonStyle(.borderedProminent).disabled(!queue.canSend)
            Button(queue.pauseLabel) { run { await queue.togglePause() } }.buttonStyle(.bordered)
        }
        .controlSize(.large).font(.title3.bold()).padding().background(.bar)
    }

    private func run(_ act: @escaping @MainActor () async -> Void) {
        _Concurrency.Task { await act() }
    }
}
