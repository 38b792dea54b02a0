//! Masking of personal data before a decision is published (J25): numbers by their form, and what follows a word that announces it.

use crate::calendar::Day;
use crate::pack::Mask;
use std::collections::BTreeSet;

/// What stands in its place.
const HIDDEN: &str = "＊＊＊";

/// Words after which a number or an address follows.
const ANNOUNCED: [(&str, Mask); 19] = [
    ("身份证", Mask::IdNumber),
    ("证件号", Mask::IdNumber),
    ("护照", Mask::IdNumber),
    ("通行证", Mask::IdNumber),
    ("电话", Mask::Phone),
    ("手机", Mask::Phone),
    ("联系方式", Mask::Phone),
    ("微信", Mask::Phone),
    ("QQ", Mask::Phone),
    ("邮箱", Mask::Phone),
    ("账号", Mask::Account),
    ("帐号", Mask::Account),
    ("账户", Mask::Account),
    ("卡号", Mask::Account),
    ("住址", Mask::HomeAddress),
    ("家住", Mask::HomeAddress),
    ("现住", Mask::HomeAddress),
    ("户籍地", Mask::HomeAddress),
    ("居住地", Mask::HomeAddress),
];

/// Between a word and what it announces.
fn joint(c: char) -> bool {
    c.is_whitespace() || "：:号码为是（(号为地址".contains(c)
}

fn digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn wordlike(c: char) -> bool {
    digit(c) || c.is_ascii_alphanumeric() || "-_.@－".contains(c)
}

/// The text with personal data taken out, and what was found. Too much rather than too little.
#[must_use]
pub fn mask(text: &str) -> (String, BTreeSet<Mask>) {
    let (announced, mut found) = after_words(text);
    let (numbers, more) = numbers(&announced);
    found.extend(more);
    (numbers, found)
}

/// What a word announces.
fn after_words(text: &str) -> (String, BTreeSet<Mask>) {
    let (mut out, mut found, mut rest) = (String::new(), BTreeSet::new(), text);
    while let Some(c) = rest.chars().next() {
        let Some((word, what)) = ANNOUNCED.iter().find(|(word, _)| rest.starts_with(word)) else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        out.push_str(word);
        rest = rest.get(word.len()..).unwrap_or_default();
        let joined: String = rest.chars().take_while(|c| joint(*c)).collect();
        let after = rest.get(joined.len()..).unwrap_or_default();
        let value: String = match what {
            // Only with a colon or the like: 住址 alone may be spoken of.
            Mask::HomeAddress if joined.is_empty() && !["家住", "现住"].contains(word) => String::new(),
            Mask::HomeAddress => after.chars().take_while(|c| !"，,。；;\n）)".contains(*c)).collect(),
            _ => after.chars().take_while(|c| wordlike(*c)).collect(),
        };
        let least = if *what == Mask::HomeAddress { 2 } else { 5 };
        if value.chars().count() >= least && value != HIDDEN {
            found.insert(*what);
            out.push_str(&joined);
            out.push_str(HIDDEN);
            rest = after.get(value.len()..).unwrap_or_default();
        }
    }
    (out, found)
}

/// Numbers that tell by their form what they are, and addresses of e-mail.
fn numbers(text: &str) -> (String, BTreeSet<Mask>) {
    let (mut out, mut found, mut rest) = (String::new(), BTreeSet::new(), text);
    while let Some(c) = rest.chars().next() {
        let token: String = rest.chars().take_while(|c| wordlike(*c)).collect();
        if token.is_empty() {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        }
        rest = rest.get(token.len()..).unwrap_or_default();
        match kind(&token) {
            Some(what) => {
                found.insert(what);
                out.push_str(HIDDEN);
            }
            None => out.push_str(&token),
        }
    }
    (out, found)
}

fn ascii(text: &str) -> String {
    let plain = |c: char| match c {
        '０'..='９' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        '－' => '-',
        c => c,
    };
    text.chars().map(plain).collect()
}

fn kind(token: &str) -> Option<Mask> {
    let token = ascii(token);
    let token = token.trim_matches(['.', '-', '_']);
    if token.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.')) {
        return Some(Mask::Phone);
    }
    let bare: String = token.chars().filter(|c| *c != '-').collect();
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let only = digits == bare.len();
    let ends_in_x = bare.len() == 18 && digits == 17 && bare.ends_with(['X', 'x']);
    match digits {
        // A credit code has letters; one that has none is taken for an identity number: it stands in a field of its own.
        18 if only => Some(Mask::IdNumber),
        17 if ends_in_x => Some(Mask::IdNumber),
        15 if only => Some(Mask::IdNumber),
        11 if only && bare.starts_with('1') => Some(Mask::Phone),
        10..=12 if only && bare.starts_with('0') => Some(Mask::Phone),
        12 if only => Some(Mask::Account),
        13..=30 if only => Some(Mask::Account),
        _ => None,
    }
}

/// A person on a public page: the family name, and nothing that tells more.
#[must_use]
pub fn of_person(name: &str) -> String {
    const DOUBLE: [&str; 12] = ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "司徒"];
    let name = name.trim();
    let family: String = match DOUBLE.iter().find(|family| name.starts_with(**family)) {
        Some(family) => (*family).to_owned(),
        None => name.chars().take(1).collect(),
    };
    format!("{family}某")
}

/// Whether the bearer of an identity number is a minor on that day (民法典 17); `None` for another number.
pub(super) fn minor(id_number: &str, on: Day) -> Option<bool> {
    let number = ascii(id_number.trim());
    let whole = number.len() == 18 && number.chars().take(17).all(|c| c.is_ascii_digit());
    let born: u32 = number.get(6..14).filter(|_| whole)?.parse().ok()?;
    Day::try_from(born).ok()?;
    Some(on.number() < born.saturating_add(180_000))
}
