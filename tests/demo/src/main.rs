//! `mingzheng-demo [--exit] [--bench] [--out FOLDER]`: plays the day of one inspection from an empty office to a verified case file.
//!
//! It leaves `demo-out/` behind and, unless `--exit`, the office running with its console until Ctrl-C. `--bench` only measures.

use mingzheng_demo::Result;
use mingzheng_demo::day::{Day, Folders};
use mingzheng_demo::office;
use mingzheng_demo::place::Place;
use mingzheng_demo::step::{Measure, Programme};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: mingzheng-demo [--exit] [--bench] [--out FOLDER]";

#[derive(Default)]
struct Options {
    exit: bool,
    bench: bool,
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(64);
    };
    end_children_on_signal();
    let mut programme = Programme::default();
    let work = match tempfile::Builder::new().prefix("mingzheng-demo-").tempdir() {
        Ok(work) => work,
        Err(error) => {
            eprintln!("no working folder: {error}");
            return ExitCode::FAILURE;
        }
    };
    WORK.get_or_init(|| work.path().to_owned());
    match play(&mut programme, &options, work.path()) {
        Ok(met) if met || !options.bench => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let kept = work.keep();
            eprintln!("\n演示中断 / the demo stopped: {error}");
            eprintln!("日志 / logs: {}", kept.join("logs").display());
            ExitCode::FAILURE
        }
    }
}

fn options() -> Option<Options> {
    let mut options = Options::default();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str()? {
            "--exit" => options.exit = true,
            "--bench" => options.bench = true,
            "--out" => options.out = Some(arguments.next()?.into()),
            _ => return None,
        }
    }
    Some(options)
}

/// The working folder, which goes when a signal ends the demo.
static WORK: OnceLock<PathBuf> = OnceLock::new();

/// Plays, or measures; gives whether every measure was met.
fn play(p: &mut Programme, options: &Options, work: &Path) -> Result<bool> {
    let place = Place::find()?;
    let out = options.out.clone().or_else(|| std::env::var_os("MINGZHENG_DEMO_OUT").map(PathBuf::from));
    let out = out.unwrap_or_else(|| place.root.join("demo-out"));
    fs::create_dir_all(work.join("logs"))?;
    let folders = Folders { work: work.to_owned(), out: out.clone() };
    if options.bench {
        let measures = Day::prepare(p, place, folders)?.measure(p)?;
        p.measures(&measures);
        return Ok(measures.iter().all(|m| m.met));
    }
    make_room(&out)?;
    println!("明证演示：一次检查，从亮证到核验完毕的案卷。左边是剧本时间，文书上是本次运行的真实时间。");
    println!(
        "One inspection, from the badge to a verified case file. Times on the left are the story's; papers carry the real time."
    );
    let mut day = Day::prepare(p, place, folders)?;
    day.on_site(p)?;
    day.online(p)?;
    let measures = day.measure(p)?;
    p.measures(&measures);
    summary(p, &day, &measures, &out)?;
    println!("\n{:.1} s  {}", p.seconds(), out.display());
    if options.exit {
        return Ok(true);
    }
    println!("\n控制台（一次性链接） console, one-time link: {}", day.serving.link()?);
    println!("亮证核验 badge page: {}/b\n按 Ctrl-C 结束 / Ctrl-C ends it", day.serving.address);
    day.serving.wait()?;
    Ok(true)
}

/// Empties the folder of an earlier run; any other folder that holds something is left alone.
fn make_room(out: &Path) -> Result<()> {
    if out.exists() && fs::read_dir(out)?.next().is_some() {
        let ours = ["summary.json", "badge.png"].iter().any(|f| out.join(f).is_file());
        if !ours {
            return Err(format!("{} holds something that is not of the demo", out.display()).into());
        }
        fs::remove_dir_all(out)?;
    }
    Ok(fs::create_dir_all(out.join("pictures"))?)
}

fn summary(p: &Programme, day: &Day, measures: &[Measure], out: &Path) -> Result<()> {
    let summary = json!({
        "seconds": p.seconds(), "steps": p.steps, "verdicts": day.verdicts, "numbers": day.numbers, "measures": measures,
        "record_facts": day.record_facts,
    });
    Ok(fs::write(out.join("summary.json"), serde_json::to_vec_pretty(&summary)?)?)
}

/// Ctrl-C, a termination or a closed terminal ends the office too; phones end with their standard input.
fn end_children_on_signal() {
    std::thread::spawn(|| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let asked = runtime.block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut hang_up = signal(SignalKind::hangup())?;
            tokio::select! {
                asked = tokio::signal::ctrl_c() => asked,
                _ = terminate.recv() => Ok(()),
                _ = hang_up.recv() => Ok(()),
            }
        });
        if asked.is_ok() {
            office::end_all();
            if let Some(work) = WORK.get() {
                // Nothing can be done about what cannot be removed now.
                let _ = fs::remove_dir_all(work);
            }
            std::process::exit(130);
        }
    });
}
