import Foundation
import Mingzheng
import Observation

/// A label and what stands beside it.
public struct Field: Equatable, Identifiable, Sendable {
    public let label: String
    public let value: String
    public var id: String { label }
}

/// What the today screen shows and what its buttons do. The core is called off the main thread.
@MainActor @Observable
public final class TodayPresenter {
    public private(set) var who = ""
    public private(set) var enterprise = ""
    public private(set) var fields: [Field] = []
    public private(set) var readiness: [Ready] = []
    public private(set) var summary = ""
    public private(set) var gates: [Gate] = []
    public private(set) var message: String?
    public private(set) var tasks: [TaskView] = []
    public private(set) var chosen: String?
    public private(set) var canShowBadge = false
    public private(set) var canStart = false
    public private(set) var inspection: String?
    /// What is wanted in the running inspection but closes nothing (R09).
    public private(set) var points: [String] = []

    /// Who leads the running inspection, when that is worth a word (R06).
    public private(set) var leadSays: String?
    /// What is held here of a colleague's log to go on from.
    public private(set) var keptSays: String?

    private var lead: Lead?
    /// Of the tasks that a colleague's phone leads: what is said of it.
    private var copies: [String: String] = [:]
    private let phone: any PhoneProtocol
    private let words: Words

    public init(phone: any PhoneProtocol, words: Words) {
        self.phone = phone
        self.words = words
    }

    public func refresh(battery: Int?) async {
        do {
            let phone = phone
            let (status, own, tasks) = try await offMain { (try phone.status(), try phone.certificate(), try phone.tasks()) }
            show(status, own, tasks, battery)
            let found = try await offMain { try leads(phone, tasks) }
            copies = found.filter { !$0.value.here }.compactMapValues(words.of)
            lead = chosen.flatMap { found[$0] }
            leadSays = lead.flatMap(words.of)
            keptSays = lead.flatMap { $0.offersToContinue ? $0.kept : nil }.map(words.kept)
            guard let inspection else { return points = [] }
            let open = try await offMain { try phone.openPoints(inspection: inspection) }
            points = open.map { words("point_line", words.of($0), $0.rule) }
        } catch {
            message = words.of(error)
        }
    }

    /// Takes another of the tasks.
    public func choose(_ task: String, battery: Int?) async {
        chosen = task
        await refresh(battery: battery)
    }

    /// A task in the list: whom it is about, and whether it is here as a colleague's copy.
    public func label(_ view: TaskView) -> String {
        [view.task.enterprise.name, copies[view.task.id]].compactMap { $0 }.joined(separator: "\n")
    }

    /// What is asked before this phone goes on as the lead; none where it cannot be offered.
    public func continuing() -> ContinuePresenter? {
        guard let inspection, let lead else { return nil }
        return ContinuePresenter(phone: phone, inspection: inspection, lead: lead, words: words)
    }

    /// Starts the inspection, or shows what the law still asks for.
    public func start(battery: Int?) async {
        guard let task = chosen else { return }
        do {
            let phone = phone
            _ = try await offMain { try phone.openInspection(task: task, place: nil) }
            await refresh(battery: battery)
        } catch PhoneError.Blocked(let gates) {
            self.gates = gates
        } catch {
            message = words.of(error)
        }
    }

    private func show(_ status: Status, _ own: CertificateView, _ all: [TaskView], _ battery: Int?) {
        let view = all.first { $0.task.id == chosen } ?? all.first
        tasks = all
        chosen = view?.task.id
        let role = words(status.personRole == "assistant" ? "role_assistant" : "role_officer")
        who = status.personName.map { words("today_who", $0, role) } ?? ""
        message = status.enrolled ? nil : words("not_enrolled")
        enterprise = view?.task.enterprise.name ?? words("no_task")
        fields = view.map { said($0) + describe($0.task) } ?? []
        readiness = Inspector.readiness(status, own: own, battery: battery, words: words)
        let open = readiness.filter { $0.level != .good }.count
        summary = open == 0 ? words("ready_all") : words("ready_not_all", "\(open)")
        inspection = view?.inspection
        gates = view?.inspection == nil ? view?.gates ?? [] : []
        canShowBadge = status.badgeUntilMs != nil
        canStart = view != nil && view?.inspection == nil && view?.withdrawn == nil
    }

    /// What the office said of the task since: that it was taken back and why (F33), and what reviews came to (R44).
    private func said(_ view: TaskView) -> [Field] {
        let withdrawn = view.withdrawn.map { Field(label: words("task_withdrawn"), value: words("task_withdrawn_value", $0)) }
        let reviews = view.reviews.map { review in
            let opinion = words(review.agreed ? "review_agreed" : "review_problems")
            return Field(label: words("task_review"), value: words("task_review_value", words.moment(review.atMs), opinion, review.number, review.says))
        }
        return [withdrawn].compactMap { $0 } + reviews
    }

    private func describe(_ task: Mingzheng.Task) -> [Field] {
        let kind = ["routine": "kind_routine", "special": "kind_special"][task.kind] ?? "kind_case"
        let lines = [
            ("task_purpose", task.matter),
            ("task_address", task.enterprise.address),
            ("task_contact", [task.enterprise.manager, task.enterprise.phone].filter { !$0.isEmpty }.joined(separator: " ")),
            ("task_day", words.day(task.day)),
            ("task_kind", words(kind)),
            ("task_count", words("task_count_value", "\(task.n)", "\(task.cap)")),
            ("task_organ", task.organ),
            ("task_officers", task.officers.map { "\($0.name)  \($0.number)" }.joined(separator: "\n")),
            ("task_basis", task.basis.joined(separator: "\n")),
            ("task_code", task.enterprise.code),
        ]
        return lines.filter { !$0.1.isEmpty }.map { Field(label: words($0.0), value: $0.1) }
    }
}

/// Who leads what was begun, by task. A phone that was never paired leads all of it.
private func leads(_ phone: any PhoneProtocol, _ tasks: [TaskView]) throws -> [String: Lead] {
    let mirrors = try phone.mirrors()
    if mirrors.isEmpty { return [:] }
    let number = try phone.status().certificateNumber
    return try tasks.reduce(into: [:]) { found, view in
        if let begun = view.inspection { found[view.task.id] = lead(try phone.inspection(inspection: begun), number: number, mirrors: mirrors) }
    }
}

/// Runs a call of the core on a thread that may wait: a key in hardware takes up to half a second.
func offMain<T: Sendable>(_ call: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { answer in
        DispatchQueue.global(qos: .userInitiated).async { answer.resume(with: Result(catching: call)) }
    }
}
