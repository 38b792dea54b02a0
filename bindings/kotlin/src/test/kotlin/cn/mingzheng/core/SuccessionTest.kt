package cn.mingzheng.core

import cn.mingzheng.office.LiveOffice
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

/** P5, F43: new keys and a new log through the bindings: planned, after a lost key, and in a store that was put back. */
class SuccessionTest {
    @Test
    fun `a planned rotation leaves the old keys destroyed and everything at the office`() = LiveOffice().use { office ->
        Device().enrol(office, LiveOffice.LEAD).use { device ->
            assertEquals(OfficeState.CONSISTENT, device.phone.status().officeState)
            device.enrol(office, LiveOffice.LEAD)
            assertEquals(LogState.SIGNING, device.phone.status().logState)
            assertFalse(device.shell.keys.has(DeviceKey.LOG, 0u))
            assertTrue(device.shell.keys.has(DeviceKey.LOG, 1u))
            val checkpoints = device.phone.checkpoints()
            assertEquals(2, checkpoints.map { it.log }.distinct().size)
            assertTrue("$checkpoints", checkpoints.all { it.receipted })
        }
    }

    @Test
    fun `f43 a lost key is said, and after the new enrolment the phone signs again`() = LiveOffice().use { office ->
        Device().enrol(office, LiveOffice.LEAD).use { device ->
            device.shell.keys.lose(DeviceKey.LOG)
            assertThrows(PhoneException.KeyGone::class.java) { device.phone.sync() }
            assertEquals(LogState.KEY_GONE, device.phone.status().logState)
            device.enrol(office, LiveOffice.LEAD)
            assertEquals(LogState.SIGNING, device.phone.status().logState)
            assertTrue(device.phone.checkpoints().all { it.receipted })
        }
    }

    @Test
    fun `p5 a store that was put back is behind the mark beside the keys`() = LiveOffice().use { office ->
        Device().enrol(office, LiveOffice.LEAD).use { device ->
            val copy = File(device.folder.parentFile, device.folder.name + ".copy")
            device.phone.shutdown()
            device.folder.copyRecursively(copy)
            val old = device.shell.mark.mark
            Phone.open(device.folder.path, device.shell.host).use { phone ->
                phone.beginEnrolment(office.invite(LiveOffice.LEAD))
                phone.sync()
                phone.shutdown()
            }
            assertNotEquals(old!!.toList(), device.shell.mark.mark!!.toList())
            Phone.open(copy.path, device.shell.host).use { phone ->
                assertEquals(LogState.STORE_BEHIND, phone.status().logState)
                assertTrue(phone.status().checkpointPending)
                phone.shutdown()
            }
            assertTrue(copy.deleteRecursively())
        }
    }
}
