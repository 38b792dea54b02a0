package cn.mingzheng.app.today

import android.content.res.Resources
import cn.mingzheng.app.Level
import cn.mingzheng.app.R
import cn.mingzheng.app.Ready
import cn.mingzheng.app.day
import cn.mingzheng.app.either
import cn.mingzheng.app.moment
import cn.mingzheng.app.queue.refusal
import cn.mingzheng.core.CertificateState
import cn.mingzheng.core.CertificateView
import cn.mingzheng.core.LogState
import cn.mingzheng.core.OfficeState
import cn.mingzheng.core.QueueState
import cn.mingzheng.core.Status

/** What the officer checks before leaving: the facts are the core's, the battery is the phone's. */
fun readiness(status: Status, own: CertificateView, battery: Int, words: Resources): List<Ready> = listOfNotNull(
    battery(battery, words),
    certificate(own, words),
    badge(status, own, words),
    offline(status, words),
    queue(status, words),
    log(status, words),
    office(status, words),
)

private fun log(status: Status, words: Resources): Ready? {
    val (level, text) = when (status.logState) {
        LogState.KEY_GONE -> Level.BAD to R.string.ready_checkpoint_gone
        LogState.STORE_BEHIND -> Level.BAD to R.string.ready_checkpoint_behind
        LogState.RENEWING -> Level.WARN to R.string.ready_checkpoint_renewing
        LogState.KEY_LOCKED, LogState.SIGNING -> if (status.checkpointPending) Level.WARN to R.string.ready_checkpoint_pending else return null
    }
    return Ready(words.getString(R.string.ready_checkpoint), level, words.getString(text))
}

private fun office(status: Status, words: Resources): Ready? {
    val (level, text) = when (status.officeState) {
        OfficeState.UNKNOWN, OfficeState.CONSISTENT -> return null
        OfficeState.UNPROVEN -> Level.WARN to R.string.ready_office_unproven
        OfficeState.BACK -> Level.WARN to R.string.ready_office_back
        OfficeState.CONTRADICTED -> Level.BAD to R.string.ready_office_contradicted
    }
    return Ready(words.getString(R.string.ready_office), level, words.getString(text))
}

private fun battery(percent: Int, words: Resources): Ready? {
    if (percent !in 0..100) return null
    val level = if (percent < 10) Level.BAD else if (percent < 30) Level.WARN else Level.GOOD
    return Ready(words.getString(R.string.ready_battery), level, words.getString(R.string.ready_battery_value, percent))
}

private fun certificate(view: CertificateView, words: Resources): Ready {
    val until = view.until ?: return Ready(words.getString(R.string.ready_certificate), Level.BAD, words.getString(R.string.ready_certificate_none))
    val valid = words.getString(R.string.ready_certificate_value, words.day(until), (view.daysLeft ?: 0).toInt())
    val said = listOf(view.says, view.toDo).map(words::either).filter(String::isNotEmpty).joinToString("；")
    val (level, value) = when (view.state) {
        CertificateState.VALID, CertificateState.STALE, CertificateState.TOO_STALE -> Level.GOOD to valid
        CertificateState.EXPIRING -> Level.WARN to "$valid；${words.either(view.toDo)}"
        CertificateState.UNKNOWN -> Level.WARN to "$valid；$said"
        CertificateState.EXPIRED -> Level.BAD to words.getString(R.string.ready_certificate_expired, words.day(until))
        CertificateState.MISSING, CertificateState.CANCELLED, CertificateState.SUSPENDED, CertificateState.CHECK_MISSED -> Level.BAD to said
    }
    return Ready(words.getString(R.string.ready_certificate), level, value)
}

private fun badge(status: Status, view: CertificateView, words: Resources): Ready? = status.badgeUntilMs?.let { until ->
    val (level, value) = when (view.state) {
        CertificateState.TOO_STALE -> Level.BAD to listOf(view.says, view.toDo).joinToString("；", transform = words::either)
        CertificateState.STALE -> Level.WARN to words.getString(R.string.ready_badge_stale, words.moment(until))
        else -> Level.GOOD to words.getString(R.string.ready_badge_value, words.moment(until))
    }
    Ready(words.getString(R.string.ready_badge), level, value)
}

private fun offline(status: Status, words: Resources): Ready {
    val pack = status.pack
    val (level, value) = when {
        pack == null -> Level.BAD to words.getString(R.string.ready_offline_no_pack)
        status.badgeUntilMs == null -> Level.BAD to words.getString(R.string.ready_offline_no_badge)
        else -> Level.GOOD to words.getString(R.string.ready_offline_value, words.either(pack.title), pack.version.toInt())
    }
    return Ready(words.getString(R.string.ready_offline), level, value)
}

private fun queue(status: Status, words: Resources): Ready {
    val parked = status.queue.mapNotNull { it.state as? QueueState.Parked }
    val waiting = status.queue.count { it.state is QueueState.Waiting || it.state is QueueState.Sending }
    val (level, value) = when {
        parked.isNotEmpty() -> Level.WARN to words.getString(R.string.ready_queue_parked, parked.size, words.refusal(parked.first().reason))
        waiting > 0 -> Level.GOOD to words.getString(R.string.ready_queue_value, waiting)
        else -> Level.GOOD to words.getString(R.string.ready_queue_none)
    }
    return Ready(words.getString(R.string.ready_queue), level, value)
}
