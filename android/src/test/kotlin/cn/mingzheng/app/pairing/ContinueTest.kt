package cn.mingzheng.app.pairing

import android.app.AlertDialog
import android.graphics.Rect
import android.view.View
import android.widget.EditText
import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.R
import cn.mingzheng.app.Scene
import cn.mingzheng.app.Scene.Companion.assertReadable
import cn.mingzheng.app.Scene.Companion.picture
import cn.mingzheng.app.Scene.Companion.settle
import cn.mingzheng.app.Scene.Companion.words
import cn.mingzheng.app.today.TodayActivity
import cn.mingzheng.core.Act
import cn.mingzheng.core.Phone
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowAlertDialog

/** R06, the lead's phone dies: the inspection is here as a copy, and this phone goes on as the lead. */
@RunWith(AppRunner::class)
@Config(qualifiers = "zh-rCN-w360dp-h740dp-xhdpi")
class ContinueTest {
    private fun today(): ActivityController<TodayActivity> = Robolectric.buildActivity(TodayActivity::class.java).setup().also { settle() }

    private fun seen(screen: View, vararg expected: String) {
        val words = words(screen)
        expected.forEach { assertTrue("“$it” is not in\n$words", it in words) }
    }

    private fun tap(on: View, id: Int) {
        on.findViewById<View>(id).performClick()
        settle()
    }

    /** What is in front of the screen. */
    private fun dialog(): View = (ShadowAlertDialog.getLatestDialog() as AlertDialog).also { assertTrue(it.isShowing) }.window!!.decorView

    private fun type(reason: String) = dialog().findViewById<EditText>(R.id.reason).setText(reason)

    /** The app's phone has joined 李's inspection, and holds 李's log. */
    private fun joined(scene: Scene): String {
        val (inspection, li) = scene.join()
        li.act(inspection, Act.Note("地面有积水"))
        li.act(inspection, Act.CheckAppearance(uniform = true, insignia = true, note = "", evidence = null))
        scene.carry()
        return inspection
    }

    private fun kept(phone: Phone) = phone.mirrors().single().here

    @Test
    fun r06AColleaguesInspectionIsACopyAndThisPhoneGoesOnAsTheLead() = Scene(days = listOf(0, 0)).use { scene ->
        val inspection = joined(scene)
        val screen = today()
        val root = screen.get().window.decorView
        seen(root, "同事主办 · 副本（李秀英）", "对方日志已存 ${kept(scene.phone)} 条，至 ", "由我接续主办")
        picture(root, "android-lead-copy")
        tap(root, R.id.others)
        val list = shadowOf(ShadowAlertDialog.getLatestDialog() as AlertDialog)
        assertTrue("${list.items.toList()}", list.items.count { "同事主办 · 副本（李秀英）" in it } == 1)
        list.clickOnItem(list.items.indexOfFirst { "副本" in it })
        settle()

        tap(root, R.id.continue_lead)
        seen(
            dialog(), "只在李秀英的手机无法使用时接续", "已存的 ${kept(scene.phone)} 条", "对方手机仍然有效，其记录全部保留", "两部手机的日志都交办公室",
            "写入日志，不能删改", "原因（必填）",
        )
        picture(dialog(), "android-continue")
        assertTrue("cancel comes first", dialog().findViewById<View>(R.id.cancel).top < dialog().findViewById<View>(R.id.go_on).top)
        tap(dialog(), R.id.go_on)
        seen(dialog(), "请填写原因")
        tap(dialog(), R.id.cancel)
        assertFalse(ShadowAlertDialog.getLatestDialog().isShowing)
        assertTrue(scene.phone.inspection(inspection).leads.isEmpty())

        tap(root, R.id.continue_lead)
        type("手机摔坏，无法开机")
        screen.recreate()
        settle()
        assertEquals("what was typed is still there", "手机摔坏，无法开机", dialog().findViewById<EditText>(R.id.reason).text.toString())
        tap(dialog(), R.id.go_on)
        assertFalse(ShadowAlertDialog.getLatestDialog().isShowing)
        val change = scene.phone.inspection(inspection).leads.single()
        assertEquals(listOf("张建国", "李秀英", "手机摔坏，无法开机"), listOf(change.officer.name, change.from.name, change.reason))
        val after = screen.get().window.decorView
        seen(after, "本机自 ", "起接续主办（原主办 李秀英）：手机摔坏，无法开机")
        picture(after, "android-lead-continued")
        assertFalse("副本" in words(after) || "由我接续主办" in words(after))
    }

    /** What the core refuses is said where the reason was typed, with what to do. */
    @Test
    fun r06WhatTheCoreRefusesIsSaidInTheDialog() = Scene().use { scene ->
        val inspection = joined(scene)
        val screen = today()
        tap(screen.get().window.decorView, R.id.continue_lead)
        scene.phone.continueAsLead(inspection, "换手机")
        type("手机摔坏")
        tap(dialog(), R.id.go_on)
        seen(dialog(), "未能接续：本机已是主办。", "请联系办公室")
        assertEquals(1, scene.phone.inspection(inspection).leads.size)
    }

    /** The phone that led from the beginning says nothing of it, and one alone has nobody to go on for. */
    @Test
    fun r06TheOwnInspectionIsNoCopy() = Scene().use { scene ->
        val inspection = scene.begin()
        val screen = today()
        assertFalse("同事主办" in words(screen.get()))
        scene.pair(inspection)
        screen.pause().resume()
        settle()
        assertFalse("同事主办" in words(screen.get()) || "由我接续主办" in words(screen.get()))
    }

    @Test
    @Config(qualifiers = "zh-rCN-w360dp-h640dp-xhdpi", fontScale = 2f)
    fun largePrintFitsAndTargetsAreLarge() = Scene().use { scene ->
        joined(scene)
        val screen = today()
        assertReadable(screen.get().window.decorView)
        picture(screen.get(), "android-lead-copy-large")
        tap(screen.get().window.decorView, R.id.continue_lead)
        tap(dialog(), R.id.go_on)
        assertReadable(dialog())
        picture(dialog(), "android-continue-large")
        assertTrue("in sight", dialog().findViewById<View>(R.id.refused).getGlobalVisibleRect(Rect()))
        val least = 60 * screen.get().resources.displayMetrics.density
        listOf(R.id.cancel, R.id.go_on).forEach { assertTrue(dialog().findViewById<View>(it).height >= least) }
    }

    @Test
    @Config(qualifiers = "en-rUS-w360dp-h740dp-xhdpi")
    fun speaksEnglishToo() = Scene().use { scene ->
        joined(scene)
        val screen = today()
        seen(screen.get().window.decorView, "Led by a colleague · copy (李秀英)", "Colleague's log kept: ", "Continue as lead")
        tap(screen.get().window.decorView, R.id.continue_lead)
        picture(dialog(), "android-continue-en")
        seen(dialog(), "Only when the phone of 李秀英 cannot be used", "Reason (required)")
    }
}
