package cn.mingzheng.app.badge

import android.app.Activity
import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.text.InputType
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.app.R
import cn.mingzheng.app.day
import cn.mingzheng.app.either
import cn.mingzheng.app.moment
import cn.mingzheng.app.officers.OfficersActivity
import cn.mingzheng.app.showing.ShowingActivity
import cn.mingzheng.app.words
import cn.mingzheng.core.BadgeScreen
import cn.mingzheng.core.CertificateState
import cn.mingzheng.core.CertificateView
import cn.mingzheng.core.FrameKind
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.QrFrame

/**
 * The badge to show to the party: seven public fields and a code that the core signs anew every few seconds while the screen is in front. It answers the
 * eight digits of the party's page, typed or scanned. A certificate that is not in effect leaves no code, and the screen says why and what to do.
 */
class BadgeActivity : Activity() {
    private val core get() = (application as MingzhengApplication).core
    private val clock = Handler(Looper.getMainLooper())
    private val task get() = intent.getStringExtra(TASK)
    private var kind = FrameKind.BADGE
    private var inFront = false
    private var answering = false
    private var address: String? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        window.addFlags(WindowManager.LayoutParams.FLAG_SECURE or WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        window.attributes = window.attributes.apply { screenBrightness = WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL }
        setContentView(R.layout.badge)
        kind = FrameKind.entries.find { it.name == state?.getString(KIND) } ?: FrameKind.BADGE
        findViewById<TextView>(R.id.title).setText(R.string.badge_title)
        findViewById<View>(R.id.close).setOnClickListener { finish() }
        findViewById<View>(R.id.challenge).setOnClickListener { if (answering) endChallenge() else askForDigits(null) }
        findViewById<View>(R.id.officers).setOnClickListener { startActivity(Intent(this, OfficersActivity::class.java)) }
        findViewById<View>(R.id.tab_badge).setOnClickListener { choose(FrameKind.BADGE) }
        findViewById<View>(R.id.tab_assignment).run {
            isEnabled = task != null
            setOnClickListener { choose(FrameKind.ASSIGNMENT) }
        }
    }

    override fun onResume() {
        super.onResume()
        inFront = true
        choose(kind)
        core.ask({ it.badgeScreen(task) }, ::refused) { if (!isDestroyed) show(it) }
        core.ask({ it.tasks().find { t -> t.task.id == task }?.inspection }, ::refused) { if (!isDestroyed) showRecord(it) }
    }

    override fun onPause() {
        super.onPause()
        inFront = false
        clock.removeCallbacksAndMessages(null)
        blank(getString(R.string.badge_paused))
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(KIND, kind.name)
    }

    /** Within a running inspection the showing is recorded (J3); before one there is nothing to record it in. */
    private fun showRecord(inspection: String?) = findViewById<View>(R.id.record).run {
        visibility = if (inspection == null) View.GONE else View.VISIBLE
        setOnClickListener { startActivity(ShowingActivity.intent(this@BadgeActivity, inspection.orEmpty())) }
    }

    private fun choose(chosen: FrameKind) {
        kind = chosen
        findViewById<View>(R.id.tab_badge).isSelected = chosen == FrameKind.BADGE
        findViewById<View>(R.id.tab_assignment).isSelected = chosen == FrameKind.ASSIGNMENT
        renew()
    }

    private fun renew() {
        clock.removeCallbacksAndMessages(null)
        val asked = kind
        core.ask({ it.badgeFrame(asked, task) }, ::refused) { frame ->
            if (inFront && asked == kind) show(frame)
        }
    }

    private fun show(frame: QrFrame) {
        findViewById<QrView>(R.id.qr).frame = frame
        val left = frame.challengeLeftMs?.toLong()
        answering = left != null
        findViewById<Button>(R.id.challenge).setText(if (answering) R.string.challenge_end else R.string.challenge_enter)
        findViewById<TextView>(R.id.state).text = if (left == null) howToScan() else getString(R.string.challenge_answering, (left + 999) / 1000)
        val ms = frame.refreshAfterMs.toLong()
        findViewById<CountdownRing>(R.id.ring).start(ms)
        clock.postDelayed(::renew, ms)
    }

    private fun howToScan() = getString(R.string.badge_scan, address ?: getString(R.string.badge_page))

    private fun show(screen: BadgeScreen) {
        address = screen.address
        if (!answering && findViewById<QrView>(R.id.qr).frame != null) findViewById<TextView>(R.id.state).text = howToScan()
        val fields = findViewById<ViewGroup>(R.id.fields).apply { removeAllViews() }
        FIELDS.zip(screen.fields).forEach { (label, value) ->
            field(fields, label, value.toUIntOrNull()?.takeIf { label == R.string.badge_until }?.let(resources::day) ?: value)
        }
        findViewById<TextView>(R.id.aid).text = screen.label?.let(resources::either).orEmpty()
        findViewById<TextView>(R.id.complaint).run {
            visibility = if (screen.complaint == null) View.GONE else View.VISIBLE
            text = screen.complaint?.let(resources::either)
        }
        findViewById<View>(R.id.complaint_scan).visibility = if (screen.complaintCode == null) View.GONE else View.VISIBLE
        findViewById<QrView>(R.id.complaint_qr).frame = screen.complaintCode
        findViewById<TextView>(R.id.notice).run {
            val words = notice(screen.certificate)
            visibility = if (words == null) View.GONE else View.VISIBLE
            text = words
        }
    }

    /** How the own certificate stands, unless it is simply in effect. */
    private fun notice(certificate: CertificateView): String? {
        if (certificate.state == CertificateState.VALID && certificate.rolledBack == null) return null
        return listOfNotNull(
            resources.either(certificate.says),
            resources.either(certificate.toDo).ifEmpty { null },
            certificate.asOf?.let { getString(R.string.certificate_as_of, resources.moment(it)) },
            certificate.rolledBack?.let { getString(R.string.list_rolled_back, resources.moment(it)) },
        ).joinToString("\n")
    }

    /** The page's eight digits, by hand or by another app that scans. */
    private fun askForDigits(complaint: String?) {
        val digits = EditText(this).apply {
            id = R.id.digits
            inputType = InputType.TYPE_CLASS_PHONE
            textSize = 28f
            setHint(R.string.challenge_hint)
        }
        AlertDialog.Builder(this).setTitle(R.string.challenge_title).setMessage(complaint ?: getString(R.string.challenge_explain)).setView(digits)
            .setPositiveButton(R.string.challenge_answer) { _, _ -> answer(digits.text.toString()) }
            .setNegativeButton(R.string.cancel, null)
            .setNeutralButton(R.string.challenge_scan) { _, _ -> scan() }
            .show()
    }

    /** The challenge is public: any scanner app may read it. */
    private fun scan() = try {
        startActivityForResult(Intent(SCAN).putExtra("SCAN_MODE", "QR_CODE_MODE"), SCANNED)
    } catch (_: ActivityNotFoundException) {
        askForDigits(getString(R.string.challenge_no_scanner))
    }

    @Deprecated("the one way without AndroidX")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        if (request == SCANNED && result == RESULT_OK) answer(data?.getStringExtra("SCAN_RESULT").orEmpty())
    }

    private fun answer(digits: String) = core.ask({ it.takeChallenge(digits) }, { if (!isDestroyed) askForDigits(resources.words(it)) }) { again() }

    private fun endChallenge() = core.ask({ it.endChallenge() }, ::refused) { again() }

    private fun again() {
        if (inFront) renew()
    }

    /** A refused renewal leaves no code behind; a busy phone is asked again soon. */
    private fun refused(error: PhoneException) {
        if (isDestroyed) return
        blank(resources.words(error))
        if (inFront && error is PhoneException.Busy) clock.postDelayed(::renew, AGAIN_MS)
    }

    private fun blank(words: String) {
        findViewById<QrView>(R.id.qr).frame = null
        findViewById<CountdownRing>(R.id.ring).start(0)
        findViewById<TextView>(R.id.state).text = words
    }

    private fun field(into: ViewGroup, label: Int, value: String) {
        val row = LayoutInflater.from(this).inflate(R.layout.row_field, into, false)
        row.findViewById<TextView>(R.id.label).setText(label)
        row.findViewById<TextView>(R.id.value).text = value
        into.addView(row)
    }

    companion object {
        private const val TASK = "task"
        private const val KIND = "kind"
        private const val AGAIN_MS = 300L
        private const val SCANNED = 1

        /** What scanner apps answer to. */
        private const val SCAN = "com.google.zxing.client.android.SCAN"

        /** The seven public fields (R03) in the order of the core. */
        private val FIELDS = listOf(
            R.string.badge_name, R.string.badge_unit, R.string.badge_position, R.string.badge_number,
            R.string.badge_category, R.string.badge_area, R.string.badge_until,
        )

        fun intent(from: Context, task: String?): Intent = Intent(from, BadgeActivity::class.java).putExtra(TASK, task)
    }
}
