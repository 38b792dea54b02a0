package cn.mingzheng.app.queue

import android.content.res.Resources
import cn.mingzheng.app.R
import cn.mingzheng.core.QueueItem
import cn.mingzheng.core.QueueState
import cn.mingzheng.core.Wait

/** What an item is; of what is brought for another phone also for whom. */
fun Resources.kind(item: QueueItem): String = if (item.kind == "carried") {
    getString(R.string.queue_carried, item.id.substringBefore(' '))
} else {
    getString(word(item))
}

private fun word(item: QueueItem): Int =
    when (item.kind) {
        "segment" -> R.string.queue_segment
        "paper" -> R.string.queue_paper
        "strokes" -> R.string.queue_strokes
        "thumbnail" -> R.string.queue_thumbnail
        "photo" -> R.string.queue_photo
        "derived" -> R.string.queue_derived
        "recording" -> R.string.queue_recording
        else -> R.string.queue_other
    }

/** How far it is, and why it does not go on now. */
fun Resources.state(item: QueueItem): String {
    val far = when (val state = item.state) {
        is QueueState.Waiting -> getString(R.string.queue_waiting)
        is QueueState.Sending -> getString(R.string.queue_sending, percent(state.offset, state.length))
        is QueueState.Received -> getString(R.string.queue_received)
        is QueueState.Parked -> getString(R.string.queue_parked, state.reason)
    }
    val why = item.waits?.let { getString(reason(it)) }
    return listOfNotNull(far, why).joinToString("\n")
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
