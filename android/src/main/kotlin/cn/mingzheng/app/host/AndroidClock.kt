package cn.mingzheng.app.host

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import cn.mingzheng.core.Clock
import cn.mingzheng.core.ClockReading
import java.nio.ByteBuffer
import java.util.TimeZone

/** Wall clock, the clock that counts sleep, and the count of boots. */
class AndroidClock(context: Context) : Clock {
    private val boot = ByteBuffer.allocate(4).putInt(Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT, 0)).array()

    override fun now(): ClockReading {
        val wall = System.currentTimeMillis()
        return ClockReading(wall, TimeZone.getDefault().getOffset(wall) / 60_000, SystemClock.elapsedRealtime().toULong(), boot)
    }
}
