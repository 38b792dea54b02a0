package cn.mingzheng.app

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import android.os.SystemClock
import android.view.View
import android.view.ViewGroup
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
        val task = phone.tasks().first().task.id
        val confirm = phone.pairConfirm(inspection, second.pairAnswer(task, phone.pairOffer(task)).next!!)
        second.pairFinish(confirm.next!!)
        carry()
        return second
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

        /** A picture of the whole screen, also kept as a file. */
        fun picture(activity: Activity, name: String): Bitmap {
            val screen = activity.window.decorView
            val picture = Bitmap.createBitmap(screen.width, screen.height, Bitmap.Config.ARGB_8888)
            screen.draw(Canvas(picture))
            val folder = File(env("MINGZHENG_SHOTS")).apply { mkdirs() }
            File(folder, "$name.png").outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
            return picture
        }
    }
}
