package cn.mingzheng.app.pairing

import android.app.AlertDialog
import android.content.Context
import android.view.LayoutInflater
import android.view.View
import android.widget.EditText
import android.widget.ScrollView
import android.widget.TextView
import cn.mingzheng.app.R
import cn.mingzheng.app.moment
import cn.mingzheng.app.say
import cn.mingzheng.app.words
import cn.mingzheng.core.MirrorView
import cn.mingzheng.core.PhoneException

/** What happens when this phone goes on as the lead, read before it does (R06), and why it must. Cancel comes first; what the core refuses is said here. */
class ContinueDialog(private val context: Context, name: String, kept: MirrorView, typed: String, go: (reason: String) -> Unit) {
    private val view = LayoutInflater.from(context).inflate(R.layout.continue_lead, null)
    private val dialog = AlertDialog.Builder(context).setTitle(R.string.continue_title).setView(view).show()

    /** What stands in the field. */
    val reason get() = view.findViewById<EditText>(R.id.reason).text.toString().trim()
    val isOpen get() = dialog.isShowing

    init {
        dialog.setCanceledOnTouchOutside(false)
        val words = context.resources
        view.findViewById<TextView>(R.id.explain).text =
            words.getString(R.string.continue_explain, name, kept.here.toLong(), words.moment(kept.hereAtMs ?: 0))
        view.findViewById<EditText>(R.id.reason).setText(typed)
        view.findViewById<View>(R.id.cancel).setOnClickListener { close() }
        view.findViewById<View>(R.id.go_on).setOnClickListener {
            if (reason.isEmpty()) say(words.getString(R.string.continue_reason_missing)) else go(reason)
        }
    }

    fun refused(error: PhoneException) = context.resources.run { say(getString(R.string.continue_refused, words(error))) }

    fun close() = dialog.dismiss()

    /** Below the field, and in sight. */
    private fun say(words: String) {
        view.findViewById<TextView>(R.id.refused).say(words)
        view.findViewById<ScrollView>(R.id.scroll).run { post { scrollTo(0, getChildAt(0).height) } }
    }
}
