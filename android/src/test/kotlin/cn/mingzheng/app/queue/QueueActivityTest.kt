package cn.mingzheng.app.queue

import android.view.View
import android.widget.Button
import android.widget.ListView
import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.R
import cn.mingzheng.app.Scene
import cn.mingzheng.app.Scene.Companion.assertReadable
import cn.mingzheng.app.Scene.Companion.picture
import cn.mingzheng.app.Scene.Companion.settle
import cn.mingzheng.app.Scene.Companion.words
import cn.mingzheng.app.sync.Courier
import cn.mingzheng.core.Conditions
import cn.mingzheng.core.Network
import cn.mingzheng.core.QueueItem
import cn.mingzheng.core.QueueState
import cn.mingzheng.core.Wait
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config

@RunWith(AppRunner::class)
@Config(qualifiers = "zh-rCN-w360dp-h740dp-xhdpi")
class QueueActivityTest {
    private fun open(): ActivityController<QueueActivity> = Robolectric.buildActivity(QueueActivity::class.java).setup().also { settle() }

    private fun seen(screen: ActivityController<QueueActivity>, vararg expected: String) {
        val words = words(screen.get())
        expected.forEach { assertTrue("“$it” is not in\n$words", it in words) }
    }

    private fun tap(screen: ActivityController<QueueActivity>, id: Int) {
        screen.get().findViewById<View>(id).performClick()
        settle()
    }

    /** R23, F27: each item says why it waits; sending is paused and goes on; a sealed copy is carried by hand and the item stays. */
    @Test
    fun r23EachItemSaysWhyItWaitsAndWhatCanBeDone() = Scene().use { scene ->
        scene.begin()
        scene.phone.setConditions(Conditions(Network.NONE, null, false))
        val screen = open()
        val waiting = scene.phone.status().queue.count { it.state !is QueueState.Received }
        assertTrue(waiting > 0)
        val list = screen.get().findViewById<ListView>(R.id.rows)
        assertEquals(waiting, list.adapter.count)
        seen(screen, "$waiting 项待送")
        val row = words(list.adapter.getView(0, null, list))
        assertTrue(row, "日志段" in row && "尚未发送" in row && "没有网络，联网后自动发送" in row && "导出密封件" in row)
        assertFalse("only what is held up is tried again: $row", "重试" in row)
        picture(screen.get(), "android-queue")

        tap(screen, R.id.pause)
        assertTrue(scene.phone.sending().paused)
        seen(screen, "发送已暂停。所有内容都保存在本机。", "继续发送")
        assertTrue("已由您暂停" in words(list.adapter.getView(0, null, list)))
        assertFalse(screen.get().findViewById<View>(R.id.send_now).isEnabled)
        tap(screen, R.id.pause)
        assertFalse(scene.phone.sending().paused)
        seen(screen, "暂停发送")

        val item = list.adapter.getItem(0) as QueueItem
        list.adapter.getView(0, null, list).findViewById<Button>(R.id.export).performClick()
        settle()
        seen(screen, "已导出，只有办公室能打开：")
        val folder = RuntimeEnvironment.getApplication().getExternalFilesDir("export")!!
        assertTrue(folder.listFiles()!!.any { it.length() > 0 && it.name.startsWith(item.kind) })
        assertEquals("it stays in the queue", waiting, scene.phone.status().queue.count { it.state !is QueueState.Received })
    }

    /** R06, F23: what is carried for a colleague is a group of its own, with whose it is and how far. */
    @Test
    fun r06WhatIsCarriedForAColleagueIsAGroupOfItsOwn() = Scene().use { scene ->
        scene.join()
        scene.phone.setConditions(Conditions(Network.NONE, null, false))
        val screen = open()
        val carried = scene.phone.status().queue.filter { it.kind == "carried" }
        assertTrue(carried.isNotEmpty())
        val list = screen.get().findViewById<ListView>(R.id.rows)
        val heading = "代交：李秀英的日志（${carried.size} 项待送，0 项已有回执）"
        val at = (0 until list.adapter.count).indexOfFirst { list.adapter.getItem(it) == heading }
        assertTrue("after the own ones", at > 0 && at + carried.size == list.adapter.count - 1)
        assertEquals(heading, words(list.adapter.getView(at, null, list)))
        val row = words(list.adapter.getView(at + 1, null, list))
        val log = scene.phone.mirrors().single().log
        assertTrue(row, "日志段 ${log.take(8)}/" in row && "没有网络，联网后自动发送" in row && "导出密封件" in row && "李秀英" !in row)
        list.setSelection(at)
        settle()
        picture(screen.get(), "android-queue-carried")

        scene.phone.setConditions(Conditions(Network.UNMETERED, null, false))
        assertTrue(Courier(scene.phone).run())
        screen.pause().resume()
        settle()
        assertEquals(1, list.adapter.count)
        assertEquals("代交：李秀英的日志（0 项待送，${carried.size} 项已有回执）", list.adapter.getItem(0))
        seen(screen, "全部送达，已有回执")
        Unit
    }

    /** F44: what the office does not take of another phone says why, and what to do with it. */
    @Test
    fun f44WhatIsNotTakenSaysWhatToDo() {
        val words = RuntimeEnvironment.getApplication().resources
        val said = listOf("log_revoked", "unknown_log", "not_officer").map { words.state(QueueItem("carried", "李秀英 ab12cd34/3", QueueState.Parked(it), null)) }
        assertTrue("$said", said.all { it.startsWith("受阻：") && "请导出密封件交办公室" in it })
        assertEquals(3, said.toSet().size)
        val item = QueueItem("carried", "Ann Mary Li ab12cd34/3", QueueState.Waiting, null)
        assertEquals("a name may have spaces", listOf("Ann Mary Li", "ab12cd34/3"), listOf(item.owner, item.name))
    }

    @Test
    fun r23WhatIsHeldUpAndWhatIsHeavySaySo() {
        val words = RuntimeEnvironment.getApplication().resources
        val said = { state: QueueState, wait: Wait? -> words.state(QueueItem("photo", "x", state, wait)) }
        assertEquals("受阻：too_large", said(QueueState.Parked("too_large"), null))
        assertEquals("已发送 25%\n较大，等待不限流量的网络", said(QueueState.Sending(1uL, 4uL), Wait.METERED))
        assertEquals("已发送 0%\n电量较低，充电后发送", said(QueueState.Sending(0uL, 0uL), Wait.BATTERY))
        val each = Wait.entries.map { said(QueueState.Waiting, it) }
        assertEquals("a reason of its own for each", each.size, each.toSet().size)
    }

    @Test
    @Config(qualifiers = "zh-rCN-w360dp-h640dp-xhdpi", fontScale = 2f)
    fun largePrintFitsAndTargetsAreLarge() = Scene().use { scene ->
        scene.join()
        val screen = open()
        picture(screen.get(), "android-queue-large")
        assertReadable(screen.get().window.decorView)
        val list = screen.get().findViewById<ListView>(R.id.rows)
        list.setSelection((0 until list.adapter.count).first { list.adapter.getItem(it) is String })
        settle()
        picture(screen.get(), "android-queue-carried-large")
        assertReadable(screen.get().window.decorView)
    }
}
