package cn.mingzheng.app.today

import android.app.Activity
import android.app.AlertDialog
import android.content.Intent
import android.os.BatteryManager
import android.os.Bundle
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.TextView
import cn.mingzheng.app.Level
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.app.R
import cn.mingzheng.app.badge.BadgeActivity
import cn.mingzheng.app.day
import cn.mingzheng.app.moment
import cn.mingzheng.app.pairing.ContinueDialog
import cn.mingzheng.app.pairing.Lead
import cn.mingzheng.app.pairing.kept
import cn.mingzheng.app.pairing.lead
import cn.mingzheng.app.queue.QueueActivity
import cn.mingzheng.app.say
import cn.mingzheng.app.showGates
import cn.mingzheng.app.showReady
import cn.mingzheng.app.showing.ShowingActivity
import cn.mingzheng.app.words
import cn.mingzheng.core.CertificateView
import cn.mingzheng.core.Gate
import cn.mingzheng.core.Phone
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.ReviewView
import cn.mingzheng.core.Status
import cn.mingzheng.core.TaskView

/** Today's task: whom, where, why, with whom; whether phone and papers are ready; the way to the badge and into the inspection. */
class TodayActivity : Activity() {
    private val core get() = (application as MingzhengApplication).core
    private var tasks = emptyList<TaskView>()
    private var chosen: String? = null
    private var asking: ContinueDialog? = null

    /** What was typed when the screen was taken away while the dialog was open. */
    private var typed: String? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.today)
        chosen = state?.getString(CHOSEN)
        typed = state?.getString(TYPED)
        findViewById<View>(R.id.show_badge).setOnClickListener { startActivity(BadgeActivity.intent(this, chosen)) }
        findViewById<View>(R.id.start).setOnClickListener { start() }
        findViewById<View>(R.id.others).setOnClickListener { choose() }
        findViewById<View>(R.id.queue).setOnClickListener { startActivity(Intent(this, QueueActivity::class.java)) }
    }

    override fun onResume() {
        super.onResume()
        refresh()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(CHOSEN, chosen)
        state.putString(TYPED, asking?.takeIf { it.isOpen }?.reason)
    }

    override fun onDestroy() {
        super.onDestroy()
        asking?.close()
    }

    private fun refresh() = core.ask({ Triple(it.status(), it.certificate(), it.tasks()) }, ::refused) { (status, own, all) ->
        if (!isDestroyed) show(status, own, all)
    }

    private fun start() {
        val task = chosen ?: return
        core.ask({ it.openInspection(task, null) }, ::refused) { refresh() }
    }

    private fun choose() = core.ask({ phone -> tasks.map { it.inspection?.let { running -> leadOf(phone, running) } } }, ::refused) { leads ->
        if (isDestroyed) return@ask
        val names = tasks.zip(leads) { view, lead ->
            listOfNotNull(view.task.enterprise.name, view.task.title, lead?.takeUnless { it.here }?.says(resources)).joinToString("\n")
        }.toTypedArray()
        AlertDialog.Builder(this).setTitle(R.string.choose_task).setItems(names) { _, index ->
            chosen = tasks.getOrNull(index)?.task?.id
            refresh()
        }.show()
    }

    private fun refused(error: PhoneException) {
        if (isDestroyed) return
        if (error is PhoneException.Blocked) showGates(error.gates) else showMessage(resources.words(error))
    }

    private fun show(status: Status, own: CertificateView, all: List<TaskView>) {
        tasks = all
        val task = all.find { it.task.id == chosen } ?: all.firstOrNull()
        chosen = task?.task?.id
        showGates(task?.gates?.takeIf { task.inspection == null }.orEmpty())
        val role = if (status.personRole == "assistant") R.string.role_assistant else R.string.role_officer
        text(R.id.who, status.personName?.let { getString(R.string.today_who, it, getString(role)) }.orEmpty())
        showMessage(if (status.enrolled) null else getString(R.string.not_enrolled))
        showTask(task, all.size - 1)
        showReadiness(status, own)
        showRunning(task?.inspection)
        findViewById<View>(R.id.show_badge).isEnabled = status.badgeUntilMs != null
        findViewById<Button>(R.id.start).run {
            isEnabled = task != null && task.inspection == null && task.withdrawn == null
            setText(if (task?.inspection == null) R.string.start_inspection else R.string.inspection_started)
        }
    }

    private fun showTask(view: TaskView?, others: Int) {
        val task = view?.task
        val rows = findViewById<ViewGroup>(R.id.task_rows).apply { removeAllViews() }
        text(R.id.enterprise, task?.enterprise?.name ?: getString(R.string.no_task))
        if (task != null) {
            field(rows, R.string.task_withdrawn, view.withdrawn?.let { getString(R.string.task_withdrawn_value, it) }.orEmpty())
            field(rows, R.string.task_review, view.reviews.joinToString("\n", transform = ::words))
            field(rows, R.string.task_purpose, task.matter)
            field(rows, R.string.task_address, task.enterprise.address)
            field(rows, R.string.task_contact, listOf(task.enterprise.manager, task.enterprise.phone).filter(String::isNotEmpty).joinToString(" "))
            field(rows, R.string.task_day, resources.day(task.day))
            field(rows, R.string.task_kind, getString(kind(task.kind)))
            field(rows, R.string.task_count, getString(R.string.task_count_value, task.n.toInt(), task.cap.toInt()))
            field(rows, R.string.task_organ, task.organ)
            field(rows, R.string.task_officers, task.officers.joinToString("\n") { "${it.name}  ${it.number}" })
            field(rows, R.string.task_basis, task.basis.joinToString("\n"))
            field(rows, R.string.task_code, task.enterprise.code)
        }
        findViewById<TextView>(R.id.others).run {
            visibility = if (others > 0) View.VISIBLE else View.GONE
            text = getString(R.string.other_tasks, others)
        }
    }

    private fun words(review: ReviewView): String {
        val opinion = getString(if (review.agreed) R.string.review_agreed else R.string.review_problems)
        return getString(R.string.task_review_value, resources.moment(review.atMs), opinion, review.number, review.says)
    }

    private fun showReadiness(status: Status, own: CertificateView) {
        val battery = getSystemService(BatteryManager::class.java).getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY)
        val lines = readiness(status, own, battery, resources)
        val open = lines.count { it.level != Level.GOOD }
        text(R.id.summary, if (open == 0) getString(R.string.ready_all) else getString(R.string.ready_not_all, open))
        findViewById<ViewGroup>(R.id.readiness).showReady(lines)
    }

    private fun showGates(gates: List<Gate>) = findViewById<ViewGroup>(R.id.blocked).showGates(R.string.blocked_title, gates)

    /** A running inspection: what is open, and the way to the record of the showing. */
    private fun showRunning(inspection: String?) {
        val card = findViewById<View>(R.id.running)
        card.visibility = if (inspection == null) View.GONE else View.VISIBLE
        if (inspection == null) return
        findViewById<View>(R.id.showing).setOnClickListener { startActivity(ShowingActivity.intent(this, inspection)) }
        core.ask({ it.openPoints(inspection) to leadOf(it, inspection) }, ::refused) { (points, lead) ->
            if (isDestroyed) return@ask
            showLead(inspection, lead)
            findViewById<TextView>(R.id.points).run {
                visibility = if (points.isEmpty()) View.GONE else View.VISIBLE
                text = (listOf(getString(R.string.points_title)) + points.map { getString(R.string.point_line, resources.words(it), it.rule) }).joinToString("\n")
            }
        }
    }

    private fun leadOf(phone: Phone, inspection: String) = lead(phone.inspection(inspection), phone.status().certificateNumber, phone.mirrors())

    /** A colleague's inspection is here as a copy: what is held of it, and the way to go on as its lead (R06). */
    private fun showLead(inspection: String, lead: Lead?) {
        val kept = lead?.kept?.takeIf { lead.offersToContinue }
        findViewById<TextView>(R.id.lead).say(lead?.says(resources))
        findViewById<TextView>(R.id.kept).say(kept?.let(resources::kept))
        findViewById<View>(R.id.continue_lead).run {
            visibility = if (kept == null) View.GONE else View.VISIBLE
            setOnClickListener { if (lead != null) askToContinue(inspection, lead, "") }
        }
        if (lead != null) typed?.let { askToContinue(inspection, lead, it) }
        typed = null
    }

    private fun askToContinue(inspection: String, lead: Lead, reason: String) {
        val kept = lead.kept ?: return
        asking?.close()
        asking = ContinueDialog(this, lead.officer.name, kept, reason) { given ->
            core.ask({ it.continueAsLead(inspection, given) }, { asking?.refused(it) }) {
                asking?.close()
                if (!isDestroyed) refresh()
            }
        }
    }

    private fun showMessage(words: String?) = findViewById<TextView>(R.id.message).say(words)

    private fun text(id: Int, words: String) {
        findViewById<TextView>(id).text = words
    }

    private fun field(into: ViewGroup, label: Int, value: String) {
        if (value.isEmpty()) return
        val row = LayoutInflater.from(this).inflate(R.layout.row_field, into, false)
        row.findViewById<TextView>(R.id.label).setText(label)
        row.findViewById<TextView>(R.id.value).text = value
        into.addView(row)
    }

    private fun kind(name: String) = when (name) {
        "routine" -> R.string.kind_routine
        "special" -> R.string.kind_special
        else -> R.string.kind_case
    }

    companion object {
        private const val CHOSEN = "chosen"
        private const val TYPED = "typed"
    }
}
