//! Mandates: what is in effect, what ends soon, new ones, early ends (R08).

use super::posted::{Confirm, Said, mendable, shown};
use crate::console::{Console, Frame, Shared, blocking, frame};
use crate::error::{OfficeError, Result};
use crate::register::mandate::{self, Ended, Ground, Mandate, Standing};
use crate::register::today;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use mingzheng_core::id::Id;

type Pairs = Vec<(String, String)>;

struct Row {
    id: String,
    organisation: String,
    principal: String,
    ground: String,
    scope: String,
    area: String,
    number: String,
    from: String,
    until: String,
    published: String,
    ended: String,
    standing: String,
    days: String,
    tone: &'static str,
    over: bool,
}

/// What stands in the fields of a new one.
#[derive(Default)]
struct Fields {
    organisation: String,
    ground: String,
    principal: String,
    number: String,
    scope: String,
    area: String,
    from: String,
    until: String,
    published: String,
}

#[derive(Template)]
#[template(path = "mandates.html")]
struct MandatesPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    fault: Option<String>,
    rows: Vec<Row>,
    grounds: Vec<(&'static str, String)>,
    today: String,
    said: Fields,
}

fn mandates_page(c: &Console, said: &Said, fault: Option<String>) -> Result<Response> {
    let on = today(&c.office)?;
    let row = |k: mandate::Kept| {
        let (name, tone, days) = match k.on(on, c.office.settings.register.widest_warning()) {
            Standing::Coming => ("coming", "", String::new()),
            Standing::InEffect => ("in_effect", "good", String::new()),
            Standing::Ending(days) => ("ending", "warn", format!(" {days} 天 days")),
            Standing::Expired => ("expired", "bad", String::new()),
            Standing::Ended => ("ended", "bad", String::new()),
        };
        let m = k.mandate;
        let scope = if m.scope.is_empty() { CONSOLE.plain("reg.scope.all") } else { m.scope.join("、") };
        Row {
            id: k.id,
            organisation: m.organisation,
            principal: m.principal,
            ground: CONSOLE.both(&format!("reg.ground.{}", m.ground.name())),
            scope,
            area: m.area,
            number: m.number,
            from: m.from.to_string(),
            until: m.until.to_string(),
            published: m.published,
            ended: k.ended.map(|e| format!("{}　{}（{}）", e.day, e.reason, e.by)).unwrap_or_default(),
            standing: CONSOLE.both(&format!("reg.standing.{name}")),
            days,
            tone,
            over: tone == "bad",
        }
    };
    let mut rows: Vec<Row> = c.office.store.read(mandate::all)?.into_iter().map(row).collect();
    // What holds and ends first is at the top, what is over at the end.
    rows.sort_by_key(|r| r.over);
    let failed = fault.is_some();
    let text = |name: &str| said.text(name);
    let said = Fields {
        organisation: text("organisation"),
        ground: Some(text("ground")).filter(|g| !g.is_empty()).unwrap_or_else(|| Ground::Entrusted.name().into()),
        principal: Some(text("principal")).filter(|p| !p.is_empty()).unwrap_or_else(|| c.office.trust.organ.clone()),
        number: text("number"),
        scope: text("scope"),
        area: text("area"),
        from: text("from"),
        until: text("until"),
        published: text("published"),
    };
    let grounds = Ground::ALL.map(|g| (g.name(), CONSOLE.plain(&format!("reg.ground.{}", g.name())))).to_vec();
    let f = frame(c, "officers");
    shown(&MandatesPage { t: &CONSOLE, f, tab: "mandates", fault, rows, grounds, today: on.to_string(), said }, failed)
}

/// All mandates.
pub(super) async fn list(State(console): Shared) -> Response {
    blocking(console, |c| mandates_page(c, &Said(vec![]), None)).await
}

fn read(said: &Said) -> Result<Mandate> {
    let ground = Ground::from_name(&said.text("ground")).ok_or(OfficeError::NotFound("ground"))?;
    let scope = said.text("scope");
    Ok(Mandate {
        principal: said.text("principal"),
        organisation: said.text("organisation"),
        ground,
        scope: scope.split('、').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        area: said.text("area"),
        number: said.text("number"),
        from: said.day("from")?,
        until: said.day("until")?,
        published: said.text("published"),
    })
}

/// Adds one.
pub(super) async fn add(State(console): Shared, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        match mendable(read(&said).and_then(|m| mandate::add(&c.office, &m)).map(drop))? {
            None => Ok(Redirect::to("/console/mandates").into_response()),
            fault => mandates_page(c, &said, fault),
        }
    })
    .await
}

/// Ends one before its time, once that is confirmed.
pub(super) async fn end(State(console): Shared, Path(id): Path<String>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let all = c.office.store.read(mandate::all)?;
        let known = all.into_iter().find(|k| k.id == id).ok_or(OfficeError::NotFound("mandate"))?;
        if said.text("confirmed") != "yes" {
            let about = format!("{}　{}", known.mandate.organisation, known.mandate.number);
            let (action, back) = (format!("/console/mandates/{id}/end"), "/console/mandates".to_owned());
            let page = Confirm::of(frame(c, "officers"), said, "reg.mandates.end", "reg.confirm.mandate");
            return shown(&Confirm { about, action, back, ..page }, false);
        }
        let id = Id::from_hex(&id).ok_or(OfficeError::NotFound("mandate"))?;
        let ended = said.day("day").map(|day| Ended { day, reason: said.text("reason"), by: said.text("by") });
        match mendable(ended.and_then(|e| mandate::end(&c.office, id, &e)))? {
            None => Ok(Redirect::to("/console/mandates").into_response()),
            fault => mandates_page(c, &Said(vec![]), fault),
        }
    })
    .await
}
