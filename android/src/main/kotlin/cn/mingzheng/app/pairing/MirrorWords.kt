package cn.mingzheng.app.pairing

import android.content.res.Resources
import cn.mingzheng.app.Level
import cn.mingzheng.app.R
import cn.mingzheng.app.Ready
import cn.mingzheng.app.moment
import cn.mingzheng.core.Inspection
import cn.mingzheng.core.MirrorView

/** The logs that this phone and those of the other officers of the inspection keep of each other (镜像, R06): a line for each. */
fun Resources.mirrors(inspection: Inspection, number: String?, all: List<MirrorView>): List<Ready> {
    val continued = inspection.leads.map { it.log }
    return inspection.arrived.map { it.officer }.filter { it.number != number }.flatMap { officer ->
        val held = all.filter { it.number == officer.number }
        // Of a phone that was replaced only what the inspection goes on from is still worth a line.
        val newest = held.maxByOrNull { if (it.paired) Long.MAX_VALUE else it.hereAtMs ?: 0 }
        val lines = held.filter { it === newest || it.log in continued }.map { mirror(it, it.log in continued) }
        lines.ifEmpty { listOf(Ready(officer.name, Level.WARN, getString(R.string.mirror_never))) }
    }
}

/** How far one is, and what to do where it does not go on. */
fun Resources.mirror(view: MirrorView, continued: Boolean): Ready {
    val (level, next) = when {
        view.forked -> Level.BAD to R.string.mirror_forked
        continued -> Level.GOOD to R.string.mirror_continued
        !view.paired -> Level.WARN to R.string.mirror_cut
        view.here < view.hereOf -> Level.WARN to R.string.mirror_behind
        else -> Level.GOOD to null
    }
    val lines = listOfNotNull(kept(view), next?.let(::getString), view.thereAtMs?.let { there(view, it) }, carried(view))
    return Ready(view.name, level, lines.joinToString("\n"))
}

/** How much of the other log is here. */
fun Resources.kept(view: MirrorView): String {
    val at = view.hereAtMs
    return if (at == null || view.here == 0uL) getString(R.string.mirror_none) else getString(R.string.mirror_kept, view.here.toLong(), moment(at))
}

private fun Resources.there(view: MirrorView, at: Long) = getString(R.string.mirror_there, view.there.toLong(), view.thereOf.toLong(), moment(at))

private fun Resources.carried(view: MirrorView): String? = when {
    view.here == 0uL -> null
    view.carried < view.here -> getString(R.string.mirror_to_carry, (view.here - view.carried).toLong())
    else -> getString(R.string.mirror_carried)
}
