package cn.mingzheng.app.officers

import android.widget.EditText
import android.widget.ListView
import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.R
import cn.mingzheng.app.Scene
import cn.mingzheng.app.Scene.Companion.picture
import cn.mingzheng.app.Scene.Companion.settle
import cn.mingzheng.app.Scene.Companion.words
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowSystemClock
import java.time.Duration

@RunWith(AppRunner::class)
@Config(qualifiers = "zh-rCN-w360dp-h740dp-xhdpi")
class OfficersActivityTest {
    private fun open(): ActivityController<OfficersActivity> = Robolectric.buildActivity(OfficersActivity::class.java).setup().also { settle() }

    /** R03, J26: looked up with no network, by the seven public fields; an old list says so. */
    @Test
    fun r03LooksOfficersUpWithNoNetwork() = Scene().use { scene ->
        scene.cutTheNetwork()
        val screen = open()
        val list = screen.get().findViewById<ListView>(R.id.rows)
        assertEquals(2, list.adapter.count)
        assertTrue("青川县卫生健康局 签发" in words(screen.get()) && "2 / 2 人" in words(screen.get()))
        picture(screen.get(), "android-officers")
        screen.get().findViewById<EditText>(R.id.query).setText("0023")
        settle()
        assertEquals(1, list.adapter.count)
        val row = words(list.adapter.getView(0, null, list))
        listOf("李秀英", "单位：青川县卫生健康局", "职务：一级科员", "证件编号：川H2026010023", "执法类别：卫生行政执法", "执法区域：青川县", "证件有效期至：2028年5月31日")
            .forEach { assertTrue("“$it” is not in\n$row", it in row) }
        assertEquals(7, row.lines().size)
        screen.get().findViewById<EditText>(R.id.query).setText("赵")
        settle()
        assertTrue("名单中没有这样的执法人员" in words(screen.get()))
        screen.pause()
        ShadowSystemClock.advanceBy(Duration.ofDays(60))
        val later = open()
        picture(later.get(), "android-officers-old")
        assertTrue(words(later.get()), "名单已过有效时间（" in words(later.get()))
    }

    @Test
    fun r03APhoneWithoutAListSaysSo() = Scene(certificateUntil = null).use {
        assertTrue("尚未取得名单，请联网" in words(open().get()))
    }
}
