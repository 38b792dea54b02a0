//! Tasks of the office: whom to inspect, with whom, on which day and on whose approval.

use crate::act::AssistantRef;
use crate::error::Gate;
use crate::mirror::record;
use mingzheng_core as core;
use std::collections::HashMap;

record!(both
    /// A person with a part in the inspection.
    OfficerRef = core::inspection::OfficerRef {
        /// Person id, hex.
        person: String,
        /// 姓名.
        name: String,
        /// 执法证号.
        number: String,
    }
);
record!(out
    /// The inspected enterprise (当事人) as the task names it.
    Enterprise = core::inspection::Enterprise {
        /// 名称.
        name: String,
        /// 统一社会信用代码.
        code: String,
        /// 地址.
        address: String,
        /// 联系电话.
        phone: String,
        /// 法定代表人.
        legal_representative: String,
        /// Who is met on site: 现场负责人.
        manager: String,
        /// That person's 职务.
        manager_position: String,
    }
);
record!(out
    /// 检查审批: every inspection is approved beforehand (国办发〔2024〕54号).
    Approval = core::inspection::Approval {
        /// 审批表编号.
        number: String,
        /// 批准人.
        by: String,
        /// Day, `yyyymmdd`.
        on: u32,
    }
);
record!(out
    /// 频次豁免: why an inspection does not count against the yearly cap (J30).
    Exempt = core::inspection::Exempt {
        /// Row of the pack's grounds.
        ground: String,
        /// The ground in words.
        title: String,
        /// 具体理由.
        reason: String,
    }
);
record!(out
    /// One of the organs of a joint inspection (R52).
    TeamOrgan = core::inspection::TeamOrgan {
        /// 机关全称.
        organ: String,
        /// 执法证号 of its officers.
        officers: Vec<String>,
    }
);
record!(out
    /// A task of the office.
    Task = core::inspection::Task {
        /// Task id, hex.
        id: String,
        /// Title shown in lists.
        title: String,
        /// `routine`, `special` or `case` (日常, 专项, 个案).
        kind: String,
        /// Day, `yyyymmdd`.
        day: u32,
        /// The enterprise.
        enterprise: Enterprise,
        /// The officers that are assigned.
        officers: Vec<OfficerRef>,
        /// Assistants that are fixed beforehand.
        assistants: Vec<AssistantRef>,
        /// Which visit of this year it is.
        n: u32,
        /// 年度频次上限.
        cap: u32,
        /// Why it does not count against the cap (J30).
        exempt: Option<Exempt>,
        /// Approval; without it nothing starts (J1).
        approval: Option<Approval>,
        /// 检查事项.
        matter: String,
        /// 检查依据, article by article.
        basis: Vec<String>,
        /// Checklists of the pack.
        checklists: Vec<String>,
        /// 执法主体全称.
        organ: String,
        /// 监督电话.
        complaint_phone: String,
        /// The one address at which the party checks badges.
        badge_address: Option<String>,
        /// Paper numbers (编号) that this inspection may use.
        numbers: Vec<String>,
        /// Numbers of the other papers, by the id of the form.
        form_numbers: HashMap<String, Vec<String>>,
        /// 执法主体全称 by the id of the pack's subject, where more than one acts (J33).
        organs: HashMap<String, String>,
        /// Words for the slots of the 救济途径.
        slots: HashMap<String, String>,
        /// 执法区域 of what is inspected (R08); none asks for none.
        area: Option<String>,
        /// 执法类别 that it needs (R08).
        category: Option<String>,
        /// 封条 that were given to the team (R14).
        seals: Vec<String>,
        /// 预盖章用纸 that were given to the team (R14).
        sheets: Vec<String>,
        /// Region of the pack's calendar whose days off count for deadlines; none: the national ones.
        region: Option<String>,
        /// 联合执法 (R52): the organs that inspect together, the lead organ first; empty: one organ.
        team: Vec<TeamOrgan>,
    }
);
record!(out
    /// What the legal review of a case at the office came to (R44).
    ReviewView = core::phone::ReviewView {
        /// 案号.
        number: String,
        /// Office time, ms.
        at_ms: i64,
        /// 同意; otherwise there is something to be mended and reviewed again.
        agreed: bool,
        /// The opinion in words.
        says: String,
    }
);
record!(out
    /// A task as listed.
    TaskView = core::phone::TaskView {
        /// The task.
        task: Task,
        /// Whether the signed assignment is here.
        assigned: bool,
        /// The inspection that was opened for it.
        inspection: Option<String>,
        /// What still blocks starting (J1, J2).
        gates: Vec<Gate>,
        /// Why the office took it back: nothing is begun on it; what was begun, and not sent, stays.
        withdrawn: Option<String>,
        /// What the office's reviews of the case that came of its inspection came to, the newest first (R44).
        reviews: Vec<ReviewView>,
    }
);
