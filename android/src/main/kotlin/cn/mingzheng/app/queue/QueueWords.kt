package cn.mingzheng.app.queue

import android.content.res.Resources
import cn.mingzheng.app.R
import cn.mingzheng.core.QueueItem
import cn.mingzheng.core.QueueState
import cn.mingzheng.core.Wait

/** The office has not answered for it yet. */
val QueueItem.isOpen get() = state !is QueueState.Received

/** Whose log it is a part of, when it is carried for another phone: its id begins with that name. */
val QueueItem.owner get() = id.substringBeforeLast(' ').takeIf { kind == "carried" }

/** Which one it is, beside what it is and whose. */
val QueueItem.name get() = if (kind == "carried") id.substringAfterLast(' ') else id

/** What is carried for a colleague, and how far it is. */
fun Resources.carried(owner: String, items: List<QueueItem>): String =
    getString(R.string.queue_carried, owner, items.count { it.isOpen }, items.count { !it.isOpen })

/** What an item is. */
fun Resources.kind(item: QueueItem): String = getString(
    when (item.kind) {
        "segment", "carried" -> R.string.queue_segment
        "paper" -> R.string.queue_paper
        "strokes" -> R.string.queue_strokes
        "thumbnail" -> R.string.queue_thumbnail
        "photo" -> R.string.queue_photo
        "derived" -> R.string.queue_derived
        "audio" -> R.string.queue_audio
        "video" -> R.string.queue_video
        else -> R.string.queue_other
    },
)

/** How far it is, and why it does not go on now. */
fun Resources.state(item: QueueItem): String {
    val far = when (val state = item.state) {
        is QueueState.Waiting -> getString(R.string.queue_waiting)
        is QueueState.Sending -> getString(R.string.queue_sending, percent(state.offset, state.length))
        is QueueState.Received -> getString(R.string.queue_received)
        is QueueState.Parked -> getString(R.string.queue_parked, refusal(state.reason))
    }
    val why = item.waits?.let { getString(reason(it)) }
    return listOfNotNull(far, why).joinToString("\n")
}

/** Why the office does not take what is carried, and what to do then; any other reason as it is named. */
fun Resources.refusal(reason: String): String = when (reason) {
    "log_revoked" -> getString(R.string.queue_log_revoked)
    "unknown_log" -> getString(R.string.queue_unknown_log)
    "not_officer" -> getString(R.string.queue_not_officer)
    else -> reason
}

private fun percent(offset: ULong, length: ULong): Int = if (length == 0uL) 0 else (offset * 100uL / length).toInt()

private fun reason(wait: Wait): Int = when (wait) {
    Wait.PAUSED -> R.string.queue_wait_paused
    Wait.NO_NETWORK -> R.string.queue_wait_network
    Wait.LATER -> R.string.queue_wait_later
    Wait.METERED -> R.string.queue_wait_metered
    Wait.BATTERY -> R.string.queue_wait_battery
    Wait.TURN -> R.string.queue_wait_turn
}
