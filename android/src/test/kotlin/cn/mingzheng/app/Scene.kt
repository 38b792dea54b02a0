package cn.mingzheng.app

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import android.os.SystemClock
import android.view.View
import android.view.ViewGroup
import android.widget.EditText
import android.widget.TextView
import cn.mingzheng.app.host.AndroidClock
import cn.mingzheng.app.host.AndroidFonts
import cn.mingzheng.app.host.AndroidRandom
import cn.mingzheng.app.sync.Courier
import cn.mingzheng.core.HighWater
import cn.mingzheng.core.Host
import cn.mingzheng.core.Phone
import cn.mingzheng.core.softwareKeys
import cn.mingzheng.office.LiveOffice
import cn.mingzheng.office.LiveOffice.Companion.env
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.io.File
import java.nio.file.Files
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter

/** The app with its phone enrolled to a live office, and what a test looks at on the screen. */
class Scene(certificateUntil: String? = "2028-05-31", days: List<Long> = listOf(0)) : AutoCloseable {
    private val office = LiveOffice()
    val phone: Phone

    init {
        present()
        phone = (RuntimeEnvironment.getApplication() as MingzhengApplication).core.phone()
        if (certificateUntil != null) {
            phone.beginEnrolment(office.invite(LiveOffice.LEAD, certificateUntil))
            repeat(2) { assertTrue(Courier(phone).run()) }
            office.invite(LiveOffice.SECOND)
            days.forEachIndexed { index, day ->
                office.assign(day(day), listOf(LiveOffice.LEAD, LiveOffice.SECOND), ENTERPRISES[index], "2026-01$index")
            }
            assertTrue(Courier(phone).run())
        }
    }

    /** 李's phone: another device of the same office, in a folder of its own. */
    private val second by lazy {
        val folder = Files.createTempDirectory("mingzheng-second").toFile()
        val keys = softwareKeys(ByteArray(32) { 2 })
        val mark = object : HighWater {
            private var mark: ByteArray? = null
            override fun read() = mark
            override fun write(mark: ByteArray) { this.mark = mark }
        }
        val fonts = AndroidFonts(listOf(File(env("MINGZHENG_FONT_DIR"), "NotoSansCJK-Regular.ttc")))
        Phone.open(folder.path, Host(AndroidClock(RuntimeEnvironment.getApplication()), AndroidRandom(), keys, mark, fonts)).apply {
            beginEnrolment(office.invite(LiveOffice.SECOND))
            repeat(3) { assertTrue(Courier(this).run()) }
        }
    }

    /** The app's phone opens the inspection, without 李 yet. */
    fun begin(): String = phone.tasks().first().task.id.let { phone.openInspection(it, null) }

    /** 李 comes and pairs. */
    fun pair(inspection: String): Phone {
        pair(phone, second, inspection)
        return second
    }

    /** 李 leads, and the app's phone joins: the inspection, and 李's phone. */
    fun join(): Pair<String, Phone> {
        val inspection = second.openInspection(second.tasks().first().task.id, null)
        pair(second, phone, inspection)
        return inspection to second
    }

    private fun pair(lead: Phone, other: Phone, inspection: String) {
        val task = lead.tasks().first().task.id
        val confirm = lead.pairConfirm(inspection, other.pairAnswer(task, lead.pairOffer(task)).next!!)
        other.pairFinish(confirm.next!!)
        carry()
    }

    /** What the two phones say to each other. */
    fun carry() {
        do {
            val there = phone.peerOutbox().onEach(second::peerReceive)
            val back = second.peerOutbox().onEach(phone::peerReceive)
        } while (there.isNotEmpty() || back.isNotEmpty())
    }

    /** The office takes a step in the life of 张's certificate, and the phone hears of it. */
    fun decide(step: String) {
        office.decide(step, LiveOffice.LEAD)
        assertTrue(Courier(phone).run())
    }

    /** The office takes the task back, and the phone hears of it. */
    fun withdraw(reason: String) {
        office.withdraw(phone.tasks().first().task.id, reason)
        assertTrue(Courier(phone).run())
    }

    /** What was done is sent; a case comes of it whose review agrees, and the phone hears of it. */
    fun review(inspection: String) {
        assertTrue(Courier(phone).run())
        office.review(inspection)
        assertTrue(Courier(phone).run())
    }

    /** The office is gone. */
    fun cutTheNetwork() = office.close()

    override fun close() {
        phone.close()
        office.close()
    }

    companion object {
        val ENTERPRISES = listOf("青川县青溪宾馆有限公司", "青川县乔庄镇第二小学")

        /** Robolectric's clock begins in 1970. */
        private fun present() {
            SystemClock.setCurrentTimeMillis(Instant.now().toEpochMilli())
        }

        /** So many days from today in China, `yyyymmdd`. */
        fun day(fromToday: Long): Int =
            LocalDate.now(ZoneId.of("Asia/Shanghai")).plusDays(fromToday).format(DateTimeFormatter.BASIC_ISO_DATE).toInt()

        fun settle(ms: Long = 0) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(ms))

        /** All text that can be seen, top to bottom. */
        fun words(view: View): String = when {
            view.visibility != View.VISIBLE -> ""
            view is ViewGroup -> (0 until view.childCount).map { words(view.getChildAt(it)) }.filter(String::isNotEmpty).joinToString("\n")
            view is TextView -> view.text.toString()
            else -> ""
        }

        fun words(activity: Activity): String = words(activity.window.decorView)

        fun all(view: View): Sequence<View> =
            sequenceOf(view) + if (view is ViewGroup) (0 until view.childCount).asSequence().flatMap { all(view.getChildAt(it)) } else emptySequence()

        /** Whether a thumb finds what can be tapped, and no text is cut off. */
        fun assertReadable(screen: View) {
            val least = 48 * screen.resources.displayMetrics.density
            all(screen).filter { it.isClickable && it.isShown }.forEach { assertTrue("too small: $it", it.height >= least && it.width >= least) }
            all(screen).filterIsInstance<TextView>().filter { it.isShown && it !is EditText }.forEach { view ->
                val cut = view.layout != null && (view.layout.lineCount == 0 || view.layout.height + view.compoundPaddingTop + view.compoundPaddingBottom > view.height)
                assertFalse("cut off: ${view.text}", cut && view.text.isNotEmpty())
            }
        }

        /** A picture of the whole screen, also kept as a file. */
        fun picture(activity: Activity, name: String): Bitmap = picture(activity.window.decorView, name)

        fun picture(screen: View, name: String): Bitmap {
            val picture = Bitmap.createBitmap(screen.width, screen.height, Bitmap.Config.ARGB_8888)
            screen.draw(Canvas(picture))
            val folder = File(env("MINGZHENG_SHOTS")).apply { mkdirs() }
            File(folder, "$name.png").outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
            return picture
        }
    }
}
