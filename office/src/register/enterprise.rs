//! The register of enterprises: filled over time, by hand or from a CSV file (R08).

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, Row, Tx, params};
use serde::{Deserialize, Serialize};

/// An enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    /// 统一社会信用代码 (GB 32100).
    #[serde(alias = "统一社会信用代码")]
    pub code: String,
    /// 名称.
    #[serde(alias = "名称")]
    pub name: String,
    /// 地址.
    #[serde(default, alias = "地址")]
    pub address: String,
    /// 区域.
    #[serde(default, alias = "区域")]
    pub area: String,
    /// 类别.
    #[serde(default, alias = "类别")]
    pub category: String,
}

const DIGITS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Whether the code has 18 characters of GB 32100-2015 and the check character fits.
#[must_use]
pub fn is_code(code: &str) -> bool {
    let value = |b: u8| DIGITS.iter().position(|d| *d == b);
    let Some(values) = code.bytes().map(value).collect::<Option<Vec<_>>>().filter(|v| v.len() == 18) else { return false };
    // Each place weighs 3^i mod 31; with the check character itself (weight 1) the sum is divisible.
    let (sum, _) = values.iter().take(17).fold((0, 1), |(sum, weight), v| (sum + v * weight, weight * 3 % 31));
    values.last().is_some_and(|check| (sum + check) % 31 == 0)
}

/// As it is compared: upper case, without spaces.
#[must_use]
pub fn plain_code(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Longest text in characters.
const LONGEST: usize = 200;

impl Enterprise {
    fn checked(&self) -> std::result::Result<Self, String> {
        let code = plain_code(&self.code);
        if !is_code(&code) {
            return Err(format!("统一社会信用代码不符合 GB 32100（校验位） not a unified social credit code: {code}"));
        }
        let e = Self {
            code,
            name: self.name.trim().to_owned(),
            address: self.address.trim().to_owned(),
            area: self.area.trim().to_owned(),
            category: self.category.trim().to_owned(),
        };
        let long = [&e.name, &e.address, &e.area, &e.category].iter().any(|t| t.chars().count() > LONGEST);
        if e.name.is_empty() || long {
            return Err("名称不能为空，各项不超过 200 字 the name must be said; at most 200 characters each".into());
        }
        Ok(e)
    }
}

fn put(office: &Office, tx: &Tx<'_>, e: &Enterprise) -> Result<()> {
    tx.execute(
        "INSERT INTO enterprises (code, name, address, area, category, at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (code) DO UPDATE
         SET name = excluded.name, address = excluded.address, area = excluded.area, category = excluded.category,
         at = excluded.at",
        params![e.code, e.name, e.address, e.area, e.category, office.now()],
    )?;
    Ok(())
}

/// Adds an enterprise, or replaces what was known of it.
///
/// # Errors
/// [`OfficeError::Settings`] says what does not fit.
pub fn add(office: &Office, e: &Enterprise) -> Result<()> {
    let e = e.checked().map_err(OfficeError::Settings)?;
    office.store.write(|tx| put(office, tx, &e))
}

/// Adds all enterprises of a CSV text, or none: every line that does not fit is named. Gives how many.
///
/// # Errors
/// [`OfficeError::Settings`] with a line for each fault.
pub fn import(office: &Office, text: &str) -> Result<usize> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let (mut good, mut faults, mut seen) = (Vec::new(), Vec::new(), std::collections::BTreeMap::new());
    for (i, row) in reader.deserialize::<Enterprise>().enumerate() {
        let line = row.as_ref().err().and_then(|e| e.position().map(csv::Position::line)).unwrap_or(i as u64 + 2);
        let fault = match row.map_err(|e| told(&e)).and_then(|e| e.checked()) {
            Ok(e) => match seen.insert(e.code.clone(), line) {
                None => {
                    good.push(e);
                    continue;
                }
                Some(first) => format!("与第 {first} 行代码相同 the same code as line {first}"),
            },
            Err(fault) => fault,
        };
        faults.push(format!("第 {line} 行 line {line}: {fault}"));
    }
    if good.is_empty() && faults.is_empty() {
        faults.push(
            "没有数据行 no rows; 表头 header: 统一社会信用代码,名称,地址,区域,类别 (code,name,address,area,category)".into(),
        );
    }
    if !faults.is_empty() {
        let head = format!("未导入任何一行，有 {} 处错误 nothing was imported, {} faults:", faults.len(), faults.len());
        return Err(OfficeError::Settings(format!("{head}\n{}", faults.join("\n"))));
    }
    office.store.write(|tx| {
        for e in &good {
            put(office, tx, e)?;
        }
        Ok(good.len())
    })
}

fn told(e: &csv::Error) -> String {
    match e.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("应有 {expected_len} 列，实有 {len} 列 {expected_len} columns expected, {len} found")
        }
        csv::ErrorKind::Utf8 { .. } => "不是 UTF-8 not UTF-8".into(),
        csv::ErrorKind::Deserialize { err, .. } => format!("无法读取 cannot be read: {}", err.kind()),
        _ => "无法读取 cannot be read".into(),
    }
}

fn read(r: &Row<'_>) -> crate::store::Result<Enterprise> {
    Ok(Enterprise { code: r.get(0)?, name: r.get(1)?, address: r.get(2)?, area: r.get(3)?, category: r.get(4)? })
}

/// Enterprises whose code or name contains `part`, by name; at most `most`.
///
/// # Errors
/// [`OfficeError`].
pub fn list(c: &Db, part: &str, most: u32) -> Result<Vec<Enterprise>> {
    Ok(c.rows(
        "SELECT code, name, address, area, category FROM enterprises WHERE instr(code, upper(?1)) > 0 OR instr(name, ?1) > 0
         ORDER BY name, code LIMIT ?2",
        params![part, most],
        read,
    )?)
}

/// How many enterprises there are.
///
/// # Errors
/// [`OfficeError`].
pub fn count(c: &Db) -> Result<i64> {
    Ok(c.one("SELECT count(*) FROM enterprises", params![], |r| r.get(0))?)
}

/// The enterprise of a code.
///
/// # Errors
/// [`OfficeError`]; `None` when the register does not know it (yet).
pub fn by_code(c: &Db, code: &str) -> Result<Option<Enterprise>> {
    Ok(c.row("SELECT code, name, address, area, category FROM enterprises WHERE code = ?", params![plain_code(code)], read)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GB 32100-2015: the examples that are printed on licences; every single wrong character is seen.
    #[test]
    fn r08_the_check_character_of_a_credit_code_finds_every_single_error() {
        for code in ["91350100M000100Y43", "91110000100003433J", "91110108551385082Q"] {
            assert!(is_code(code), "{code}");
            for i in 0..18 {
                for d in DIGITS {
                    let mut other = code.as_bytes().to_vec();
                    if let Some(c) = other.get_mut(i) {
                        *c = *d;
                    }
                    let other = String::from_utf8_lossy(&other).into_owned();
                    assert_eq!(is_code(&other), other == code, "{other}");
                }
            }
        }
        for bad in ["", "91350100M000100Y4", "91350100M000100Y433", "9135O100M000100Y43", "９1350100M000100Y4"] {
            assert!(!is_code(bad), "{bad}");
        }
        assert_eq!(plain_code(" 91350100m000100y43 "), "91350100M000100Y43");
    }
}
