//! The gates of the law as named values (design §6): what is refused, why, and the lawful way on. Pure functions over the fold and the pack.

use super::fold::{Inspection, PaperState};
use super::{NoSignature, OfficerRef, SignRole, Task, organ};
use crate::badge::scope::{self, Outside};
use crate::badge::{CertificateStatus, Officer};
use crate::enrolment::Role;
use crate::pack::{self, Form, Pack, Signer, Text};
use crate::rights::Delivery;
use serde::Serialize;

/// A gate that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Rule, for instance `J1`.
    pub rule: &'static str,
    /// Legal basis.
    pub basis: &'static str,
    /// What is missing.
    pub missing: Text,
    /// The lawful way on.
    pub way_on: Text,
}

pub(crate) fn gate(rule: &'static str, basis: &'static str, missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    let text = |t: [&str; 2]| {
        let [zh, en] = t;
        Text { zh: zh.to_owned(), en: en.to_owned() }
    };
    Gate { rule, basis, missing: text(missing), way_on: text(way_on) }
}

/// What is known of an officer's certificate (R02, R08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// 执法证号.
    pub number: String,
    /// Last day of the certificate, `yyyymmdd`.
    pub until: u32,
    /// `officer` or `assistant`.
    pub role: String,
    /// 执法区域.
    pub area: String,
    /// 执法类别.
    pub category: String,
    /// What the newest status list says of it; `None` when none does.
    pub status: Option<CertificateStatus>,
    /// Days since the credential should have been renewed (P7).
    pub stale_days: Option<u32>,
}

impl Certificate {
    /// Of an officer of whom nothing but the public fields is known.
    #[must_use]
    pub fn of(officer: &Officer) -> Self {
        Self {
            number: officer.number.clone(),
            until: officer.until,
            role: Role::Officer.name().to_owned(),
            area: officer.area.clone(),
            category: officer.category.clone(),
            status: None,
            stale_days: None,
        }
    }
}

/// Whose certificate a gate speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The user's.
    Own,
    /// The other officer's.
    Other,
}

/// R01, R02, J1: the certificate is in effect today: neither cancelled, suspended, unchecked nor expired.
#[must_use]
pub fn in_effect(c: &Certificate, whose: Whose, today: u32) -> Vec<Gate> {
    let expired = (c.until < today).then(|| expired(whose));
    withdrawn(c.status, whose).into_iter().chain(expired).collect()
}

/// R02: the certificate ended.
#[must_use]
pub fn expired(whose: Whose) -> Gate {
    let whose = whose.words();
    gate(
        "R02",
        "行政处罚法 42、55",
        [&format!("{}执法证已过有效期", whose[0]), &format!("{} certificate has expired", whose[1])],
        ["改派证件有效的执法人员；办理换发后同步", "another officer takes over; renew and sync"],
    )
}

fn withdrawn(status: Option<CertificateStatus>, whose: Whose) -> Option<Gate> {
    let (is, way_on) = match status? {
        CertificateStatus::Cancelled => (
            ["执法证已注销", "certificate was cancelled"],
            [
                "不得执法；改派证件有效的执法人员，注销的实体证交回",
                "do not enforce; another officer takes over, hand the card in",
            ],
        ),
        CertificateStatus::Suspended => (
            ["执法证已被暂扣", "certificate is suspended"],
            [
                "暂扣期间不得执法；改派证件有效的执法人员，恢复后同步即可使用",
                "do not enforce meanwhile; another officer takes over; once it is given back, sync",
            ],
        ),
        CertificateStatus::CheckMissed => (
            ["执法证未按期年检", "annual check of the certificate was missed"],
            ["改派证件有效的执法人员；到法制机构补办年检后同步", "another officer takes over; have it checked, then sync"],
        ),
        CertificateStatus::Valid | CertificateStatus::Other(_) => return None,
    };
    let whose = whose.words();
    let missing = [format!("{}{}", whose[0], is[0]), format!("{} {}", whose[1], is[1])];
    Some(gate("R02", "行政处罚法 42、55", [&missing[0], &missing[1]], way_on))
}

/// R01, R02, R08, J1: the certificate is in effect, and covers the task.
#[must_use]
pub fn may_act(c: &Certificate, whose: Whose, task: Option<&Task>, today: u32) -> Vec<Gate> {
    let mut gates = in_effect(c, whose, today);
    gates.extend(task.iter().flat_map(|t| in_scope(c, whose, t)));
    gates
}

/// R08, J1: the certificate covers the task's area and category.
#[must_use]
pub fn in_scope(c: &Certificate, whose: Whose, task: &Task) -> Vec<Gate> {
    let [zh, en] = whose.words();
    let outside = scope::outside([&c.area, &c.category], [task.area.as_deref(), task.category.as_deref()]);
    let of = |what: Outside| match what {
        Outside::Area => (task.area.as_deref().unwrap_or_default(), "执法区域", "area"),
        Outside::Category => (task.category.as_deref().unwrap_or_default(), "执法类别", "category"),
    };
    let closed = |what| {
        let (asked, zh_what, en_what) = of(what);
        gate(
            "R08",
            "行政处罚法 22、42",
            [
                &format!("{zh}执法证的{zh_what}不包括“{asked}”"),
                &format!("{en} certificate does not cover the task's {en_what} ({asked})"),
            ],
            [
                "改派证件覆盖该区域和类别的执法人员，或由有管辖权的机关办理",
                "another officer whose certificate covers it takes over, or the organ in charge",
            ],
        )
    };
    outside.into_iter().map(closed).collect()
}

/// P7, J1: a credential that was only not renewed serves up to the pack's limit.
#[must_use]
pub fn renewed(c: &Certificate, pack: &Pack) -> Vec<Gate> {
    let over = c.stale_days.is_some_and(|d| d > pack.badge.stale_limit_days.value);
    if over { vec![badge_stale()] } else { Vec::new() }
}

impl Whose {
    fn words(self) -> [&'static str; 2] {
        match self {
            Self::Own => ["本人", "your"],
            Self::Other => ["另一名执法人员的", "the other officer's"],
        }
    }
}

/// J1, J2, R02, R08: may this device's user open the inspection today?
#[must_use]
pub fn open(task: &Task, own: Option<&Certificate>, today: u32, pack: Option<&Pack>) -> Vec<Gate> {
    let mut gates = Vec::new();
    let Some(pack) = pack else {
        return vec![gate(
            "J1",
            "国办发〔2024〕54号",
            ["本机没有有效的执法数据包", "no valid pack on this phone"],
            ["联网同步后再开始检查", "sync once with the office, then start"],
        )];
    };
    gates.extend(organ::team(task));
    let least = pack.gates.minimum_officers.value as usize;
    if task.approval.is_none() {
        gates.push(gate(
            "J1",
            "国办发〔2024〕54号",
            ["检查任务未经本机关负责人批准", "the task has no approval"],
            [
                "请负责人批准后同步；紧急情况先口头报告并记录，事后补办",
                "have it approved and sync; in an emergency report first, record it and make up for it",
            ],
        ));
    }
    if task.day != today {
        gates.push(gate(
            "J1",
            "国办发〔2024〕54号",
            ["今天不是任务批准的检查日期", "today is not the day of the task"],
            ["请科室改期并重新下发任务", "have the office move the task to today"],
        ));
    }
    if task.officers.len() < least {
        gates.push(gate(
            "J1",
            "行政处罚法 42",
            ["任务安排的执法人员不足法定人数", "fewer officers assigned than the law demands"],
            ["请科室增派具有执法资格的人员", "have the office assign another officer"],
        ));
    }
    match own {
        Some(c) if c.role != "officer" => gates.push(gate(
            "J2",
            "行政处罚法 42",
            ["协助人员不得开展行政检查", "an assistant may not conduct an inspection"],
            ["由执法人员在其本人手机上开始", "an officer starts on the own phone"],
        )),
        Some(c) => {
            gates.extend(in_effect(c, Whose::Own, today));
            gates.extend(renewed(c, pack));
            gates.extend(in_scope(c, Whose::Own, task));
            if !task.officers.iter().any(|o| o.number == c.number) {
                gates.push(gate(
                    "J1",
                    "行政处罚法 42",
                    ["任务没有安排您", "you are not assigned to this task"],
                    ["请科室调整任务人员", "have the office change the assignment"],
                ));
            }
        }
        None => gates.push(gate(
            "J1",
            "行政处罚法 55",
            ["本机没有执法人员凭证", "no badge on this phone"],
            ["联网同步以取得凭证", "sync to receive the badge"],
        )),
    }
    gates
}

/// J1, J3, R06: two officers present and the certificates shown, before anything is asked or inspected.
#[must_use]
pub fn ask_or_inspect(i: &Inspection, pack: &Pack) -> Vec<Gate> {
    let mut gates = present(i, pack);
    let shown = |person: &str| i.badges.iter().any(|b| b.officer.person == person);
    if i.arrived.is_empty() || !i.present().iter().all(|o| shown(&o.person)) {
        gates.push(gate(
            "J3",
            "行政处罚法 55",
            ["在场执法人员尚未全部出示执法证件", "not every officer present has shown the certificate"],
            [
                "先亮证并记录向谁出示、如何确认；当事人不愿查看的记为“未查看”",
                "show the certificates first and record to whom; a party who does not look is recorded as declined",
            ],
        ));
    }
    gates.extend(told(i, pack));
    gates
}

/// J1, R06: enough officers are present, each proven by the own key.
#[must_use]
pub fn present(i: &Inspection, pack: &Pack) -> Vec<Gate> {
    if i.present().len() >= pack.gates.minimum_officers.value as usize {
        return Vec::new();
    }
    vec![gate(
        "J1",
        "行政处罚法 42",
        ["到场执法人员不足两人", "fewer than two officers are present"],
        [
            "等待第二名执法人员到场（返回）并用其本人手机配对；其间只作不属于执法的记录",
            "wait until the second officer comes (back) and pairs with the own phone; meanwhile only notes",
        ],
    )]
}

/// J1: the notification of an inspection was told item by item, and how it was taken is recorded (R13).
#[must_use]
pub fn told(i: &Inspection, pack: &Pack) -> Vec<Gate> {
    let Some(delivery) = Delivery::of(i, pack, pack::Act::Inspection, None) else { return Vec::new() };
    let missing = delivery.untold.len();
    let mut gates = Vec::new();
    if missing > 0 {
        gates.push(gate(
            "J1",
            "行政处罚法 44、45；国办发〔2024〕54号",
            [&format!("告知事项还有 {missing} 项未告知"), &format!("{missing} items of the notification were not told")],
            ["逐项宣读或出示", "read them aloud or show them, item by item"],
        ));
    } else if delivery.taken.is_none() {
        gates.push(gate(
            "J1",
            "行政处罚法 44、45",
            ["尚未记录当事人如何确认告知", "how the party took the notification is not recorded"],
            ["记录签名、口头、拒绝或不在场", "record signed, oral, refused or absent"],
        ));
    }
    gates
}

/// R13: the notification of another act was told since, item by item, and its taking recorded.
#[must_use]
pub fn told_of(i: &Inspection, pack: &Pack, act: pack::Act, since: super::At) -> Vec<Gate> {
    if Delivery::of(i, pack, act, Some(since)).is_none_or(|d| d.untold.is_empty() && d.taken.is_some()) {
        return Vec::new();
    }
    vec![gate(
        "R13",
        "行政处罚法 44、45、55",
        ["该行为的告知事项尚未逐项告知并确认", "the notification of this act was not told item by item and taken"],
        ["逐项宣读或出示，记录如何确认", "read it aloud or show it item by item, and record how it was taken"],
    )]
}

/// P7: the credential was not renewed for longer than the pack allows.
fn badge_stale() -> Gate {
    gate(
        "J1",
        "行政处罚法 55",
        ["电子凭证过期未续，已超过允许的天数", "the badge credential was not renewed for longer than allowed"],
        ["联网同步以更新凭证；或者只出示实体证并由另一名执法人员开始", "sync to renew it"],
    )
}

/// J2: an assistant never signs as an officer.
#[must_use]
pub fn sign_as_officer(i: &Inspection, number: &str) -> Vec<Gate> {
    if i.present().iter().any(|o| o.number == number) {
        return Vec::new();
    }
    vec![gate(
        "J2",
        "行政处罚法 42",
        ["签名人不是到场的执法人员", "the signer is no officer who is present"],
        ["由到场的执法人员本人签名；协助人员不得代签", "an officer who is present signs; an assistant never does"],
    )]
}

/// J5: start < end, place, two officers' signatures with numbers, and the party's signature or a refusal with reason. Who signs another
/// paper than the record is what its form says.
#[must_use]
pub fn finish_paper(i: &Inspection, paper: &PaperState, pack: &Pack) -> Vec<Gate> {
    let mut gates = Vec::new();
    let word = if paper.is_record() { ["笔录", "record"] } else { ["文书", "paper"] };
    if paper.presented.is_none() {
        gates.push(gate(
            "J5",
            "传染病防治法 96",
            [&format!("{}尚未交当事人核对", word[0]), &format!("the {} was not laid before the party", word[1])],
            [&format!("先生成并出示{}", word[0]), &format!("make the {} and show it", word[1])],
        ));
    }
    let form = pack.form(paper.form_id()).filter(|_| !paper.is_record());
    gates.extend(signed(i, paper, pack, form, word));
    // A recording runs on while the record is read over; a copy is no new evidence.
    if paper.is_record()
        && i.evidence.iter().filter(|e| e.part.is_none() && e.derived.is_none()).any(|e| {
            e.at.ms > paper.facts_at.ms && e.at.entry.log == paper.facts_at.entry.log && e.at.entry.seq > paper.facts_at.entry.seq
        })
    {
        gates.push(gate(
            "J19",
            "行政诉讼证据规定 60",
            ["笔录形成后又拍摄了照片，笔录未列入", "photographs were taken after the record was made"],
            ["重新生成笔录，再核对签名", "make the record anew, then sign"],
        ));
    }
    gates
}

/// The signatures that a paper needs.
fn signed(i: &Inspection, paper: &PaperState, pack: &Pack, form: Option<&Form>, word: [&str; 2]) -> Vec<Gate> {
    let mut gates = Vec::new();
    let asks = |signers: &[Signer]| form.is_none_or(|f| f.signers.iter().any(|s| signers.contains(s)));
    let counts = |number: &String| organ::counts(i, pack, paper, number);
    let officers = paper.signatures.iter().filter(|s| s.role != SignRole::Party && s.number.as_ref().is_some_and(counts)).count();
    if asks(&[Signer::Officers, Signer::Handlers]) && officers < pack.gates.minimum_officers.value as usize {
        gates.push(gate(
            "J5",
            "行政处罚法 42、55",
            [&format!("{}缺少两名执法人员签名", word[0]), "two officers' signatures are missing"],
            ["两名执法人员分别签名", "both officers sign"],
        ));
    }
    let signed = paper.signatures.iter().any(|s| s.role == SignRole::Party);
    match &paper.refusal {
        _ if !asks(&Signer::HEARD) => {}
        None if !signed => gates.push(gate(
            "J5",
            "传染病防治法 96；行政诉讼证据规定 15",
            ["当事人既未签名，也未记录拒签原因", "neither the party's signature nor a refusal"],
            [
                "请当事人签名，或者记录拒签、不能签、不在场及原因",
                "have the party sign, or record refusal, inability or absence with its reason",
            ],
        )),
        Some(r) if r.reason.trim().is_empty() => gates.push(gate(
            "J5",
            "行政诉讼证据规定 15",
            ["拒签没有写明原因", "the refusal has no reason"],
            ["写明原因", "write the reason down"],
        )),
        Some(r) if r.why == NoSignature::Absent && r.witness.is_none() => gates.push(gate(
            "J5",
            "行政强制法 18",
            ["当事人不在场，缺少见证人", "the party is absent and there is no witness"],
            ["邀请见证人签名，例如基层组织代表", "ask a witness, for instance of the village committee"],
        )),
        _ => {}
    }
    gates
}

/// J32: a paper's number comes from the task, is used once, and only by the phone that leads.
#[must_use]
pub fn number(i: &Inspection, me: &str, free: bool) -> Vec<Gate> {
    let leads = i.led_by(me);
    if leads && free {
        return Vec::new();
    }
    let missing = if leads {
        ["任务没有这种文书的可用编号", "the task has no number left for this form"]
    } else {
        ["编号由主办人的手机使用", "the numbers belong to the lead's phone"]
    };
    vec![gate(
        "J32",
        "卫生行政执法文书规范",
        missing,
        [
            "由主办人的手机制作；编号用完的，请机关补发号段后同步",
            "the lead's phone makes the paper; when none is left, have the office send more and sync",
        ],
    )]
}

/// J5: a paper that names a beginning and an end has them in that order.
#[must_use]
pub fn times(facts: &serde_json::Value) -> Vec<Gate> {
    let ms = |field: &str| facts.pointer(&format!("/fields/{field}/ms")).and_then(serde_json::Value::as_i64);
    match (ms("started"), ms("ended")) {
        (Some(started), Some(ended)) if started >= ended => vec![gate(
            "J5",
            "行政诉讼证据规定 15",
            ["结束时间不晚于开始时间", "the end is not after the beginning"],
            ["核对起止时间", "check both times"],
        )],
        _ => Vec::new(),
    }
}

/// J32: only a number of the task is voided, once, with its reason, and never one that stands on a finished paper.
#[must_use]
pub fn void_number(i: &Inspection, form: &str, number: &str, reason: &str) -> Vec<Gate> {
    let of_task = i.task.as_ref().is_some_and(|t| {
        let record = form == PaperState::RECORD && t.numbers.iter().any(|n| n == number);
        let stock = i.stock().iter().any(|n| n.stock.name() == form && n.number == number && n.used.is_none());
        record || stock || t.form_numbers.get(form).is_some_and(|all| all.iter().any(|n| n == number))
    });
    let voided = i.voided.iter().any(|v| v.form == form && v.number == number);
    let used = i.papers.iter().any(|p| p.form_id() == form && p.number() == number && p.finished.is_some());
    if of_task && !voided && !used && !reason.trim().is_empty() {
        return Vec::new();
    }
    vec![gate(
        "J32",
        "卫生行政执法文书规范",
        [
            "只能作废本任务尚未用于完成文书的编号，并写明原因",
            "only a number of this task that stands on no finished paper is voided, with its reason",
        ],
        ["核对文书种类和编号，写明作废原因", "check form and number and give the reason"],
    )]
}

/// J33: a paper speaks in the name of one organ, that of the subject which acts.
#[must_use]
pub fn named(known: bool) -> Vec<Gate> {
    if known {
        return Vec::new();
    }
    vec![gate(
        "J33",
        "传染病防治法 93；行政处罚法 17",
        ["该事项属于另一执法主体，任务没有写明其名称", "the item belongs to another legal subject, which the task does not name"],
        [
            "请科室在任务中写明该执法主体后同步；两个主体分别制作文书",
            "have the office name that subject in the task and sync; two subjects make separate papers",
        ],
    )]
}

/// J24: a correction changes something, names the old text as it stands, and is initialled.
#[must_use]
pub fn correct(i: &Inspection, item: &str, old: &str, new: &str, initials: &[String]) -> Vec<Gate> {
    let stands = i.answers.get(item).is_some_and(|a| a.note == old);
    if stands && old != new && !initials.is_empty() {
        return Vec::new();
    }
    vec![gate(
        "J24",
        "卫生行政执法文书规范",
        ["更正须写明原文、新文并由当事人签认", "a correction names the old text as it stands, the new text, and is initialled"],
        ["核对原文，填写新文，请当事人在更正处签认", "check the old text, write the new one and have it initialled"],
    )]
}

/// J33: where a visit concerns two legal subjects the record of each is finished before the end. `open`: organs whose record is not.
#[must_use]
pub fn records(open: &[String]) -> Vec<Gate> {
    if open.is_empty() {
        return Vec::new();
    }
    vec![gate(
        "J33",
        "传染病防治法 93；行政处罚法 17",
        [
            &format!("{}的检查笔录尚未完成", open.join("、")),
            &format!("the record in the name of {} is not finished", open.join(", ")),
        ],
        ["涉及两个执法主体的，分别制作并完成现场检查笔录", "where two legal subjects act, make and finish a record for each"],
    )]
}

/// J24: a correction on a paper names what stands there, what shall stand there, and who initialled it.
#[must_use]
pub fn correct_paper(old: &str, new: &str, initials: &[String]) -> Vec<Gate> {
    if old != new && !initials.is_empty() && initials.iter().all(|name| !name.trim().is_empty()) {
        return Vec::new();
    }
    vec![gate(
        "J24",
        "卫生行政执法文书规范",
        ["更正须与原文不同并由当事人签认", "a correction differs from the old text and is initialled"],
        ["填写新文，请当事人在更正处签认", "write the new text and have it initialled"],
    )]
}

/// J5: where the form asks for it the party signs at the foot of each page.
#[must_use]
pub fn each_page(signed: usize, of: usize) -> Vec<Gate> {
    if signed == of {
        return Vec::new();
    }
    vec![gate(
        "J5",
        "卫生行政执法文书规范",
        [
            &format!("本文书须逐页签名：共{of}页，已签{signed}页"),
            &format!("each page of this paper is signed: {of} pages, {signed} signatures"),
        ],
        ["请当事人在每一页下方签名", "have the party sign at the foot of each page"],
    )]
}

/// J20: a local file may go only after a verified receipt that the office opened it.
#[must_use]
pub fn delete_local(opened: bool) -> Vec<Gate> {
    if opened {
        return Vec::new();
    }
    vec![gate(
        "J20",
        "海沧三项制度 三(二)3",
        ["机关尚未开封核对该文件", "the office has not opened and compared this file"],
        ["保持联网，收到机关的“已开封”回执后再删除", "keep syncing; delete after the office's receipt"],
    )]
}

/// R28: a finding names its evidence, or says on purpose that there is none.
#[must_use]
pub fn find(evidence: &[String], unproven: bool) -> Vec<Gate> {
    if !evidence.is_empty() || unproven {
        return Vec::new();
    }
    vec![gate(
        "R28",
        "行政处罚法 40；国办发〔2018〕118号",
        ["这一事实没有证据", "no evidence is named for this fact"],
        [
            "指明证据；确实没有的，确认后继续，笔录标明“未附证据”",
            "name the evidence; without any, confirm it and the record is marked so",
        ],
    )]
}

/// R25: only who has the evidence hands it over, to another officer, with a reason.
#[must_use]
pub fn hand_over(i: &Inspection, evidence: &[String], from: &OfficerRef, to: &OfficerRef, reason: &str) -> Vec<Gate> {
    let known = i.task.iter().flat_map(|t| &t.officers).chain(i.arrived.iter().map(|(o, ..)| o)).any(|o| o.number == to.number);
    let mine = evidence.iter().all(|e| i.holder(e).is_some_and(|h| h.number == from.number));
    if !evidence.is_empty() && mine && known && to.number != from.number && !reason.trim().is_empty() {
        return Vec::new();
    }
    vec![gate(
        "R25",
        "国办发〔2018〕118号 三(二)",
        [
            "移交须由现保管人作出，写明证据、接收的执法人员和原因",
            "the present holder hands over, and names the evidence, the officer who receives it, and the reason",
        ],
        ["由现保管人在其本人手机上移交", "the present holder hands it over on the own phone"],
    )]
}

/// R19, J22: no recording is left open, and what had to be recorded was, or says why not. `now` on the steady clock of the case.
#[must_use]
pub fn recorded(i: &Inspection, pack: &Pack, now: i64) -> Vec<Gate> {
    let mut gates = Vec::new();
    if i.recordings.iter().any(|r| r.ended.is_none()) {
        gates.push(gate(
            "R19",
            "国办发〔2018〕118号 三(二)",
            ["有录音录像没有结束，或者中断没有说明", "a recording was not ended, or its interruption not explained"],
            ["结束录制；被系统中断的，写明原因", "end it; if the system broke it off, say why"],
        ));
    }
    let gaps = i.gaps(pack, now);
    if !gaps.is_empty() {
        let zone = i.opened.map_or(480, |a| a.zone_min);
        let list: Vec<String> =
            gaps.iter().take(3).map(|g| format!("{}–{}", clock(g.from_ms, zone), clock(g.to_ms, zone))).collect();
        let (list, n) = (list.join("、"), gaps.len());
        gates.push(gate(
            "J22",
            "国办发〔2018〕118号 三(二)",
            [
                &format!("必录环节有 {n} 处没有录音录像，也没有说明：{list}"),
                &format!("{n} times of a scene that must be recorded have neither recording nor reason: {list}"),
            ],
            ["逐处写明中断原因，必要时以文书补记", "give the reason of each; make up for it in writing where needed"],
        ));
    }
    gates
}

/// A time of day to the second.
fn clock(ms: i64, zone_min: i32) -> String {
    let s = (ms.div_euclid(1000) + i64::from(zone_min) * 60).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// J5 on a paper that was signed by hand: two officers who are present, and the party or its refusal.
#[must_use]
pub fn signed_by_hand(i: &Inspection, pack: &Pack, p: &PaperState, signed: &[String]) -> Vec<Gate> {
    let counts = |o: &OfficerRef| signed.contains(&o.name) && organ::counts(i, pack, p, &o.number);
    let officers = i.arrived.iter().filter(|(o, ..)| counts(o)).count();
    let known = |name: &String| i.arrived.iter().any(|(o, ..)| o.name == *name) || i.assistants.iter().any(|a| a.name == *name);
    let party = p.refusal.is_some() || signed.iter().any(|name| !name.trim().is_empty() && !known(name));
    if officers >= 2 && party {
        return Vec::new();
    }
    vec![gate(
        "J5",
        "行政处罚法 55；行政诉讼证据规定 15",
        [
            "纸质文书须有两名在场执法人员签名，当事人签名或者已记录拒签",
            "the sheets need two officers who are present, and the party or its refusal",
        ],
        [
            "写明在纸上签名的人；当事人不签的，先记录拒签",
            "name who signed on the sheets; if the party does not sign, record the refusal first",
        ],
    )]
}

/// Closing: record finished, departure recorded, an outside witness that was really there, or a reason (P5, R27). `received`: the office has given a
/// receipt for a checkpoint with entries of the case.
#[must_use]
pub fn close(i: &Inspection, witness: super::Witness, reason: Option<&str>, received: bool) -> Vec<Gate> {
    let mut gates = Vec::new();
    if i.record().is_none_or(|p| p.finished.is_none() && i.inked(p).is_none()) {
        gates.push(gate(
            "J5",
            "行政处罚法 55",
            ["检查笔录尚未完成", "the record is not finished"],
            ["完成笔录的签名或者拒签记录", "finish signing or record the refusal"],
        ));
    }
    if i.left.is_none() {
        gates.push(gate(
            "R27",
            "国办发〔2024〕54号",
            ["尚未记录离场", "departure is not recorded"],
            ["记录离场时间", "record the departure"],
        ));
    }
    if i.evidence.iter().any(|e| e.state == "unchecked") {
        gates.push(gate(
            "J19",
            "行政诉讼证据规定 12",
            ["有照片尚未检验", "a photograph was not checked"],
            ["等待检验完成", "wait for the check"],
        ));
    }
    let witnessed = match witness {
        super::Witness::Peer => !i.cosigned.is_empty(),
        super::Witness::Party => !i.taken.is_empty(),
        super::Witness::Office => received,
        super::Witness::None => true,
    };
    if !witnessed {
        gates.push(gate(
            "P5",
            "电子签名法 13",
            ["所称的外部见证没有记录", "the outside witness that is named was not recorded"],
            [
                "请第二名执法人员手机见证、当事人扫描校验码或收取文书并记录；确实没有的选“无”并说明原因",
                "let the second phone witness, or record that the party took the code or paper; if there is none, say so and why",
            ],
        ));
    }
    if witness == super::Witness::None && reason.is_none_or(|r| r.trim().is_empty()) {
        gates.push(gate(
            "P5",
            "电子签名法 13",
            ["没有外部见证，也没有说明原因", "no outside witness and no reason"],
            [
                "请第二名执法人员手机见证、把校验码交当事人，或者写明原因",
                "let the second phone or the party witness, or give the reason",
            ],
        ));
    }
    gates
}
