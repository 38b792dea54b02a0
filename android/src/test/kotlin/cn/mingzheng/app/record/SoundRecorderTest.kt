package cn.mingzheng.app.record

import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.Scene
import cn.mingzheng.core.Interruption
import cn.mingzheng.core.RecordingStanding
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.shadows.ShadowAudioRecord
import java.io.File
import java.io.IOException
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong

/** R18, R19, F02: parts of ten seconds on the real core; the microphone is Robolectric's, or one that fails. */
@RunWith(AppRunner::class)
class SoundRecorderTest {
    private val heard = LinkedBlockingQueue<Heard>()
    private val now = AtomicLong(1_000)

    private fun next(): Heard = heard.poll(30, TimeUnit.SECONDS) ?: throw AssertionError("nothing was heard")

    private fun open(scene: Scene): String = scene.phone.openInspection(scene.phone.tasks().single().task.id, null)

    /** Sound as fast as it is asked for; its clock runs with it. */
    private inner class Tone(private val seconds: Int) : Microphone {
        override val rate = 16_000
        var closed = false
        private var given = 0

        override fun start() = Unit
        override fun read(into: ShortArray): Int {
            if (given >= seconds * rate) throw IOException("the system took the microphone")
            for (i in into.indices) into[i] = ((given + i) % 251).toShort()
            given += into.size
            now.addAndGet(into.size * 1000L / rate)
            return into.size
        }
        override fun close() {
            closed = true
        }
    }

    @Test
    fun everyPartIsSealedAsSoonAsItIsClosed() = Scene().use { scene ->
        val inspection = open(scene)
        // Robolectric's AudioRecord gives what its source gives.
        ShadowAudioRecord.setSourceProvider {
            object : ShadowAudioRecord.AudioRecordSource {
                override fun readInShortArray(into: ShortArray, offset: Int, size: Int, blocking: Boolean): Int {
                    now.addAndGet(size * 1000L / 16_000)
                    return size
                }
            }
        }
        val recorder = SoundRecorder(scene.phone, inspection, AndroidMicrophone(), now::get, heard::put)
        val recording = recorder.start("changjing-jiancha")
        assertFalse("routine inspections may be recorded, they need not", recording.mustRecord)
        val parts = List(3) { next() as Heard.Part }
        recorder.stop()
        assertEquals(listOf(0uL, 1uL, 2uL), parts.map { it.view.part })
        assertTrue(parts.all { it.view.state == "whole" })
        val made = scene.phone.recordings(inspection).single()
        assertEquals(RecordingStanding.ENDED, made.standing)
        assertTrue("${made.lastsMs}", made.lastsMs >= 30_000uL)
        assertEquals("no clear file is left", emptyList<String>(), File(scene.phone.inbox()).list()!!.toList())
    }

    @Test
    fun aMicrophoneThatIsTakenAwayLeavesAnOrphanAndIsExplained() = Scene().use { scene ->
        val inspection = open(scene)
        val tone = Tone(seconds = 14)
        val recorder = SoundRecorder(scene.phone, inspection, tone, now::get, heard::put)
        val recording = recorder.start(null)
        val first = next() as Heard.Part
        assertEquals("whole", first.view.state)
        assertTrue(next() is Heard.Failed)
        assertTrue(tone.closed)
        val left = File(recording.prefix + "1.wav")
        assertTrue("what was written stays", left.length() > 44)
        scene.phone.interruptRecording(inspection, Interruption(recording.id, null, "yuanyin-laidian", "来电"))
        scene.phone.addPart(inspection, recording.id, left.path, cn.mingzheng.core.PartInfo(10_000uL, 4_000uL, null))
        scene.phone.endRecording(inspection, recording.id)
        assertEquals(2uL, scene.phone.recordings(inspection).single().parts)
        assertEquals(emptyList<Any>(), scene.phone.orphans())
    }
}
