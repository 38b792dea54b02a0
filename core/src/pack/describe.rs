//! A pack as text for people, Chinese first (`mingzheng pack show`).

use std::fmt::Write;

use super::{Basis, Language, Measure, Pack, Parameter, Photo, SourceStatus};

/// The whole pack as readable text.
pub fn describe(pack: &Pack) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(pack, &mut out);
    out
}

fn write(pack: &Pack, out: &mut String) -> std::fmt::Result {
    let cite = |basis: &[Basis]| -> String {
        let all: Vec<String> = basis.iter().map(|one| pack.cite(one).zh).collect();
        all.join("，")
    };
    writeln!(out, "{} {}", pack.title.zh, pack.title.en)?;
    writeln!(out, "{}@{}　有效期 valid {} — {}", pack.id, pack.version, pack.valid_from, pack.valid_until)?;
    for note in &pack.notes {
        writeln!(out, "※ {}\n  {}", note.zh, note.en)?;
    }

    writeln!(out, "\n执法主体 Subjects")?;
    for row in &pack.subjects {
        let basis = cite(&row.basis);
        writeln!(out, "  {}　{} {}　〔{basis}〕", row.id, row.title.zh, row.title.en)?;
    }

    for list in &pack.checklists {
        writeln!(out, "\n检查表 Checklist {}　{} {}", list.id, list.title.zh, list.title.en)?;
        for item in &list.items {
            let mark = illustrative(item.illustrative);
            writeln!(out, "  {:>2} {}{mark}　〔{}〕", item.no, item.text.zh, cite(&item.basis))?;
            writeln!(out, "     {}", item.text.en)?;
            if let Some(measure) = &item.measure {
                writeln!(out, "     限值 limit: {}", limits(measure))?;
            }
            if item.photo == Photo::Must {
                writeln!(out, "     须拍照 photo required")?;
            }
            if let Some(note) = &item.note {
                writeln!(out, "     注 note: {} {}", note.zh, note.en)?;
            }
        }
    }

    for row in &pack.scripts {
        writeln!(out, "\n用语 Script {} v{}　{} {}", row.id, row.version, row.title.zh, row.title.en)?;
        writeln!(out, "  {}\n  {}\n  〔{}〕", row.text.zh, row.text.en, cite(&row.basis))?;
    }

    for text in &pack.rights {
        writeln!(out, "\n告知 Notification {} v{} {}　{}", text.id, text.version, text.language.tag(), text.title)?;
        for (no, item) in (1..).zip(&text.items) {
            write!(out, "  {no} {}", item.text)?;
            match text.language {
                Language::ZhHans => writeln!(out, "　〔{}〕", cite(&item.basis))?,
                _ => writeln!(out)?,
            }
        }
    }

    writeln!(out, "\n救济途径 Remedies")?;
    for row in &pack.remedies {
        let mark = illustrative(row.illustrative);
        writeln!(out, "  {} {}{mark}　〔{}〕", row.document.zh, row.document.en, cite(&row.basis))?;
        writeln!(out, "    {}\n    {}", row.text.zh, row.text.en)?;
    }

    writeln!(out, "\n文书 Forms")?;
    for form in &pack.forms {
        writeln!(out, "  {}　{} {}　{}", form.id, form.title.zh, form.title.en, form.path)?;
        writeln!(out, "    必填 required: {}", form.required.join(" "))?;
        for field in &form.fields {
            let from = field.from.as_ref().map(|path| format!("　← {path}")).unwrap_or_default();
            writeln!(out, "    {}　{} {}{from}", field.id, field.title.zh, field.title.en)?;
        }
    }

    writeln!(out, "\n节点 Steps")?;
    for (no, node) in (1..).zip(&pack.nodes) {
        writeln!(out, "  {no} {} {}　〔{}〕", node.title.zh, node.title.en, cite(&node.basis))?;
    }

    if let Some(rules) = &pack.recording {
        writeln!(out, "\n音像记录 Recordings")?;
        for scene in &rules.scenes {
            let must = if scene.must_for.is_empty() { "—".to_owned() } else { scene.must_for.join(" ") };
            let mark = illustrative(scene.illustrative);
            writeln!(
                out,
                "  {} {} {}{mark}　必录 must: {must}　〔{}〕",
                scene.id,
                scene.title.zh,
                scene.title.en,
                cite(&scene.basis)
            )?;
        }
        for reason in &rules.reasons {
            writeln!(out, "  原因 reason {} {} {}", reason.id, reason.title.zh, reason.title.en)?;
        }
    }

    let mut table = "";
    for row in pack.law_rows() {
        if row.table.0 != table {
            table = row.table.0;
            writeln!(out, "\n{table} {}", row.table.1)?;
        }
        let (mark, called) = (illustrative(row.illustrative), row.texts.first());
        let basis = row.basis.map_or_else(String::new, |b| {
            let all: Vec<String> = b.iter().map(|one| pack.cite(one).zh).collect();
            format!("　〔{}〕", all.join("，"))
        });
        writeln!(out, "  {}　{}{mark}{basis}", row.id, called.map_or("", |t| &t.zh))?;
        writeln!(out, "     {}", called.map_or("", |t| &t.en))?;
    }

    writeln!(out, "\n参数 Parameters")?;
    let gates = &pack.gates;
    let mut numbers: Vec<(&str, &Parameter)> = vec![
        ("执法人员不少于（人） fewest officers", &gates.minimum_officers),
        ("音像上传（小时） hours to upload", &gates.upload_hours),
        ("同一企业年度检查上限（次） yearly cap", &gates.yearly_cap),
        ("日常音像保存（月） months kept", &gates.daily_retention_months),
        ("亮证凭证过期可用（天） days a stale badge serves", &pack.badge.stale_limit_days),
    ];
    if let Some(days) = &gates.contact_days {
        numbers.push(("无联系多少天后手机自毁 days without contact until a phone is wiped", days));
    }
    if let Some(rules) = &pack.recording {
        numbers.push(("录音录像间断无须说明（秒） seconds of a gap without reason", &rules.gap_seconds));
        numbers.push(("环节起止无须说明（秒） seconds at the edges of a scene", &rules.edge_seconds));
    }
    for (name, row) in numbers {
        let mark = illustrative(row.illustrative);
        writeln!(out, "  {name}: {}{mark}　〔{}〕", row.value, cite(&row.basis))?;
    }
    if !pack.badge.recognised_by_province {
        writeln!(out, "  {} {}", pack.badge.aid_label.zh, pack.badge.aid_label.en)?;
    }

    if !pack.clocks.is_empty() {
        writeln!(out, "\n期限 Clocks")?;
    }
    for row in &pack.clocks {
        let mark = illustrative(row.illustrative);
        let ((unit, units), (rule, rules)) = (row.unit.word(), row.rule.word());
        writeln!(out, "  {} {} {}{mark}　〔{}〕", row.id, row.title.zh, row.title.en, cite(&row.basis))?;
        writeln!(out, "     {}：{rule} {}{unit}", row.starts.zh, row.length)?;
        writeln!(out, "     {}: {rules} {} {units}", row.starts.en, row.length)?;
        if let Some(more) = &row.extension {
            let (unit, units) = more.unit.word();
            writeln!(out, "     可延长 {}{unit}：{}", more.length, more.needs.zh)?;
            writeln!(out, "     may be extended by {} {units}: {}", more.length, more.needs.en)?;
        }
        if let Some(note) = &row.note {
            writeln!(out, "     注 note: {} {}", note.zh, note.en)?;
        }
    }

    writeln!(out, "\n节假日 Calendar")?;
    let national = pack.calendar.national.iter().map(|year| ("", year));
    let regions =
        pack.calendar.regions.iter().flat_map(|region| region.years.iter().map(|year| (region.title.zh.as_str(), year)));
    for (place, year) in national.chain(regions) {
        let source = pack.source(&year.source).map_or("", |source| source.cite.as_str());
        let (off, work, mark) = (year.off.len(), year.work.len(), illustrative(year.illustrative));
        writeln!(out, "  {place}{}{mark}: 放假 off {off}，补班 work {work}　〔{source}〕", year.year)?;
    }

    writeln!(out, "\n来源 Sources")?;
    for row in &pack.sources {
        let status = match row.status {
            SourceStatus::Law => "已核原文 read in the text",
            SourceStatus::Page => "据网页摘录 read in a page",
            SourceStatus::Memory => "凭记忆，未核 from memory",
        };
        let kind = row.kind.map_or("", |kind| kind.word().0);
        writeln!(out, "  {}　《{}》{}　{kind} [{status}]", row.id, row.title.zh, row.cite)?;
    }
    Ok(())
}

fn illustrative(is: bool) -> &'static str {
    if is { "（示例 illustrative）" } else { "" }
}

fn limits(measure: &Measure) -> String {
    let name = format!("{} {}", measure.quantity.zh, measure.quantity.en);
    let range = match (&measure.min, &measure.max) {
        (Some(min), Some(max)) => format!("{min}—{max}"),
        (Some(min), None) => format!("≥ {min}"),
        (None, Some(max)) => format!("≤ {max}"),
        (None, None) => String::new(),
    };
    format!("{name} {range} {}", measure.unit).trim_end().to_owned()
}
