package cn.mingzheng.app

import android.content.res.Resources
import cn.mingzheng.core.Gate
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.Text
import java.util.Date

/** A day `yyyymmdd` in words. */
fun Resources.day(day: UInt): String = day.toInt().let { getString(R.string.day, it / 10000, it / 100 % 100, it % 100) }

/** A moment in the phone's zone. */
fun Resources.moment(ms: Long): String = getString(R.string.moment, Date(ms), Date(ms))

/** What is missing, and the lawful way on. */
fun Resources.words(gate: Gate): String =
    getString(R.string.gate_line, either(Text(gate.missing, gate.missingEn)), either(Text(gate.wayOn, gate.wayOnEn)))

/** What the person can do now. */
fun Resources.words(error: PhoneException): String = invalid(error) ?: getString(
    when (error) {
        is PhoneException.Blocked -> return error.gates.joinToString("\n", transform = ::words)
        is PhoneException.NotAChallenge -> R.string.error_not_a_challenge
        is PhoneException.Busy -> R.string.error_busy
        is PhoneException.Locked -> R.string.error_locked
        is PhoneException.KeyGone -> R.string.error_key_gone
        is PhoneException.NotEnrolled -> R.string.error_not_enrolled
        is PhoneException.Storage -> R.string.error_storage
        is PhoneException.NewerStore -> R.string.error_newer_store
        is PhoneException.Refused -> R.string.error_refused
        is PhoneException.Wiped -> R.string.error_wiped
        is PhoneException.Update -> R.string.error_update
        else -> R.string.error_other
    },
)

/** What the core says of a value that cannot be: Chinese and English with a stroke between; some are for developers and have only one. */
private fun Resources.invalid(error: PhoneException): String? = (error as? PhoneException.Invalid)?.what?.split(BETWEEN, limit = 2)
    ?.takeIf { it.size == 2 }?.let { (chinese, english) -> either(Text(chinese, english)) }

private const val BETWEEN = " / "

/** A text of the core in the language of the screen. */
fun Resources.either(text: Text): String = if (getBoolean(R.bool.chinese)) text.zh else text.en
