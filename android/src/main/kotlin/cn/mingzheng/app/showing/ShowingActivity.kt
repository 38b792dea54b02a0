package cn.mingzheng.app.showing

import android.app.Activity
import android.app.AlertDialog
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.CheckBox
import android.widget.EditText
import android.widget.ScrollView
import android.widget.TextView
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.app.R
import cn.mingzheng.app.badge.BadgeActivity
import cn.mingzheng.app.line
import cn.mingzheng.app.moment
import cn.mingzheng.app.pairing.mirrors
import cn.mingzheng.app.say
import cn.mingzheng.app.showGates
import cn.mingzheng.app.showReady
import cn.mingzheng.app.words
import cn.mingzheng.core.Act
import cn.mingzheng.core.AssistantRef
import cn.mingzheng.core.BadgeAck
import cn.mingzheng.core.BadgeShown
import cn.mingzheng.core.Gate
import cn.mingzheng.core.Inspection
import cn.mingzheng.core.MirrorView
import cn.mingzheng.core.OfficerRef
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.Place

/**
 * The officer's own page of a running inspection: dress and insignia before (R09), then to whom the certificate was shown, how it was taken and where
 * (J1, J3, R01), the second officer's on this phone (P3), what the phones hold of each other's logs (R06), and who helps without a certificate (J2). What will be written
 * is read before it is.
 */
class ShowingActivity : Activity() {
    private val core get() = (application as MingzhengApplication).core
    private val inspection get() = intent.getStringExtra(INSPECTION).orEmpty()
    private val whereabouts by lazy { Whereabouts(this) { if (!isDestroyed) showPlace() } }
    private var now: Now? = null

    /** 执法证号 of the other officer whose certificate is shown on this phone; none: the own one. */
    private var shared: String? = null
    private var asked = false
    private var prefilled = false

    /** What the core says of the inspection, and whose phone this is. */
    private class Now(val inspection: Inspection, val points: List<Gate>, val number: String?, val mirrors: List<MirrorView>) {
        fun isOwn(officer: OfficerRef) = officer.number == number
        val own = inspection.arrived.map { it.officer }.find(::isOwn)
        val others = inspection.arrived.map { it.officer }.filterNot(::isOwn)
    }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.showing)
        shared = state?.getString(SHARED)
        asked = state?.getBoolean(ASKED) ?: false
        prefilled = state != null
        findViewById<View>(R.id.close).setOnClickListener { finish() }
        findViewById<View>(R.id.show_badge).setOnClickListener { startActivity(BadgeActivity.intent(this, now?.inspection?.task?.id)) }
        findViewById<View>(R.id.appearance_record).setOnClickListener { recordAppearance() }
        findViewById<View>(R.id.whose_own).setOnClickListener { choose(null) }
        findViewById<View>(R.id.whose_other).setOnClickListener { chooseOther() }
        WAYS.forEach { (button, how) -> findViewById<View>(button).setOnClickListener { confirmShowing(how) } }
        findViewById<View>(R.id.assistant_introduce).setOnClickListener { confirmAssistant() }
    }

    override fun onResume() {
        super.onResume()
        load()
        if (!whereabouts.allowed() && !asked) requestPermissions(Whereabouts.PERMISSIONS, ALLOWED)
        asked = true
        whereabouts.listen()
        showPlace()
    }

    override fun onPause() {
        super.onPause()
        whereabouts.stop()
    }

    override fun onRequestPermissionsResult(request: Int, permissions: Array<out String>, results: IntArray) {
        whereabouts.listen()
        showPlace()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(SHARED, shared)
        state.putBoolean(ASKED, asked)
    }

    private fun load(unread: (PhoneException) -> Unit = ::refused, done: () -> Unit = {}) = core.ask(
        { Now(it.inspection(inspection), it.openPoints(inspection), it.status().certificateNumber, it.mirrors()) },
        unread,
    ) {
        if (!isDestroyed) {
            show(it)
            done()
        }
    }

    private fun show(read: Now) {
        now = read
        text(R.id.enterprise, read.inspection.task?.enterprise?.name.orEmpty())
        prefill(read.inspection)
        showAppearance(read)
        showWhose(read)
        card(R.id.written, read.inspection.badges.map { written(it, read) })
        showMirrors(read)
        card(R.id.assistants, read.inspection.assistants.map { getString(R.string.assistant_is, it.name, it.unit) })
        showPlace()
    }

    /** The task knows who is met and who helps: nobody types that again. */
    private fun prefill(inspection: Inspection) {
        val task = inspection.task
        if (prefilled || task == null) return
        prefilled = true
        findViewById<EditText>(R.id.to_whom).setText(task.enterprise.manager)
        nextAssistant(inspection)
    }

    private fun nextAssistant(inspection: Inspection) {
        val next = inspection.task?.assistants?.find { it !in inspection.assistants }
        findViewById<EditText>(R.id.assistant_name).setText(next?.name.orEmpty())
        findViewById<EditText>(R.id.assistant_unit).setText(next?.unit.orEmpty())
    }

    private fun showAppearance(read: Now) {
        val points = read.points.map { getString(R.string.point_line, resources.words(it), it.rule) }
        val said = read.inspection.appearances.find { read.isOwn(it.officer) }
        val recorded = said?.let { getString(R.string.appearance_written, appearance(it.uniform, it.insignia), resources.moment(it.at.ms)) }
        // What is in order needs no fields any more.
        findViewById<View>(R.id.appearance_fields).visibility = if (points.isEmpty()) View.GONE else View.VISIBLE
        card(R.id.appearance_state, points + listOfNotNull(recorded, said?.note?.ifEmpty { null }))
    }

    private fun appearance(uniform: Boolean, insignia: Boolean) = getString(
        R.string.appearance_words,
        getString(if (uniform) R.string.uniform_yes else R.string.uniform_no),
        getString(if (insignia) R.string.insignia_yes else R.string.insignia_no),
    )

    private fun showWhose(read: Now) {
        if (read.others.none { it.number == shared }) shared = null
        val other = read.others.find { it.number == shared }
        findViewById<Button>(R.id.whose_own).run {
            isSelected = other == null
            text = getString(R.string.whose_own, read.own?.name.orEmpty())
        }
        findViewById<Button>(R.id.whose_other).run {
            visibility = if (read.others.isEmpty()) View.GONE else View.VISIBLE
            isSelected = other != null
            text = (other ?: read.others.singleOrNull())?.let { getString(R.string.whose_other_named, it.name) } ?: getString(R.string.whose_other)
        }
        findViewById<TextView>(R.id.shared_why).run {
            visibility = if (other == null) View.GONE else View.VISIBLE
            text = other?.let { getString(R.string.shared_why, it.name) }
        }
    }

    private fun showMirrors(read: Now) {
        findViewById<View>(R.id.mirrors).visibility = if (read.others.isEmpty()) View.GONE else View.VISIBLE
        findViewById<ViewGroup>(R.id.mirror_rows).showReady(resources.mirrors(read.inspection, read.number, read.mirrors))
    }

    private fun chooseOther() {
        val others = now?.others.orEmpty()
        others.singleOrNull()?.let { return choose(it.number) }
        AlertDialog.Builder(this).setTitle(R.string.whose_other)
            .setItems(others.map { "${it.name}  ${it.number}" }.toTypedArray()) { _, index -> choose(others.getOrNull(index)?.number) }.show()
    }

    private fun choose(number: String?) {
        shared = number
        now?.let(::showWhose)
    }

    /** A showing as the log has it. */
    private fun written(badge: BadgeShown, read: Now) = listOfNotNull(
        getString(R.string.shown_line, badge.officer.name, badge.officer.number, badge.toWhom, getString(word(badge.acknowledged)), resources.moment(badge.at.ms)),
        badge.fix?.let { fix(it, badge.place) } ?: getString(R.string.place_elsewhere),
        getString(if (confirmed(badge, read)) R.string.shared_confirmed else R.string.shared_mark, badge.officer.name).takeIf { badge.sharedDevice },
        badge.staleDays?.let { getString(R.string.shown_stale, it.toInt()) },
    ).joinToString("\n")

    /** Whether a showing from the own phone has made a provisional one good (P3). */
    private fun confirmed(badge: BadgeShown, read: Now) = read.inspection.badges.any { !it.sharedDevice && it.officer.person == badge.officer.person }

    private fun fix(standing: String, place: Place?) = when (standing) {
        "good" -> getString(R.string.place_good, place?.accuracyM?.toInt() ?: 0)
        "stale" -> getString(R.string.place_stale)
        "mock" -> getString(R.string.place_mock)
        else -> getString(R.string.place_none)
    }

    private fun showPlace() {
        val place = whereabouts.place()
        val words = when {
            place != null && place.mock -> getString(R.string.place_mock)
            place != null -> getString(R.string.place_now, place.accuracyM.toInt(), (place.ageMs / 1000uL).toLong())
            whereabouts.allowed() -> getString(R.string.place_none)
            else -> getString(R.string.place_not_allowed)
        }
        text(R.id.place, words)
    }

    private fun recordAppearance() {
        val uniform = findViewById<CheckBox>(R.id.uniform).isChecked
        val insignia = findViewById<CheckBox>(R.id.insignia).isChecked
        write(Act.CheckAppearance(uniform, insignia, typed(R.id.appearance_note), null))
    }

    private fun confirmShowing(how: BadgeAck) {
        val read = now ?: return
        val toWhom = typed(R.id.to_whom)
        if (toWhom.isEmpty()) return say(getString(R.string.to_whom_missing))
        val other = read.others.find { it.number == shared }
        val officer = other ?: read.own
        val place = whereabouts.place()
        val words = listOfNotNull(
            getString(R.string.confirm_showing, officer?.name.orEmpty(), officer?.number.orEmpty(), toWhom, getString(word(how))),
            findViewById<TextView>(R.id.place).text.toString(),
            other?.let { getString(R.string.shared_mark, it.name) },
        )
        confirm(words) {
            write(if (other == null) Act.ShowBadge(toWhom, how, place) else Act.ShowSharedBadge(other.number, toWhom, how, place))
        }
    }

    private fun confirmAssistant() {
        val assistant = AssistantRef(typed(R.id.assistant_name), typed(R.id.assistant_unit))
        if (assistant.name.isEmpty()) return say(getString(R.string.assistant_missing))
        confirm(listOf(getString(R.string.assistant_is, assistant.name, assistant.unit))) {
            write(Act.IntroduceAssistant(assistant)) { now?.let { nextAssistant(it.inspection) } }
        }
    }

    /** Nothing in the log is undone: so it is read first. */
    private fun confirm(lines: List<String>, yes: () -> Unit) {
        AlertDialog.Builder(this).setTitle(R.string.confirm_title).setMessage((lines + getString(R.string.confirm_final)).joinToString("\n"))
            .setPositiveButton(R.string.confirm_write) { _, _ -> yes() }
            .setNegativeButton(R.string.confirm_back, null).show()
    }

    /** That it was written stays said, whatever is read afterwards: nothing is to be written twice. */
    private fun write(act: Act, done: () -> Unit = {}) = core.ask({ it.act(inspection, act).seq }, ::refused) { seq ->
        if (!isDestroyed) {
            val written = getString(R.string.written_as, seq.toLong())
            gates(emptyList())
            say(written)
            load({ if (!isDestroyed) say(written + "\n" + resources.words(it)) }, done)
        }
    }

    private fun refused(error: PhoneException) {
        if (isDestroyed) return
        val gates = (error as? PhoneException.Blocked)?.gates.orEmpty()
        gates(gates)
        say(if (gates.isEmpty()) resources.words(error) else null)
        findViewById<ScrollView>(R.id.scroll).run { post { smoothScrollTo(0, 0) } }
    }

    private fun gates(gates: List<Gate>) = findViewById<ViewGroup>(R.id.blocked).showGates(R.string.showing_blocked, gates)

    private fun say(words: String?) = findViewById<TextView>(R.id.message).say(words)

    private fun card(id: Int, lines: List<String>) = findViewById<ViewGroup>(id).run {
        removeAllViews()
        visibility = if (lines.isEmpty()) View.GONE else View.VISIBLE
        lines.forEach { line(it, 17f, R.color.ink) }
    }

    private fun text(id: Int, words: String) {
        findViewById<TextView>(id).text = words
    }

    private fun typed(id: Int) = findViewById<EditText>(id).text.toString().trim()

    companion object {
        private const val INSPECTION = "inspection"
        private const val SHARED = "shared"
        private const val ASKED = "asked"
        private const val ALLOWED = 1

        private val WAYS = listOf(
            R.id.ack_scanned to BadgeAck.SCANNED, R.id.ack_photographed to BadgeAck.PHOTOGRAPHED,
            R.id.ack_signed to BadgeAck.SIGNED, R.id.ack_declined to BadgeAck.DECLINED,
        )

        private fun word(how: BadgeAck) = when (how) {
            BadgeAck.SCANNED -> R.string.ack_scanned
            BadgeAck.PHOTOGRAPHED -> R.string.ack_photographed
            BadgeAck.SIGNED -> R.string.ack_signed
            BadgeAck.DECLINED -> R.string.ack_declined
        }

        fun intent(from: Context, inspection: String): Intent = Intent(from, ShowingActivity::class.java).putExtra(INSPECTION, inspection)
    }
}
