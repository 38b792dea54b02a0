import Inspector
import Mingzheng
import SwiftUI
import UIKit

/// The badge to show to the party: bright, awake, a new code every few seconds, blank when not in front.
struct BadgeView: View {
    @State private var badge: BadgePresenter
    @State private var renewed = Date()
    @State private var spanMs: UInt64 = 0
    @State private var asksDigits = false
    @State private var scans = false
    @State private var looksUp = false
    @State private var records = false
    @State private var digits = ""
    @State private var brightness = UIScreen.main.brightness
    @Environment(\.dismiss) private var dismiss
    @Environment(\.scenePhase) private var phase
    private let words = Words.preferred
    private let hasTask: Bool
    private let phone: Phone
    private let inspection: String?

    /// Within a running inspection the showing is recorded.
    init(phone: Phone, task: String?, inspection: String?) {
        self.phone = phone
        self.inspection = inspection
        hasTask = task != nil
        _badge = State(initialValue: BadgePresenter(phone: phone, task: task, words: .preferred))
    }

    var body: some View {
        ScrollView {
            VStack(spacing: 12) {
                SwiftUI.Text(badge.aid).font(.headline)
                QrView(frame: badge.frame).aspectRatio(1, contentMode: .fit).accessibilityLabel(words("badge_qr"))
                HStack {
                    TimelineView(.animation) { moment in ring(moment.date) }.frame(width: 40, height: 40).accessibilityHidden(true)
                    SwiftUI.Text(badge.state).font(.subheadline)
                }
                if let notice = badge.notice {
                    SwiftUI.Text(notice).font(.headline).padding().frame(maxWidth: .infinity, alignment: .leading)
                        .background(.red.opacity(0.12), in: RoundedRectangle(cornerRadius: 10))
                }
                ForEach(badge.fields) { LabeledContent($0.label, value: $0.value).font(.title3) }
                if let complaint = badge.complaint { SwiftUI.Text(complaint).font(.title3.bold()) }
                if badge.complaintCode != nil {
                    QrView(frame: badge.complaintCode).frame(width: 120, height: 120).accessibilityLabel(words("complaint_qr"))
                    SwiftUI.Text(words("complaint_scan")).font(.subheadline)
                }
                challenge
                if inspection != nil { Button(words("showing_open")) { records = true }.buttonStyle(.borderedProminent).controlSize(.large) }
                Button(words("officers_open")) { looksUp = true }.controlSize(.large)
                kinds
                Button(words("close")) { dismiss() }.controlSize(.large)
            }
            .padding()
        }
        .task(id: phase) { await live() }
        .alert(words("challenge_title"), isPresented: $asksDigits) { digitsAlert } message: {
            SwiftUI.Text(badge.refusedDigits ?? words("challenge_explain"))
        }
        .sheet(isPresented: $scans, onDismiss: { asksDigits = badge.refusedDigits != nil }) {
            DigitsScanner { scanned in scans = false; answer(scanned) } failed: { why in badge.cannotScan(why); scans = false }
        }
        .sheet(isPresented: $records) { if let inspection { ShowingView(phone: phone, inspection: inspection) } }
        .sheet(isPresented: $looksUp) { OfficersScreen(phone: phone) }
        .onAppear { bright(true) }
        .onDisappear { bright(false) }
    }

    private var kinds: some View {
        let chosen = Binding(get: { badge.kind }, set: { kind in _Concurrency.Task { spanMs = await badge.choose(kind) } })
        return Picker("", selection: chosen) {
            SwiftUI.Text(words("badge_tab_badge")).tag(FrameKind.badge)
            if hasTask { SwiftUI.Text(words("badge_tab_assignment")).tag(FrameKind.assignment) }
        }
        .pickerStyle(.segmented)
    }

    @ViewBuilder private var challenge: some View {
        if badge.answering {
            Button(words("challenge_end")) { _Concurrency.Task { spanMs = await badge.endAnswer() } }.buttonStyle(.borderedProminent).controlSize(.large)
        } else {
            HStack {
                Button(words("challenge_enter")) { asksDigits = true }
                Button(words("challenge_scan")) { scans = true }
            }
            .buttonStyle(.borderedProminent).controlSize(.large)
        }
    }

    @ViewBuilder private var digitsAlert: some View {
        TextField(words("challenge_hint"), text: $digits).keyboardType(.numberPad)
        Button(words("challenge_answer")) { answer(digits) }
        Button(words("cancel"), role: .cancel) {}
    }

    private func answer(_ text: String) {
        _Concurrency.Task {
            spanMs = await badge.answer(text)
            digits = ""
            asksDigits = badge.refusedDigits != nil
        }
    }

    private func live() async {
        guard phase == .active else { return badge.pause() }
        await badge.load()
        while !_Concurrency.Task.isCancelled {
            spanMs = await badge.renew()
            renewed = Date()
            try? await _Concurrency.Task.sleep(for: .milliseconds(Int64(spanMs)))
        }
    }

    private func ring(_ now: Date) -> some View {
        let left = spanMs == 0 ? 0 : max(0, 1 - now.timeIntervalSince(renewed) * 1000 / Double(spanMs))
        return Circle().trim(from: 0, to: left).stroke(.tint, style: StrokeStyle(lineWidth: 5, lineCap: .round)).rotationEffect(.degrees(-90))
    }

    private func bright(_ on: Bool) {
        UIApplication.shared.isIdleTimerDisabled = on
        UIScreen.main.brightness = on ? 1 : brightness
    }
}

/// Draws the modules that the core made, with the quiet zone of four modules. Nothing without a frame.
struct QrView: View {
    let frame: QrFrame?

    var body: some View {
        Canvas { context, size in
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
            guard let frame else { return }
            let side = Int(frame.size)
            let module = min(size.width, size.height) / CGFloat(side + 8)
            for (index, dark) in frame.modules.enumerated() where dark {
                let origin = CGPoint(x: CGFloat(index % side + 4) * module, y: CGFloat(index / side + 4) * module)
                context.fill(Path(CGRect(origin: origin, size: CGSize(width: module, height: module))), with: .color(.black))
            }
        }
    }
}
