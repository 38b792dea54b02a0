package cn.mingzheng.core

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest as JdkRequest
import java.net.http.HttpResponse.BodyHandlers

/** Carries the core's requests by the JDK's own HTTP client until there is nothing more to say. Gives how many there were. */
fun Phone.sync(): Int {
    val client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build()
    for (count in 0..200) {
        val request = nextRequest() ?: return count
        val jdk = JdkRequest.newBuilder(URI(request.url)).method(request.method, JdkRequest.BodyPublishers.ofByteArray(request.body))
        request.headers.forEach { jdk.header(it.name, it.value) }
        val response = client.send(jdk.build(), BodyHandlers.ofByteArray())
        val headers = response.headers().map().flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
        onResponse(request.id, response.statusCode().toUShort(), headers, response.body())
    }
    error("the conversation does not end")
}

/** Carries messages between two paired phones until neither has one. */
fun carry(one: Phone, other: Phone): List<PeerEvent> {
    val events = mutableListOf<PeerEvent>()
    do {
        val there = one.peerOutbox().onEach { message -> other.peerReceive(message)?.let(events::add) }
        val back = other.peerOutbox().onEach { message -> one.peerReceive(message)?.let(events::add) }
    } while (there.isNotEmpty() || back.isNotEmpty())
    return events
}
