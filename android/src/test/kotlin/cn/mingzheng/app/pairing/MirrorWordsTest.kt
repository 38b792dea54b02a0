package cn.mingzheng.app.pairing

import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.Level
import cn.mingzheng.core.MirrorView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** R06: each state of a mirror has words of its own, and says what to do where it does not go on. */
@RunWith(AppRunner::class)
@Config(qualifiers = "zh-rCN")
class MirrorWordsTest {
    private val words = RuntimeEnvironment.getApplication().resources
    private val whole = MirrorView(
        name = "李秀英", number = "川H2026010023", log = "ab", paired = true, there = 7uL, thereOf = 9uL, thereAtMs = 1_790_000_000_000,
        here = 12uL, hereOf = 12uL, hereAtMs = 1_790_000_000_000, carried = 5uL, forked = false,
    )

    private fun said(view: MirrorView, continued: Boolean = false) = words.mirror(view, continued).run { level to value }

    @Test
    fun r06AMirrorSaysHowFarItIsAndWhatToDo() {
        val (level, value) = said(whole)
        assertEquals(Level.GOOD, level)
        assertTrue(value, "对方日志已存 12 条，至 2026-09-2" in value && "本机日志对方已存 7 / 9 条，至 2026-09-2" in value && "待代交办公室 7 条" in value)
        assertTrue("已存的均已代交办公室" in said(whole.copy(carried = 12uL)).second)
        val cut = said(whole.copy(paired = false))
        assertTrue("$cut", cut.first == Level.WARN && "连接已断开：再次配对即可继续" in cut.second)
        val behind = said(whole.copy(hereOf = 20uL))
        assertTrue("$behind", behind.first == Level.WARN && "再次配对即可继续" in behind.second)
        val none = said(whole.copy(here = 0uL, hereOf = 3uL, hereAtMs = null, carried = 0uL, there = 0uL, thereAtMs = null))
        assertTrue("$none", none.first == Level.WARN && "对方日志尚未存到本机" in none.second && "再次配对即可继续" in none.second)
        assertFalse("${none.second} names nothing that is not there", "代交" in none.second || "本机日志" in none.second)
        val forked = said(whole.copy(forked = true))
        assertTrue("$forked", forked.first == Level.BAD && "请联系办公室" in forked.second)
    }

    /** Nobody pairs again with the phone that the inspection went on from. */
    @Test
    fun r06WhatTheInspectionWentOnFromIsNotToBePairedAgain() {
        val (level, value) = said(whole.copy(paired = false), continued = true)
        assertTrue(value, level == Level.GOOD && "本次检查已由此接续主办" in value && "配对" !in value)
    }
}
