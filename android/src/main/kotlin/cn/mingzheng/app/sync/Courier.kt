package cn.mingzheng.app.sync

import cn.mingzheng.core.HttpFile
import cn.mingzheng.core.HttpHeader
import cn.mingzheng.core.HttpRequest
import cn.mingzheng.core.PhoneException
import cn.mingzheng.core.PhoneInterface
import java.io.ByteArrayOutputStream
import java.io.FileInputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.net.HttpURLConnection
import java.net.URL
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/**
 * Carries what the core asks to the office and back. What a reply means, and what comes next, only the core knows. In the background what is left of a
 * file goes in one request, read from the file as it goes.
 */
class Courier(private val phone: PhoneInterface, private val background: Boolean = false) {
    private class Answer(val status: Int, val headers: List<HttpHeader>, val body: ByteArray)

    /** Goes on until the core has nothing more to ask or wants to wait, or the network fails; false asks for another try later. */
    fun run(stopped: () -> Boolean = { false }): Boolean {
        val carriers = Executors.newFixedThreadPool(AT_ONCE)
        try {
            while (!stopped()) {
                val batch = phone.nextRequests(AT_ONCE.toUInt(), background)
                if (batch.isEmpty()) return phone.sending().waitMs == 0uL
                val answers = carriers.invokeAll(batch.map { Callable { carry(it, stopped) } })
                val taken = batch.zip(answers).map { (request, answer) -> take(request, answer.get()) }
                if (!taken.all { it }) return false
            }
            return false
        } finally {
            carriers.shutdown()
        }
    }

    private fun take(request: HttpRequest, answer: Answer?): Boolean {
        if (answer == null) {
            phone.onFailure(request.id)
            return false
        }
        try {
            phone.onResponse(request.id, answer.status.toUShort(), answer.headers, answer.body)
        } catch (_: PhoneException.Refused) {
            // the core keeps what was refused, tries it again or sets it aside, and goes on with the rest
        }
        return true
    }

    /** Nothing where there was no answer. */
    private fun carry(request: HttpRequest, stopped: () -> Boolean): Answer? {
        var connection: HttpURLConnection? = null
        return try {
            connection = URL(request.url).openConnection() as HttpURLConnection
            connection.requestMethod = request.method
            connection.instanceFollowRedirects = false
            connection.connectTimeout = CONNECT_MS
            connection.readTimeout = READ_MS
            request.headers.forEach { connection.setRequestProperty(it.name, it.value) }
            send(connection, request, stopped)
            val status = connection.responseCode
            val body = (connection.errorStream ?: connection.inputStream)?.use { it.upTo(request.limit) } ?: ByteArray(0)
            val headers = connection.headerFields.flatMap { (name, values) ->
                if (name == null) emptyList() else values.map { HttpHeader(name, it) }
            }
            Answer(status, headers, body)
        } catch (_: IOException) {
            null
        } finally {
            connection?.disconnect()
        }
    }

    private fun send(connection: HttpURLConnection, request: HttpRequest, stopped: () -> Boolean) {
        val part = request.file?.takeIf { request.body.isEmpty() }
        val length = part?.length?.toLong() ?: request.body.size.toLong()
        if (length == 0L) return
        connection.doOutput = true
        connection.setFixedLengthStreamingMode(length)
        connection.outputStream.use { if (part == null) it.write(request.body) else it.fill(part, stopped) }
    }

    /** Piece by piece: what had arrived when it is stopped, the office keeps. */
    private fun OutputStream.fill(part: HttpFile, stopped: () -> Boolean) = FileInputStream(part.path).use { file ->
        file.channel.position(part.offset.toLong())
        val piece = ByteArray(PIECE)
        var left = part.length.toLong()
        while (left > 0) {
            val n = file.read(piece, 0, minOf(left, PIECE.toLong()).toInt())
            if (n < 0 || stopped()) throw IOException("not sent to its end")
            write(piece, 0, n)
            left -= n
        }
    }

    /** What stands in the office's place may answer without end. */
    private fun InputStream.upTo(limit: ULong): ByteArray {
        val body = ByteArrayOutputStream()
        val piece = ByteArray(PIECE)
        while (true) {
            val n = read(piece)
            if (n < 0) return body.toByteArray()
            body.write(piece, 0, n)
            if (body.size().toULong() > limit) throw IOException("longer than any answer of the office")
        }
    }

    private companion object {
        /** One about entries or the feed, and beside it one a file. */
        const val AT_ONCE = 4
        const val PIECE = 64 * 1024

        const val CONNECT_MS = 15_000
        const val READ_MS = 60_000
    }
}
