package cn.mingzheng.app.sync

import cn.mingzheng.core.HttpHeader
import cn.mingzheng.core.HttpRequest
import cn.mingzheng.core.Phone
import cn.mingzheng.core.PhoneException
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URL

/** Carries what the core asks to the office and back. What a reply means, and what comes next, only the core knows. */
class Courier(private val phone: Phone) {
    /** Goes on until the core has nothing more to ask or wants to wait, or the network fails; false asks for another try later. */
    fun run(stopped: () -> Boolean = { false }): Boolean {
        while (!stopped()) {
            val request = phone.nextRequest() ?: return phone.sending().waitMs == 0uL
            try {
                carry(request)
            } catch (_: IOException) {
                phone.onFailure(request.id)
                return false
            }
        }
        return false
    }

    private fun carry(request: HttpRequest) {
        val connection = URL(request.url).openConnection() as HttpURLConnection
        try {
            connection.requestMethod = request.method
            connection.instanceFollowRedirects = false
            connection.connectTimeout = CONNECT_MS
            connection.readTimeout = READ_MS
            request.headers.forEach { connection.setRequestProperty(it.name, it.value) }
            send(connection, request.body)
            val status = connection.responseCode
            val body = (connection.errorStream ?: connection.inputStream)?.use { it.upTo(request.limit) } ?: ByteArray(0)
            val headers = connection.headerFields.flatMap { (name, values) ->
                if (name == null) emptyList() else values.map { HttpHeader(name, it) }
            }
            try {
                phone.onResponse(request.id, status.toUShort(), headers, body)
            } catch (_: PhoneException.Refused) {
                // the core keeps what was refused, tries it again or sets it aside, and goes on with the rest
            }
        } finally {
            connection.disconnect()
        }
    }

    private fun send(connection: HttpURLConnection, body: ByteArray) {
        if (body.isEmpty()) return
        connection.doOutput = true
        connection.setFixedLengthStreamingMode(body.size)
        connection.outputStream.use { it.write(body) }
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
        const val PIECE = 64 * 1024

        const val CONNECT_MS = 15_000
        const val READ_MS = 60_000
    }
}
