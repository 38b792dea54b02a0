package cn.mingzheng.app.host

import cn.mingzheng.app.AppRunner
import cn.mingzheng.core.DeviceKey
import cn.mingzheng.core.DevicePublicKey
import cn.mingzheng.core.DeviceSignature
import cn.mingzheng.core.HostException
import cn.mingzheng.core.KeyProtection
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import java.security.Signature

/** The app's own key code over a key store of the JDK. */
@RunWith(AppRunner::class)
class AndroidKeysTest {
    private val keys = AndroidKeys()

    @Before
    fun empty() = FakeAndroidKeyStore.install()

    @Test
    fun signsWithTheKeyThatItShows() {
        for (key in DeviceKey.entries) {
            assertEquals(65, bytes(keys, key).size)
            assertArrayEquals(bytes(keys, key), bytes(AndroidKeys(), key))
            val signature = keys.sign(key, "现场检查".toByteArray()) as DeviceSignature.Der
            val pair = FakeAndroidKeyStore.pairs.getValue("mingzheng-" + key.name.lowercase())
            assertTrue(Signature.getInstance("SHA256withECDSA").run { initVerify(pair.public); update("现场检查".toByteArray()); verify(signature.bytes) })
        }
        assertFalse(bytes(keys, DeviceKey.LOG).contentEquals(bytes(keys, DeviceKey.OFFICER)))
    }

    private fun bytes(keys: AndroidKeys, key: DeviceKey) = (keys.publicKey(key) as DevicePublicKey.P256).bytes

    @Test
    fun onlyTheOfficersKeyAsksForThePersonAndANewFingerprintDoesNotDestroyIt() {
        DeviceKey.entries.forEach(keys::publicKey)
        val asks = FakeAndroidKeyStore.specs.mapValues { it.value.isUserAuthenticationRequired }
        assertEquals(mapOf("mingzheng-log" to false, "mingzheng-show" to false, "mingzheng-officer" to true), asks)
        assertFalse(FakeAndroidKeyStore.specs.getValue("mingzheng-officer").isInvalidatedByBiometricEnrollment)
    }

    @Test
    fun opensWhatItWrappedAndNothingElse() {
        val secret = ByteArray(32) { it.toByte() }
        val wrapped = keys.wrap(secret)
        assertArrayEquals(secret, keys.unwrap(wrapped))
        assertFalse(wrapped.contentEquals(keys.wrap(secret)))
        wrapped[20] = (wrapped[20] + 1).toByte()
        assertThrows(HostException.Failed::class.java) { keys.unwrap(wrapped) }
        FakeAndroidKeyStore.install()
        assertThrows(HostException.Gone::class.java) { keys.unwrap(wrapped) }
    }

    @Test
    fun whatCannotBeProvenToLieInHardwareCountsAsSoftware() = assertEquals(KeyProtection.SOFTWARE, keys.protection())
}
