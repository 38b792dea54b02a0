package cn.mingzheng.app.record

import java.io.File
import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** One WAVE file of 16-bit sound. Its lengths are written last: a file whose recorder died says so by its zeros, and the core names it. */
class WavFile(file: File, private val rate: Int) : AutoCloseable {
    private val out = RandomAccessFile(file, "rw")
    private var bytes = 0

    init {
        out.setLength(0)
        out.write(header(0))
    }

    /** How long it plays so far. */
    val milliseconds: Long get() = bytes / 2 * 1000L / rate

    fun write(samples: ShortArray, count: Int) {
        val buffer = ByteBuffer.allocate(count * 2).order(ByteOrder.LITTLE_ENDIAN)
        buffer.asShortBuffer().put(samples, 0, count)
        out.write(buffer.array())
        bytes += count * 2
    }

    /** Complete and durable. */
    override fun close() {
        out.use {
            it.seek(0)
            it.write(header(bytes))
            it.fd.sync()
        }
    }

    private fun header(data: Int): ByteArray = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".toByteArray()).putInt(if (data == 0) 0 else 36 + data).put("WAVEfmt ".toByteArray())
        .putInt(16).putShort(1).putShort(1).putInt(rate).putInt(rate * 2).putShort(2).putShort(16)
        .put("data".toByteArray()).putInt(data).array()
}
