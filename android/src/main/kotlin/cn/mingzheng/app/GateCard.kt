package cn.mingzheng.app

import android.graphics.Typeface
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import cn.mingzheng.core.Gate
import cn.mingzheng.core.Text

/** Fills a card with the gates that are closed: what is missing, the lawful way on, basis and rule. No gate, no card. */
fun ViewGroup.showGates(title: Int, gates: List<Gate>) {
    removeAllViews()
    visibility = if (gates.isEmpty()) View.GONE else View.VISIBLE
    if (gates.isEmpty()) return
    line(context.getString(title), 20f, R.color.bad).typeface = Typeface.DEFAULT_BOLD
    for (gate in gates) {
        line(resources.either(Text(gate.missing, gate.missingEn)), 18f, R.color.ink)
        line(context.getString(R.string.gate_way_on, resources.either(Text(gate.wayOn, gate.wayOnEn))), 17f, R.color.ink)
        line(context.getString(R.string.gate_basis, gate.basis) + " · " + context.getString(R.string.gate_rule, gate.rule), 15f, R.color.quiet)
    }
}

/** One more line of a card. */
fun ViewGroup.line(words: String, size: Float, color: Int): TextView {
    val line = TextView(context)
    line.text = words
    line.textSize = size
    line.setTextColor(context.getColor(color))
    line.setPadding(0, (6 * resources.displayMetrics.density).toInt(), 0, 0)
    addView(line)
    return line
}
