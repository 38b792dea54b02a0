//! What an inspection already says of a case: nothing is typed twice (requirements §G).

use super::example::{DISCRETION, example};
use super::keep::Procedure;
use super::offers::{bare, earlier, same_kind, sample};
use crate::cases;
use crate::error::Result;
use crate::office::Office;
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Id;
use mingzheng_core::inspection::fold;
use mingzheng_core::pack::{Pack, Person};
use mingzheng_core::procedure::{Act, Actor, Charge, Node, Party, Step};

/// The example of a step with all that the case and its inspection know.
///
/// # Errors
/// As [`draft`].
pub fn filled(office: &Office, pack: &Pack, p: &Procedure, node: Node, day: Day) -> Result<Step> {
    let mut step = example(node, day, Some(&p.case), Some(pack));
    inspected(office, pack, p, &mut step)?;
    if let Act::Investigated { charges, proposal } = &mut step.act {
        if p.case.proposal.is_none() {
            let items: Vec<&str> = charges.iter().map(|c| c.item.as_str()).collect();
            *proposal = sample(pack, &items, p.case.accepted, DISCRETION);
        }
        for (at, charge) in (0..charges.len()).zip(0u32..) {
            if proposal.chosen_for(at).is_none() {
                proposal.chosen.push(bare(charge, p.case.accepted));
            }
        }
        let known = office.store.read(|c| earlier(c, &p.case, Some(p.id)))?;
        for chosen in &mut proposal.chosen {
            chosen.earlier = chosen.item(pack).map(|item| same_kind(pack, &known, item)).unwrap_or_default();
        }
    }
    Ok(step)
}

fn inspected(office: &Office, pack: &Pack, p: &Procedure, step: &mut Step) -> Result<()> {
    let Some(inspection) = p.case.inspection.as_deref().and_then(Id::from_hex) else { return Ok(()) };
    match &mut step.act {
        Act::Filed { investigators } if p.case.investigators.is_empty() => {
            let known = draft(office, Some(pack), inspection)?.investigators;
            if let Some(first) = known.first() {
                step.by = first.clone();
                *investigators = known;
            }
        }
        Act::Investigated { charges, .. } if p.case.charges.is_empty() => {
            let known = draft(office, Some(pack), inspection)?.charges;
            if !known.is_empty() {
                *charges = known;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What a case takes over from its inspection.
#[derive(Debug, Clone)]
pub struct Draft {
    /// 受理: source, party and matter.
    pub accepted: Act,
    /// 承办人: the officers of the inspection.
    pub investigators: Vec<Actor>,
    /// 违法事实 with their evidence; the law is still to be named.
    pub charges: Vec<Charge>,
}

/// Reads the inspection; the pack says what law the items of its findings rest on.
///
/// # Errors
/// [`crate::error::OfficeError::NotFound`] for an inspection of which nothing has arrived.
pub fn draft(office: &Office, pack: Option<&Pack>, inspection: Id) -> Result<Draft> {
    let entries: Vec<_> = cases::entries(office, inspection)?.into_iter().map(|h| h.entry).collect();
    let i = fold(&entries);
    let task = i.task.as_ref();
    let source = match task.map(|t| t.kind.as_str()) {
        Some("special") => "专项检查发现",
        Some("case") => "个案检查发现",
        _ => "日常检查发现",
    };
    // Anybody with a credit code is an organisation; whoever has none is taken for a person, and the form asks.
    let code = task.map(|t| t.enterprise.code.clone()).unwrap_or_default();
    let kind = if code.trim().is_empty() { Person::Citizen } else { Person::Organisation };
    let name = task.map(|t| t.enterprise.name.clone()).unwrap_or_default();
    let printed = |id: &String| {
        let number = i.evidence.iter().find(|e| e.id == *id).map(|e| e.number).filter(|n| *n > 0);
        number.map_or_else(|| id.clone(), |n| format!("证据{n}（{id}）"))
    };
    let law = |pack: &Pack, items: &[String]| -> String {
        let rows = pack.checklists.iter().flat_map(|l| &l.items).filter(|i| items.contains(&i.id));
        let mut cited: Vec<String> = Vec::new();
        for text in rows.flat_map(|i| &i.basis).map(|b| pack.cite(b).zh) {
            if !cited.contains(&text) {
                cited.push(text);
            }
        }
        cited.join("；")
    };
    let charge = |f: &mingzheng_core::inspection::FindingMade| Charge {
        item: f.items.join("、"),
        fact: f.text.clone(),
        violated: pack.map(|p| law(p, &f.items)).unwrap_or_default(),
        penalty_basis: String::new(),
        evidence: f.evidence.iter().map(printed).collect(),
    };
    Ok(Draft {
        accepted: Act::Accepted {
            source: source.into(),
            inspection: Some(inspection.to_string()),
            party: Party { kind, name, code },
            // The inspection does not say how its task came about: whoever takes the case in does.
            random_draw: false,
            matter: i.findings.first().map(|f| f.text.clone()).or_else(|| task.map(|t| t.matter.clone())).unwrap_or_default(),
        },
        investigators: task
            .map(|t| t.officers.iter().map(|o| Actor { name: o.name.clone(), number: o.number.clone() }).collect())
            .unwrap_or_default(),
        charges: i.findings.iter().map(charge).collect(),
    })
}
