package cn.mingzheng.core

import cn.mingzheng.office.LiveOffice.Companion.env
import java.io.File
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.TimeZone
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec

/** What a shell gives, written in Kotlin over the JDK: as an Android phone would, but in memory. */
class JvmHost {
    val clock = JvmClock()
    val random = JvmRandom()
    val keys = JvmKeys()
    val mark = JvmMark()
    val host get() = Host(clock, random, keys, mark, JvmFonts)
}

class JvmClock : Clock {
    /** Called at each reading; a test throws here. */
    var trouble: () -> Unit = {}

    override fun now(): ClockReading {
        trouble()
        val wall = System.currentTimeMillis()
        return ClockReading(wall, TimeZone.getDefault().getOffset(wall) / 60_000, (System.nanoTime() / 1_000_000).toULong(), byteArrayOf(1))
    }
}

class JvmRandom : Random {
    private val source = SecureRandom()
    var shorter = 0

    override fun bytes(count: UInt): ByteArray = ByteArray(count.toInt() - shorter).also(source::nextBytes)
}

/** P-256 keys that sign in DER, as Android's key store does; about half of the signatures have a high s. */
class JvmKeys : DeviceKeys {
    private val pairs = HashMap<Pair<DeviceKey, UInt>, KeyPair>()
    private val wrapping = SecretKeySpec(ByteArray(32).also(SecureRandom()::nextBytes), "AES")

    /** Called before each signature; a test throws or waits here. */
    var trouble: (DeviceKey) -> Unit = {}

    private fun make(key: DeviceKey, generation: UInt) = synchronized(pairs) {
        pairs.getOrPut(key to generation) { KeyPairGenerator.getInstance("EC").run { initialize(ECGenParameterSpec("secp256r1")); generateKeyPair() } }
    }

    /** A key is gone for good, as after a change of the screen lock. */
    fun lose(key: DeviceKey) = synchronized(pairs) { pairs.keys.removeIf { it.first == key } }

    fun has(key: DeviceKey, generation: UInt) = synchronized(pairs) { key to generation in pairs }

    override fun forget(generation: UInt) {
        synchronized(pairs) { pairs.keys.removeIf { it.second == generation } }
    }

    /** What a test lets the platform say, and the challenges that it was asked with. */
    var attests: (UInt) -> Attestation? = { null }
    val challenges = mutableListOf<ByteArray>()

    override fun attest(generation: UInt, challenge: ByteArray): Attestation? {
        challenges += challenge
        return attests(generation)
    }

    override fun wipe() = synchronized(pairs) { pairs.clear() }

    override fun publicKey(key: DeviceKey, generation: UInt): DevicePublicKey {
        val point = (make(key, generation).public as ECPublicKey).w
        val fixed = { n: java.math.BigInteger -> n.toByteArray().let { b -> ByteArray(maxOf(0, 32 - b.size)) + b.takeLast(32) } }
        return DevicePublicKey.P256(byteArrayOf(4) + fixed(point.affineX) + fixed(point.affineY))
    }

    override fun sign(key: DeviceKey, generation: UInt, message: ByteArray): DeviceSignature {
        trouble(key)
        val private = synchronized(pairs) { pairs[key to generation] }?.private ?: throw HostException.Gone()
        return DeviceSignature.Der(Signature.getInstance("SHA256withECDSA").run { initSign(private); update(message); sign() })
    }

    override fun wrap(secret: ByteArray): ByteArray =
        Cipher.getInstance("AES/GCM/NoPadding").run { init(Cipher.ENCRYPT_MODE, wrapping); iv + doFinal(secret) }

    override fun unwrap(wrapped: ByteArray): ByteArray = try {
        Cipher.getInstance("AES/GCM/NoPadding").run {
            init(Cipher.DECRYPT_MODE, wrapping, GCMParameterSpec(128, wrapped, 0, 12))
            doFinal(wrapped, 12, wrapped.size - 12)
        }
    } catch (_: java.security.GeneralSecurityException) {
        throw HostException.Gone()
    }

    override fun protection() = KeyProtection.SOFTWARE
}

/** Beside the keys, in memory. */
class JvmMark : HighWater {
    var mark: ByteArray? = null

    override fun read(): ByteArray? = mark

    override fun write(mark: ByteArray) {
        this.mark = mark
    }
}

object JvmFonts : Fonts {
    override fun files(): List<ByteArray> = listOf(File(env("MINGZHENG_FONT_DIR"), "NotoSansCJK-Regular.ttc").readBytes())
}
