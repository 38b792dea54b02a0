package cn.mingzheng.app.sync

import cn.mingzheng.app.AppRunner
import cn.mingzheng.app.Scene
import cn.mingzheng.core.Ack
import cn.mingzheng.core.Act
import cn.mingzheng.core.AssistantRef
import cn.mingzheng.core.BadgeAck
import cn.mingzheng.core.CaptureInfo
import cn.mingzheng.core.How
import cn.mingzheng.core.HttpHeader
import cn.mingzheng.core.HttpRequest
import cn.mingzheng.core.PhoneInterface
import cn.mingzheng.core.QueueState
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import java.io.File
import java.io.IOException
import java.io.OutputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.URL
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

/** F27, F31: whatever stands in the office's place, no more of it is read than the office's longest answer, and it is followed nowhere. */
@RunWith(AppRunner::class)
class CourierTest {
    /** Answers everybody alike. */
    private class Impostor(answer: (OutputStream) -> Unit) : AutoCloseable {
        private val listener = ServerSocket(0, 16, InetAddress.getLoopbackAddress())
        val url = "http://127.0.0.1:${listener.localPort}/v1/trust"
        val came = AtomicInteger()

        init {
            thread(isDaemon = true) {
                while (!listener.isClosed) {
                    val client = try { listener.accept() } catch (_: IOException) { return@thread }
                    came.incrementAndGet()
                    thread(isDaemon = true) {
                        try {
                            client.use {
                                it.getInputStream().read(ByteArray(64 shl 10))
                                answer(it.getOutputStream())
                            }
                        } catch (_: IOException) {
                            // whoever asked has hung up
                        }
                    }
                }
            }
        }

        override fun close() = listener.close()
    }

    /** A phone whose requests go elsewhere. */
    private class Diverted(private val phone: PhoneInterface, private val url: String) : PhoneInterface by phone {
        override fun nextRequests(most: UInt, background: Boolean) = phone.nextRequests(most, background).map { it.copy(url = url) }
    }

    /** The JVM's HttpURLConnection knows no PATCH, Android's does: on its way to the office a request gets the method back that it was signed with. */
    private class Relay(private val office: URL) : AutoCloseable {
        private val listener = ServerSocket(0, 16, InetAddress.getLoopbackAddress())
        private val here = "http://127.0.0.1:${listener.localPort}"

        init {
            thread(isDaemon = true) {
                while (!listener.isClosed) {
                    val client = try { listener.accept() } catch (_: IOException) { return@thread }
                    thread(isDaemon = true) { client.use(::relay) }
                }
            }
        }

        fun divert(request: HttpRequest) = request.copy(
            url = request.url.replace("http://${office.authority}", here),
            method = if (request.method == "PATCH") "POST" else request.method,
            headers = request.headers + HttpHeader("x-was", request.method) + HttpHeader("connection", "close"),
        )

        private fun relay(client: Socket) = Socket(office.host, office.port).use { server ->
            val (from, to) = client.getInputStream() to server.getOutputStream()
            val head = StringBuilder()
            while (!head.endsWith("\r\n\r\n")) head.append(from.read().also { if (it < 0) return@use }.toChar())
            val was = Regex("x-was: (\\w+)", RegexOption.IGNORE_CASE).find(head)!!.groupValues[1]
            val meant = head.replaceFirst(Regex("^\\w+"), was).replaceFirst(Regex("\r\nhost: [^\r]*", RegexOption.IGNORE_CASE), "\r\nhost: ${office.authority}")
            to.write(meant.toByteArray(Charsets.ISO_8859_1))
            thread(isDaemon = true) { try { from.copyTo(to) } catch (_: IOException) { /* it has its answer */ } }
            server.getInputStream().copyTo(client.getOutputStream())
        }

        override fun close() = listener.close()
    }

    /** A phone that notes how many requests it gave at once, and how long a body lay in a file. */
    private class Watched(private val phone: PhoneInterface) : PhoneInterface by phone, AutoCloseable {
        var most = 0
        var fromFile = 0L
        private var relay: Relay? = null
        override fun nextRequests(most: UInt, background: Boolean): List<HttpRequest> {
            val batch = phone.nextRequests(most, background)
            this.most = maxOf(this.most, batch.size)
            fromFile = maxOf(fromFile, batch.mapNotNull { r -> r.file?.takeIf { r.body.isEmpty() } }.maxOfOrNull { it.length.toLong() } ?: 0)
            return batch.map { request -> (relay ?: Relay(URL(request.url)).also { relay = it }).divert(request) }
        }
        override fun close() { relay?.close() }
    }

    private fun Scene.waits() = phone.status().queue.count { it.state !is QueueState.Received }

    private fun with(test: (Scene) -> Unit) = Scene().use { scene ->
        scene.phone.act(scene.begin(), Act.IntroduceAssistant(AssistantRef("王海", "协管站")))
        assertTrue(scene.waits() > 0)
        test(scene)
    }

    @Test
    fun f27_anEndlessBodyIsReadNoFurtherThanTheLimit() = with { scene ->
        val written = AtomicLong()
        val endless = { to: OutputStream ->
            to.write("HTTP/1.1 201 Created\r\nconnection: close\r\n\r\n".toByteArray())
            val piece = ByteArray(64 shl 10)
            while (true) {
                to.write(piece)
                written.addAndGet(piece.size.toLong())
            }
        }
        Impostor(endless).use { impostor ->
            val before = scene.waits()
            assertFalse(Courier(Diverted(scene.phone, impostor.url)).run())
            assertEquals("nothing counts as sent", before, scene.waits())
            assertTrue("${written.get()}", impostor.came.get() > 0 && written.get() < 64L shl 20)
        }
    }

    @Test
    fun f31_aRedirectIsNotFollowed() = with { scene ->
        Impostor { it.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".toByteArray()) }.use { elsewhere ->
            val there = "HTTP/1.1 307 Temporary Redirect\r\nlocation: ${elsewhere.url}\r\ncontent-length: 0\r\n\r\n"
            Impostor { it.write(there.toByteArray()) }.use { portal ->
                val before = scene.waits()
                assertFalse(Courier(Diverted(scene.phone, portal.url)).run())
                assertEquals(before, scene.waits())
                assertTrue(portal.came.get() > 0)
                assertEquals(0, elsewhere.came.get())
            }
        }
    }

    @Test
    fun r23_severalGoAtOnceAndInTheBackgroundABodyComesFromItsFile() = Scene().use { scene ->
        val inspection = scene.begin()
        val second = scene.pair(inspection)
        for (phone in listOf(scene.phone, second)) phone.act(inspection, Act.ShowBadge("陈晓梅", BadgeAck.SCANNED, null))
        scene.carry()
        val notice = scene.phone.notices(inspection).first { it.language == "zh-Hans" }
        notice.items.forEach { scene.phone.act(inspection, Act.TellRight(it.id, notice.language, How.READ_ALOUD)) }
        scene.phone.act(inspection, Act.AcknowledgeRights("陈晓梅", Ack.SIGNED, null))
        repeat(2) { n ->
            val shot = File(scene.phone.inbox(), "$n.jpg").apply { writeBytes(ByteArray(LENGTH) { (it * 7 + n).toByte() }) }
            scene.phone.capturePhoto(inspection, shot.path, CaptureInfo(null, "池水", "", null, false))
        }
        val watched = Watched(scene.phone)
        assertTrue(watched.use { Courier(it, background = true).run() })
        assertEquals(0, scene.waits())
        assertTrue("${watched.most}", watched.most > 1)
        assertTrue("the whole of it in one request: ${watched.fromFile}", watched.fromFile > LENGTH)
    }

    private companion object {
        const val LENGTH = 3_000_000
    }
}
