//! Where things lie: the clone, the finished programs beside this one, the photographs and the browser.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders and programs that the demo and the scenario tests use.
#[derive(Debug, Clone)]
pub struct Place {
    /// The clone.
    pub root: PathBuf,
    /// Finished programs.
    pub built: PathBuf,
    /// Camera photographs of Debian's `mate-backgrounds`.
    pub photos: PathBuf,
}

impl Place {
    /// `xtask` tells where things are; without it they are where Cargo puts them.
    ///
    /// # Errors
    /// A sentence that names what is missing and the command that makes it.
    pub fn find() -> Result<Self, String> {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let root = match folder("MINGZHENG_ROOT") {
            Some(root) => root,
            None => {
                let here = Path::new(env!("CARGO_MANIFEST_DIR"));
                here.ancestors().nth(2).ok_or("the clone is not where it was built")?.to_path_buf()
            }
        };
        let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
        let built = folder("MINGZHENG_LIBRARY_DIR")
            .or_else(|| beside.filter(|b| b.join("mingzheng-phone").is_file()))
            .unwrap_or_else(|| root.join("target/debug"));
        let photos = folder("MINGZHENG_PHOTOS").unwrap_or_else(|| "/usr/share/backgrounds/mate".into());
        let place = Self { root, built, photos };
        for program in [place.office(), place.phone()] {
            if !program.is_file() {
                return Err(format!("{} is missing: run `cargo build` in {}", program.display(), place.root.display()));
            }
        }
        if !place.photos.join("nature").is_dir() {
            return Err(format!("no photographs in {}: apt-get install mate-backgrounds", place.photos.display()));
        }
        Ok(place)
    }

    /// The program `mingzheng`.
    #[must_use]
    pub fn office(&self) -> PathBuf {
        self.built.join("mingzheng")
    }

    /// The program `mingzheng-phone`.
    #[must_use]
    pub fn phone(&self) -> PathBuf {
        self.built.join("mingzheng-phone")
    }

    /// A script run by node in the folder of the pages.
    #[must_use]
    pub fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.root.join(script)).current_dir(self.root.join("web"));
        command
    }
}
