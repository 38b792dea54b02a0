//! `mingzheng-tamper fuzz-material FOLDER` writes what the fuzz targets start from; other commands measure (`measure`).

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["fuzz-material", folder] => {
            mingzheng_tamper::seeds::write(Path::new(folder));
            ExitCode::SUCCESS
        }
        words => match mingzheng_tamper::measure::command(words) {
            Some(answer) => {
                println!("{answer}");
                ExitCode::SUCCESS
            }
            None => {
                eprintln!("not understood: see cargo xtask fuzz and cargo xtask bench proof");
                ExitCode::FAILURE
            }
        },
    }
}
