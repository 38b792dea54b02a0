package cn.mingzheng.app.officers

import android.app.Activity
import android.os.Bundle
import android.text.Editable
import android.text.TextWatcher
import android.view.View
import android.widget.EditText
import android.widget.ListView
import android.widget.TextView
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.app.R
import cn.mingzheng.app.Rows
import cn.mingzheng.app.Section
import cn.mingzheng.app.day
import cn.mingzheng.app.moment
import cn.mingzheng.app.say
import cn.mingzheng.app.words
import cn.mingzheng.core.ListedOfficer
import cn.mingzheng.core.OfficersView
import cn.mingzheng.core.PhoneException

/** The office's signed list of officers (R03): the party looks anybody up here with no network. Seven public fields and nothing else. */
class OfficersActivity : Activity() {
    private val core get() = (application as MingzhengApplication).core
    private val rows = Rows<ListedOfficer>(R.layout.row_officer) { row, officer ->
        row.findViewById<TextView>(R.id.name).text = officer.name
        row.findViewById<TextView>(R.id.value).text = fields(officer)
    }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.officers)
        findViewById<ListView>(R.id.rows).adapter = rows
        findViewById<View>(R.id.close).setOnClickListener { finish() }
        findViewById<EditText>(R.id.query).addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(text: CharSequence, start: Int, count: Int, after: Int) = Unit
            override fun onTextChanged(text: CharSequence, start: Int, before: Int, count: Int) = Unit
            override fun afterTextChanged(text: Editable) = look()
        })
    }

    override fun onResume() {
        super.onResume()
        look()
    }

    private fun look() {
        val query = findViewById<EditText>(R.id.query).text.toString()
        core.ask({ it.officers(query) }, ::refused) { if (!isDestroyed) show(it) }
    }

    private fun show(view: OfficersView) {
        rows.show(listOf(Section(null, view.rows)))
        val asOf = view.asOf
        findViewById<TextView>(R.id.as_of).text =
            if (asOf == null) getString(R.string.officers_none)
            else getString(R.string.officers_as_of, view.organ.orEmpty(), resources.moment(asOf), view.rows.size, view.total.toLong())
        val old = listOfNotNull(
            view.until?.takeIf { view.expired }?.let { getString(R.string.officers_old, resources.moment(it)) },
            view.rolledBack?.let { getString(R.string.list_rolled_back, resources.moment(it)) },
            getString(R.string.officers_nobody).takeIf { asOf != null && view.rows.isEmpty() },
        )
        warn(old.joinToString("\n"))
    }

    private fun refused(error: PhoneException) {
        if (!isDestroyed) warn(resources.words(error))
    }

    private fun warn(words: String) = findViewById<TextView>(R.id.old).say(words)

    private fun fields(officer: ListedOfficer): String = listOf(
        R.string.badge_unit to officer.unit,
        R.string.badge_position to officer.position,
        R.string.badge_number to officer.number,
        R.string.badge_category to officer.category,
        R.string.badge_area to officer.area,
        R.string.badge_until to resources.day(officer.until),
    ).joinToString("\n") { (label, value) -> getString(R.string.field, getString(label), value) }
}
