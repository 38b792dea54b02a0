package cn.mingzheng.app.host

import android.util.AtomicFile
import cn.mingzheng.core.HighWater
import cn.mingzheng.core.HostException
import java.io.File
import java.io.IOException

/** The log's high-water mark: encrypted by a key of this device's key store, in a file that no backup takes, apart from the phone's folder. */
class AndroidMark(file: File, private val keys: AndroidKeys) : HighWater {
    private val file = AtomicFile(file)

    /** A mark that this device's key store cannot open is none of this device. */
    override fun read(): ByteArray? = try {
        if (file.baseFile.exists()) keys.unwrap(file.readFully()) else null
    } catch (_: IOException) {
        throw HostException.Failed("high-water mark")
    } catch (_: HostException.Gone) {
        null
    }

    override fun write(mark: ByteArray) {
        val wrapped = keys.wrap(mark)
        val out = file.startWrite()
        try {
            out.write(wrapped)
            file.finishWrite(out)
        } catch (_: IOException) {
            file.failWrite(out)
            throw HostException.Failed("high-water mark")
        }
    }
}
