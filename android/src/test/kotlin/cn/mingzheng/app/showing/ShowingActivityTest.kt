package cn.mingzheng.app.showing

import android.Manifest
import android.app.AlertDialog
import android.content.Context
import android.graphics.Rect
import android.location.Location
import android.location.LocationManager
import android.os.SystemClock
import android.view.View
import android.widget.Button
import android.widget.CheckBox
import android.widget.EditText
import android.widget.ScrollView
import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.R
import cn.mingzheng.app.Scene
import cn.mingzheng.app.Scene.Companion.assertReadable
import cn.mingzheng.app.Scene.Companion.picture
import cn.mingzheng.app.Scene.Companion.settle
import cn.mingzheng.app.Scene.Companion.words
import cn.mingzheng.app.badge.BadgeActivity
import cn.mingzheng.app.today.TodayActivity
import cn.mingzheng.core.Act
import cn.mingzheng.core.BadgeAck
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowAlertDialog

@RunWith(AppRunner::class)
@Config(qualifiers = "zh-rCN-w411dp-h891dp-xhdpi")
class ShowingActivityTest {
    private fun open(inspection: String): ActivityController<ShowingActivity> {
        val intent = ShowingActivity.intent(RuntimeEnvironment.getApplication(), inspection)
        return Robolectric.buildActivity(ShowingActivity::class.java, intent).setup().also { settle() }
    }

    private fun tap(screen: ActivityController<ShowingActivity>, id: Int) {
        screen.get().findViewById<View>(id).performClick()
        settle()
    }

    /** What the dialog says that will be written; then it is, or not. */
    private fun confirm(button: Int = AlertDialog.BUTTON_POSITIVE): String {
        val dialog = ShadowAlertDialog.getLatestDialog() as AlertDialog
        val said = shadowOf(dialog).message.toString()
        dialog.getButton(button).performClick()
        settle()
        return said
    }

    private fun seen(screen: ActivityController<ShowingActivity>, vararg expected: String) {
        val words = words(screen.get())
        expected.forEach { assertTrue("“$it” is not in\n$words", it in words) }
    }

    private fun scrollTo(screen: ActivityController<ShowingActivity>, id: Int) {
        val scroll = screen.get().findViewById<ScrollView>(R.id.scroll)
        val at = Rect().also { screen.get().findViewById<View>(id).getDrawingRect(it) }
        scroll.offsetDescendantRectToMyCoords(screen.get().findViewById(id), at)
        scroll.scrollTo(0, at.top)
        settle()
    }

    /** J1, J3, R01: to whom, how and where are read before they are written, and what was written is said. One officer alone records nothing. */
    @Test
    fun j1_j3_r01_recordsTheShowingAfterItWasRead() = Scene().use { scene ->
        val inspection = scene.begin()
        located()
        val screen = open(inspection)
        assertEquals("陈晓梅", screen.get().findViewById<EditText>(R.id.to_whom).text.toString())
        seen(screen, "青川县青溪宾馆有限公司", "本人证件：张建国", "已定位，误差约 9 米")
        tap(screen, R.id.ack_scanned)
        confirm()
        seen(screen, "尚不能记录", "到场执法人员不足两人", "办法：等待第二名执法人员到场（返回）并用其本人手机配对；其间只作不属于执法的记录", "规则 J1")
        assertTrue(scene.phone.inspection(inspection).badges.isEmpty())
        picture(screen.get(), "android-showing-blocked")

        scene.pair(inspection)
        scene.phone.act(inspection, Act.CheckAppearance(uniform = true, insignia = true, note = "", evidence = null))
        screen.pause().resume()
        settle()
        tap(screen, R.id.ack_scanned)
        val read = confirm(AlertDialog.BUTTON_NEGATIVE)
        assertTrue(read, "张建国（川H2026010017）向 陈晓梅 出示执法证件；对方：扫码核验" in read && "误差约 9 米" in read && "写入后不能删改" in read)
        assertTrue("taken back", scene.phone.inspection(inspection).badges.isEmpty())
        screen.get().findViewById<EditText>(R.id.to_whom).setText("前台 赵敏")
        tap(screen, R.id.ack_photographed)
        confirm()
        val badge = scene.phone.inspection(inspection).badges.single()
        assertEquals(listOf("张建国", "前台 赵敏"), listOf(badge.officer.name, badge.toWhom))
        assertEquals(BadgeAck.PHOTOGRAPHED, badge.acknowledged)
        assertEquals("good", badge.fix)
        assertEquals(listOf(325_921_340, 1_052_314_560), listOf(badge.place!!.latE7, badge.place?.lonE7))
        assertFalse("尚不能记录" in words(screen.get()))
        picture(screen.get(), "android-showing")
        seen(screen, "已写入日志，序号", "张建国（川H2026010017）向 前台 赵敏 出示；拍照", "已定位，误差约 9 米")
    }

    /** J3: whoever does not look is recorded so; a place that is not known is marked as such and hinders nothing. */
    @Test
    fun j3_aPartyWhoDoesNotLookAndNoFixAreRecordedAsSuch() = Scene().use { scene ->
        val inspection = scene.begin()
        scene.pair(inspection)
        val screen = open(inspection)
        seen(screen, "未允许定位，按无定位如实标明")
        screen.get().findViewById<EditText>(R.id.to_whom).setText(" ")
        tap(screen, R.id.ack_declined)
        seen(screen, "请填写向谁出示")
        screen.get().findViewById<EditText>(R.id.to_whom).setText("陈晓梅")
        tap(screen, R.id.ack_declined)
        assertTrue("按无定位如实标明" in confirm())
        val badge = scene.phone.inspection(inspection).badges.single()
        assertEquals(BadgeAck.DECLINED, badge.acknowledged)
        assertEquals("none", badge.fix)
        assertNull(badge.place)
        seen(screen, "未查看", "地点：无定位，如实标明")
    }

    /** P3, J3: the second officer's certificate on this phone is marked so, says why, and is provisional until the own phone shows it. */
    @Test
    fun p3_j3_theSecondOfficerOnThisPhoneIsMarkedUntilTheOwnPhoneShows() = Scene().use { scene ->
        val inspection = scene.begin()
        val second = scene.pair(inspection)
        val screen = open(inspection)
        tap(screen, R.id.whose_other)
        seen(screen, "在本机出示第二名执法人员：李秀英", "将标明“在他人设备上出示”", "请李秀英用其本人手机再出示一次确认")
        scrollTo(screen, R.id.written)
        picture(screen.get(), "android-showing-shared")
        tap(screen, R.id.ack_signed)
        val read = confirm()
        assertTrue(read, "李秀英（川H2026010023）向 陈晓梅" in read && "在他人设备上出示，待李秀英本人手机确认" in read)
        val badge = scene.phone.inspection(inspection).badges.single()
        assertTrue(badge.sharedDevice && badge.officer.name == "李秀英" && badge.acknowledged == BadgeAck.SIGNED)
        seen(screen, "在他人设备上出示，待李秀英本人手机确认")
        second.act(inspection, Act.ShowBadge("陈晓梅", BadgeAck.SCANNED, null))
        scene.carry()
        screen.pause().resume()
        settle()
        seen(screen, "李秀英已用本人手机确认", "地点：见其本人手机的记录")
        assertFalse("待李秀英本人手机确认" in words(screen.get()))
    }

    /** R06: how far each phone has the other's log, once there is another one. */
    @Test
    fun r06TheLogsThatThePhonesKeepOfEachOtherAreShown() = Scene().use { scene ->
        val inspection = scene.begin()
        val screen = open(inspection)
        assertFalse("互存日志" in words(screen.get()))
        scene.pair(inspection)
        screen.pause().resume()
        settle()
        val mirror = scene.phone.mirrors().single()
        assertTrue(mirror.paired && mirror.here > 0uL)
        scrollTo(screen, R.id.mirrors)
        picture(screen.get(), "android-mirrors")
        seen(
            screen, "两部手机互存日志", "李秀英", "对方日志已存 ${mirror.here} 条，至 ", "本机日志对方已存 ${mirror.there} / ${mirror.thereOf} 条，至 ",
            "待代交办公室 ${mirror.here} 条",
        )
    }

    /** J2, R07: an assistant is introduced by name, as one without a certificate. */
    @Test
    fun j2_r07_anAssistantIsIntroducedAsSuch() = Scene().use { scene ->
        val inspection = scene.begin()
        val screen = open(inspection)
        assertEquals("王海", screen.get().findViewById<EditText>(R.id.assistant_name).text.toString())
        tap(screen, R.id.assistant_introduce)
        assertTrue("王海（青川县卫生监督协管站），协助人员，无执法证" in confirm())
        assertEquals(listOf("王海"), scene.phone.inspection(inspection).assistants.map { it.name })
        seen(screen, "王海（青川县卫生监督协管站），协助人员，无执法证")
        assertEquals("nobody is introduced twice", "", screen.get().findViewById<EditText>(R.id.assistant_name).text.toString())
        tap(screen, R.id.assistant_introduce)
        seen(screen, "请填写协助人员姓名")
    }

    /** R09: asked for before the certificate, on the day's screen and here; ticked or not, everything goes on. */
    @Test
    fun r09_dressIsAnOpenPointUntilItIsTicked() = Scene().use { scene ->
        val today = Robolectric.buildActivity(TodayActivity::class.java).setup()
        settle()
        assertFalse("着装标识未确认" in words(today.get()))
        today.get().findViewById<View>(R.id.start).performClick()
        settle()
        assertTrue(words(today.get()), "着装标识未确认" in words(today.get()) && "未办事项（不影响检查）" in words(today.get()))
        picture(today.get(), "android-task-running")
        today.get().findViewById<View>(R.id.showing).performClick()
        assertEquals(ShowingActivity::class.java.name, shadowOf(today.get()).nextStartedActivity.component?.className)

        val inspection = scene.phone.tasks().single().inspection!!
        val screen = open(inspection)
        seen(screen, "出示证件前：着装标识自查", "着装标识未确认", "R09")
        screen.get().findViewById<CheckBox>(R.id.uniform).isChecked = true
        screen.get().findViewById<EditText>(R.id.appearance_note).setText("臂章送修")
        tap(screen, R.id.appearance_record)
        seen(screen, "着装、标识不齐，已如实记录", "已记录：着统一制服、未佩戴统一标识", "臂章送修")
        screen.get().findViewById<CheckBox>(R.id.insignia).isChecked = true
        screen.get().findViewById<EditText>(R.id.appearance_note).setText("")
        tap(screen, R.id.appearance_record)
        seen(screen, "已记录：着统一制服、佩戴统一标识")
        assertFalse("nothing more to fill in", screen.get().findViewById<View>(R.id.uniform).isShown)
        assertFalse("R09" in words(screen.get()))
        today.pause().resume()
        settle()
        assertFalse("着装标识" in words(today.get()))
    }

    /** J3: within a running inspection the badge leads to the record; before one there is nothing to record it in. */
    @Test
    fun j3_theBadgeLeadsToTheRecordOfARunningInspection() = Scene().use { scene ->
        val task = scene.phone.tasks().first().task.id
        val badge = Robolectric.buildActivity(BadgeActivity::class.java, BadgeActivity.intent(RuntimeEnvironment.getApplication(), task)).setup()
        settle()
        val record = badge.get().findViewById<View>(R.id.record)
        assertEquals(View.GONE, record.visibility)
        val inspection = scene.begin()
        badge.pause().resume()
        settle()
        assertEquals(View.VISIBLE, record.visibility)
        picture(badge.get(), "android-badge-running")
        record.performClick()
        val next = shadowOf(badge.get()).nextStartedActivity
        assertEquals(ShowingActivity::class.java.name, next.component?.className)
        assertEquals(inspection, next.getStringExtra("inspection"))
    }

    @Test
    @Config(qualifiers = "zh-rCN-w360dp-h640dp-xhdpi", fontScale = 2f)
    fun largePrintFitsAndTargetsAreLarge() = Scene().use { scene ->
        val inspection = scene.begin()
        scene.pair(inspection)
        val screen = open(inspection)
        tap(screen, R.id.whose_other)
        picture(screen.get(), "android-showing-large")
        scrollTo(screen, R.id.to_whom)
        picture(screen.get(), "android-showing-large-2")
        assertReadable(screen.get().window.decorView)
        assertTrue(screen.get().findViewById<Button>(R.id.ack_photographed).lineCount <= 2)
    }

    @Test
    @Config(qualifiers = "en-rUS-w411dp-h891dp-xhdpi")
    fun speaksEnglishToo() = Scene().use { scene ->
        val screen = open(scene.begin())
        seen(screen, "Showing the badge", "Before the badge: dress and insignia", "dress and insignia not confirmed", "Scanned", "Did not look", "Assistants (no certificate)")
    }

    private fun located() {
        val application = RuntimeEnvironment.getApplication()
        shadowOf(application).grantPermissions(Manifest.permission.ACCESS_FINE_LOCATION)
        val system = application.getSystemService(Context.LOCATION_SERVICE) as LocationManager
        shadowOf(system).setProviderEnabled(LocationManager.GPS_PROVIDER, true)
        shadowOf(system).simulateLocation(Location(LocationManager.GPS_PROVIDER).apply {
            latitude = 32.592134
            longitude = 105.231456
            accuracy = 8.4f
            time = System.currentTimeMillis()
            elapsedRealtimeNanos = SystemClock.elapsedRealtimeNanos()
        })
    }
}
