//! An inspection from its entries.

use crate::{median, ms};
use mingzheng_core::clock::{Clocks, Reading};
use mingzheng_core::id::Id;
use mingzheng_core::inspection::{Event, How, fold};
use mingzheng_core::log::{Disclosure, Entry, Header, Position};
use mingzheng_core::pack::Answer;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

pub(crate) fn entry(event: &Event, seq: u64) -> Entry {
    let (kind, fields) = event.to_fields().unwrap();
    let reading = Reading { wall_ms: 1_795_309_200_000 + seq as i64, zone_min: 480, mono_ms: 77_000 + seq, boot: vec![1; 16] };
    let header = Header {
        log: Id([1; 16]),
        seq,
        prev: Some([3; 32]),
        position: Some(Position { case: Id([7; 16]), seq, prev: None }),
        kind,
        version: 1,
        clocks: Clocks { reading, anchor: None },
        actor: Some(Id([5; 16])),
        commitments: BTreeMap::new(),
        seen: Vec::new(),
    };
    let disclosures = fields.into_iter().map(|(name, value)| Disclosure::new([9; 16], &name, value).unwrap()).collect();
    Entry::new(header, disclosures).unwrap()
}

/// Answers, items told, findings and notes in turn, as a long inspection leaves them.
fn event(n: usize) -> Event {
    let text = || format!("第{n}条：池边救生设施齐全，浸脚池余氯不足");
    match n % 4 {
        0 | 1 => Event::Answered {
            checklist: "youyong".into(),
            item: format!("youyong-{n}"),
            result: Answer::ALL[n % 4],
            note: text(),
            measured: n.is_multiple_of(8).then(|| "0.35".into()),
            instrument: n.is_multiple_of(8).then(|| "YL-7".into()),
        },
        2 => Event::RightTold {
            notice: "gaozhi-jiancha".into(),
            version: 1,
            item: format!("gaozhi-{n}"),
            language: "zh-Hans".into(),
            text: text(),
            how: How::Shown,
        },
        _ => Event::Noted { text: text() },
    }
}

pub(crate) fn measure(entries: usize, times: usize) -> Value {
    let entries: Vec<_> = (0..entries).map(|n| entry(&event(n), n as u64)).collect();
    let once = || {
        let start = Instant::now();
        let folded = fold(&entries);
        let took = ms(start);
        assert_eq!(folded.entries, entries.len() as u64);
        took
    };
    json!({ "entries": entries.len(), "fold_ms": median((0..times).map(|_| once()).collect()) })
}
