package cn.mingzheng.app.badge

import android.app.Activity
import android.app.AlertDialog
import android.content.Intent
import android.graphics.Color
import android.view.View
import android.view.WindowManager.LayoutParams
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.R
import cn.mingzheng.app.Scene
import cn.mingzheng.app.Scene.Companion.picture
import cn.mingzheng.app.Scene.Companion.settle
import cn.mingzheng.app.Scene.Companion.words
import cn.mingzheng.app.officers.OfficersActivity
import cn.mingzheng.core.DeviceKey
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotSame
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
class BadgeActivityTest {
    private fun open(scene: Scene): ActivityController<BadgeActivity> {
        val intent: Intent = BadgeActivity.intent(RuntimeEnvironment.getApplication(), scene.phone.tasks().first().task.id)
        return Robolectric.buildActivity(BadgeActivity::class.java, intent).setup().also { settle() }
    }

    private fun code(screen: ActivityController<BadgeActivity>) = screen.get().findViewById<QrView>(R.id.qr).frame

    @Test
    fun showsTheSevenFieldsAndACodeThatLives() = Scene().use { scene ->
        val screen = open(scene)
        val words = words(screen.get())
        listOf(
            "出示执法证件", "姓名", "张建国", "单位", "青川县卫生健康局", "职务", "四级主任科员", "证件编号", "川H2026010017", "执法类别", "卫生行政执法",
            "执法区域", "青川县", "证件有效期至", "2028年5月31日", "监督电话：0839-12345", "请用您自己的手机", "电子亮证辅助",
        ).forEach { assertTrue("“$it” is not in\n$words", it in words) }
        val first = code(screen)!!
        settle(1_500)
        picture(screen.get(), "android-badge")
        settle(2_500)
        assertEquals(first, code(screen))
        settle(1_200)
        assertNotEquals("signed anew after five seconds", first.text, code(screen)!!.text)
    }

    @Test
    fun thePictureHoldsTheCodeModuleByModule() = Scene().use { scene ->
        val screen = open(scene)
        val qr = screen.get().findViewById<QrView>(R.id.qr)
        val picture = picture(screen.get(), "android-badge-modules")
        val at = IntArray(2).also(qr::getLocationInWindow)
        val frame = code(screen)!!
        val size = frame.size.toInt()
        val module = minOf(qr.width, qr.height) / (size + 8)
        assertTrue("a module has $module pixels", module >= 4)
        val left = at[0] + (qr.width - module * size) / 2
        val top = at[1] + (qr.height - module * size) / 2
        frame.modules.forEachIndexed { index, dark ->
            val pixel = picture.getPixel(left + index % size * module + module / 2, top + index / size * module + module / 2)
            assertEquals("module $index", if (dark) Color.BLACK else Color.WHITE, pixel)
        }
        for (quiet in 1..4) assertEquals(Color.WHITE, picture.getPixel(left - quiet * module + 1, top - quiet * module + 1))
    }

    @Test
    fun isBrightAwakeAndSecureAndBlankWhenNotInFront() = Scene().use { scene ->
        val screen = open(scene)
        val flags = screen.get().window.attributes.flags
        assertEquals(LayoutParams.FLAG_SECURE, flags and LayoutParams.FLAG_SECURE)
        assertEquals(LayoutParams.FLAG_KEEP_SCREEN_ON, flags and LayoutParams.FLAG_KEEP_SCREEN_ON)
        assertEquals(1f, screen.get().window.attributes.screenBrightness)
        screen.pause()
        assertNull(code(screen))
        settle(20_000)
        assertNull("no renewal behind the scenes", code(screen))
        screen.resume()
        settle()
        assertTrue(code(screen) != null)
    }

    /** F41: the page's eight digits are typed, answered by every code, and ended by choice; anything else is asked for again. */
    @Test
    fun f41AnswersTheDigitsOfThePartysPage() = Scene().use { scene ->
        val screen = open(scene)
        val button = screen.get().findViewById<Button>(R.id.challenge)
        fun type(digits: String): AlertDialog {
            val dialog = ShadowAlertDialog.getLatestDialog() as AlertDialog
            dialog.findViewById<EditText>(R.id.digits).setText(digits)
            dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick()
            settle()
            return dialog
        }
        button.performClick()
        settle()
        val first = type("1234")
        val again = ShadowAlertDialog.getLatestDialog() as AlertDialog
        assertNotSame(first, again)
        assertEquals("请输入对方页面上的 8 位数字", shadowOf(again).message)
        assertNull(code(screen)!!.challengeLeftMs)
        type("1234 5678")
        assertTrue(code(screen)!!.challengeLeftMs!! > 119_000uL)
        assertTrue("正在应答对方的 8 位数字，剩 120 秒" in words(screen.get()))
        assertEquals("结束应答", button.text.toString())
        picture(screen.get(), "android-badge-answer")
        screen.get().findViewById<View>(R.id.tab_assignment).performClick()
        settle()
        assertTrue("frame 2 answers too", code(screen)!!.challengeLeftMs != null)
        button.performClick()
        settle()
        assertNull(code(screen)!!.challengeLeftMs)
        assertEquals("输入对方的 8 位数字", button.text.toString())
    }

    /** F41: the same digits from an app that scans; without one the digits are asked for. */
    @Test
    fun f41TakesScannedDigits() = Scene().use { scene ->
        val screen = open(scene)
        screen.get().findViewById<View>(R.id.challenge).performClick()
        settle()
        (ShadowAlertDialog.getLatestDialog() as AlertDialog).getButton(AlertDialog.BUTTON_NEUTRAL).performClick()
        settle()
        val asked = shadowOf(screen.get()).nextStartedActivityForResult
        assertEquals("com.google.zxing.client.android.SCAN", asked.intent.action)
        shadowOf(screen.get()).receiveResult(asked.intent, Activity.RESULT_OK, Intent().putExtra("SCAN_RESULT", "８７６５４３２１"))
        settle()
        assertTrue(code(screen)!!.challengeLeftMs != null)
        shadowOf(RuntimeEnvironment.getApplication()).checkActivities(true)
        screen.get().findViewById<View>(R.id.challenge).performClick()
        settle()
        screen.get().findViewById<View>(R.id.challenge).performClick()
        settle()
        (ShadowAlertDialog.getLatestDialog() as AlertDialog).getButton(AlertDialog.BUTTON_NEUTRAL).performClick()
        settle()
        assertEquals("本机没有可用的扫码应用，请输入数字", shadowOf(ShadowAlertDialog.getLatestDialog() as AlertDialog).message)
    }

    /** R16: the complaint telephone is there as text and as a code. R03: the way to the list of officers. */
    @Test
    fun r16ShowsTheComplaintCodeAndTheWayToTheOfficers() = Scene().use { scene ->
        val screen = open(scene)
        assertEquals("tel:0839-12345", screen.get().findViewById<QrView>(R.id.complaint_qr).frame!!.text)
        assertTrue("zf.example/b" in words(screen.get()))
        screen.get().findViewById<View>(R.id.officers).performClick()
        assertEquals(OfficersActivity::class.java.name, shadowOf(screen.get()).nextStartedActivity.component?.className)
    }

    /** R01, R02: a suspended certificate leaves no code; the screen says why and what to do, until it is given back. */
    @Test
    fun r02ASuspendedCertificateLeavesNoCode() = Scene().use { scene ->
        val screen = open(scene)
        assertTrue(code(screen) != null)
        scene.decide("suspend")
        screen.pause()
        screen.resume()
        settle()
        assertNull(code(screen))
        val words = words(screen.get())
        listOf("本人执法证已被暂扣", "办法：", "执法证已被暂扣，不得执法", "机关信息截至").forEach { assertTrue("“$it” is not in\n$words", it in words) }
        picture(screen.get(), "android-badge-suspended")
        scene.decide("resume")
        screen.pause()
        screen.resume()
        settle()
        assertTrue(code(screen) != null)
        assertFalse("暂扣" in words(screen.get()))
    }

    @Test
    fun keepsTheAssignmentsCodeOverARecreation() = Scene().use { scene ->
        val screen = open(scene)
        val badge = code(screen)!!
        screen.get().findViewById<View>(R.id.tab_assignment).performClick()
        settle()
        val assignment = code(screen)!!
        assertNotEquals(badge.size, assignment.size)
        screen.recreate()
        settle()
        assertTrue(screen.get().findViewById<View>(R.id.tab_assignment).isSelected)
        assertEquals(assignment.size, code(screen)!!.size)
    }

    @Test
    fun aKeyThatCannotSignLeavesNoCodeBehind() = Scene().use { scene ->
        val screen = open(scene)
        assertTrue(code(screen) != null)
        cn.mingzheng.app.host.FakeAndroidKeyStore.pairs.remove("mingzheng-" + DeviceKey.SHOW.name.lowercase())
        settle(5_100)
        assertNull(code(screen))
        assertTrue("请尽快联系办公室" in screen.get().findViewById<TextView>(R.id.state).text)
    }

    @Test
    @Config(qualifiers = "zh-rCN-w891dp-h411dp-land-xhdpi")
    fun standsBesideTheFieldsOnASideways() = Scene().use { scene ->
        val screen = open(scene)
        picture(screen.get(), "android-badge-land")
        val qr = screen.get().findViewById<View>(R.id.qr)
        assertTrue("${qr.width} x ${qr.height}", qr.height >= 280 * screen.get().resources.displayMetrics.density)
        assertTrue(screen.get().findViewById<View>(R.id.ring).getGlobalVisibleRect(android.graphics.Rect()))
    }
}
