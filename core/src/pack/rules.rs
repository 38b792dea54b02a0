//! What must hold inside every pack, whether it was just written or came signed from an office.

use std::collections::BTreeSet;

use super::{
    Basis, COMMON_IMPORT, Checklist, Form, Item, Language, Pack, Parameter, RightsText, SCHEMA, Source, SourceKind, SourceStatus,
    Step, Text, slots,
};
use crate::calendar::{Day, Year};

/// Something wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Row id; `id/en` for the English side of a notification; empty for the pack itself.
    pub row: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// Kinds of [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Another data model.
    WrongSchema(u32),
    /// The first day lies after the last.
    ValidityReversed,
    /// An id is not `[a-z0-9-]`, 1 to 64 characters.
    BadId,
    /// Two rows share an id.
    DuplicateId,
    /// A row names no source.
    MissingSource,
    /// A row names a source that is not there.
    UnknownSource(String),
    /// An item names a subject that is not there.
    UnknownSubject(String),
    /// A text is empty in one language.
    MissingText(Language),
    /// A notification has no text in one language.
    MissingLanguage(Language),
    /// The languages of a notification differ in items, version or basis.
    NotParallel(Language),
    /// A slot is badly written.
    BadSlot,
    /// The languages of a text have different slots.
    SlotsDiffer,
    /// Items are not numbered 1, 2, 3, …
    Numbering(u32),
    /// An item allows no answer, or one twice.
    Results,
    /// A measure has no limit.
    NoLimit,
    /// The lower limit lies above the upper.
    LimitsReversed,
    /// A form requires no facts, or one twice.
    RequiredFacts,
    /// A form has an empty template.
    EmptyTemplate,
    /// A day of the calendar contradicts another or lies outside the year; a work day that is no weekend.
    CalendarDay(Day),
    /// A year twice in one layer.
    YearTwice(u16),
    /// Steps are missing or out of order.
    Steps,
    /// Fewer than two officers (行政处罚法 42).
    TooFewOfficers,
    /// A row rests on memory alone and does not say that it is illustrative.
    UnmarkedMemory,
    /// A scene ends before it begins, or names a kind of inspection that does not exist.
    Scene,
    /// Something must be recorded, but no reason of an interruption is listed.
    NoReasons,
    /// A source ends before it begins.
    SourceDays,
    /// A row rests on a source that is not in force while the pack is valid (J13).
    OutOfForce(String),
    /// A penalty, a measure or a duty rests on a source whose rank does not allow it: a 规范性文件, a notice (J13, R33).
    NotABasis(String),
    /// A row names an item that is not there, is only inspected, or is another subject's.
    UnknownItem(String),
    /// A row names another that is not there.
    UnknownRow(String),
    /// A tier names no statutory range of its item.
    UnknownBand(String),
    /// What is imposed says nothing, something twice, or a fine that does not fit.
    Penalty,
    /// An item lacks its duty, its clause or its statutory range, or has one that its kind cannot have.
    ItemIncomplete,
    /// A row of discretion has no tiers.
    NoTiers,
    /// A tier imposes what the statute does not (J14).
    OutsideStatutory,
    /// Two tiers of one row hold for the same facts.
    TiersOverlap(String),
    /// A line of the three lists proves nothing, or lets go without education (处罚法 33).
    Needs,
    /// A period stands twice, is no period, or follows a case file that has none.
    Retention,
    /// What is published names a clock that is not there, or stands twice.
    UnknownClock(String),
    /// Publication does not mask or keep back what the law keeps back (J25).
    Unmasked,
    /// An amount stands twice, or a review asks for one that is not there.
    Threshold,
    /// A template reaches outside the pack: packages, files, plugins.
    TemplateReaches(String),
    /// A clock without length, with an alarm before its beginning or one twice.
    ClockLength,
    /// An extension in another kind of unit, without length, or of a clock that is none to be met.
    ClockExtension,
    /// A form's field has a bad name, or one twice.
    FieldName(String),
    /// A form's field does not fit its kind.
    FieldShape(String),
    /// A form names a 救济途径 that is not there.
    UnknownRemedy(String),
    /// The pattern of a form's number cannot be read.
    NumberPattern,
    /// A template imports the common part, and the pack has none.
    NoCommonPart,
    /// A word that the form may not hold is empty or stands in its template.
    ForbiddenWord(String),
}

impl FaultKind {
    /// What is wrong, and how to mend it.
    pub fn explain(&self) -> (Text, Text) {
        let (zh, en, mend_zh, mend_en) = match self {
            Self::WrongSchema(found) => (
                format!("数据模型版本是 {found}，本程序只认 {SCHEMA}"),
                format!("schema is {found}, this program knows {SCHEMA}"),
                format!("写 schema = {SCHEMA}，或换用相应版本的程序"),
                format!("write schema = {SCHEMA} or use the matching program"),
            ),
            Self::ValidityReversed => (
                "有效期倒置：起始日晚于截止日".into(),
                "validity reversed: the first day is after the last".into(),
                "对调或更正 valid_from 与 valid_until".into(),
                "correct valid_from and valid_until".into(),
            ),
            Self::BadId => (
                "行标识不合格式".into(),
                "bad row id".into(),
                "只用小写字母、数字和连字符，1 至 64 个字符".into(),
                "use lower-case letters, digits and hyphens, 1 to 64 characters".into(),
            ),
            Self::DuplicateId => (
                "行标识重复".into(),
                "duplicate row id".into(),
                "全包之内每行一个标识，给其中一行改名".into(),
                "every row of the pack needs its own id: rename one".into(),
            ),
            Self::MissingSource => (
                "没有写明依据".into(),
                "no source named".into(),
                "在 basis 中写“来源标识 条号”，例如 chufa-fa 55".into(),
                "write `source article` in basis, for instance chufa-fa 55".into(),
            ),
            Self::UnknownSource(id) => (
                format!("依据指向不存在的来源 {id}"),
                format!("the basis names the source {id}, which is not there"),
                "更正标识，或在 sources.toml 中补上这一来源".into(),
                "correct the id or add the source to sources.toml".into(),
            ),
            Self::UnknownSubject(id) => (
                format!("执法主体 {id} 不存在"),
                format!("the subject {id} is not there"),
                "更正标识，或在 pack.toml 中补上 [[subject]]".into(),
                "correct the id or add a [[subject]] to pack.toml".into(),
            ),
            Self::MissingText(language) => (
                format!("缺少 {} 文本", language.tag()),
                format!("the {} text is missing", language.tag()),
                "补上这一语言的文本".into(),
                "add the text in this language".into(),
            ),
            Self::MissingLanguage(language) => (
                format!("告知书没有 {} 文本", language.tag()),
                format!("the notification has no {} text", language.tag()),
                "补上这一语言的文件".into(),
                "add a file in this language".into(),
            ),
            Self::NotParallel(language) => (
                format!("告知书的 {} 文本与中文的条目、版本或依据不一致", language.tag()),
                format!("the {} text differs from the Chinese in items, version or basis", language.tag()),
                "两种语言的条目标识和顺序须相同".into(),
                "both languages need the same item ids in the same order".into(),
            ),
            Self::BadSlot => (
                "填空写法有误".into(),
                "badly written slot".into(),
                "写成 {name}，只用小写字母、数字和下划线".into(),
                "write {name} with lower-case letters, digits and underscores".into(),
            ),
            Self::SlotsDiffer => (
                "两种语言的填空不一致".into(),
                "the two languages have different slots".into(),
                "让两种语言用同样的填空".into(),
                "use the same slots in both languages".into(),
            ),
            Self::Numbering(expected) => (
                format!("序号不连续，此处应为 {expected}"),
                format!("numbers are not in sequence, expected {expected} here"),
                "从 1 起连续编号".into(),
                "number from 1 without gaps".into(),
            ),
            Self::Results => (
                "没有可选结果，或结果重复".into(),
                "no result allowed, or one twice".into(),
                "写明可选结果；留空表示四种都可".into(),
                "name the results; empty means all four".into(),
            ),
            Self::NoLimit => {
                ("测量项目没有限值".into(), "a measure without limit".into(), "写 min 或 max".into(), "write min or max".into())
            }
            Self::LimitsReversed => (
                "限值倒置：下限大于上限".into(),
                "limits reversed: min is above max".into(),
                "更正 min 与 max".into(),
                "correct min and max".into(),
            ),
            Self::RequiredFacts => (
                "文书没有必填事实，或必填事实重复".into(),
                "the form requires no facts, or one twice".into(),
                "在 required 中列出必填事实，每项一次".into(),
                "list the required facts once each".into(),
            ),
            Self::EmptyTemplate => {
                ("文书模板是空的".into(), "the template is empty".into(), "写好模板".into(), "write the template".into())
            }
            Self::CalendarDay(day) => (
                format!("日历中 {day} 矛盾：重复、不在该年，或补班日不是周末"),
                format!("calendar day {day} contradicts: twice, outside the year, or a work day that is no weekend"),
                "对照通知原文更正这一天".into(),
                "correct the day against the notice".into(),
            ),
            Self::YearTwice(year) => (
                format!("日历中 {year} 年重复"),
                format!("the calendar has {year} twice"),
                "每年只保留一份".into(),
                "keep one list a year".into(),
            ),
            Self::Steps => (
                "执法节点缺失、重复或次序不对".into(),
                "steps are missing, repeated or out of order".into(),
                "依次写：arrive pair badge rights checklist record sign leave".into(),
                "write in order: arrive pair badge rights checklist record sign leave".into(),
            ),
            Self::TooFewOfficers => (
                "执法人员少于两人（行政处罚法第四十二条）".into(),
                "fewer than two officers (Administrative Penalty Law Art. 42)".into(),
                "minimum_officers 至少写 2".into(),
                "write at least 2 for minimum_officers".into(),
            ),
            Self::UnmarkedMemory => (
                "依据只凭记忆，却没有标明仅为示例".into(),
                "rests on memory alone but is not marked illustrative".into(),
                "写 illustrative = true，或核对原文后把来源改为 law 或 page".into(),
                "write illustrative = true, or check the text and make the source law or page".into(),
            ),
            Self::Scene => (
                "录音录像环节起止倒置，或检查类型不存在".into(),
                "the scene ends before it begins, or names an unknown kind of inspection".into(),
                "按节点次序写 from 与 until；must_for 只写 routine special case".into(),
                "write from and until in the order of the steps; must_for takes routine special case".into(),
            ),
            Self::NoReasons => (
                "有必录环节，却没有中断原因".into(),
                "something must be recorded, but no reason of an interruption is listed".into(),
                "补上 [[recording.reason]]".into(),
                "add a [[recording.reason]]".into(),
            ),
            Self::SourceDays => (
                "来源的施行日晚于失效日".into(),
                "the source ends before it begins".into(),
                "更正 in_force_from 与 in_force_until".into(),
                "correct in_force_from and in_force_until".into(),
            ),
            Self::OutOfForce(id) => (
                format!("来源 {id} 在本包有效期内不是始终有效"),
                format!("the source {id} is not in force throughout the pack's validity"),
                "换成现行依据，或更正 in_force_from、in_force_until 与本包有效期".into(),
                "use the text in force, or correct in_force_from, in_force_until and the pack's validity".into(),
            ),
            Self::NotABasis(id) => (
                format!("{id} 不是法律、法规、规章，不能作为处罚、强制或者义务的依据"),
                format!("{id} is no law, regulation or rule: no penalty, measure or duty may rest on it"),
                "改引法律、法规、规章；规范性文件只作裁量来源".into(),
                "cite a law, regulation or rule; a normative document may only be the source of a tier".into(),
            ),
            Self::UnknownItem(id) => (
                format!("执法事项“{id}”不存在、只是检查事项或者属于另一主体"),
                format!("the item `{id}` is not there, is only inspected, or is another subject's"),
                "更正标识，或在 items.toml 中补上".into(),
                "correct the id or add it to items.toml".into(),
            ),
            Self::UnknownRow(id) => (
                format!("所引的行 {id} 不存在"),
                format!("the row {id} is not there"),
                "更正标识，或补上这一行".into(),
                "correct the id or add the row".into(),
            ),
            Self::UnknownBand(id) => (
                format!("该事项没有法定幅度 {id}"),
                format!("the item has no statutory range {id}"),
                "写 items.toml 中该事项 statutory 的标识".into(),
                "write the id of one of the item's statutory ranges in items.toml".into(),
            ),
            Self::Penalty => (
                "处罚种类为空、重复，或与罚款幅度不一致".into(),
                "the kinds are empty, repeated, or do not fit the fine".into(),
                "有罚款的写 fine 并写幅度，下限不高于上限；没有的都不写".into(),
                "write fine and its range together, the least not above the most; or neither".into(),
            ),
            Self::ItemIncomplete => (
                "执法事项缺少义务条款、罚则或者法定幅度，或写了这类事项没有的内容".into(),
                "the item lacks its duty, its clause or its statutory range, or has what its kind cannot have".into(),
                "处罚事项写 duty、penalty、statutory；检查事项写 duty；强制事项写 penalty".into(),
                "a penalty has duty, penalty and statutory; an inspection duty; coercion penalty".into(),
            ),
            Self::NoTiers => (
                "裁量基准没有阶次".into(),
                "the row has no tiers".into(),
                "至少写一个阶次".into(),
                "write at least one tier".into(),
            ),
            Self::OutsideStatutory => (
                "裁量阶次超出法定种类或者幅度".into(),
                "the tier lies outside the statutory kinds or range".into(),
                "对照 items.toml 中的法定幅度更正".into(),
                "correct it against the statutory range in items.toml".into(),
            ),
            Self::TiersOverlap(other) => (
                format!("与阶次 {other} 的适用条件重叠，同一事实得出两个结果"),
                format!("the conditions overlap with those of {other}: the same facts give two results"),
                "改写 facts，使各阶次互不重叠".into(),
                "write facts so that no two tiers hold together".into(),
            ),
            Self::Needs => (
                "三张清单的行没有写明须证明什么，或者不予处罚而没有教育".into(),
                "the row says not what must be proven, or lets go without education".into(),
                "在 needs 中写明；不予处罚的须含 education".into(),
                "name it in needs; no_penalty includes education".into(),
            ),
            Self::Retention => (
                "保存期限重复、不成期限，或者所随的案卷没有写期限".into(),
                "the period stands twice, is none, or follows a case file that has none".into(),
                "每类只写一行：months 1 至 1200、as_case_file 或者 permanent".into(),
                "one row a class: months 1 to 1200, as_case_file or permanent".into(),
            ),
            Self::UnknownClock(id) => (
                format!("公示期限 {id} 不存在，或者这种决定重复"),
                format!("the clock {id} is not there, or the decision stands twice"),
                "写 clocks.toml 中的标识，每种决定一行".into(),
                "write an id of clocks.toml, one row a decision".into(),
            ),
            Self::Unmasked => (
                "公示没有遮盖证件号码、电话、住址、账号，或者没有排除未成年人、涉嫌犯罪、涉密".into(),
                "identity numbers, telephones, addresses, accounts are not all masked, or minors, pending crimes, secrets not all kept back".into(),
                "补上缺少的 [[masked]]、[[never]]".into(),
                "add the missing [[masked]] and [[never]]".into(),
            ),
            Self::Threshold => (
                "数额标准重复、过大，或者审核目录所需的数额没有写".into(),
                "an amount stands twice or is too large, or the review catalogue asks for one that is not there".into(),
                "每一用途、对象、种类只写一个数额；较大数额须在 thresholds.toml 写明".into(),
                "one amount for each purpose, person and kind; write the large amounts in thresholds.toml".into(),
            ),
            Self::TemplateReaches(what) => (
                format!("模板用了 {what}，会伸到包外"),
                format!("the template uses {what}, which reaches outside the pack"),
                "模板只能用传入的事实和 Typst 自带功能".into(),
                "a template may use only the facts it is given and what Typst itself has".into(),
            ),
            Self::ClockLength => (
                "期限的长度或提醒不合理".into(),
                "the length or the alarms of the clock make no sense".into(),
                "length 写 1 至 1000；alarms 小于 length，各写一次".into(),
                "write a length of 1 to 1000, alarms below it, each once".into(),
            ),
            Self::ClockExtension => (
                "延长与期限不相配".into(),
                "the extension does not fit the clock".into(),
                "只有 rule = within 的期限可以延长；小时只能以小时延长".into(),
                "only clocks with rule = within are extended, and hours by hours".into(),
            ),
            Self::FieldName(id) => (
                format!("文书事实 {id} 名称不合格式或者重复"),
                format!("the fact {id} is badly named or stands twice"),
                "只用小写字母、数字和下划线，每份文书内各不相同".into(),
                "use lower-case letters, digits and underscores, each once in a form".into(),
            ),
            Self::FieldShape(id) => (
                format!("文书事实 {id} 与其种类不符，或者缺少名称的一种语言"),
                format!("the fact {id} does not fit its kind, or lacks its title in one language"),
                "choice 须有 option 行，items 与 people 须有 column 行（people 的首列为必填的 name），范围只用于 count 和清单，且不倒置".into(),
                "a choice needs options; items and people need columns (people begin with a required name); bounds are for counts and lists, and not reversed".into(),
            ),
            Self::UnknownRemedy(id) => (
                format!("救济途径 {id} 不存在"),
                format!("the remedy {id} is not there"),
                "更正标识，或在 remedies.toml 中补上".into(),
                "correct the id or add it to remedies.toml".into(),
            ),
            Self::NumberPattern => (
                "文号格式读不懂".into(),
                "the pattern of the number cannot be read".into(),
                "须有 {n}，可有 {area}、{year} 和补零位数，如 {area}卫公罚〔{year}〕{n}号、{year}-{n:4}".into(),
                "it needs {n} and may have {area}, {year} and a width, as in {year}-{n:4}".into(),
            ),
            Self::NoCommonPart => (
                "模板引用公用部分，而包内没有".into(),
                "the template imports the common part, and the pack has none".into(),
                "在 forms.toml 写 common = \"forms/gongyong.typ\"".into(),
                "write common = \"forms/gongyong.typ\" in forms.toml".into(),
            ),
            Self::ForbiddenWord(word) => (
                format!("本文书禁用的词“{word}”为空，或者出现在模板中"),
                format!("the forbidden word {word} is empty or stands in the template"),
                "改写模板，或更正 forbidden".into(),
                "rewrite the template or correct forbidden".into(),
            ),
        };
        (Text { zh, en }, Text { zh: mend_zh, en: mend_en })
    }
}

impl Pack {
    /// Everything that must hold and does not. A pack with faults is never used.
    pub fn faults(&self) -> Vec<Fault> {
        // Rows of an older law stay for acts that were done under it, and so do their items (处罚法 37).
        let rows = self.discretion.iter().filter_map(|row| self.discretion_row(row.replaces.as_deref()?));
        let mut check = Check {
            pack: self,
            sources: self.sources.iter().map(|row| row.id.as_str()).collect(),
            older: rows.flat_map(|row| [row.id.as_str(), row.item.as_str()]).collect(),
            faults: Vec::new(),
        };
        check.pack();
        check.faults
    }

    /// Further rules for those who write packs; a pack without these faults is still usable.
    pub fn advice(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        let items = self.checklists.iter().flat_map(|list| &list.items);
        let items = items.map(|row| (&row.id, &row.basis, row.illustrative));
        let numbers = self.parameters();
        let numbers = numbers.iter().map(|row| (&row.id, &row.basis, row.illustrative));
        let scenes = self.recording.iter().flat_map(|r| &r.scenes).map(|row| (&row.id, &row.basis, row.illustrative));
        let clocks = self.clocks.iter().map(|row| (&row.id, &row.basis, row.illustrative));
        let memory = |b: &Basis| self.source(&b.source).is_none_or(|source| source.status == SourceStatus::Memory);
        for (id, basis, illustrative) in items.chain(numbers).chain(scenes).chain(clocks) {
            if !illustrative && basis.iter().all(memory) {
                found.push(Fault { row: id.clone(), kind: FaultKind::UnmarkedMemory });
            }
        }
        for row in self.law_rows() {
            let hides = row.basis.is_some_and(|basis| basis.into_iter().all(memory));
            if !row.illustrative && hides {
                found.push(Fault { row: row.id.to_owned(), kind: FaultKind::UnmarkedMemory });
            }
        }
        let templates = self.forms.iter().map(|form| (form.id.as_str(), form.template.replace(COMMON_IMPORT, "")));
        for (id, template) in templates.chain(self.forms_common.clone().map(|common| ("", common))) {
            // Typst itself runs in a world without files or packages; this names the mistake early.
            for call in ["#import", "#include", "read(", "image(\"", "plugin(", "@preview"] {
                if template.contains(call) {
                    found.push(Fault { row: id.to_owned(), kind: FaultKind::TemplateReaches(call.to_owned()) });
                }
            }
        }
        found
    }

    fn parameters(&self) -> Vec<&Parameter> {
        let mut all = vec![
            &self.gates.minimum_officers,
            &self.gates.upload_hours,
            &self.gates.yearly_cap,
            &self.gates.daily_retention_months,
            &self.badge.stale_limit_days,
        ];
        all.extend(&self.gates.contact_days);
        all.extend(self.recording.iter().flat_map(|r| [&r.gap_seconds, &r.edge_seconds]));
        all
    }
}

pub(super) struct Check<'a> {
    pub(super) pack: &'a Pack,
    sources: BTreeSet<&'a str>,
    older: BTreeSet<&'a str>,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    pub(super) fn fault(&mut self, row: &str, kind: FaultKind) {
        self.faults.push(Fault { row: row.to_owned(), kind });
    }

    fn pack(&mut self) {
        let pack = self.pack;
        if pack.schema != SCHEMA {
            self.fault("", FaultKind::WrongSchema(pack.schema));
        }
        if pack.valid_from > pack.valid_until {
            self.fault("", FaultKind::ValidityReversed);
        }
        if !good_id(&pack.id) {
            self.fault("", FaultKind::BadId);
        }
        self.text("", &pack.title);
        for note in &pack.notes {
            self.text("", note);
        }
        self.ids();
        for row in &pack.sources {
            self.text(&row.id, &row.title);
            if row.in_force_from.zip(row.in_force_until).is_some_and(|(from, until)| from > until) {
                self.fault(&row.id, FaultKind::SourceDays);
            }
        }
        for row in &pack.subjects {
            self.text(&row.id, &row.title);
            self.basis(&row.id, &row.basis);
        }
        for list in &pack.checklists {
            self.checklist(list);
        }
        for row in &pack.scripts {
            self.text(&row.id, &row.title);
            self.text(&row.id, &row.text);
            self.basis(&row.id, &row.basis);
        }
        self.rights();
        for row in &pack.remedies {
            self.text(&row.id, &row.document);
            self.text(&row.id, &row.text);
            self.basis(&row.id, &row.basis);
        }
        for form in &pack.forms {
            self.form(form);
        }
        self.years(&pack.calendar.national);
        for region in &pack.calendar.regions {
            self.text(&region.id, &region.title);
            self.years(&region.years);
        }
        self.text("", &pack.badge.aid_label);
        self.text("", &pack.badge.complaint);
        self.basis("", &pack.badge.basis);
        for row in pack.parameters() {
            self.basis(&row.id, &row.basis);
        }
        if pack.gates.minimum_officers.value < 2 {
            self.fault(&pack.gates.minimum_officers.id, FaultKind::TooFewOfficers);
        }
        for node in &pack.nodes {
            self.text(&node.id, &node.title);
            self.basis(&node.id, &node.basis);
        }
        if !pack.nodes.iter().map(|node| node.step).eq(Step::ALL) {
            let row = pack.nodes.first().map_or("", |node| node.id.as_str());
            self.fault(row, FaultKind::Steps);
        }
        self.recording();
        self.clocks();
        for row in pack.law_rows() {
            for text in &row.texts {
                self.text(row.id, text);
            }
            if let Some(basis) = &row.basis {
                let basis: Vec<Basis> = basis.iter().map(|b| (*b).clone()).collect();
                self.basis(row.id, &basis);
            }
        }
        self.items();
        self.discretion();
        self.leniency();
        self.powers();
        self.review();
        self.thresholds();
        self.retention();
        self.publicity();
    }

    /// Every basis has a rank that may carry the row.
    pub(super) fn ranked(&mut self, row: &str, basis: &[Basis], may: impl Fn(SourceKind) -> bool) {
        for one in basis {
            if self.pack.source(&one.source).is_some_and(|source| !source.kind.is_some_and(&may)) {
                self.fault(row, FaultKind::NotABasis(one.source.clone()));
            }
        }
    }

    fn recording(&mut self) {
        let pack = self.pack;
        let Some(rules) = &pack.recording else { return };
        for row in &rules.scenes {
            self.text(&row.id, &row.title);
            self.basis(&row.id, &row.basis);
            if row.from >= row.until || !row.must_for.iter().all(|k| ["routine", "special", "case"].contains(&k.as_str())) {
                self.fault(&row.id, FaultKind::Scene);
            }
            if !row.must_for.is_empty() && rules.reasons.is_empty() {
                self.fault(&row.id, FaultKind::NoReasons);
            }
        }
        for row in &rules.reasons {
            self.text(&row.id, &row.title);
            self.basis(&row.id, &row.basis);
        }
    }

    /// Every id is well written and used once; the languages of a notification share theirs.
    fn ids(&mut self) {
        let pack = self.pack;
        let mut ids: Vec<String> = Vec::new();
        ids.extend(pack.sources.iter().map(|row| row.id.clone()));
        ids.extend(pack.subjects.iter().map(|row| row.id.clone()));
        for list in &pack.checklists {
            ids.push(list.id.clone());
            ids.extend(list.items.iter().map(|row| row.id.clone()));
        }
        ids.extend(pack.scripts.iter().map(|row| row.id.clone()));
        for text in &pack.rights {
            ids.push(place(&text.id, &text.language));
            let items = text.items.iter();
            ids.extend(items.map(|row| place(&row.id, &text.language)));
        }
        ids.extend(pack.remedies.iter().map(|row| row.id.clone()));
        ids.extend(pack.forms.iter().map(|row| row.id.clone()));
        ids.extend(pack.calendar.national.iter().map(|row| row.id.clone()));
        for region in &pack.calendar.regions {
            ids.push(region.id.clone());
            ids.extend(region.years.iter().map(|row| row.id.clone()));
        }
        ids.extend(pack.parameters().iter().map(|row| row.id.clone()));
        ids.extend(pack.nodes.iter().map(|row| row.id.clone()));
        if let Some(rules) = &pack.recording {
            ids.extend(rules.scenes.iter().map(|row| row.id.clone()));
            ids.extend(rules.reasons.iter().map(|row| row.id.clone()));
        }
        ids.extend(pack.clocks.iter().map(|row| row.id.clone()));
        ids.extend(pack.law_rows().iter().map(|row| row.id.to_owned()));
        let mut seen = BTreeSet::new();
        for id in ids {
            if !good_id(id.split_once('/').map_or(id.as_str(), |(id, _)| id)) {
                self.fault(&id, FaultKind::BadId);
            }
            if !seen.insert(id.clone()) {
                self.fault(&id, FaultKind::DuplicateId);
            }
        }
    }

    pub(super) fn text(&mut self, row: &str, text: &Text) {
        for (words, language) in [(&text.zh, Language::ZhHans), (&text.en, Language::En)] {
            if words.trim().is_empty() {
                self.fault(row, FaultKind::MissingText(language));
            }
        }
        match (slots(&text.zh), slots(&text.en)) {
            (Some(zh), Some(en)) if zh == en => {}
            (Some(_), Some(_)) => self.fault(row, FaultKind::SlotsDiffer),
            _ => self.fault(row, FaultKind::BadSlot),
        }
    }

    pub(super) fn basis(&mut self, row: &str, basis: &[Basis]) {
        if basis.is_empty() {
            self.fault(row, FaultKind::MissingSource);
        }
        let pack = self.pack;
        let named: BTreeSet<&str> = basis.iter().map(|one| one.source.as_str()).collect();
        for id in named {
            match pack.source(id) {
                None => self.fault(row, FaultKind::UnknownSource(id.to_owned())),
                Some(source) if !self.older.contains(row) && !self.lasts(source) => {
                    self.fault(row, FaultKind::OutOfForce(id.to_owned()));
                }
                Some(_) => {}
            }
        }
    }

    /// In force on every day of the pack.
    fn lasts(&self, source: &Source) -> bool {
        let reversed = self.pack.valid_from > self.pack.valid_until;
        reversed || (source.in_force_on(self.pack.valid_from) && source.in_force_on(self.pack.valid_until))
    }

    fn checklist(&mut self, list: &Checklist) {
        self.text(&list.id, &list.title);
        for (item, expected) in list.items.iter().zip(1u32..) {
            if item.no != expected {
                self.fault(&item.id, FaultKind::Numbering(expected));
            }
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        self.text(&item.id, &item.text);
        self.basis(&item.id, &item.basis);
        if !self.pack.subjects.iter().any(|row| row.id == item.subject) {
            self.fault(&item.id, FaultKind::UnknownSubject(item.subject.clone()));
        }
        let distinct: BTreeSet<_> = item.results.iter().collect();
        if item.results.is_empty() || distinct.len() != item.results.len() {
            self.fault(&item.id, FaultKind::Results);
        }
        if let Some(note) = &item.note {
            self.text(&item.id, note);
        }
        if let Some(measure) = &item.measure {
            self.text(&item.id, &measure.quantity);
            match (&measure.min, &measure.max) {
                (None, None) => self.fault(&item.id, FaultKind::NoLimit),
                (Some(min), Some(max)) if min > max => {
                    self.fault(&item.id, FaultKind::LimitsReversed);
                }
                _ => {}
            }
        }
    }

    fn rights(&mut self) {
        let pack = self.pack;
        for text in &pack.rights {
            let row = place(&text.id, &text.language);
            if text.title.trim().is_empty() || text.items.is_empty() {
                self.fault(&row, FaultKind::MissingText(text.language.clone()));
            }
            for item in &text.items {
                let row = place(&item.id, &text.language);
                if item.text.trim().is_empty() {
                    self.fault(&row, FaultKind::MissingText(text.language.clone()));
                }
                if slots(&item.text).is_none() {
                    self.fault(&row, FaultKind::BadSlot);
                }
                // The other languages have the same basis, see `parallel`.
                if text.language == Language::ZhHans {
                    self.basis(&row, &item.basis);
                }
            }
            for language in Language::REQUIRED {
                let same = |other: &&RightsText| other.id == text.id && other.language == language;
                if !pack.rights.iter().any(|other| same(&other)) {
                    self.fault(&row, FaultKind::MissingLanguage(language));
                }
            }
            let chinese = |other: &&RightsText| other.id == text.id && other.language == Language::ZhHans;
            if let Some(zh) = pack.rights.iter().find(chinese) {
                self.parallel(zh, text);
            }
        }
    }

    fn parallel(&mut self, zh: &RightsText, text: &RightsText) {
        let different = zh.version != text.version
            || zh.act != text.act
            || zh.items.len() != text.items.len()
            || !zh.items.iter().zip(&text.items).all(|(a, b)| a.id == b.id && a.basis == b.basis);
        if different {
            let row = place(&text.id, &text.language);
            self.fault(&row, FaultKind::NotParallel(text.language.clone()));
            return;
        }
        for (a, b) in zh.items.iter().zip(&text.items) {
            if slots(&a.text) != slots(&b.text) {
                let row = place(&b.id, &text.language);
                self.fault(&row, FaultKind::SlotsDiffer);
            }
        }
    }

    fn form(&mut self, form: &Form) {
        self.text(&form.id, &form.title);
        self.basis(&form.id, &form.basis);
        let distinct: BTreeSet<_> = form.required.iter().collect();
        if form.required.is_empty() || distinct.len() != form.required.len() {
            self.fault(&form.id, FaultKind::RequiredFacts);
        }
        if form.template.trim().is_empty() {
            self.fault(&form.id, FaultKind::EmptyTemplate);
        }
        for receiver in form.copies.iter().flat_map(|copies| &copies.receivers) {
            self.text(&form.id, receiver);
        }
        self.faults.extend(self.pack.form_faults(form));
    }

    fn years(&mut self, years: &[Year]) {
        let mut known = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for year in years {
            if !known.insert(year.year) {
                self.fault(&year.id, FaultKind::YearTwice(year.year));
            }
            if !self.sources.contains(year.source.as_str()) {
                self.fault(&year.id, FaultKind::UnknownSource(year.source.clone()));
            }
            for (days, work) in [(&year.off, false), (&year.work, true)] {
                for named in days {
                    // A notice may also set days of the December before.
                    let number = named.day.number();
                    let number_year = u32::from(year.year);
                    let inside = number / 10_000 == number_year || number / 100 == (number_year.saturating_sub(1)) * 100 + 12;
                    let bad_work = work && !named.day.is_weekend();
                    if !inside || bad_work || !seen.insert(named.day) {
                        self.fault(&year.id, FaultKind::CalendarDay(named.day));
                    }
                }
            }
        }
    }
}

pub(super) fn good_id(id: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(good)
}

/// How faults name a row of a notification.
pub(super) fn place(id: &str, language: &Language) -> String {
    match language {
        Language::ZhHans => id.to_owned(),
        other => format!("{id}/{}", other.tag()),
    }
}
