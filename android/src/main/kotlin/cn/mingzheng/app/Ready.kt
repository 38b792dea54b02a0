package cn.mingzheng.app

import android.view.LayoutInflater
import android.view.ViewGroup
import android.widget.ImageView
import android.widget.TextView

/** How much a line asks of the reader; shown by shape and word, never by colour alone. */
enum class Level(val icon: Int, val word: Int) {
    GOOD(R.drawable.ic_good, R.string.level_good),
    WARN(R.drawable.ic_warn, R.string.level_warn),
    BAD(R.drawable.ic_bad, R.string.level_bad),
}

/** One line of a list of what stands ready. */
data class Ready(val label: String, val level: Level, val value: String)

/** Shows these lines and no others. */
fun ViewGroup.showReady(lines: List<Ready>) {
    removeAllViews()
    for (ready in lines) {
        val row = LayoutInflater.from(context).inflate(R.layout.row_ready, this, false)
        row.findViewById<ImageView>(R.id.level).run {
            setImageResource(ready.level.icon)
            contentDescription = context.getString(ready.level.word)
        }
        row.findViewById<TextView>(R.id.label).text = ready.label
        row.findViewById<TextView>(R.id.value).text = ready.value
        addView(row)
    }
}
