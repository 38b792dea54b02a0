package cn.mingzheng.app

import android.view.View
import android.widget.TextView

/** Says this, or nothing at all and takes no room. */
fun TextView.say(words: String?) {
    visibility = if (words.isNullOrEmpty()) View.GONE else View.VISIBLE
    text = words
}
