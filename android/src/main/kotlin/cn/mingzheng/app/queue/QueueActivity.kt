package cn.mingzheng.app.queue

import android.app.Activity
import android.os.Bundle
import android.view.View
import android.widget.Button
import android.widget.ListView
import android.widget.TextView
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.app.R
import cn.mingzheng.app.Rows
import cn.mingzheng.app.Section
import cn.mingzheng.app.say
import cn.mingzheng.app.words
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.QueueItem
import cn.mingzheng.core.QueueState
import cn.mingzheng.core.Sending
import java.io.File

/**
 * What is to go to the office (R23): each item with its state and why it waits, and what a person can do about it; what is carried for a colleague stands
 * in a group of its own. Nothing here deletes.
 */
class QueueActivity : Activity() {
    private val core get() = (application as MingzhengApplication).core
    private val rows = Rows(R.layout.row_queue, ::fill)

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.queue)
        findViewById<ListView>(R.id.rows).adapter = rows
        findViewById<View>(R.id.close).setOnClickListener { finish() }
        findViewById<View>(R.id.send_now).setOnClickListener { act { it.sendNow() } }
    }

    override fun onResume() {
        super.onResume()
        refresh()
    }

    private fun refresh() = core.ask({ it.status().queue to it.sending() }, ::refused) { (queue, sending) ->
        if (!isDestroyed) show(queue, sending)
    }

    private fun act(call: (cn.mingzheng.core.Phone) -> Unit) = core.ask(call, ::refused) { if (!isDestroyed) refresh() }

    private fun show(queue: List<QueueItem>, sending: Sending) {
        val (open, received) = queue.partition { it.isOpen }
        val (own, carried) = queue.partition { it.owner == null }
        val groups = carried.groupBy { it.owner.orEmpty() }.map { (owner, items) -> Section(resources.carried(owner, items), items.filter { it.isOpen }) }
        rows.show(listOf(Section(null, own.filter { it.isOpen })) + groups)
        findViewById<TextView>(R.id.sum).text =
            if (open.isEmpty()) getString(R.string.ready_queue_none) else getString(R.string.queue_sum, open.size, received.size)
        say(if (sending.paused) getString(R.string.queue_paused) else sending.waitMs.toLong().takeIf { it > 0 }?.let { getString(R.string.queue_again, (it + 999) / 1000) })
        findViewById<Button>(R.id.pause).run {
            setText(if (sending.paused) R.string.queue_resume else R.string.queue_pause)
            setOnClickListener { act { it.pauseSending(!sending.paused) } }
        }
        findViewById<View>(R.id.send_now).isEnabled = !sending.paused && open.isNotEmpty()
    }

    private fun refused(error: PhoneException) {
        if (!isDestroyed) say(resources.words(error))
    }

    private fun say(words: String?) = findViewById<TextView>(R.id.message).say(words)

    /** A copy of the sealed file, to be carried by hand; only the office can open it. */
    private fun export(item: QueueItem) {
        val file = File(getExternalFilesDir("export") ?: filesDir, "${item.kind}-${item.id.filter { it.isLetterOrDigit() || it in "-_" }}.sealed")
        core.ask({ it.exportItem(item.kind, item.id, file.path) }, ::refused) { if (!isDestroyed) say(getString(R.string.queue_exported, file.path)) }
    }

    private fun fill(row: View, item: QueueItem) {
        val parked = item.state is QueueState.Parked
        row.findViewById<TextView>(R.id.name).text = getString(R.string.queue_name, resources.kind(item), item.name.take(SHOWN))
        row.findViewById<TextView>(R.id.value).text = resources.state(item)
        row.setBackgroundResource(if (parked) R.drawable.card_blocked else 0)
        row.findViewById<View>(R.id.retry).run {
            visibility = if (parked) View.VISIBLE else View.GONE
            setOnClickListener { act { it.retryItem(item.kind, item.id) } }
        }
        row.findViewById<View>(R.id.export).setOnClickListener { export(item) }
    }

    private companion object {
        const val SHOWN = 24
    }
}
