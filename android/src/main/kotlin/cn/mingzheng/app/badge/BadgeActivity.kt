package cn.mingzheng.app.badge

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.widget.TextView
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.app.R
import cn.mingzheng.app.day
import cn.mingzheng.app.either
import cn.mingzheng.app.words
import cn.mingzheng.core.FrameKind
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.QrFrame
import cn.mingzheng.core.Status

/** The badge to show to the party: seven public fields and a code that the core signs anew every few seconds while the screen is in front. */
class BadgeActivity : Activity() {
    private val core get() = (application as MingzhengApplication).core
    private val clock = Handler(Looper.getMainLooper())
    private val task get() = intent.getStringExtra(TASK)
    private var kind = FrameKind.BADGE
    private var inFront = false

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        window.addFlags(WindowManager.LayoutParams.FLAG_SECURE or WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        window.attributes = window.attributes.apply { screenBrightness = WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL }
        setContentView(R.layout.badge)
        kind = FrameKind.entries.find { it.name == state?.getString(KIND) } ?: FrameKind.BADGE
        findViewById<TextView>(R.id.title).setText(R.string.badge_title)
        findViewById<View>(R.id.close).setOnClickListener { finish() }
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
        core.ask({ phone -> phone.status() to phone.tasks().find { it.task.id == task }?.task?.complaintPhone }, ::refused) { (status, complaints) ->
            if (!isDestroyed) show(status, complaints)
        }
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

    private fun choose(chosen: FrameKind) {
        kind = chosen
        findViewById<View>(R.id.tab_badge).isSelected = chosen == FrameKind.BADGE
        findViewById<View>(R.id.tab_assignment).isSelected = chosen == FrameKind.ASSIGNMENT
        renew()
    }

    private fun renew() {
        clock.removeCallbacksAndMessages(null)
        val asked = kind
        core.ask({ it.badgeFrame(asked, task.takeIf { asked == FrameKind.ASSIGNMENT }, null) }, ::refused) { frame ->
            if (inFront && asked == kind) show(frame)
        }
    }

    private fun show(frame: QrFrame) {
        findViewById<QrView>(R.id.qr).frame = frame
        findViewById<TextView>(R.id.state).setText(R.string.badge_scan)
        val ms = frame.refreshAfterMs.toLong()
        findViewById<CountdownRing>(R.id.ring).start(ms)
        clock.postDelayed(::renew, ms)
    }

    private fun show(status: Status, complaints: String?) {
        val fields = findViewById<ViewGroup>(R.id.fields).apply { removeAllViews() }
        FIELDS.zip(status.badgeFields).forEach { (label, value) ->
            field(fields, label, value.toUIntOrNull()?.takeIf { label == R.string.badge_until }?.let(resources::day) ?: value)
        }
        findViewById<TextView>(R.id.aid).text = status.aidLabel?.let(resources::either).orEmpty()
        findViewById<TextView>(R.id.complaint).run {
            visibility = if (complaints.isNullOrEmpty()) View.GONE else View.VISIBLE
            text = getString(R.string.badge_complaint, complaints)
        }
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

        /** The seven public fields (R03) in the order of the core. */
        private val FIELDS = listOf(
            R.string.badge_name, R.string.badge_unit, R.string.badge_position, R.string.badge_number,
            R.string.badge_category, R.string.badge_area, R.string.badge_until,
        )

        fun intent(from: Context, task: String?): Intent = Intent(from, BadgeActivity::class.java).putExtra(TASK, task)
    }
}
