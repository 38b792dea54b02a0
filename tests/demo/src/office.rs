//! The office: the program `mingzheng`, as a person at a terminal uses it, and its server as a child process.

use crate::Result;
use crate::cast::{ORGAN, Officer};
use crate::pictures::succeed;
use crate::place::Place;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Servers that were started and must not outlive this process.
static SERVERS: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

/// Ends every server that was started.
pub fn end_all() {
    for child in SERVERS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        end(&child);
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // It may have ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// An office's folder and the program that works on it.
#[derive(Debug, Clone)]
pub struct Office {
    program: PathBuf,
    folder: PathBuf,
    logs: PathBuf,
}
