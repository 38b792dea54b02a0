package cn.mingzheng.app.host

import cn.mingzheng.app.AppRunner
import cn.mingzheng.core.Attestation
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
import org.robolectric.RuntimeEnvironment
import java.io.File
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
            val signature = keys.sign(key, 0u, "现场检查".toByteArray()) as DeviceSignature.Der
            val pair = FakeAndroidKeyStore.pairs.getValue("mingzheng-" + key.name.lowercase())
            assertTrue(Signature.getInstance("SHA256withECDSA").run { initVerify(pair.public); update("现场检查".toByteArray()); verify(signature.bytes) })
        }
        assertFalse(bytes(keys, DeviceKey.LOG).contentEquals(bytes(keys, DeviceKey.OFFICER)))
    }

    private fun bytes(keys: AndroidKeys, key: DeviceKey) = (keys.publicKey(key, 0u) as DevicePublicKey.P256).bytes

    @Test
    fun onlyTheOfficersKeyAsksForThePersonAndANewFingerprintDoesNotDestroyIt() {
        DeviceKey.entries.forEach { keys.publicKey(it, 0u) }
        val asks = FakeAndroidKeyStore.specs.mapValues { it.value.isUserAuthenticationRequired }
        assertEquals(mapOf("mingzheng-log" to false, "mingzheng-show" to false, "mingzheng-officer" to true), asks)
        assertFalse(FakeAndroidKeyStore.specs.getValue("mingzheng-officer").isInvalidatedByBiometricEnrollment)
    }

    /** §8.1: a generation that was forgotten is gone for good, the next one signs; a key that is gone is never made anew by signing. */
    @Test
    fun aForgottenGenerationIsGoneAndTheNextOneSigns() {
        val old = bytes(keys, DeviceKey.LOG)
        assertThrows(HostException.Gone::class.java) { keys.sign(DeviceKey.LOG, 1u, ByteArray(1)) }
        DeviceKey.entries.forEach { keys.publicKey(it, 1u) }
        keys.forget(0u)
        assertEquals(setOf("mingzheng-log-1", "mingzheng-show-1", "mingzheng-officer-1"), FakeAndroidKeyStore.pairs.keys.toSet())
        assertThrows(HostException.Gone::class.java) { keys.sign(DeviceKey.LOG, 0u, ByteArray(1)) }
        keys.sign(DeviceKey.LOG, 1u, ByteArray(1))
        assertFalse(old.contentEquals((keys.publicKey(DeviceKey.LOG, 1u) as DevicePublicKey.P256).bytes))
        assertEquals("asking where they live makes no key", 3, keys.protection().let { FakeAndroidKeyStore.pairs.size })
    }

    /** P3, P10: the keys are made anew with the challenge and their chains are given; where nobody attests, nothing is said. */
    @Test
    fun p3MakesTheKeysWithTheChallengeAndGivesTheirChains() {
        val before = bytes(keys, DeviceKey.LOG)
        assertEquals("a certificate alone was signed by its own key", null, keys.attest(0u, ByteArray(32) { 7 }))
        FakeAndroidKeyStore.attests = true
        val said = keys.attest(0u, ByteArray(32) { 9 }) as Attestation.Android
        for ((name, chain) in mapOf("log" to said.log, "show" to said.show, "officer" to said.officer)) {
            assertArrayEquals(ByteArray(32) { 9 }, FakeAndroidKeyStore.specs.getValue("mingzheng-$name").attestationChallenge)
            assertEquals(2, chain.size)
            assertArrayEquals(FakeAndroidKeyStore.pairs.getValue("mingzheng-$name").public.encoded, chain.first())
        }
        assertFalse(before.contentEquals(bytes(keys, DeviceKey.LOG)))
        assertTrue("the officer's key still asks", FakeAndroidKeyStore.specs.getValue("mingzheng-officer").isUserAuthenticationRequired)
    }

    @Test
    fun f44NothingIsLeftOfTheKeysOfAWipedPhone() {
        for (generation in 0u..1u) DeviceKey.entries.forEach { keys.publicKey(it, generation) }
        val wrapped = keys.wrap(ByteArray(32))
        keys.wipe()
        assertTrue(FakeAndroidKeyStore.pairs.isEmpty() && FakeAndroidKeyStore.secrets.isEmpty())
        assertThrows(HostException.Gone::class.java) { keys.unwrap(wrapped) }
        assertThrows(HostException.Gone::class.java) { keys.sign(DeviceKey.LOG, 0u, ByteArray(1)) }
    }

    /** P5: the mark outlives the process and opens on this device only. */
    @Test
    fun theMarkIsBoundToThisDevice() {
        val file = File(RuntimeEnvironment.getApplication().noBackupFilesDir, "mark-of-a-test")
        assertEquals(null, AndroidMark(file, keys).read())
        AndroidMark(file, keys).write(byteArrayOf(1, 2, 3))
        assertArrayEquals(byteArrayOf(1, 2, 3), AndroidMark(file, AndroidKeys()).read())
        FakeAndroidKeyStore.install()
        assertEquals("a file of another device says nothing", null, AndroidMark(file, AndroidKeys()).read())
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
