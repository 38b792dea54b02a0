package cn.mingzheng.app.showing

import android.Manifest
import android.annotation.SuppressLint
import android.content.Context
import android.content.pm.PackageManager
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.os.Build
import android.os.Bundle
import android.os.SystemClock
import cn.mingzheng.core.Place
import kotlin.math.ceil
import kotlin.math.roundToInt

/** The newest fix of the system's own providers while a screen is in front; without permission or fix there is none, and the entry says so (F15). */
class Whereabouts(private val context: Context, private val changed: () -> Unit) : LocationListener {
    private val system = context.getSystemService(LocationManager::class.java)
    private var heard: Location? = null

    fun allowed() = PERMISSIONS.any { context.checkSelfPermission(it) == PackageManager.PERMISSION_GRANTED }

    @SuppressLint("MissingPermission") // allowed() asks; lint does not follow it
    fun listen() {
        if (allowed()) providers().forEach { system.requestLocationUpdates(it, EVERY_MS, 0f, this) }
    }

    fun stop() = system.removeUpdates(this)

    /** As the core takes it: what is old or made up goes with it and is called so in the log. */
    @SuppressLint("MissingPermission") // allowed() asks; lint does not follow it
    fun place(): Place? {
        if (!allowed()) return null
        val known = providers().mapNotNull(system::getLastKnownLocation) + listOfNotNull(heard)
        return known.filter(Location::hasAccuracy).maxByOrNull(Location::getElapsedRealtimeNanos)?.let(::place)
    }

    private fun place(fix: Location) = Place(
        latE7 = (fix.latitude * 1e7).roundToInt(),
        lonE7 = (fix.longitude * 1e7).roundToInt(),
        accuracyM = ceil(fix.accuracy).toUInt(),
        ageMs = ((SystemClock.elapsedRealtimeNanos() - fix.elapsedRealtimeNanos).coerceAtLeast(0) / 1_000_000).toULong(),
        // isMock came with Android 12.
        mock = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) fix.isMock else @Suppress("DEPRECATION") fix.isFromMockProvider,
    )

    /** A coarse permission opens fewer of them. */
    private fun providers() = system.getProviders(true).filter { it != LocationManager.PASSIVE_PROVIDER }

    override fun onLocationChanged(fix: Location) {
        heard = fix
        changed()
    }

    override fun onProviderEnabled(provider: String) = changed()

    override fun onProviderDisabled(provider: String) = changed()

    /** Android 8 and 9 call it; without it here they crash. */
    @Deprecated("not called since Android 10")
    override fun onStatusChanged(provider: String, status: Int, extras: Bundle) = Unit

    companion object {
        private const val EVERY_MS = 2_000L
        val PERMISSIONS = arrayOf(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
    }
}
