package cn.mingzheng.app

import cn.mingzheng.app.host.AndroidClock
import cn.mingzheng.app.host.AndroidFonts
import cn.mingzheng.app.host.AndroidKeys
import cn.mingzheng.app.host.AndroidRandom
import cn.mingzheng.app.host.FakeAndroidKeyStore
import cn.mingzheng.core.Host
import cn.mingzheng.office.LiveOffice.Companion.env
import java.io.File
import java.util.concurrent.Executor

/** The app as it is, but the core is called on the test's own thread, the key store is the JDK's and the font lies elsewhere. Robolectric finds it by name. */
class TestMingzhengApplication : MingzhengApplication() {
    override fun onCreate() {
        FakeAndroidKeyStore.install()
        super.onCreate()
    }

    override fun worker() = Executor(Runnable::run)

    override fun host(): Host {
        val keys = AndroidKeys()
        val fonts = AndroidFonts(listOf(File(env("MINGZHENG_FONT_DIR"), "NotoSansCJK-Regular.ttc")))
        return Host(AndroidClock(this), AndroidRandom(), keys, mark(keys), fonts)
    }
}
