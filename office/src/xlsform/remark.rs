//! What is said about a cell of a workbook: refused, or told.

use mingzheng_core::pack::{Answer, Text};
use std::fmt;

/// A place in a workbook.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Sheet.
    pub sheet: String,
    /// Row from 1; 0 where the whole sheet is meant.
    pub row: u32,
    /// Column from 0, where one is meant.
    pub column: Option<u32>,
}

impl At {
    pub(super) fn sheet(name: &str) -> At {
        At { sheet: name.to_owned(), row: 0, column: None }
    }

    pub(super) fn row(name: &str, row: u32) -> At {
        At { sheet: name.to_owned(), row, column: None }
    }

    pub(super) fn cell(name: &str, row: u32, column: u32) -> At {
        At { sheet: name.to_owned(), row, column: Some(column) }
    }
}

/// `survey!D7`, `survey!7`, `survey`.
impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, self.column) {
            (0, None) => f.write_str(&self.sheet),
            (row, None) => write!(f, "{}!{row}", self.sheet),
            (row, Some(column)) => write!(f, "{}!{}{row}", self.sheet, letters(column)),
        }
    }
}

/// `0` → `A`, `26` → `AA`.
fn letters(column: u32) -> String {
    let mut out = String::new();
    let mut rest = column;
    loop {
        out.insert(0, char::from(b'A' + (rest % 26) as u8));
        match (rest / 26).checked_sub(1) {
            Some(left) => rest = left,
            None => return out,
        }
    }
}

/// Something that is said of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub at: At,
    /// What.
    pub said: Said,
}

/// What is said. The first ones are refusals; the others only tell what became of something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Said {
    /// A type of question, column, sheet or setting that checklists do not have; the word with which `--skip` leaves it out.
    Unsupported(String),
    /// A formula instead of a value.
    Formula,
    /// A date, a time or an error instead of a text.
    NotText,
    /// Several cells made one.
    Merged,
    /// A control character or a mark of direction.
    Control(u32),
    /// A cell below no heading.
    NoHeading,
    /// Two columns with one meaning.
    Twice(String),
    /// A column, a cell or a setting that must be there.
    Missing(String),
    /// A value that cannot be read, and what it may be.
    Bad(&'static str),
    /// The text stands in one language only.
    NoTranslation(&'static str),
    /// The name makes the id of another row.
    Taken(String),
    /// A list that is not on the sheet of choices.
    UnknownList(String),
    /// A choice that is none of the four results.
    UnknownChoice(String),
    /// A photograph of no item.
    NotOfAnItem,
    /// A number that has no limit.
    NoLimit,

    /// Left out, as was wished.
    Skipped(String),
    /// The sheet is not read; neither does ODK.
    SheetNotRead,
    /// A list that no question uses.
    UnusedList(String),
    /// The name became this id.
    Renamed(String),
    /// The choice counts as this answer.
    Reads(String, Answer),
    /// An input check became the lawful limits.
    Limits(String),
    /// Every item is to be answered; not applicable is an answer.
    AlwaysDue,
    /// Every answer has a note of its own.
    NoteIsThere,
    /// A text of the question for the photograph or the measured value that checklists have no place for.
    NoPlace(String),
    /// The pack's version governs.
    VersionOfPack,
    /// So many rows got the basis that was given, or were marked illustrative.
    Given(usize, &'static str),
}

impl Said {
    /// Whether nothing may be written because of it.
    #[must_use]
    pub fn refuses(&self) -> bool {
        !matches!(
            self,
            Self::Skipped(_)
                | Self::SheetNotRead
                | Self::UnusedList(_)
                | Self::Renamed(_)
                | Self::Reads(..)
                | Self::Limits(_)
                | Self::AlwaysDue
                | Self::NoteIsThere
                | Self::NoPlace(_)
                | Self::VersionOfPack
                | Self::Given(..)
        )
    }

    /// In both languages.
    #[must_use]
    pub fn explain(&self) -> Text {
        let (zh, en) = match self {
            Self::Unsupported(word) => (
                format!("检查表没有“{word}”；确实不要的，用 --skip '{word}' 略去"),
                format!("checklists have no {word}; leave it out with --skip '{word}' if it is not wanted"),
            ),
            Self::Formula => ("是公式；改为粘贴数值".into(), "a formula; paste its value".into()),
            Self::NotText => ("是日期、时间或者错误值；改为文字".into(), "a date, a time or an error; write text".into()),
            Self::Merged => ("是合并的单元格；取消合并".into(), "merged cells; unmerge them".into()),
            Self::Control(c) => {
                (format!("含有不可见的控制字符 U+{c:04X}；删去"), format!("an invisible control character U+{c:04X}; remove it"))
            }
            Self::NoHeading => {
                ("所在列没有表头；补上表头或者清空".into(), "its column has no heading; add one or clear it".into())
            }
            Self::Twice(what) => (format!("{what} 写了两次且不相同"), format!("{what} stands twice, with different content")),
            Self::Missing(what) => (format!("缺少 {what}"), format!("{what} is missing")),
            Self::Bad(expected) => (format!("读不懂；应为：{expected}"), format!("cannot be read; write: {expected}")),
            Self::NoTranslation(language) => (
                format!("缺少 {language} 文本；补上 label::{language} 列"),
                format!("the {language} text is missing; add the column label::{language}"),
            ),
            Self::Taken(id) => (format!("行标识 {id} 已经用过；改名"), format!("the row id {id} is taken; rename it")),
            Self::UnknownList(list) => {
                (format!("choices 工作表中没有列表 {list}"), format!("the sheet choices has no list {list}"))
            }
            Self::UnknownChoice(choice) => (
                format!("选项“{choice}”不是四种结果之一；应为：pass fail not_applicable corrected"),
                format!("the choice {choice} is none of the four results; write: pass fail not_applicable corrected"),
            ),
            Self::NotOfAnItem => (
                "照片不属于任何项目；写在项目之后，名为“项目名_photo”".into(),
                "a photograph of no item; put it after one and name it ITEM_photo".into(),
            ),
            Self::NoLimit => (
                "测量值没有限值；写 mz_min 或者 mz_max，或者写 constraint（如 . >= 0.3 and . <= 1.0）".into(),
                "a measured value without limit; write mz_min or mz_max, or a constraint (. >= 0.3 and . <= 1.0)".into(),
            ),
            Self::Skipped(word) => (format!("已按要求略去：{word}"), format!("left out as wished: {word}")),
            Self::SheetNotRead => ("工作表未读取（ODK 也不读）".into(), "the sheet is not read; neither does ODK".into()),
            Self::UnusedList(list) => (format!("列表 {list} 没有题目使用"), format!("no question uses the list {list}")),
            Self::Renamed(id) => (format!("行标识为 {id}"), format!("its row id is {id}")),
            Self::Reads(choice, answer) => {
                let (zh, en) = answer.word();
                (
                    format!("选项“{choice}”按“{zh}”计；请核对题目不是反问"),
                    format!("the choice {choice} counts as {en}; see that its questions do not ask for the contrary"),
                )
            }
            Self::Limits(limits) => (
                format!("输入校验成为限值 {limits}；请核对是法定限值"),
                format!("the check of input became the limits {limits}; see that they are the lawful ones"),
            ),
            Self::AlwaysDue => (
                "检查表各项都应作答，可以答“不适用”".into(),
                "every item of a checklist is to be answered; not applicable is an answer".into(),
            ),
            Self::NoteIsThere => ("每项作答都自带备注，不另设".into(), "every answer has a note of its own".into()),
            Self::NoPlace(text) => (format!("“{text}”在检查表中没有位置"), format!("checklists have no place for: {text}")),
            Self::VersionOfPack => ("版本以规则包为准".into(), "the version is that of the pack".into()),
            Self::Given(rows, what) => (format!("{rows} 行按要求写入 {what}"), format!("{what} was given to {rows} rows")),
        };
        Text { zh, en }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.said.explain();
        write!(f, "{}: {}。 {}.", self.at, text.zh, text.en)
    }
}

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn places_are_written_as_spreadsheets_write_them() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(At::cell("survey", 7, column).to_string(), format!("survey!{letters}7"));
        }
        assert_eq!(At::row("survey", 3).to_string(), "survey!3");
    }
}
