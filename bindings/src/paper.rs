//! Papers: presented, signed or refused, finished (P8).

use crate::error::Gate;
use crate::mirror::{Cross, choice, record};
use crate::status::Text;
use mingzheng_core as core;

choice!(
    /// Why the party's signature is missing.
    NoSignature = core::inspection::NoSignature {
        /// 拒签.
        Refused,
        /// 不能签.
        Unable,
        /// 不在场.
        Absent,
    }
);
record!(out
    /// A paper as the shell shows it.
    PaperView = core::phone::PaperView {
        /// Its id: the 编号.
        id: String,
        /// SHA-256 of the newest PDF, hex.
        digest: String,
        /// Whether it is final.
        finished: bool,
    }
);

record!(out
    /// A legal subject of a visit (J33).
    SubjectView = core::phone::SubjectView {
        /// Row of the pack.
        id: String,
        /// Name of the organ.
        organ: String,
        /// Its record, once it was made.
        record: Option<String>,
        /// The record is finished or signed by hand.
        finished: bool,
    }
);
record!(out
    /// A form that may be made on site.
    FormView = core::phone::FormView {
        /// Its id.
        id: String,
        /// Title.
        title: Text,
        /// Wording or layout waits for the local pattern: say so on the screen.
        illustrative: bool,
        /// The number that the next paper of it gets.
        number: Option<String>,
        /// What stands in the way now.
        gates: Vec<Gate>,
    }
);
choice!(
    /// What may be answered in a field of a form.
    FieldKind = core::pack::FieldKind {
        /// One line of text.
        Text,
        /// Several paragraphs.
        Paragraph,
        /// A day: `yyyymmdd` or `"yyyy-mm-dd"`.
        Day,
        /// A day and a time: `{"ms": …, "offset_min": …}`.
        Moment,
        /// Money, in whole fen.
        Amount,
        /// A whole number.
        Count,
        /// The id of one of the options.
        Choice,
        /// Persons: rows whose first column is the name.
        People,
        /// A list with columns.
        Items,
        /// 当事人: an object.
        Party,
    }
);
record!(out
    /// An answer of a choice.
    FieldOption = core::pack::Choice {
        /// Its id.
        id: String,
        /// Words.
        title: Text,
    }
);
record!(out
    /// A column of a list.
    FieldColumn = core::pack::Column {
        /// Its name in a row.
        id: String,
        /// Head.
        title: Text,
        /// What may be answered.
        kind: FieldKind,
        /// Every row must have it.
        required: bool,
    }
);

/// One fact of a form, as it is asked.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldView {
    /// Its name.
    pub id: String,
    /// What is asked.
    pub title: Text,
    /// What may be answered.
    pub kind: FieldKind,
    /// Looked for when the paper is made, not while it is typed.
    pub required: bool,
    /// Known for certain: show it, never ask it.
    pub fixed: bool,
    /// Known already, JSON; may be typed over unless fixed.
    pub known: Option<String>,
    /// Typed so far, JSON.
    pub typed: Option<String>,
    /// Answers of a choice.
    pub options: Vec<FieldOption>,
    /// Columns of a list.
    pub columns: Vec<FieldColumn>,
    /// Smallest count, fewest rows.
    pub least: Option<u64>,
    /// Largest count, most rows.
    pub most: Option<u64>,
}
impl Cross<FieldView> for core::phone::FieldView {
    fn cross(self) -> FieldView {
        FieldView {
            id: self.id,
            title: self.title.cross(),
            kind: self.kind.cross(),
            required: self.required,
            fixed: self.fixed,
            known: self.known.map(|v| v.to_string()),
            typed: self.typed.map(|v| v.to_string()),
            options: self.options.cross(),
            columns: self.columns.cross(),
            least: self.least,
            most: self.most,
        }
    }
}

/// A required fact that is not there, or something given that cannot stand on the paper.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldNote {
    /// The field; `goods.name` for a column; empty for the whole paper.
    pub field: String,
    /// Row of a list, from 1.
    pub row: Option<u32>,
    /// What is asked, or what is wrong.
    pub says: String,
}
fn note(field: String, row: Option<usize>, says: String) -> FieldNote {
    FieldNote { field, row: row.and_then(|r| u32::try_from(r).ok()), says }
}
impl Cross<FieldNote> for core::document::form::Missing {
    fn cross(self) -> FieldNote {
        note(self.field, self.row, format!("{} {}", self.title.zh, self.title.en))
    }
}
impl Cross<FieldNote> for core::document::form::FieldFault {
    fn cross(self) -> FieldNote {
        note(self.field, self.row, self.kind.to_string())
    }
}
record!(out
    /// A paper that is being filled in.
    DraftView = core::phone::DraftView {
        /// The form.
        form: String,
        /// Title.
        title: Text,
        /// Wording or layout waits for the local pattern.
        illustrative: bool,
        /// Its facts in the order asked.
        fields: Vec<FieldView>,
        /// Required facts that are not there; asked when the paper is made.
        missing: Vec<FieldNote>,
        /// What cannot stand on the paper as it was given.
        faults: Vec<FieldNote>,
        /// What the law still asks before the paper is made.
        gates: Vec<Gate>,
    }
);
choice!(
    /// Which of two is the original of a paper.
    Original = core::inspection::Original {
        /// 纸质: the sheets that were signed by hand.
        Paper,
        /// 电子: the finished electronic paper.
        Electronic,
    }
);
record!(in
    /// One photographed page of a paper that was signed by hand.
    InkPage = core::phone::InkPage {
        /// Evidence id of the photograph.
        evidence: String,
        /// What the scanner read from the page's code.
        code: String,
    }
);

/// A point of a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Point {
    /// From the left.
    pub x: i16,
    /// From the top.
    pub y: i16,
}

/// One stroke.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Stroke {
    /// Its points in order.
    pub points: Vec<Point>,
}

/// The shape of a signature as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Ink {
    /// Width of the field.
    pub width: u16,
    /// Height of the field.
    pub height: u16,
    /// The strokes.
    pub strokes: Vec<Stroke>,
}

impl Cross<core::document::facts::Ink> for Ink {
    fn cross(self) -> core::document::facts::Ink {
        let lines = self.strokes.into_iter().map(|s| s.points.into_iter().map(|p| [p.x, p.y]).collect()).collect();
        core::document::facts::Ink { width: self.width, height: self.height, lines }
    }
}

record!(in
    /// Somebody signs.
    SignInput = core::phone::SignInput {
        /// Name of who signs.
        name: String,
        /// 职务 of the party's signer.
        position: String,
        /// The strokes as captured (time, pressure); biometric: sealed, never shown.
        strokes: Vec<u8>,
        /// The shape as printed.
        ink: Option<Ink>,
        /// Media segment that shows it.
        media: Option<String>,
        /// 逐页签名: the shape at the foot of each page, in their order, where the form asks for it.
        #[uniffi(default = [])]
        pages: Vec<Ink>,
    }
);
record!(in
    /// A correction on a presented paper (J24).
    CorrectInput = core::phone::CorrectInput {
        /// The field; `talk.answer` for a column of a list.
        field: String,
        /// Row of a list, from 1.
        row: Option<u64>,
        /// The new text; empty for a deletion.
        new: String,
        /// At whose request.
        by: String,
        /// Who initialled.
        initials: Vec<String>,
    }
);
record!(out
    /// An item of a checklist.
    MovedItem = core::phone::MovedItem {
        /// Its id.
        id: String,
        /// What is asked.
        text: Text,
    }
);
/// One row of the packs that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PackChange {
    /// Table, as in the pack.
    pub table: String,
    /// Row id; empty for what belongs to no row.
    pub row: String,
    /// What the row is called.
    pub title: Text,
    /// What was, field by field, `text.zh: …`; none for a new row.
    pub before: Option<Vec<String>>,
    /// What is; none for a row that is gone.
    pub after: Option<Vec<String>>,
}
impl Cross<PackChange> for core::pack::Change {
    fn cross(self) -> PackChange {
        use core::pack::ChangeKind;
        let said = |field: &str, text: Option<String>| format!("{field}: {}", text.unwrap_or_default());
        let (before, after) = match self.kind {
            ChangeKind::Added => (None, Some(Vec::new())),
            ChangeKind::Removed => (Some(Vec::new()), None),
            ChangeKind::Changed(fields) => {
                let both = fields.into_iter().map(|f| (said(&f.field, f.before), said(&f.field, f.after)));
                let (before, after) = both.unzip();
                (Some(before), Some(after))
            }
        };
        PackChange { table: self.table, row: self.row, title: self.title.cross(), before, after }
    }
}
record!(out
    /// What a move to the newer pack would do (F35).
    PackMoveView = core::phone::PackMoveView {
        /// `id@version` of the pack of the inspection.
        from: String,
        /// `id@version` of the newer one.
        to: String,
        /// Answered, and not asked any more: the answer stays and is printed.
        dropped: Vec<MovedItem>,
        /// Answered in a way that the newer pack does not allow: to be answered again.
        again: Vec<MovedItem>,
        /// New in the checklists of the task.
        asked: Vec<MovedItem>,
        /// Every row that differs.
        changes: Vec<PackChange>,
    }
);
choice!(
    /// In which form a copy of a paper was handed over.
    CopyKind = core::inspection::CopyKind {
        /// 纸质.
        Paper,
        /// 电子.
        Electronic,
    }
);
choice!(
    /// What is numbered and was given to the team.
    Stock = core::inspection::Stock {
        /// 封条.
        Seal,
        /// 预盖章用纸.
        Sheet,
    }
);
record!(out
    /// One number of the team's stock and what became of it.
    StockNumber = core::inspection::StockNumber {
        /// Of what.
        stock: Stock,
        /// The number.
        number: String,
        /// The measure or paper on which it is.
        used: Option<String>,
        /// 作废: why.
        voided: Option<String>,
    }
);
record!(in
    /// The party does not sign.
    RefuseInput = core::phone::RefuseInput {
        /// Refused, unable or absent.
        why: NoSignature,
        /// Who.
        name: String,
        /// Reason in words.
        reason: String,
        /// 见证人 name.
        witness: Option<String>,
        /// 见证人 unit.
        witness_unit: Option<String>,
        /// The witness's signature as printed.
        witness_ink: Option<Ink>,
        /// Media segment that shows it.
        media: Option<String>,
    }
);
