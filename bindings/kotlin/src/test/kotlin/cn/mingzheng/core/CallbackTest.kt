package cn.mingzheng.core

import cn.mingzheng.office.LiveOffice
import org.junit.After
import org.junit.AfterClass
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** What a shell can do wrong in a callback, and what two threads can: each is an error that says what to do, and the phone goes on. */
class CallbackTest {
    @After
    fun calm() {
        device.shell.keys.trouble = {}
        device.shell.clock.trouble = {}
        device.shell.random.shorter = 0
        assertTrue(badge().text.isNotEmpty())
    }

    @Test
    fun `an error that a callback means to throw has its own variant`() {
        device.shell.keys.trouble = { if (it == DeviceKey.SHOW) throw HostException.Locked() }
        assertThrows(PhoneException.Locked::class.java, ::badge)
        device.shell.keys.trouble = { throw HostException.Gone() }
        assertThrows(PhoneException.KeyGone::class.java, ::badge)
        device.shell.keys.trouble = { throw HostException.Cancelled() }
        assertThrows(PhoneException.Locked::class.java, ::badge)
    }

    @Test
    fun `an exception that a callback did not mean to throw is a host error with its words`() {
        device.shell.keys.trouble = { error("key store went away") }
        val host = assertThrows(PhoneException.Host::class.java, ::badge)
        assertTrue(host.detail, "key store went away" in host.detail)
    }

    @Test
    fun `a clock or a random source that fails stops the call before anything is done`() {
        val entries = device.phone.status().entries
        device.shell.clock.trouble = { error("no time") }
        assertTrue("no time" in assertThrows(PhoneException.Host::class.java) { device.phone.tick() }.detail)
        device.shell.clock.trouble = {}
        device.shell.random.shorter = 1
        assertThrows(PhoneException.Host::class.java) { device.phone.nextRequest() }
        device.shell.random.shorter = 0
        assertEquals(entries, device.phone.status().entries)
    }

    @Test
    fun `a second call while a callback blocks is answered busy and the first one ends well`() {
        val inside = CountDownLatch(1)
        val go = CountDownLatch(1)
        device.shell.keys.trouble = {
            inside.countDown()
            go.await(30, TimeUnit.SECONDS)
        }
        var frame: QrFrame? = null
        val first = thread { frame = badge() }
        assertTrue(inside.await(30, TimeUnit.SECONDS))
        assertThrows(PhoneException.Busy::class.java) { device.phone.tick() }
        assertThrows(PhoneException.Busy::class.java) { device.phone.shutdown() }
        assertTrue("reading goes on", device.phone.status().enrolled)
        go.countDown()
        first.join(30_000)
        assertTrue(frame!!.text.isNotEmpty())
    }

    @Test
    fun `a callback that calls back is answered busy`() {
        var answer: Throwable? = null
        device.shell.keys.trouble = { answer = runCatching { device.phone.tick() }.exceptionOrNull() }
        badge()
        assertTrue("$answer", answer is PhoneException.Busy)
    }

    @Test
    fun `a closed phone says so, and opens again where it was`() {
        Device().use { other ->
            assertThrows(PhoneException.NotFound::class.java) { other.phone.badgeFrame(FrameKind.BADGE, null) }
            other.phone.shutdown()
            assertThrows(PhoneException.Closed::class.java) { other.phone.status() }
            assertThrows(PhoneException.Closed::class.java) { other.phone.nextRequest() }
            Phone.open(other.folder.path, other.shell.host).use { again ->
                assertEquals(false, again.status().enrolled)
                again.close()
                assertThrows(IllegalStateException::class.java) { again.status() }
            }
        }
    }

    @Test
    fun `a store whose wrapping key is another one is not opened and not overwritten`() {
        Device().use { other ->
            other.phone.shutdown()
            repeat(2) { assertThrows(PhoneException.KeyGone::class.java) { Phone.open(other.folder.path, JvmHost().host) } }
            Phone.open(other.folder.path, other.shell.host).use { it.status() }
        }
    }

    @Test
    fun `keys in software name themselves so and keep to their secret`() {
        val keys = softwareKeys(ByteArray(32) { 9 })
        assertEquals(KeyProtection.SOFTWARE, keys.protection())
        val log = { keys: DeviceKeys -> (keys.publicKey(DeviceKey.LOG, 0u) as DevicePublicKey.Ed25519).bytes }
        assertArrayEquals(log(keys), log(softwareKeys(ByteArray(32) { 9 })))
        assertFalse(log(keys).contentEquals(log(softwareKeys(ByteArray(32) { 8 }))))
        assertThrows(HostException.Failed::class.java) { softwareKeys(ByteArray(31)) }
    }

    private fun badge() = device.phone.badgeFrame(FrameKind.BADGE, null)

    companion object {
        private lateinit var office: LiveOffice
        private lateinit var device: Device

        @BeforeClass
        @JvmStatic
        fun enrol() {
            office = LiveOffice()
            device = Device().enrol(office, LiveOffice.LEAD)
        }

        @AfterClass
        @JvmStatic
        fun leave() {
            device.close()
            office.close()
        }
    }
}
