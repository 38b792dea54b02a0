//! The steps of the day: each printed with its time, Chinese first; long ones with a bar; all kept for `summary.json`.

use crate::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// A step that was played.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Time of the story, for instance `09:05`; empty at the office.
    pub clock: String,
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
    /// How long it took.
    pub seconds: f64,
    /// What came out of it.
    pub notes: Vec<String>,
}

/// A measure with its target.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// What is measured.
    pub what: String,
    /// At most.
    pub target: f64,
    /// Measured.
    pub value: f64,
    /// Unit of both.
    pub unit: &'static str,
    /// `value ≤ target`.
    pub met: bool,
}

/// The programme as it is played.
pub struct Programme {
    terminal: bool,
    started: Instant,
    bar: ProgressBar,
    notes: Vec<String>,
    /// Steps so far.
    pub steps: Vec<Step>,
}

impl Default for Programme {
    fn default() -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self { terminal, started: Instant::now(), bar: ProgressBar::hidden(), notes: Vec::new(), steps: Vec::new() }
    }
}

impl Programme {
    /// A heading.
    pub fn part(&self, zh: &str, en: &str) {
        println!("\n{}  {}", self.bold(zh), self.dim(en));
    }

    /// Plays one step. What `play` notes is printed below it.
    ///
    /// # Errors
    /// Those of `play`, with the step's name in front.
    pub fn step<T>(&mut self, clock: &str, zh: &str, en: &str, play: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let title = format!("{clock:>5}  {zh}  {}", self.dim(en));
        self.bar = ProgressBar::hidden();
        if self.terminal {
            self.bar.set_draw_target(ProgressDrawTarget::stdout());
            self.bar.set_style(style("{spinner} {msg}"));
            self.bar.set_message(title.clone());
            self.bar.enable_steady_tick(Duration::from_millis(80));
        }
        let start = Instant::now();
        let result = play(self);
        let seconds = start.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        let mark = if result.is_ok() { self.colour("✓", 32) } else { self.colour("✗", 31) };
        println!("{mark} {title}  {}", self.dim(&format!("{seconds:.2} s")));
        let notes = std::mem::take(&mut self.notes);
        for note in &notes {
            println!("         {note}");
        }
        self.steps.push(Step { clock: clock.into(), zh: zh.into(), en: en.into(), seconds, notes });
        result.map_err(|error| format!("{zh} / {en}: {error}").into())
    }

    /// A line below the step that is being played.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// How far a long step is.
    pub fn progress(&mut self, done: u64, of: u64) {
        if self.bar.length() != Some(of) {
            self.bar.set_length(of);
            self.bar.set_style(style("{spinner} {msg}  {wide_bar} {pos}/{len}"));
        }
        self.bar.set_position(done);
    }

    /// A table of measures.
    pub fn measures(&self, measures: &[Measure]) {
        println!("\n{}  {}", self.bold("量测"), self.dim("Measures: target, value, met or missed"));
        for m in measures {
            let verdict = if m.met { self.colour("达到 met", 32) } else { self.colour("未达 missed", 31) };
            println!("  ≤ {:>5} {:<4} {:>8.1} {:<4} {verdict}  {}", m.target, m.unit, m.value, m.unit, m.what);
        }
        // A machine that does other work too measures that work.
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        println!("  负载 load: {}（{processors} 个处理器 processors）", load.split(' ').next().unwrap_or_default());
    }

    /// Seconds since the beginning.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.terminal { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }
    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }
    fn colour(&self, text: &str, colour: u8) -> String {
        self.paint(&colour.to_string(), text)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
