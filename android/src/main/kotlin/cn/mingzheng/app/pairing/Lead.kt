package cn.mingzheng.app.pairing

import android.content.res.Resources
import cn.mingzheng.app.R
import cn.mingzheng.app.moment
import cn.mingzheng.core.Inspection
import cn.mingzheng.core.LeadChange
import cn.mingzheng.core.MirrorView
import cn.mingzheng.core.OfficerRef

/** Whose phone leads an inspection (主办, R06), seen from this one. */
class Lead(val officer: OfficerRef, val here: Boolean, private val change: LeadChange?, private val closed: Boolean, val kept: MirrorView?) {
    /** This phone may offer to go on: a colleague's leads, and something of its log is held here. Whether it can, the core says. */
    val offersToContinue get() = !here && !closed && kept != null

    /** What is to be said of it: nothing, when this phone led from the beginning. */
    fun says(words: Resources): String? = when {
        here -> change?.let { words.getString(R.string.lead_continued, words.moment(it.at.ms), it.from.name, it.reason) }
        kept == null -> words.getString(R.string.lead_elsewhere, officer.name)
        else -> words.getString(R.string.lead_copy, officer.name)
    }
}

/** Who leads, for the user with this 执法证号. A phone that joined has an opening of its own: who arrived first leads there too, until another goes on. */
fun lead(inspection: Inspection, number: String?, mirrors: List<MirrorView>): Lead? {
    val change = inspection.leads.lastOrNull()
    val officer = change?.officer ?: inspection.arrived.firstOrNull()?.officer ?: return null
    val kept = mirrors.filter { it.number == officer.number && it.here > 0uL }.maxByOrNull { it.hereAtMs ?: 0 }
    return Lead(officer, officer.number == number, change, inspection.closed != null, kept)
}
