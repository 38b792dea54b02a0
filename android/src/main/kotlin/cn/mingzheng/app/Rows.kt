package cn.mingzheng.app

import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.BaseAdapter

/** Rows of a list: each a view of `layout`, filled with its item. */
class Rows<T>(private val layout: Int, private val fill: (View, T) -> Unit) : BaseAdapter() {
    var items = emptyList<T>()
        set(new) {
            field = new
            notifyDataSetChanged()
        }

    override fun getCount() = items.size
    override fun getItem(position: Int): T = items[position]
    override fun getItemId(position: Int) = position.toLong()
    override fun getView(position: Int, old: View?, parent: ViewGroup): View {
        val row = old ?: LayoutInflater.from(parent.context).inflate(layout, parent, false)
        fill(row, getItem(position))
        return row
    }
}
