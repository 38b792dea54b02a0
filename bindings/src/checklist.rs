//! What is asked on site: checklists, notifications, steps.

use crate::act::Answer;
use crate::inspection::RightGiven;
use crate::mirror::{Cross, choice, record};
use crate::status::Text;
use mingzheng_core as core;

choice!(
    /// Whether a photo is wanted.
    Photo = core::pack::Photo {
        /// No photo.
        None,
        /// At will.
        May,
        /// At least one.
        Must,
    }
);

choice!(
    /// The act that a notification belongs to.
    NoticeAct = core::pack::Act {
        /// 行政检查.
        Inspection,
        /// 询问.
        Inquiry,
        /// 先行登记保存.
        Preservation,
        /// 行政强制措施.
        Coercion,
        /// 当场处罚.
        OnSpotPenalty,
        /// 送达.
        Service,
    }
);

/// A measured quantity and its limits, both inclusive; decimal text.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Measure {
    /// What is measured.
    pub quantity: Text,
    /// Unit as printed.
    pub unit: String,
    /// Smallest lawful value.
    pub min: Option<String>,
    /// Largest lawful value.
    pub max: Option<String>,
}
impl Cross<Measure> for core::pack::Measure {
    fn cross(self) -> Measure {
        let text = |limit: Option<core::pack::Decimal>| limit.map(|d| d.to_string());
        Measure { quantity: self.quantity.cross(), unit: self.unit, min: text(self.min), max: text(self.max) }
    }
}

/// The newest answer to an item, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AnswerShown {
    /// The result.
    pub result: Answer,
    /// The note.
    pub note: String,
    /// Measured value.
    pub measured: Option<String>,
}
impl Cross<AnswerShown> for core::inspection::AnswerGiven {
    fn cross(self) -> AnswerShown {
        AnswerShown { result: self.result.cross(), note: self.note, measured: self.measured }
    }
}

record!(out
    /// One item of a checklist with its answer.
    ItemView = core::phone::ItemView {
        /// Its id.
        id: String,
        /// Number as printed.
        no: u32,
        /// Text.
        text: Text,
        /// 依据.
        basis: String,
        /// What may be measured.
        measure: Option<Measure>,
        /// Whether a photo is wanted.
        photo: Photo,
        /// Only illustrative: say so on the screen.
        illustrative: bool,
        /// Answers that are allowed.
        results: Vec<Answer>,
        /// The answer so far.
        answer: Option<AnswerShown>,
    }
);
record!(out
    /// A checklist.
    ChecklistView = core::phone::ChecklistView {
        /// Its id.
        id: String,
        /// Title.
        title: Text,
        /// Items.
        items: Vec<ItemView>,
    }
);
record!(out
    /// One item of a notification.
    NoticeItemView = core::phone::NoticeItemView {
        /// Its id.
        id: String,
        /// Words, slots filled.
        text: String,
        /// 依据.
        basis: String,
        /// How it was told, if it was.
        told: Option<RightGiven>,
    }
);
record!(out
    /// A notification in one language.
    NoticeView = core::phone::NoticeView {
        /// Row `pack@version#id`.
        row: String,
        /// Version of the text.
        version: u32,
        /// Language tag.
        language: String,
        /// Title.
        title: String,
        /// A translation that nobody checked yet.
        illustrative: bool,
        /// Items.
        items: Vec<NoticeItemView>,
    }
);
record!(out
    /// One step of an inspection and whether it is done (R27).
    NodeView = core::phone::NodeView {
        /// Its id.
        id: String,
        /// Title.
        title: Text,
        /// When it was done, ms.
        done_at: Option<i64>,
    }
);
