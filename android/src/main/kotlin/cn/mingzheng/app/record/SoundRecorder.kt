package cn.mingzheng.app.record

import android.os.SystemClock
import cn.mingzheng.core.Media
import cn.mingzheng.core.PartInfo
import cn.mingzheng.core.PartView
import cn.mingzheng.core.Phone
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.RecordingView
import java.io.File
import java.io.IOException

/** What a recorder says while it runs; on its own thread. */
sealed interface Heard {
    data class Part(val view: PartView) : Heard

    /** The microphone or the disk failed, or the core refused: the recording stands still, ask for the reason. What was written is an orphan. */
    data class Failed(val error: Exception) : Heard
}

/** Records sound in files of about ten seconds and gives each to the core as soon as it is closed. */
class SoundRecorder(
    private val phone: Phone,
    private val inspection: String,
    private val microphone: Microphone,
    private val clock: () -> Long = SystemClock::elapsedRealtime,
    private val heard: (Heard) -> Unit,
) {
    @Volatile
    private var stopping = false
    private var thread: Thread? = null

    fun start(scene: String?): RecordingView {
        val recording = phone.beginRecording(inspection, Media.AUDIO, scene)
        val begun = clock()
        thread = Thread({ run(recording, begun) }, "recorder").apply { start() }
        return recording
    }

    /** Returns when the last part is sealed. */
    fun stop() {
        stopping = true
        thread?.join()
    }

    private fun run(recording: RecordingView, begun: Long) {
        try {
            microphone.use {
                it.start()
                var number = 0
                while (!stopping) {
                    val file = File(recording.prefix + number++ + ".wav")
                    val part = record(it, file, recording.partMs.toLong(), begun) ?: break
                    heard(Heard.Part(patient { phone.addPart(inspection, recording.id, file.path, part) }))
                }
            }
            patient { phone.endRecording(inspection, recording.id) }
        } catch (error: IOException) {
            heard(Heard.Failed(error))
        } catch (error: PhoneException) {
            heard(Heard.Failed(error))
        }
    }

    /** One file; null when nothing was heard before the end. */
    private fun record(microphone: Microphone, file: File, limit: Long, begun: Long): PartInfo? {
        val samples = ShortArray(microphone.rate / 10)
        var starts: Long? = null
        val lasts = WavFile(file, microphone.rate).use {
            while (!stopping && it.milliseconds < limit) {
                val count = microphone.read(samples)
                // The samples were heard before they were read.
                if (starts == null) starts = maxOf(0, clock() - begun - count * 1000L / microphone.rate)
                it.write(samples, count)
            }
            it.milliseconds
        }
        if (lasts > 0) return PartInfo((starts ?: 0).toULong(), lasts.toULong(), null)
        file.delete()
        return null
    }

    /** The core answers `Busy` instead of waiting: another act is under way. */
    private fun <T> patient(call: () -> T): T {
        while (true) {
            try {
                return call()
            } catch (_: PhoneException.Busy) {
                Thread.sleep(AGAIN_MS)
            }
        }
    }

    private companion object {
        const val AGAIN_MS = 20L
    }
}
