package cn.mingzheng.core

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

/** The shared vectors of docs/formats, through the bindings: every good object is read as written, every other one is refused by name. */
class VectorsTest {
    private val vectors = File(System.getenv("MINGZHENG_ROOT"), "tests/vectors")

    @Test
    fun `every vector of every format is judged as written`() {
        val wrong = mutableListOf<String>()
        var judged = 0
        for (format in judgedFormats()) {
            val index = JsonParser.parseString(File(vectors, "$format/index.json").readText()).asJsonObject
            for (case in index.getAsJsonArray("cases").map(JsonElement::getAsJsonObject)) {
                val context = index.getAsJsonObject("context").deepCopy()
                case.getAsJsonObject("context").entrySet().forEach { (name, value) -> context.add(name, value) }
                val got = JsonParser.parseString(judgeObject(format, content(format, case), context.toString()))
                if (got != case["expect"]) wrong += "$format: ${case["name"]}: $got"
                judged++
            }
        }
        assertEquals(emptyList<String>(), wrong)
        assertTrue("$judged vectors", judged > 1000)
    }

    @Test
    fun `no folder of vectors is left out`() {
        val folders = vectors.listFiles()!!.filter { File(it, "index.json").exists() }.map { it.name }
        assertEquals(folders.sorted(), judgedFormats().sorted())
    }

    @Test
    fun `what is not there is said`() {
        assertEquals("""{"refuse":"format"}""", judgeObject("weather", ByteArray(0), "{}"))
        assertEquals("""{"refuse":"context"}""", judgeObject("trust", ByteArray(0), "no JSON"))
    }

    private fun content(format: String, case: JsonObject): ByteArray =
        if (case.has("file")) File(vectors, "$format/${case["file"].asString}").readBytes()
        else case["hex"].asString.chunked(2).map { it.toInt(16).toByte() }.toByteArray()
}
