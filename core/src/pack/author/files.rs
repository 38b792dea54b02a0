//! The folder of a pack: nothing outside it is ever read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use super::{Problem, ProblemKind};

/// Largest file of a pack.
const LIMIT: u64 = 1 << 20;

/// The folder, and files that stand in for its own.
pub(super) struct Folder(PathBuf, BTreeMap<String, String>);

impl Folder {
    pub(super) fn open(folder: &Path, with: BTreeMap<String, String>) -> Result<Folder, Vec<Problem>> {
        let missing = |_| {
            vec![Problem {
                file: folder.display().to_string(),
                line: 0,
                kind: ProblemKind::FileMissing(folder.display().to_string()),
            }]
        };
        fs::canonicalize(folder).map(|folder| Folder(folder, with)).map_err(missing)
    }

    /// Whether there is such a file; only for names that the program itself gives.
    pub(super) fn has(&self, file: &'static str) -> bool {
        self.0.join(file).exists()
    }

    /// The text of a file by its relative path with `/`; links that lead out are refused.
    pub(super) fn read(&self, path: &str) -> Result<String, ProblemKind> {
        let relative = Path::new(path);
        let normal = |part| matches!(part, Component::Normal(_));
        let outside = || ProblemKind::OutsideFolder(path.to_owned());
        if path.is_empty() || path.contains('\\') || !relative.components().all(normal) {
            return Err(outside());
        }
        let io = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => ProblemKind::FileMissing(path.to_owned()),
            kind => ProblemKind::Unreadable(kind.to_string()),
        };
        if let Some(text) = self.1.get(path) {
            return if text.len() as u64 > LIMIT { Err(too_large()) } else { Ok(text.clone()) };
        }
        let real = fs::canonicalize(self.0.join(relative)).map_err(io)?;
        if !real.starts_with(&self.0) {
            return Err(outside());
        }
        let file = fs::File::open(real).map_err(io)?;
        if !file.metadata().map_err(io)?.is_file() {
            return Err(ProblemKind::Unreadable("not a file".to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > LIMIT {
            return Err(too_large());
        }
        let text = String::from_utf8(bytes).map_err(|_| ProblemKind::Unreadable("not UTF-8".to_owned()))?;
        // Spreadsheets write a byte order mark and CR LF; neither is content.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(text.replace("\r\n", "\n"))
    }
}

fn too_large() -> ProblemKind {
    ProblemKind::Unreadable("over 1 MiB".to_owned())
}
