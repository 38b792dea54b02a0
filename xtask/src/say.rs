//! What a person sees: one line a step, and on a terminal a moving line while something takes long.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::Mutex;
use std::time::Duration;

static SCREEN: Mutex<()> = Mutex::new(());

/// Prints one line, over the moving line if there is one.
pub(crate) fn line(text: &str) {
    let _one_at_a_time = SCREEN.lock();
    clear();
    println!("{text}");
    // A closed pipe is the reader's choice, not an error of ours.
    drop(stdout().flush());
}

/// Shows how far a long step is; gone with the next line.
pub(crate) fn moving(name: &str, time: Duration, last: &str) {
    let _one_at_a_time = SCREEN.lock();
    if stderr().is_terminal() {
        clear();
        let last: String = last.chars().filter(|c| !c.is_control()).take(70).collect();
        eprint!("  {name} {} {last}", clock(time));
    } else if time.as_secs() > 0 && time.as_secs().is_multiple_of(60) {
        eprintln!("  {name}: {} so far", clock(time));
    }
}

fn clear() {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

/// A time as people read it.
pub(crate) fn clock(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..10 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        seconds @ 10..100 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}
