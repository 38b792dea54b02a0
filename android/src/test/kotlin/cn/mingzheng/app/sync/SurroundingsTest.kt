package cn.mingzheng.app.sync

import android.net.ConnectivityManager
import android.net.NetworkCapabilities
import android.os.BatteryManager
import cn.mingzheng.app.AppRunner
import cn.mingzheng.core.Conditions
import cn.mingzheng.core.Network
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowNetworkCapabilities

/** F27, F29: what the system says of network and battery reaches the core as it is. */
@RunWith(AppRunner::class)
class SurroundingsTest {
    private val context = RuntimeEnvironment.getApplication()
    private val connectivity = context.getSystemService(ConnectivityManager::class.java)

    private fun on(vararg capabilities: Int): Network {
        val network = ShadowNetworkCapabilities.newInstance()
        capabilities.forEach { shadowOf(network).addCapability(it) }
        shadowOf(connectivity).setNetworkCapabilities(connectivity.activeNetwork, network)
        return surroundings(context).network
    }

    @Test
    fun f27_networksAreToldApart() {
        assertEquals(Network.UNMETERED, on(NetworkCapabilities.NET_CAPABILITY_INTERNET, NetworkCapabilities.NET_CAPABILITY_NOT_METERED))
        assertEquals(Network.METERED, on(NetworkCapabilities.NET_CAPABILITY_INTERNET))
        assertEquals(Network.NONE, on(NetworkCapabilities.NET_CAPABILITY_NOT_METERED))
        shadowOf(connectivity).setActiveNetworkInfo(null)
        assertEquals(Network.NONE, surroundings(context).network)
    }

    @Test
    fun f29_theBatteryIsSaidOrUnknown() {
        val battery = shadowOf(context.getSystemService(BatteryManager::class.java))
        battery.setIsCharging(true)
        battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, 15)
        assertEquals(Conditions(surroundings(context).network, 15u, true), surroundings(context))
        battery.setIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY, Int.MIN_VALUE)
        assertEquals(null, surroundings(context).battery)
    }
}
