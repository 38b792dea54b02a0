//! `mingzheng officer`: the life of the certificates, the work list, the roster (R02–R04).

use super::office::day;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::mandate::Deed;
use crate::register::{self, Act, Cause, Certificate, Fields, Kind, No, State, Step, years};
use crate::settings::Settings;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Why, on what basis, by whose decision, from which day.
#[derive(Args)]
pub(super) struct Why {
    /// 理由。 Reason.
    #[arg(long)]
    reason: String,
    /// 依据。 Basis.
    #[arg(long)]
    basis: String,
    /// 决定人。 Who decided.
    #[arg(long)]
    by: String,
    /// 生效日期，默认今天。 Day from which it holds; default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<String>,
}

#[derive(Args)]
pub(super) struct Card {
    /// 姓名。 Name.
    #[arg(long)]
    name: String,
    /// 单位。 Unit.
    #[arg(long)]
    unit: String,
    /// 职务。 Position.
    #[arg(long)]
    position: String,
    /// 证件编号。 Number.
    #[arg(long)]
    number: String,
    /// 执法类别；多项以、分隔。 Category; several separated by 、.
    #[arg(long)]
    category: String,
    /// 执法区域；多项以、分隔。 Area; several separated by 、.
    #[arg(long)]
    area: String,
    #[command(flatten)]
    why: Why,
}

#[derive(Args)]
pub(super) struct Renewal {
    /// 证件编号。 Number.
    number: String,
    /// 新的有效期止，默认为最长年限。 New last valid day; default: the longest.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<String>,
    /// 变更后的单位。 Unit, if it changed.
    #[arg(long)]
    unit: Option<String>,
    /// 变更后的职务。 Position, if it changed.
    #[arg(long)]
    position: Option<String>,
    /// 变更后的执法类别。 Category, if it changed.
    #[arg(long)]
    category: Option<String>,
    /// 变更后的执法区域。 Area, if it changed.
    #[arg(long)]
    area: Option<String>,
    #[command(flatten)]
    why: Why,
}

#[derive(Subcommand)]
pub(super) enum OfficerCommand {
    /// 申领。 Apply for a certificate.
    Apply(Box<Card>),
    /// 登记资格考试结果（核发的条件）。 Record the result of the exam, a condition of issue.
    Exam {
        /// 证件编号。 Number.
        number: String,
        /// 合格。 Passed.
        #[arg(long, conflicts_with = "failed", required_unless_present = "failed")]
        passed: bool,
        /// 不合格。 Failed.
        #[arg(long)]
        failed: bool,
        /// 合格证编号或成绩。 Number of its certificate, or the score.
        #[arg(long)]
        result: String,
        #[command(flatten)]
        why: Why,
    },
    /// 核发。 Issue.
    Issue {
        /// 证件编号。 Number.
        number: String,
        /// 有效期止，默认为最长年限。 Last valid day; default: the longest.
        #[arg(long, value_name = "YYYY-MM-DD")]
        until: Option<String>,
        #[command(flatten)]
        why: Why,
    },
    /// 年检合格，可多人一批。 Annual check passed, one or many at once.
    Check {
        /// 证件编号。 Numbers.
        #[arg(required = true)]
        numbers: Vec<String>,
        #[command(flatten)]
        why: Why,
    },
    /// 暂扣，立即生效。 Suspend, at once.
    Suspend {
        /// 证件编号。 Number.
        number: String,
        #[command(flatten)]
        why: Why,
    },
    /// 发还暂扣的证件。 Resume after a suspension.
    Resume {
        /// 证件编号。 Number.
        number: String,
        #[command(flatten)]
        why: Why,
    },
    /// 换发：新的有效期与变更事项。 Renew: new validity, and what has changed.
    Renew(Box<Renewal>),
    /// 注销，不可恢复。 Cancel, for good.
    Cancel {
        /// 证件编号。 Number.
        number: String,
        /// 原因。 Why: misconduct 违法违纪, lost 遗失, withdrawn 撤回申领, other 其他.
        #[arg(long, value_parser = ["misconduct", "lost", "withdrawn", "other"])]
        cause: String,
        #[command(flatten)]
        why: Why,
    },
    /// 调离、退休：注销并收回实体证件。 Transfer or retirement: cancel and take the card back.
    Recall {
        /// 证件编号。 Number.
        number: String,
        /// 原因：transfer 调离 / retirement 退休；登记收回时不写。 Why; not when the card comes back.
        #[arg(long, value_parser = ["transfer", "retirement"], required_unless_present = "returned")]
        cause: Option<String>,
        /// 实体证件已收回。 The card has come back.
        #[arg(long)]
        returned: bool,
        #[command(flatten)]
        why: Why,
    },
    /// 名册。 The register.
    List {
        /// 只列此状态。 Only this state.
        #[arg(long, value_parser = State::ALL.map(State::name))]
        state: Option<String>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 一个证件及其全部经过。 One certificate with its whole life.
    Show {
        /// 证件编号。 Number.
        number: String,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 工作清单：年检与到期。 Work list: annual checks and expiries.
    Due {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 某日可派的人员。 Who may be assigned on a day.
    Roster {
        /// 日期，默认今天。 Day; default: today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<String>,
        /// 执法区域。 Area.
        #[arg(long)]
        area: Option<String>,
        /// 执法类别。 Category.
        #[arg(long)]
        category: Option<String>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: OfficerCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        OfficerCommand::Apply(card) => apply(&office, *card)?,
        OfficerCommand::Exam { number, passed, failed: _, result, why } => {
            one(&office, &number, Act::Examined { passed, result }, why)?;
        }
        OfficerCommand::Issue { number, until, why } => {
            let until = validity(&office, until.as_deref(), &why)?;
            one(&office, &number, Act::Issued { until }, why)?;
        }
        OfficerCommand::Check { numbers, why } => {
            let ids = numbers.iter().map(|n| Ok(known(&office, n)?.id)).collect::<Result<Vec<_>>>()?;
            register::record(&office, &ids, &step(&office, Act::Checked, why)?)?;
            println!("已登记 {} 人年检合格。 {} annual checks recorded.", ids.len(), ids.len());
        }
        OfficerCommand::Suspend { number, why } => one(&office, &number, Act::Suspended, why)?,
        OfficerCommand::Resume { number, why } => one(&office, &number, Act::Resumed, why)?,
        OfficerCommand::Renew(r) => renew(&office, *r)?,
        OfficerCommand::Cancel { number, cause, why } => cancel(&office, &number, &cause, why)?,
        OfficerCommand::Recall { number, cause, returned, why } => match cause {
            Some(cause) if !returned => cancel(&office, &number, &cause, why)?,
            None => one(&office, &number, Act::Returned, why)?,
            Some(_) => {
                let text = "先注销（--cause），收回实体证件后再登记（--returned） cancel first (--cause), record the card when it is back (--returned)";
                return Err(OfficeError::Settings(text.into()));
            }
        },
        OfficerCommand::List { state, json } => list(&office, state.as_deref().and_then(State::from_name), json)?,
        OfficerCommand::Show { number, json } => show(&office, &number, json)?,
        OfficerCommand::Due { json } => due(&office, json)?,
        OfficerCommand::Roster { day: on, area, category, json } => {
            let on = on.as_deref().map(day).transpose()?.map_or_else(|| register::today(&office), Ok)?;
            let organ = office.trust.organ.clone();
            let deed = Deed { day: on, organ: &organ, area: area.as_deref(), category: category.as_deref(), matter: None };
            let all = office.store.read(|c| register::roster(&office, c, &deed))?;
            print(&office, &all, json, "没有可派的人员。 Nobody may be assigned.")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn step(office: &Office, act: Act, why: Why) -> Result<Step> {
    let on = why.day.as_deref().map(day).transpose()?.map_or_else(|| register::today(office), Ok)?;
    Ok(Step { act, day: on, reason: why.reason, basis: why.basis, by: why.by })
}

fn known(office: &Office, number: &str) -> Result<Certificate> {
    office.store.read(|c| register::by_number(c, number))?.ok_or_else(|| No::Unknown.into())
}

/// Records a step and says what the certificate is now.
fn one(office: &Office, number: &str, act: Act, why: Why) -> Result<()> {
    let id = known(office, number)?.id;
    register::record(office, &[id], &step(office, act, why)?)?;
    let now = office.store.read(|c| register::by_id(c, id))?;
    println!("{number}：{}", now.on(register::today(office)?, &office.settings.register).title());
    Ok(())
}

fn apply(office: &Office, card: Card) -> Result<()> {
    let Card { name, unit, position, number, category, area, why } = card;
    let text = number.clone();
    let fields = Fields { name, unit, position, number, category, area };
    register::apply(office, &step(office, Act::Applied { fields }, why)?)?;
    println!("{text}：{}", State::Applied.title());
    println!("下一步 next: mingzheng officer exam {text} --passed --result …");
    Ok(())
}

fn validity(office: &Office, until: Option<&str>, why: &Why) -> Result<mingzheng_core::calendar::Day> {
    match (until, &why.day) {
        (Some(until), _) => day(until),
        (None, Some(from)) => Ok(years(day(from)?, office.settings.register.certificate_years)),
        (None, None) => Ok(years(register::today(office)?, office.settings.register.certificate_years)),
    }
}

fn renew(office: &Office, r: Renewal) -> Result<()> {
    let until = validity(office, r.until.as_deref(), &r.why)?;
    let f = known(office, &r.number)?.life.fields;
    let act = Act::Renewed {
        until,
        unit: r.unit.unwrap_or(f.unit),
        position: r.position.unwrap_or(f.position),
        category: r.category.unwrap_or(f.category),
        area: r.area.unwrap_or(f.area),
    };
    one(office, &r.number, act, r.why)
}

fn cancel(office: &Office, number: &str, cause: &str, why: Why) -> Result<()> {
    let cause = Cause::from_name(cause).ok_or(OfficeError::NotFound("cause"))?;
    one(office, number, Act::Cancelled { cause }, why)
}

fn row(office: &Office, c: &Certificate) -> Result<Value> {
    let (today, periods) = (register::today(office)?, &office.settings.register);
    Ok(json!({
        "number": c.number(), "name": c.life.fields.name, "unit": c.life.fields.unit, "position": c.life.fields.position,
        "category": c.life.fields.category, "area": c.life.fields.area, "state": c.on(today, periods).name(),
        "until": c.life.until, "check_by": c.life.check_by(periods), "days_left": c.life.days_left(today), "status_index": c.index,
    }))
}

fn line(office: &Office, c: &Certificate) -> Result<String> {
    let state = c.on(register::today(office)?, &office.settings.register).title();
    let until = c.life.until.map_or_else(|| "–".into(), |u| u.to_string());
    let f = &c.life.fields;
    Ok(format!("{}  {}  {}  {}  {}  至 until {until}  {state}", f.number, f.name, f.unit, f.category, f.area))
}

fn print(office: &Office, all: &[Certificate], json: bool, empty: &str) -> Result<()> {
    if json {
        println!("{}", Value::Array(all.iter().map(|c| row(office, c)).collect::<Result<_>>()?));
    } else if all.is_empty() {
        println!("{empty}");
    } else {
        for c in all {
            println!("{}", line(office, c)?);
        }
    }
    Ok(())
}

fn list(office: &Office, state: Option<State>, json: bool) -> Result<()> {
    let mut all = office.store.read(register::all)?;
    let today = register::today(office)?;
    all.retain(|c| state.is_none_or(|s| c.on(today, &office.settings.register) == s));
    print(office, &all, json, "没有证件；申领 apply: mingzheng officer apply --help")
}

fn show(office: &Office, number: &str, json: bool) -> Result<()> {
    let c = known(office, number)?;
    let logged = office.store.read(|s| register::is_logged(office, s, c.id))?;
    if json {
        let mut out = row(office, &c)?;
        let steps: Vec<Value> = c.steps.iter().map(|k| json!({"step": k.step, "at": k.at, "leaf": k.leaf})).collect();
        if let Some(map) = out.as_object_mut() {
            map.insert("steps".into(), steps.into());
            map.insert("logged".into(), logged.into());
        }
        println!("{out}");
        return Ok(());
    }
    println!("{}", line(office, &c)?);
    if let Some(by) = c.life.check_by(&office.settings.register) {
        println!("年检至 annual check by: {by}");
    }
    for k in &c.steps {
        let s = &k.step;
        println!(
            "  {}  {}  理由 reason: {}  依据 basis: {}  决定人 by: {}  叶 leaf {}",
            s.day,
            crate::text::CONSOLE.plain(&format!("reg.kind.{}", s.act.kind().name())),
            s.reason,
            s.basis,
            s.by,
            k.leaf
        );
    }
    println!("{}", crate::text::CONSOLE.plain(if logged { "reg.logged" } else { "reg.unlogged" }));
    let today = register::today(office)?;
    let next = Kind::ALL
        .into_iter()
        .filter(|k| register::may_follow(Some(&c.life), *k, today, &office.settings.register).is_ok())
        .map(|k| crate::text::CONSOLE.plain(&format!("reg.kind.{}", k.name())));
    println!("可以 possible: {}", next.collect::<Vec<_>>().join("、"));
    Ok(())
}

fn due(office: &Office, json: bool) -> Result<()> {
    let work = office.store.read(|c| register::work(office, c))?;
    let rows = |all: &[Certificate]| all.iter().map(|c| row(office, c)).collect::<Result<Vec<_>>>();
    let ending: Vec<Certificate> = work.ending.iter().map(|(c, _)| c.clone()).collect();
    let parts = [
        ("due", "待年检 annual check due", &work.due),
        ("missed", "未年检 annual check missed", &work.missed),
        ("passed", "本年已检 checked this year", &work.passed),
        ("ending", "即将到期或已过期 ending or over", &ending),
    ];
    if json {
        let mut out = serde_json::Map::new();
        for (name, _, all) in parts {
            out.insert(name.into(), rows(all)?.into());
        }
        println!("{}", Value::Object(out));
        return Ok(());
    }
    for (_, title, all) in parts {
        println!("{title}：{}", all.len());
        for c in all {
            println!("  {}", line(office, c)?);
        }
    }
    Ok(())
}
