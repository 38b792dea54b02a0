//! Enterprises: list, add, import (R08).

use super::posted::{Said, mendable, shown};
use crate::console::{Console, Frame, Shared, blocking, frame};
use crate::error::Result;
use crate::register::enterprise::{self, Enterprise};
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};

type Pairs = Vec<(String, String)>;

/// Rows on a page; the rest is found by searching.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "enterprises.html")]
struct EnterprisesPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    fault: Option<String>,
    done: Option<String>,
    total: i64,
    q: String,
    rows: Vec<Enterprise>,
    said: Enterprise,
    csv: String,
}

fn enterprises_page(c: &Console, said: &Said, fault: Option<String>) -> Result<Response> {
    let q = said.text("q");
    let (total, rows) = c.office.store.read(|s| Ok((enterprise::count(s)?, enterprise::list(s, &q, MOST)?)))?;
    let failed = fault.is_some();
    let page = EnterprisesPage {
        t: &CONSOLE,
        f: frame(c, "officers"),
        tab: "enterprises",
        fault,
        done: Some(said.text("done")).filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())),
        total,
        q,
        rows,
        said: read(said),
        csv: said.text("csv"),
    };
    shown(&page, failed)
}

fn read(said: &Said) -> Enterprise {
    Enterprise {
        code: said.text("code"),
        name: said.text("name"),
        address: said.text("address"),
        area: said.text("area"),
        category: said.text("category"),
    }
}

/// The register, or what of it is searched.
pub(super) async fn list(State(console): Shared, Query(q): Query<Pairs>) -> Response {
    blocking(console, move |c| enterprises_page(c, &Said(q), None)).await
}

/// Adds one, or all of a pasted CSV.
pub(super) async fn add(State(console): Shared, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let (csv, mut n) = (said.text("csv"), 1);
        let done = if csv.is_empty() {
            enterprise::add(&c.office, &read(&said))
        } else {
            enterprise::import(&c.office, &csv).map(|made| n = made)
        };
        match mendable(done)? {
            None => Ok(Redirect::to(&format!("/console/enterprises?done={n}")).into_response()),
            fault => enterprises_page(c, &said, fault),
        }
    })
    .await
}
