package cn.mingzheng.app.host

import cn.mingzheng.core.Random
import java.security.SecureRandom

/** The system's random source. */
class AndroidRandom : Random {
    private val source = SecureRandom()

    override fun bytes(count: UInt): ByteArray = ByteArray(count.toInt()).also(source::nextBytes)
}
