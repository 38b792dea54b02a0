import Inspector
import Mingzheng
import SwiftUI
import UIKit

/// Today's task: whom, where, why, with whom; whether phone and papers are ready; the way to the badge and into the inspection.
struct TodayView: View {
    let phone: Phone
    @State private var today: TodayPresenter
    @State private var showsBadge = false
    @State private var showsRecord = false
    @State private var showsQueue = false
    @State private var continuing: ContinuePresenter?
    private let words = Words.preferred

    init(phone: Phone) {
        self.phone = phone
        _today = State(initialValue: TodayPresenter(phone: phone, words: .preferred))
    }

    var body: some View {
        NavigationStack {
            List {
                if let message = today.message { SwiftUI.Text(message).font(.headline).foregroundStyle(.red) }
                if !today.gates.isEmpty { Section(words("blocked_title")) { ForEach(today.gates, id: \.missing) { GateLines(gate: $0) } } }
                if let says = today.leadSays { lead(says) }
                if today.inspection != nil {
                    Section(words("points_title")) {
                        ForEach(today.points, id: \.self) { SwiftUI.Text($0) }
                        Button(words("showing_title")) { showsRecord = true }
                    }
                }
                Section(today.enterprise) {
                    ForEach(today.fields) { LabeledContent($0.label, value: $0.value) }
                    if today.tasks.count > 1 { picker }
                }
                Section(today.summary) {
                    ForEach(today.readiness) { ReadyLine(ready: $0) }
                    Button(words("queue_open")) { showsQueue = true }
                }
            }
            .navigationTitle(words("today_title"))
            .toolbar { ToolbarItem(placement: .principal) { SwiftUI.Text(today.who).font(.subheadline) } }
            .safeAreaInset(edge: .bottom) { buttons }
            .task { await today.refresh(battery: battery) }
            .fullScreenCover(isPresented: $showsBadge) { BadgeView(phone: phone, task: today.chosen, inspection: today.inspection) }
            .fullScreenCover(isPresented: $showsQueue, onDismiss: refresh) { QueueScreen(phone: phone) }
            .fullScreenCover(isPresented: continues, onDismiss: refresh) { if let continuing { ContinueScreen(continuing) } }
            .fullScreenCover(isPresented: $showsRecord, onDismiss: refresh) {
                if let inspection = today.inspection { ShowingView(phone: phone, inspection: inspection) }
            }
        }
    }

    private var buttons: some View {
        HStack(spacing: 12) {
            Button(words("show_badge")) { showsBadge = true }
                .buttonStyle(.borderedProminent).disabled(!today.canShowBadge)
            Button(words(today.inspection == nil ? "start_inspection" : "inspection_started")) {
                _Concurrency.Task { await today.start(battery: battery) }
            }
            .buttonStyle(.bordered).disabled(!today.canStart)
        }
        .controlSize(.large).font(.title3.bold()).padding().background(.bar)
    }

    /// A colleague's inspection is here as a copy: what is held of it, and the way to go on as its lead.
    private func lead(_ says: String) -> some View {
        Section {
            SwiftUI.Text(says).font(.headline)
            if let kept = today.keptSays {
                SwiftUI.Text(kept)
                Button { continuing = today.continuing() } label: { SwiftUI.Text(words("continue_lead")).frame(maxWidth: .infinity, minHeight: 56) }
                    .font(.title3.bold())
            }
        }
    }

    private var picker: some View {
        Menu(words("other_tasks", "\(today.tasks.count - 1)")) {
            ForEach(today.tasks, id: \.task.id) { view in
                Button(today.label(view)) {
                    _Concurrency.Task { await today.choose(view.task.id, battery: battery) }
                }
            }
        }
    }

    private var continues: Binding<Bool> {
        Binding(get: { continuing != nil }, set: { if !$0 { continuing = nil } })
    }

    private func refresh() {
        _Concurrency.Task { await today.refresh(battery: battery) }
    }

    private var battery: Int? {
        UIDevice.current.isBatteryMonitoringEnabled = true
        let level = UIDevice.current.batteryLevel
        return level < 0 ? nil : Int(level * 100)
    }
}

/// A line with how much it asks of the reader.
struct ReadyLine: View {
    let ready: Ready
    private let words = Words.preferred
    private let symbols: [Level: String] = [.good: "checkmark.circle.fill", .warn: "exclamationmark.circle.fill", .bad: "xmark.circle.fill"]

    var body: some View {
        LabeledContent {
            SwiftUI.Text(ready.value)
        } label: {
            Label(ready.label, systemImage: symbols[ready.level] ?? "questionmark.circle")
        }
        .accessibilityValue(words("level_" + ready.level.rawValue) + " " + ready.value)
    }
}
