package cn.mingzheng.core

import cn.mingzheng.office.LiveOffice
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

/** Measures on site through the generated bindings: 先行登记保存 and 当场处罚 step by step, in the order that `measures` shows (J6–J9). */
class MeasuresTest {
    @Test
    fun `evidence is registered and a penalty decided on the spot`() = LiveOffice().use { office ->
        Device().enrol(office, LiveOffice.LEAD).use { zhang ->
            Device().enrol(office, LiveOffice.SECOND).use { li ->
                office.assign(today(), listOf(LiveOffice.LEAD, LiveOffice.SECOND))
                zhang.phone.sync()
                li.phone.sync()
                val inspection = begun(zhang.phone, li.phone)
                registered(zhang.phone, li.phone, inspection)
                punished(zhang.phone, li.phone, inspection)
                lookedUp(zhang.phone, inspection)
            }
        }
    }

    private fun begun(zhang: Phone, li: Phone): String {
        val task = zhang.tasks().single().task
        val inspection = zhang.openInspection(task.id, null)
        val answer = li.pairAnswer(task.id, zhang.pairOffer(task.id))
        li.pairFinish(zhang.pairConfirm(inspection, answer.next!!).next!!)
        carry(zhang, li)
        for (phone in listOf(zhang, li)) phone.act(inspection, Act.ShowBadge(MANAGER, BadgeAck.PHOTOGRAPHED, null))
        carry(zhang, li)
        val notice = zhang.notices(inspection).first { it.language == "zh-Hans" }
        notice.items.forEach { zhang.act(inspection, Act.TellRight(it.id, notice.language, How.READ_ALOUD)) }
        zhang.act(inspection, Act.AcknowledgeRights(MANAGER, Ack.SIGNED, null))
        zhang.act(inspection, Act.Answer("zhusu-02", Answer.PASS, "许可证悬挂于总台", null, null))
        zhang.act(inspection, Act.Find("客房部赵某无有效健康合格证明为顾客服务。", emptyList(), emptyList(), unproven = true))
        return inspection
    }

    private fun registered(zhang: Phone, li: Phone, inspection: String) {
        val input = MeasureInput(MeasureKind.PRESERVATION, "wf-xiaodu", null, "证据以后难以取得", null)
        val urgent = assertThrows(PhoneException.Blocked::class.java) { zhang.beginMeasure(inspection, input.copy(emergency = "没有信号")) }
        assertEquals("the law has no emergency clause", listOf("J7"), urgent.gates.map { it.rule })
        val measure = zhang.beginMeasure(inspection, input)
        val take = MeasureAct.Take(listOf(Goods("一次性毛巾", "30×60 cm", "12条", "已拆封", null, emptyList())), "布草间")
        val early = assertThrows(PhoneException.Blocked::class.java) { zhang.measureAct(inspection, measure, take) }
        assertTrue(early.gates.toString(), early.gates.all { it.rule == "J7" })
        zhang.measureAct(inspection, measure, MeasureAct.Approve("青卫登批〔2026〕3号", "马向前", System.currentTimeMillis() - 60_000, ApprovalWay.ORAL))
        told(zhang, inspection, NoticeAct.PRESERVATION)
        zhang.measureAct(inspection, measure, take)
        val draft = zhang.paperDraft(inspection, "xianxing-dengji", measure)
        assertEquals("all else is known", listOf("keep_how"), draft.missing.map { it.field })
        assertTrue(draft.fields.single { it.id == "until_day" }.fixed)
        zhang.savePaperDraft(inspection, "xianxing-dengji", measure, """{"keep_how":"封存于原处"}""")
        whole(zhang, li, inspection, "xianxing-dengji", measure)
        val view = zhang.measures(inspection).single { it.id == measure }
        assertEquals(NoticeAct.PRESERVATION, view.notice)
        assertEquals(MeasureStep.SETTLE, view.steps.first { !it.done }.step)
        assertFalse(view.clocks.single().overdue)
    }

    private fun punished(zhang: Phone, li: Phone, inspection: String) {
        val measure = zhang.beginMeasure(inspection, MeasureInput(MeasureKind.ON_SPOT_PENALTY, "wf-jiankang", null, "事实清楚", null))
        fun choose(tier: String, fen: ULong) =
            MeasureAct.Choose("cl-d7", tier, listOf(PenaltyKind.WARNING, PenaltyKind.FINE), fen, null, null, "一人，首次发现")
        val much = assertThrows(PhoneException.Blocked::class.java) { zhang.measureAct(inspection, measure, choose("cl-d7-3", 400_000u)) }
        assertEquals(listOf("J8"), much.gates.map { it.rule })
        zhang.measureAct(inspection, measure, choose("cl-d7-1", 60_000u))
        told(zhang, inspection, NoticeAct.ON_SPOT_PENALTY)
        zhang.measureAct(inspection, measure, MeasureAct.Hear(MANAGER, "承认事实", "已考虑"))
        zhang.measureAct(inspection, measure, MeasureAct.Take(emptyList(), ""))
        zhang.savePaperDraft(inspection, "dangchang-chufa", measure, """{"payment":"十五日内缴纳","correction":"立即改正"}""")
        whole(zhang, li, inspection, "dangchang-chufa", measure)
        val cash = assertThrows(PhoneException.Blocked::class.java) { zhang.measureAct(inspection, measure, MeasureAct.Collect(60_000u, null, "川财00117")) }
        assertEquals(listOf("J9"), cash.gates.map { it.rule })
        zhang.measureAct(inspection, measure, MeasureAct.File("法制科"))
    }

    private fun lookedUp(zhang: Phone, inspection: String) {
        assertTrue(zhang.handbook("当场处罚").pages.isNotEmpty())
        val offer = zhang.discretion("wf-jiankang", listOf(FactKnown(Fact.PERSONS, 2u), FactKnown(Fact.LATE, 0u))).offers.single()
        assertEquals(FineRange(100_000u, 300_000u), offer.tiers.single().range)
        assertEquals("kaichang", zhang.scripts(inspection).first().id)
        assertTrue(zhang.closeOut(inspection).named.isNotEmpty())
    }

    private fun told(zhang: Phone, inspection: String, act: NoticeAct) {
        val notice = zhang.noticesOf(inspection, act).first { it.language == "zh-Hans" }
        notice.items.forEach { zhang.act(inspection, Act.TellRight(it.id, notice.language, How.SHOWN)) }
        zhang.act(inspection, Act.AcknowledgeNotice(act, MANAGER, Ack.SIGNED, null))
    }

    private fun whole(zhang: Phone, li: Phone, inspection: String, form: String, measure: String) {
        val paper = zhang.composePaper(inspection, form, measure)
        zhang.signAsOfficer(inspection, paper.id, signature(LiveOffice.LEAD.name))
        zhang.requestCosign(inspection, paper.id)
        carry(zhang, li)
        li.cosign(signature(LiveOffice.SECOND.name))
        carry(zhang, li)
        zhang.signAsParty(inspection, paper.id, signature(MANAGER))
        assertEquals(emptyList<Gate>(), zhang.paperGates(inspection, paper.id))
        assertTrue(zhang.finishPaper(inspection, paper.id).finished)
        assertEquals(form, zhang.inspection(inspection).papers.single { it.id == paper.id }.form)
    }

    private fun signature(name: String) = SignInput(name, "", "strokes of $name".toByteArray(), null, null)

    private companion object {
        const val MANAGER = "陈晓梅"
    }
}
