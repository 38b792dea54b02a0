//! `mingzheng-tamper fuzz-material FOLDER`: writes what the fuzz targets start from.
#![allow(clippy::print_stderr)] // a program for the terminal

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["fuzz-material", folder] => {
            mingzheng_tamper::seeds::write(Path::new(folder));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("mingzheng-tamper fuzz-material FOLDER");
            ExitCode::FAILURE
        }
    }
}
