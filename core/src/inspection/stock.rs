//! 封条 and 预盖章用纸: numbered things that the organ gave to the team for one task. Each is used once, void with a reason, or still there (R14, J32).

use super::gate::gate;
use super::{Gate, Inspection};
use crate::measure::Goods;
use serde::Serialize;

/// What is numbered; its name stands for the form where a number is voided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stock {
    /// 封条.
    Seal,
    /// 预盖章用纸.
    Sheet,
}

impl Stock {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Seal, Self::Sheet];

    /// As it stands in `number.voided`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Sheet => "sheet",
        }
    }
}

/// One number of the stock and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockNumber {
    /// Of what.
    pub stock: Stock,
    /// The number.
    pub number: String,
    /// The measure or paper on which it is.
    pub used: Option<String>,
    /// 作废: why.
    pub voided: Option<String>,
}

impl StockNumber {
    /// Neither used nor void.
    #[must_use]
    pub fn free(&self) -> bool {
        self.used.is_none() && self.voided.is_none()
    }
}

impl Inspection {
    /// Every number that the team was given, accounted for.
    #[must_use]
    pub fn stock(&self) -> Vec<StockNumber> {
        let given = |stock| {
            let task = self.task.as_ref();
            task.map(|t| if stock == Stock::Seal { &t.seals } else { &t.sheets }).into_iter().flatten().map(move |n| (stock, n))
        };
        let on = |stock, number: &String| match stock {
            Stock::Seal => {
                let has = |goods: &[Goods]| goods.iter().any(|g| g.seal.as_ref() == Some(number));
                self.measures.iter().find(|m| m.taken.as_ref().is_some_and(|t| has(&t.goods))).map(|m| m.id.clone())
            }
            Stock::Sheet => self.sheets.iter().find(|(_, sheet)| sheet == number).map(|(paper, _)| paper.clone()),
        };
        let void = |stock: Stock, number: &String| {
            self.voided.iter().find(|v| v.form == stock.name() && v.number == *number).map(|v| v.reason.clone())
        };
        let one = |(stock, number): (Stock, &String)| StockNumber {
            stock,
            number: number.clone(),
            used: on(stock, number),
            voided: void(stock, number),
        };
        Stock::ALL.into_iter().flat_map(given).map(one).collect()
    }
}

/// R14: a team that was given 封条 uses those, each once.
#[must_use]
pub fn seals(i: &Inspection, goods: &[Goods]) -> Vec<Gate> {
    let stock = i.stock();
    let mut free: Vec<&str> = stock.iter().filter(|n| n.stock == Stock::Seal && n.free()).map(|n| n.number.as_str()).collect();
    let given = stock.iter().any(|n| n.stock == Stock::Seal);
    let mut taken = goods.iter().filter_map(|g| g.seal.as_deref());
    let good = taken.all(|seal| free.iter().position(|n| *n == seal).map(|at| free.swap_remove(at)).is_some());
    if !given || good {
        return Vec::new();
    }
    vec![not_of_the_stock([
        "封条编号不是发给本组的，或者已经使用、作废",
        "the number of a seal was not given to the team, or is used or void",
    ])]
}

/// R14: a sheet that was sealed beforehand is one that the team was given, and is used once.
#[must_use]
pub fn sheet(i: &Inspection, number: &str) -> Vec<Gate> {
    if i.stock().iter().any(|n| n.stock == Stock::Sheet && n.number == number && n.free()) {
        return Vec::new();
    }
    vec![not_of_the_stock([
        "用纸编号不是发给本组的，或者已经使用、作废",
        "the number of the sheet was not given to the team, or is used or void",
    ])]
}

fn not_of_the_stock(missing: [&str; 2]) -> Gate {
    gate(
        "R14",
        "卫生行政执法文书规范",
        missing,
        ["核对编号；损坏的先作废并写明原因", "check the number; void what is spoilt first, with its reason"],
    )
}
