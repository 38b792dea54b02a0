package cn.mingzheng.office

import java.io.File
import java.nio.file.Files
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/** A practice office for tests: the real program `mingzheng`, with its own folder, on a free port of this machine. */
class LiveOffice : AutoCloseable {
    private val folder: File = Files.createTempDirectory("mingzheng-office").toFile()
    private val config = File(folder, "office/mingzheng.toml")
    private val server: Process

    init {
        mingzheng("init", "--organ", ORGAN, config.parent)
        val pack = File(folder, "pack.cbor")
        mingzheng("--config", config.path, "pack", "sign", File(env("MINGZHENG_ROOT"), "packs/weisheng-jiandu").path, "--out", pack.path)
        mingzheng("--config", config.path, "pack", "add", pack.path)
        server = ProcessBuilder(env("MINGZHENG_OFFICE"), "--config", config.path, "serve", "--port", "0")
            .redirectError(File(folder, "serve.log")).start()
        val address = CompletableFuture<String>()
        Thread {
            server.inputStream.bufferedReader().forEachLine { if ("address: " in it) address.complete(it.substringAfter("address: ").trim()) }
            address.completeExceptionally(IllegalStateException("the office ended: " + File(folder, "serve.log").readText()))
        }.apply { isDaemon = true }.start()
        address.get(60, TimeUnit.SECONDS)
    }

    private val persons = HashMap<String, String>()

    /** Text of the QR by which this officer's phone enrols; [certificateUntil] is `YYYY-MM-DD`. Who was invited before is the same person. */
    fun invite(officer: Officer, certificateUntil: String = "2028-05-31"): String {
        val answer = mingzheng(
            "--config", config.path, "enroll", "--json", "--name", officer.name, "--unit", ORGAN, "--position", officer.position,
            "--number", officer.number, "--category", "卫生行政执法", "--area", "青川县", "--until", certificateUntil,
            *persons[officer.number]?.let { arrayOf("--person", it) }.orEmpty(),
        )
        val field = { name: String -> Regex("\"$name\":\"([^\"]+)\"").find(answer)?.groupValues?.get(1) ?: error("no $name in: $answer") }
        persons[officer.number] = field("person")
        return field("invitation")
    }

    /** Sends a task for the day (`yyyymmdd`) to both officers' phones; it was approved on that day, or today where that is earlier. */
    fun assign(day: Int, officers: List<Officer>, enterprise: String = "青川县青溪宾馆有限公司", number: String = "${day / 10000}-0117") {
        val who = officers.joinToString { "{\"number\":\"${it.number}\"}" }
        val task = """{"title":"住宿场所及附设游泳池“双随机”抽查","kind":"routine","day":$day,
            "enterprise":{"name":"$enterprise","code":"91510822MA6ABCDE0X","address":"四川省广元市青川县青溪镇桥头路18号","phone":"0839-7200118",
              "legal_representative":"何国栋","manager":"陈晓梅","manager_position":"店长"},
            "officers":[$who],"assistants":[{"name":"王海","unit":"青川县卫生监督协管站"}],"n":1,"cap":2,
            "approval":{"number":"青卫检批〔${day / 10000}〕0117号","by":"周明远","on":${minOf(day, today())}},
            "matter":"住宿场所和附设游泳场所卫生状况",
            "basis":["《公共场所卫生管理条例》第十三条","《公共场所卫生管理条例实施细则》第三十一条"],
            "checklists":["zhusu","youyong"],"complaint_phone":"0839-12345","numbers":["$number"],
            "slots":{"government":"青川县人民政府","court":"青川县人民法院"},
            "form_numbers":{"xianxing-dengji":["青卫登保〔${day / 10000}〕41号"],"dangchang-chufa":["青卫当罚〔${day / 10000}〕41号"]}}"""
        mingzheng("--config", config.path, "task", "add", File(folder, "task.json").apply { writeText(task) }.path)
    }

    private fun today() = LocalDate.now(ZoneId.of("Asia/Shanghai")).format(DateTimeFormatter.BASIC_ISO_DATE).toInt()

    /** A step in the life of a certificate, for instance `suspend`. */
    fun decide(step: String, officer: Officer) {
        mingzheng("--config", config.path, "officer", step, officer.number, "--reason", "待查", "--basis", "行政处罚法 42", "--by", "周明远")
    }

    /** Takes a task back. */
    fun withdraw(task: String, reason: String) {
        mingzheng("--config", config.path, "task", "withdraw", task, "--reason", reason)
    }

    /** A case comes of the inspection, is filed and investigated, and its review agrees. */
    fun review(inspection: String) {
        val procedure = { words: List<String> -> mingzheng("--config", config.path, "procedure", *words.toTypedArray()) }
        val accepted = procedure(listOf("accept", "--inspection", inspection, "--by", LEAD.name, "--by-number", LEAD.number, "--json"))
        val number = Regex("\"number\": ?\"(案[^\"]+)\"").find(accepted)?.groupValues?.get(1) ?: error("no number in: $accepted")
        for (node in listOf("filed", "investigated", "reviewed")) {
            val step = File(folder, "step.json").apply { writeText(procedure(listOf("step", number, "--example", node))) }
            procedure(listOf("step", number, step.path))
        }
    }

    /** Killed: a server that ends by itself waits for clients that keep their connections. */
    override fun close() {
        server.destroyForcibly().waitFor(10, TimeUnit.SECONDS)
        folder.deleteRecursively()
    }

    private fun mingzheng(vararg arguments: String): String {
        val log = File(folder, "command.log")
        val process = ProcessBuilder(listOf(env("MINGZHENG_OFFICE")) + arguments).redirectErrorStream(true).redirectOutput(log).start()
        check(process.waitFor(60, TimeUnit.SECONDS)) { "mingzheng ${arguments.joinToString(" ")} does not end" }
        val output = log.readText()
        check(process.exitValue() == 0) { "mingzheng ${arguments.joinToString(" ")}: $output" }
        return output
    }

    /** Somebody invented. */
    data class Officer(val name: String, val position: String, val number: String)

    companion object {
        const val ORGAN = "青川县卫生健康局"
        val LEAD = Officer("张建国", "四级主任科员", "川H2026010017")
        val SECOND = Officer("李秀英", "一级科员", "川H2026010023")

        /** What `cargo xtask` tells every test. */
        fun env(name: String): String = System.getenv(name) ?: error("$name is not set: run this by cargo xtask test")
    }
}
