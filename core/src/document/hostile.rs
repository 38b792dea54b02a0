//! Facts that try a template before anybody signs the pack: what people and damaged programs may one day put on a paper (F12).

use serde_json::Value;

use super::form::MAX_ROWS;

/// Characters of the long text: one megabyte of Chinese.
const LONG: usize = 350_000;
/// Rows that are spread over the lists; a list of a form that is filled holds no more than [`MAX_ROWS`].
const ROWS: usize = 5_000;
/// What stands in texts that were copied from somewhere: control characters, marks that turn the direction of writing, joiners, no letters.
const MARKS: &str = "\u{0}\u{1b}\u{202e}\u{2066}\u{200f}\u{200b}\u{feff}\u{85}\u{2028}";
/// Markup of the typesetter and of the web: facts are data and print as they are.
const MARKUP: &str = "#panic() $x$ *a* _b_ `c` <d> @e [f] \\ // /* {g} #import \"x\" <script>";

/// One way to try a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// The example as it is.
    Example,
    /// One text of a megabyte.
    LongText,
    /// Control characters and marks of direction in every text.
    Marks,
    /// Markup in every text.
    Markup,
    /// All lists empty.
    Empty,
    /// Five thousand rows, or as many as the form's lists may hold.
    Rows,
}

impl Trial {
    /// All of them.
    pub const ALL: [Trial; 6] = [Trial::Example, Trial::LongText, Trial::Marks, Trial::Markup, Trial::Empty, Trial::Rows];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trial::Example => "example",
            Trial::LongText => "long-text",
            Trial::Marks => "marks",
            Trial::Markup => "markup",
            Trial::Empty => "empty",
            Trial::Rows => "rows",
        }
    }

    /// In words, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Trial::Example => ("示例事实", "the example"),
            Trial::LongText => ("一兆字节的文字", "a text of one megabyte"),
            Trial::Marks => ("控制字符和方向标记", "control characters and marks of direction"),
            Trial::Markup => ("排版标记", "markup"),
            Trial::Empty => ("空的清单", "empty lists"),
            Trial::Rows => ("至多五千行", "up to 5,000 rows"),
        }
    }

    /// The example's facts made hostile. Codes (`routine`, numbers, digests) stay: the types of facts do not let others in.
    #[must_use]
    pub fn facts(self, example: &Value) -> Value {
        let mut facts = example.clone();
        match self {
            Trial::Example => {}
            Trial::LongText => {
                let mut longest = 0;
                texts(&mut facts, &mut |text| longest = longest.max(text.len()));
                let mut done = false;
                texts(&mut facts, &mut |text| {
                    if !done && text.len() == longest {
                        *text = "长".repeat(LONG);
                        done = true;
                    }
                });
            }
            Trial::Marks => texts(&mut facts, &mut |text| text.push_str(MARKS)),
            Trial::Markup => texts(&mut facts, &mut |text| text.push_str(MARKUP)),
            Trial::Empty => lists(&mut facts, &mut Vec::clear),
            Trial::Rows => {
                let mut count = 0;
                lists(&mut facts, &mut |list| count += usize::from(!list.is_empty()));
                let filled = facts.pointer("/facts/fields").is_some();
                let each = (ROWS / count.max(1)).min(if filled { MAX_ROWS } else { ROWS });
                lists(&mut facts, &mut |list| {
                    let Some(row) = list.first().cloned() else { return };
                    for copy in list.len()..each {
                        let mut row = row.clone();
                        number(&mut row, copy);
                        list.push(row);
                    }
                });
            }
        }
        facts
    }
}

/// Every text that people write: with a character outside ASCII.
fn texts(value: &mut Value, act: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) if !text.is_ascii() => act(text),
        Value::Array(list) => list.iter_mut().for_each(|one| texts(one, act)),
        Value::Object(object) => object.values_mut().for_each(|one| texts(one, act)),
        _ => {}
    }
}

/// Numbers on a paper are unique: a copied row takes its own, or whatever refers to one of them would mean all.
fn number(value: &mut Value, copy: usize) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|one| number(one, copy)),
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match value {
                    Value::String(text) if name == "no" => text.push_str(&format!("-{copy}")),
                    value => number(value, copy),
                }
            }
        }
        _ => {}
    }
}

/// Every list that is in no other; drawn strokes are none, their numbers are no rows.
fn lists(value: &mut Value, act: &mut impl FnMut(&mut Vec<Value>)) {
    match value {
        Value::Array(list) => act(list),
        Value::Object(object) if object.contains_key("lines") && object.contains_key("width") => {}
        Value::Object(object) => object.values_mut().for_each(|one| lists(one, act)),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn f12_every_trial_changes_what_it_says() {
        let example = json!({"kind": "routine", "name": "宾馆", "note": "二楼布草间", "rows": [{"no": "1", "text": "一", "inner": [1]}], "none": [],
            "ink": {"width": 1, "height": 1, "lines": [[1, 2]]}});
        let facts = |trial: Trial| trial.facts(&example);
        let length = |value: &Value| value.as_array().map_or(0, Vec::len);
        assert_eq!(facts(Trial::Example), example);
        let long = facts(Trial::LongText);
        assert_eq!(long["note"].as_str().map(str::len), Some(LONG * 3));
        assert_eq!((&long["name"], &long["kind"]), (&example["name"], &example["kind"]));
        assert!(long["note"].as_str().is_some_and(|text| text.len() > 1_000_000));
        let marks = facts(Trial::Marks);
        assert!(marks["rows"][0]["text"].as_str().is_some_and(|text| text.contains('\u{202e}')));
        assert_eq!(marks["kind"], "routine");
        assert!(facts(Trial::Markup)["name"].as_str().is_some_and(|text| text.contains("#panic")));
        assert_eq!(length(&facts(Trial::Empty)["rows"]), 0);
        let rows = facts(Trial::Rows);
        assert_eq!((length(&rows["rows"]), length(&rows["none"]), length(&rows["rows"][4999]["inner"])), (ROWS, 0, 1));
        assert_eq!((&rows["rows"][0]["no"], &rows["rows"][4999]["no"]), (&json!("1"), &json!("1-4999")));
        assert_eq!(rows["ink"], example["ink"]);
    }
}
