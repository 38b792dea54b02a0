package cn.mingzheng.app.record

import android.annotation.SuppressLint
import android.media.AudioFormat
import android.media.AudioRecord
import android.media.MediaRecorder
import java.io.IOException

/** Where sound comes from: 16-bit samples, one channel. */
interface Microphone : AutoCloseable {
    val rate: Int

    fun start()

    /** Waits for samples and says how many came. */
    fun read(into: ShortArray): Int
}

/** The phone's own microphone. The screen asks for the permission before it makes one. */
@SuppressLint("MissingPermission")
class AndroidMicrophone : Microphone {
    override val rate = 16_000

    // Seconds of sound wait here while a part is sealed.
    private val record =
        AudioRecord(MediaRecorder.AudioSource.MIC, rate, AudioFormat.CHANNEL_IN_MONO, AudioFormat.ENCODING_PCM_16BIT, rate * 2 * 4)

    override fun start() = record.startRecording()

    override fun read(into: ShortArray): Int {
        val count = record.read(into, 0, into.size)
        if (count < 0) throw IOException("microphone: $count")
        return count
    }

    override fun close() {
        record.stop()
        record.release()
    }
}
