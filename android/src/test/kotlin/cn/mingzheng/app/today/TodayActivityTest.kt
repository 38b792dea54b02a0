package cn.mingzheng.app.today

import android.app.AlertDialog
import android.content.res.Configuration
import android.os.SystemClock
import android.view.View
import android.widget.Button
import android.widget.TextView
import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.R
import cn.mingzheng.app.Scene
import cn.mingzheng.app.Scene.Companion.all
import cn.mingzheng.app.Scene.Companion.assertReadable
import cn.mingzheng.app.Scene.Companion.picture
import cn.mingzheng.app.Scene.Companion.settle
import cn.mingzheng.app.Scene.Companion.words
import cn.mingzheng.app.badge.BadgeActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowAlertDialog
import org.robolectric.shadows.ShadowSystemClock
import java.time.Duration
import java.time.LocalDate
import java.time.ZoneId

@RunWith(AppRunner::class)
@Config(qualifiers = "zh-rCN-w411dp-h891dp-xhdpi")
class TodayActivityTest {
    private fun open(): ActivityController<TodayActivity> {
        shadowOf(RuntimeEnvironment.getApplication().getSystemService(android.os.BatteryManager::class.java))
            .setIntProperty(android.os.BatteryManager.BATTERY_PROPERTY_CAPACITY, 86)
        return Robolectric.buildActivity(TodayActivity::class.java).setup().also { settle() }
    }

    private fun seen(screen: ActivityController<TodayActivity>, vararg expected: String) {
        val words = words(screen.get())
        expected.forEach { assertTrue("“$it” is not in\n$words", it in words) }
    }

    @Test
    fun r24ShowsReadinessAndTheTaskAndStartsTheInspection() = Scene().use { scene ->
        val screen = open()
        seen(
            screen, "今日检查", "张建国 · 执法人员", "青川县青溪宾馆有限公司", "住宿场所和附设游泳场所卫生状况", "四川省广元市青川县青溪镇桥头路18号",
            "陈晓梅 0839-7200118", "日常检查", "第 1 次，上限 2 次", "川H2026010017", "李秀英", "《公共场所卫生管理条例》第十三条",
            "出发准备就绪", "86%", "有效期至 2028年5月31日", "已就绪", "开始检查",
        )
        picture(screen.get(), "android-task")
        screen.get().findViewById<View>(R.id.start).performClick()
        settle()
        seen(screen, "检查进行中")
        assertFalse(screen.get().findViewById<View>(R.id.start).isEnabled)
        val task = scene.phone.tasks().single()
        assertEquals(task.task.id, scene.phone.inspection(task.inspection!!).task?.id)

        val old = screen.get()
        screen.recreate()
        settle()
        assertNotSame(old, screen.get())
        seen(screen, "检查进行中", "青川县青溪宾馆有限公司")
    }

    /** F33: a task that the office took back says so and why, and nothing is begun on it. */
    @Test
    fun f33ATaskThatWasTakenBackSaysWhyAndStartsNothing() = Scene().use { scene ->
        scene.withdraw("企业已停业")
        val screen = open()
        seen(screen, "已撤回", "企业已停业。不得据此开始检查")
        picture(screen.get(), "android-task-withdrawn")
        assertFalse(screen.get().findViewById<View>(R.id.start).isEnabled)
    }

    /** R44: what the review of the case came to stands at the task. */
    @Test
    fun r44TheReviewsResultStandsAtTheTask() = Scene().use { scene ->
        val inspection = scene.begin()
        assertFalse("法制审核" in words(open().get()))
        scene.review(inspection)
        val said = scene.phone.tasks().single().reviews.single()
        assertTrue(said.agreed)
        val screen = open()
        picture(screen.get(), "android-task-reviewed")
        seen(screen, "法制审核", "同意", said.number, said.says)
    }

    @Test
    fun opensTheBadgeForTheChosenTask() = Scene(days = listOf(0, 0)).use { scene ->
        val screen = open()
        val other = scene.phone.tasks()[1].task
        screen.get().findViewById<View>(R.id.others).performClick()
        settle()
        val dialog = ShadowAlertDialog.getLatestDialog() as AlertDialog
        shadowOf(dialog).clickOnItem(1)
        settle()
        seen(screen, other.enterprise.name)
        // rotation keeps the choice
        screen.configurationChange(Configuration(screen.get().resources.configuration).apply { orientation = Configuration.ORIENTATION_LANDSCAPE })
        settle()
        assertEquals(other.enterprise.name, screen.get().findViewById<TextView>(R.id.enterprise).text.toString())
        screen.get().findViewById<View>(R.id.show_badge).performClick()
        val next = shadowOf(screen.get()).nextStartedActivity
        assertEquals(BadgeActivity::class.java.name, next.component?.className)
        assertEquals(other.id, next.getStringExtra("task"))
    }

    @Test
    fun saysWhatTheLawStillAsksFor() = Scene(days = listOf(1)).use { scene ->
        val screen = open()
        seen(screen, "尚不能开始检查", "今天不是任务批准的检查日期", "办法：请科室改期并重新下发任务", "依据：国办发〔2024〕54号", "规则 J1")
        picture(screen.get(), "android-task-blocked")
        screen.get().findViewById<View>(R.id.start).performClick()
        settle()
        seen(screen, "尚不能开始检查", "开始检查")
        assertEquals(null, scene.phone.tasks().single().inspection)
    }

    /** R02, F14: expired by the office's time, which goes on while the phone's clock may be set to anything. */
    @Test
    fun r02AnExpiredCertificateIsBadAndBlocks() = Scene(certificateUntil = LocalDate.now(ZoneId.of("Asia/Shanghai")).toString()).use {
        val today = open()
        seen(today, "剩 0 天；尽快办理换发")
        today.pause()
        ShadowSystemClock.advanceBy(Duration.ofDays(2))
        SystemClock.setCurrentTimeMillis(0)
        val screen = open()
        seen(screen, "到期，不得执法", "本人执法证已过有效期", "尚不能开始检查")
        val marks = all(screen.get().findViewById(R.id.readiness)).mapNotNull { it.contentDescription?.toString() }.toList()
        assertEquals("不可用", marks[1])
    }

    @Test
    fun aPhoneThatNobodyEnrolledSaysSo() = Scene(certificateUntil = null).use {
        val screen = open()
        seen(screen, "本机尚未登记。请在办公室扫描登记二维码。", "今天没有检查任务", "缺少规则包，请联网")
        assertFalse(screen.get().findViewById<View>(R.id.show_badge).isEnabled)
        assertFalse(screen.get().findViewById<View>(R.id.start).isEnabled)
    }

    @Test
    @Config(qualifiers = "en-rUS-w411dp-h891dp-xhdpi")
    fun speaksEnglishToo() = Scene(days = listOf(1)).use {
        val screen = open()
        seen(screen, "Today's inspection", "张建国 · Officer", "routine inspection", "no. 1 of at most 2", "Cannot start yet", "today is not the day of the task")
    }

    @Test
    @Config(qualifiers = "zh-rCN-w360dp-h640dp-xhdpi", fontScale = 2f)
    fun largePrintFitsAndTargetsAreLarge() = Scene(days = listOf(0, 0)).use {
        val screen = open()
        picture(screen.get(), "android-task-large")
        assertReadable(screen.get().window.decorView)
        assertTrue(screen.get().findViewById<Button>(R.id.start).lineCount <= 2)
    }
}
