package cn.mingzheng.app.sync

import android.content.Context
import android.net.ConnectivityManager
import android.net.NetworkCapabilities
import android.os.BatteryManager
import cn.mingzheng.core.Conditions
import cn.mingzheng.core.Network

/** What the system says of network and battery just now; what is sent under it, only the core knows. */
fun surroundings(context: Context): Conditions {
    val power = context.getSystemService(BatteryManager::class.java)
    val charge = power.getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY)
    val known = if (charge in 0..PERCENT) charge.toUByte() else null
    return Conditions(network(context.getSystemService(ConnectivityManager::class.java)), known, power.isCharging)
}

private fun network(connectivity: ConnectivityManager): Network {
    val capabilities = connectivity.getNetworkCapabilities(connectivity.activeNetwork) ?: return Network.NONE
    return when {
        !capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_INTERNET) -> Network.NONE
        capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_NOT_METERED) -> Network.UNMETERED
        else -> Network.METERED
    }
}

private const val PERCENT = 100
