//! `mingzheng`: the office and the verifier in one program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mingzheng_office::cli::run()
}
