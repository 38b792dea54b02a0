package cn.mingzheng.app

import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.BaseAdapter
import android.widget.TextView

/** Items that belong together, under a heading or none. */
class Section<T : Any>(val heading: String?, val items: List<T>)

/** Rows of a list: each a view of `layout`, filled with its item; above those of a section its heading. */
class Rows<T : Any>(private val layout: Int, private val fill: (View, T) -> Unit) : BaseAdapter() {
    private class Line<T : Any>(val heading: String?, val item: T?)

    private var lines = emptyList<Line<T>>()

    fun show(sections: List<Section<T>>) {
        lines = sections.flatMap { section -> listOfNotNull(section.heading?.let { Line<T>(it, null) }) + section.items.map { Line(null, it) } }
        notifyDataSetChanged()
    }

    override fun getCount() = lines.size
    override fun getItem(position: Int): Any? = lines[position].run { item ?: heading }
    override fun getItemId(position: Int) = position.toLong()
    override fun getViewTypeCount() = 2
    override fun getItemViewType(position: Int) = if (lines[position].item == null) 1 else 0
    override fun getView(position: Int, old: View?, parent: ViewGroup): View {
        val (heading, item) = lines[position].run { heading to item }
        val row = old ?: LayoutInflater.from(parent.context).inflate(if (item == null) R.layout.row_heading else layout, parent, false)
        if (item == null) row.findViewById<TextView>(R.id.heading).text = heading else fill(row, item)
        return row
    }
}
