package cn.mingzheng.core

import cn.mingzheng.office.LiveOffice
import cn.mingzheng.office.LiveOffice.Companion.env
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.security.MessageDigest

/** One short inspection through the generated bindings: two phones, their hosts in Kotlin, the real core, a live office. */
class InspectionTest {
    @Test
    fun `from the badge to the custody receipt`() = LiveOffice().use { office ->
        Device().enrol(office, LiveOffice.LEAD).use { zhang ->
            Device().enrol(office, LiveOffice.SECOND).use { li ->
                office.assign(today(), listOf(LiveOffice.LEAD, LiveOffice.SECOND))
                zhang.phone.sync()
                li.phone.sync()
                val inspection = arrive(zhang.phone, li.phone)
                badges(zhang.phone, li.phone, inspection)
                photoIsRefusedBeforeRights(zhang, inspection)
                rights(zhang.phone, inspection)
                checklist(zhang.phone, inspection)
                val evidence = photo(zhang, inspection)
                recording(zhang, inspection)
                copies(zhang.phone, inspection, evidence)
                record(zhang.phone, li.phone, inspection)
                witness(zhang.phone, li.phone, inspection)
                close(zhang.phone, inspection)
                handOver(zhang.phone, li.phone, evidence)
            }
        }
    }

    private fun arrive(zhang: Phone, li: Phone): String {
        val status = zhang.status()
        assertEquals(LiveOffice.LEAD.name, status.personName)
        assertEquals("officer", status.personRole)
        assertEquals(20280531u, status.certificateUntil)
        assertEquals("weisheng-jiandu", status.pack?.id)
        val task = zhang.tasks().single()
        assertEquals("青川县青溪宾馆有限公司", task.task.enterprise.name)
        assertEquals(emptyList<Gate>(), task.gates)
        val inspection = zhang.openInspection(task.task.id, Place(325_921_340, 1_052_314_560, 8u, 900u, false))
        // one officer alone may show nothing: J1
        val alone = assertThrows(PhoneException.Blocked::class.java) { zhang.act(inspection, Act.ShowBadge("陈晓梅", BadgeAck.PHOTOGRAPHED, null)) }
        assertTrue(alone.gates.toString(), alone.gates.any { it.rule == "J1" && it.wayOn.isNotEmpty() && it.basis.isNotEmpty() })

        val answer = li.pairAnswer(task.task.id, zhang.pairOffer(task.task.id))
        assertEquals(LiveOffice.LEAD.name, answer.name)
        val confirm = zhang.pairConfirm(inspection, answer.next!!)
        assertEquals(LiveOffice.SECOND.number, confirm.number)
        li.pairFinish(confirm.next!!)
        val events = carry(zhang, li)
        assertTrue(events.toString(), PeerEvent.Joined(inspection) in events && PeerEvent.Present(LiveOffice.SECOND.name) in events)
        val (there, here) = zhang.mirrors().single() to li.mirrors().single()
        assertTrue("each has the other's log", there.there > 0uL && there.there == here.here && !here.forked)
        assertThrows(PhoneException.Invalid::class.java) { zhang.continueAsLead(inspection, "本机已是主办") }
        return inspection
    }

    private fun badges(zhang: Phone, li: Phone, inspection: String) {
        zhang.takeChallenge("1234 5678")
        val frame = zhang.badgeFrame(FrameKind.BADGE, null)
        assertTrue("answers the digits", frame.challengeLeftMs!! > 0uL)
        assertTrue(frame.text, frame.text.matches(Regex("https://[^#]+/b#[0-9]+")))
        assertTrue(frame.version <= 18u)
        assertEquals(frame.size * frame.size, frame.modules.size.toUInt())
        assertNotEquals("signed anew", frame.text, zhang.badgeFrame(FrameKind.BADGE, null).text)
        zhang.badgeFrame(FrameKind.ASSIGNMENT, zhang.tasks().single().task.id)
        assertEquals(listOf("R09"), zhang.openPoints(inspection).map { it.rule })
        zhang.act(inspection, Act.CheckAppearance(uniform = true, insignia = true, note = "", evidence = null))
        assertEquals(emptyList<Gate>(), zhang.openPoints(inspection))
        for (phone in listOf(zhang, li)) phone.act(inspection, Act.ShowBadge("陈晓梅", BadgeAck.PHOTOGRAPHED, null))
        carry(zhang, li)
        zhang.act(inspection, Act.IntroduceAssistant(AssistantRef("王海", "青川县卫生监督协管站")))
        assertEquals(2, zhang.inspection(inspection).badges.size)
    }

    private fun photoIsRefusedBeforeRights(zhang: Device, inspection: String) {
        val file = camera(zhang)
        assertThrows(PhoneException.Blocked::class.java) { zhang.phone.capturePhoto(inspection, file.path, info()) }
        assertTrue("the camera's file is kept", file.exists())
        file.delete()
    }

    private fun rights(zhang: Phone, inspection: String) {
        val notice = zhang.notices(inspection).first { it.language == "zh-Hans" }
        notice.items.forEach { zhang.act(inspection, Act.TellRight(it.id, notice.language, How.READ_ALOUD)) }
        zhang.act(inspection, Act.AcknowledgeRights("陈晓梅", Ack.SIGNED, null))
        val view = zhang.inspection(inspection)
        assertEquals(notice.items.map { it.text }, view.rights.map { it.text })
        assertEquals(listOf(Ack.SIGNED), view.acknowledged.map { it.how })
        assertTrue(zhang.script(inspection).contains(LiveOffice.LEAD.name))
    }

    private fun checklist(zhang: Phone, inspection: String) {
        zhang.saveDraft(inspection, "youyong-07", "深水区水面下30")
        assertEquals(mapOf("youyong-07" to "深水区水面下30"), zhang.drafts(inspection))
        zhang.act(inspection, Act.Answer("zhusu-02", Answer.PASS, "许可证原件悬挂于一楼总台左侧墙面", null, null))
        zhang.act(inspection, Act.Answer("youyong-07", Answer.FAIL, "深水区水面下30厘米处快速检测，只作筛查", "0.1", "CL-0457"))
        val pool = zhang.checklists(inspection).first { it.id == "youyong" }.items.first { it.id == "youyong-07" }
        assertEquals(AnswerShown(Answer.FAIL, "深水区水面下30厘米处快速检测，只作筛查", "0.1"), pool.answer)
        assertTrue(pool.basis.isNotEmpty())
    }

    private fun photo(zhang: Device, inspection: String): String {
        val file = camera(zhang)
        val digest = MessageDigest.getInstance("SHA-256").digest(file.readBytes()).joinToString("") { "%02x".format(it) }
        val evidence = zhang.phone.capturePhoto(inspection, file.path, info())
        assertEquals(digest, evidence.clear)
        assertFalse("the clear original is gone", file.exists())
        assertEquals("ok", zhang.phone.checkPhoto(inspection, evidence.id).state)
        assertArrayEquals(byteArrayOf(0xff.toByte(), 0xd8.toByte()), zhang.phone.thumbnail(evidence.id).copyOf(2))
        val early = assertThrows(PhoneException.Blocked::class.java) { zhang.phone.deleteSent(evidence.id) }
        assertEquals("J20", early.gates.single().rule)
        return evidence.id
    }

    private fun recording(zhang: Device, inspection: String) {
        val begun = zhang.phone.beginRecording(inspection, Media.AUDIO, "changjing-jiancha")
        val file = File(begun.prefix + "0.aac").apply { writeText("no sound") }
        assertEquals("a part that is being written is no orphan", emptyList<OrphanView>(), zhang.phone.orphans())
        val part = zhang.phone.addPart(inspection, begun.id, file.path, PartInfo(0u, 10_000u, null))
        assertEquals(0uL to "damaged", part.part to part.state)
        assertFalse(file.exists())
        zhang.phone.endRecording(inspection, begun.id)
        assertEquals(RecordingStanding.ENDED, zhang.phone.recordings(inspection).single().standing)
        assertEquals("nothing must be recorded in a routine inspection", emptyList<Gap>(), zhang.phone.recordingGaps(inspection))
        val late = assertThrows(PhoneException.Invalid::class.java) {
            zhang.phone.interruptRecording(inspection, Interruption(null, "changjing-jiancha", "yuanyin-qita", ""))
        }
        assertTrue(late.what.isNotEmpty())
        val found = File(zhang.phone.inbox(), "IMG_0099.txt").apply { writeText("x") }
        assertEquals(found.path, zhang.phone.orphans().single().path)
        val taken = zhang.phone.takeOrphan(inspection, found.path, info())
        assertEquals("what is no photograph is kept and named", "not_an_image", zhang.phone.checkPhoto(inspection, taken.id).state)
        assertEquals(emptyList<OrphanView>(), zhang.phone.orphans())
    }

    private fun copies(zhang: Phone, inspection: String, original: String) {
        val blurred = zhang.deriveCopy(inspection, original, PictureEdit.Blur(listOf(Region(0u, 0u, 40u, 40u))), "已遮挡")
        assertEquals("ok", zhang.checkPhoto(inspection, blurred.id).state)
        assertThrows(PhoneException.Invalid::class.java) { zhang.deriveCopy(inspection, original, PictureEdit.Crop(Region(0u, 0u, 0u, 4u)), "") }
        zhang.addTranscript(inspection, original, "zh-Hans", "标牌：谢绝入内")
        val second = zhang.inspection(inspection).task!!.officers.single { it.number == LiveOffice.SECOND.number }
        zhang.act(inspection, Act.HandOver(listOf(blurred.id), second, "由第二名执法人员带回机关"))
        val again = assertThrows(PhoneException.Blocked::class.java) { zhang.act(inspection, Act.HandOver(listOf(blurred.id), second, "又")) }
        assertEquals("R25", again.gates.single().rule)
        val bare = assertThrows(PhoneException.Blocked::class.java) { zhang.act(inspection, Act.Find("没有证据", emptyList(), emptyList(), false)) }
        assertEquals("R28", bare.gates.single().rule)
    }

    private fun record(zhang: Phone, li: Phone, inspection: String) {
        zhang.act(inspection, Act.Find("游泳池水游离性余氯现场快速检测为0.1 mg/L。", listOf("youyong-07"), emptyList(), unproven = true))
        val fact = zhang.facts(inspection).single()
        assertEquals("its item has a photograph and what was found", 1u to 2, fact.finding to fact.evidence.size)
        val paper = zhang.composeRecord(inspection)
        assertEquals("%PDF", String(zhang.paperPdf(paper.id), 0, 4))
        assertThrows(PhoneException.Blocked::class.java) { zhang.finishPaper(inspection, paper.id) }
        val reason = "称须请示总部，拒绝签名"
        zhang.refusePaper(inspection, paper.id, RefuseInput(NoSignature.REFUSED, "陈晓梅", reason, "刘德厚", "桥头村村民委员会", ink(), "V-07"))
        zhang.signAsOfficer(inspection, paper.id, signature(LiveOffice.LEAD.name))
        zhang.requestCosign(inspection, paper.id)
        val asked = carry(zhang, li).filterIsInstance<PeerEvent.SignRequested>().single()
        assertTrue("the second officer sees what to sign", "青溪宾馆" in asked.facts)
        li.cosign(signature(LiveOffice.SECOND.name))
        carry(zhang, li)
        assertEquals(emptyList<Gate>(), zhang.paperGates(inspection, paper.id))
        val final = zhang.finishPaper(inspection, paper.id)
        assertTrue(final.finished)
        assertNotEquals(paper.digest, final.digest)
        val state = zhang.inspection(inspection).papers.single()
        assertEquals(reason, state.refusal?.reason)
        assertEquals(listOf(true, true), state.signatures.map { it.ownDevice })
    }

    /** P5: the second phone by channel and by code, the party by the code on the screen; a witness that was not there is refused. */
    private fun witness(zhang: Phone, li: Phone, inspection: String) {
        zhang.act(inspection, Act.Leave(null))
        for (claimed in listOf(Witness.PEER, Witness.PARTY)) {
            val refused = assertThrows(PhoneException.Blocked::class.java) { zhang.act(inspection, Act.Close(claimed, null)) }
            assertEquals(listOf("P5"), refused.gates.map { it.rule })
        }
        zhang.requestWitness(inspection)
        assertTrue(carry(zhang, li).single() is PeerEvent.WitnessRequested)
        li.witness()
        val seen = carry(zhang, li).filterIsInstance<PeerEvent.Witnessed>().single()
        val code = li.witnessScanned(inspection, zhang.checkpointFrame().text)
        assertTrue((zhang.takeWitness(code) as PeerEvent.Witnessed).cpNo > seen.cpNo)
        assertEquals(listOf(LiveOffice.SECOND.number, LiveOffice.SECOND.number), zhang.inspection(inspection).cosigned.map { it.officer.number })
        zhang.act(inspection, Act.PartyTook(Taken.SCANNED, "陈晓梅"))
        assertEquals(listOf(Taken.SCANNED), zhang.inspection(inspection).taken.map { it.how })
    }

    private fun close(zhang: Phone, inspection: String) {
        zhang.act(inspection, Act.Close(Witness.PEER, null))
        assertNotEquals(null, zhang.inspection(inspection).closed)
        assertThrows(PhoneException.Invalid::class.java) { zhang.act(inspection, Act.Note("太晚")) }
    }

    private fun handOver(zhang: Phone, li: Phone, evidence: String) {
        assertTrue(zhang.status().queue.any { it.kind == "photo" && it.state == QueueState.Waiting })
        repeat(3) { li.sync(); zhang.sync() }
        val queue = zhang.status().queue
        assertTrue(queue.toString(), queue.isNotEmpty() && queue.all { it.state == QueueState.Received })
        assertTrue(zhang.checkpoints().all { it.receipted })
        assertTrue(zhang.custodyReceipt(evidence).isNotEmpty())
        zhang.deleteSent(evidence)
    }

    private fun camera(device: Device): File {
        val photo = File(env("MINGZHENG_PHOTOS")).walk().filter { it.extension == "jpg" }.minBy { it.length() }
        return photo.copyTo(File(device.phone.inbox(), "IMG_0001.jpg"))
    }

    private fun info() = CaptureInfo("youyong-07", "泳池深水区余氯比色", "IMG_0001.jpg", Place(325_921_340, 1_052_314_560, 8u, 900u, false), false)

    private fun signature(name: String) = SignInput(name, "", "strokes of $name".toByteArray(), ink(), null)

    private fun ink() = Ink(300u, 120u, listOf(Stroke(listOf(Point(10, 20), Point(60, 80), Point(110, 30)))))
}
