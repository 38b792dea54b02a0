package cn.mingzheng.core

import cn.mingzheng.office.LiveOffice
import java.io.File
import java.nio.file.Files
import java.time.LocalDate
import java.time.format.DateTimeFormatter

/** A phone in a folder of its own. */
class Device : AutoCloseable {
    val folder: File = Files.createTempDirectory("mingzheng-phone").toFile()
    val shell = JvmHost()
    val phone = Phone.open(folder.path, shell.host)

    fun enrol(office: LiveOffice, officer: LiveOffice.Officer): Device {
        phone.beginEnrolment(office.invite(officer))
        phone.sync()
        phone.sync()
        return this
    }

    override fun close() {
        phone.close()
        folder.deleteRecursively()
    }
}

/** Today where the office is, `yyyymmdd`. */
fun today(): Int = LocalDate.now(java.time.ZoneId.of("Asia/Shanghai")).format(DateTimeFormatter.BASIC_ISO_DATE).toInt()
