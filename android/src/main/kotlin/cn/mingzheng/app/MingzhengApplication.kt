package cn.mingzheng.app

import android.app.Application
import android.os.Handler
import android.os.Looper
import cn.mingzheng.app.host.AndroidClock
import cn.mingzheng.app.host.AndroidFonts
import cn.mingzheng.app.host.AndroidKeys
import cn.mingzheng.app.host.AndroidMark
import cn.mingzheng.app.host.AndroidRandom
import cn.mingzheng.app.sync.SyncJob
import cn.mingzheng.core.Host
import cn.mingzheng.core.Phone
import java.io.File
import java.util.concurrent.Executor
import java.util.concurrent.Executors

/** Holds the one phone of the core for screens and jobs of this process. */
open class MingzhengApplication : Application() {
    val core: CoreCalls by lazy { CoreCalls(worker(), Handler(Looper.getMainLooper())::post) { Phone.open(folder().path, host()) } }

    override fun onCreate() {
        super.onCreate()
        SyncJob.schedule(this)
    }

    /** Where the core keeps its store and the sealed evidence; never part of a system backup. */
    fun folder(): File = File(noBackupFilesDir, "phone").apply { mkdirs() }

    protected open fun worker(): Executor = Executors.newSingleThreadExecutor { Thread(it, "core") }

    protected fun mark(keys: AndroidKeys) = AndroidMark(File(noBackupFilesDir, "high-water"), keys)

    protected open fun host() = AndroidKeys().let { Host(AndroidClock(this), AndroidRandom(), it, mark(it), AndroidFonts()) }
}
