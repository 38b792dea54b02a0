//! Where things lie: the clone, its finished programs, and the cache folder outside it.

use std::env;
use std::path::{Path, PathBuf};

/// The folders that every command works in.
pub(crate) struct Place {
    /// The clone.
    pub(crate) root: PathBuf,
    /// Things that take long to get and that all clones share (`$XDG_CACHE_HOME/mingzheng`).
    pub(crate) cache: PathBuf,
}

impl Place {
    /// The place of the clone that this xtask was built from.
    pub(crate) fn find() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies in no clone")?.to_path_buf();
        let caches = match env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
            Some(path) => PathBuf::from(path),
            None => PathBuf::from(env::var_os("HOME").ok_or("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache"),
        };
        Ok(Self { root, cache: caches.join("mingzheng") })
    }

    /// Built and generated files of this clone; ignored by git.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Finished programs and the native library.
    pub(crate) fn built(&self) -> PathBuf {
        self.target().join("debug")
    }

    /// Full output of every stage and preparation.
    pub(crate) fn logs(&self) -> PathBuf {
        self.target().join("xtask-logs")
    }

    /// Pictures that tests take; `cargo xtask shots` copies some into `docs/pictures`.
    pub(crate) fn shots(&self) -> PathBuf {
        self.target().join("shots")
    }

    /// The forms of the shipped pack as PDF.
    pub(crate) fn samples(&self) -> PathBuf {
        self.target().join("samples")
    }

    /// What the demo leaves behind.
    pub(crate) fn demo_out(&self) -> PathBuf {
        self.root.join("demo-out")
    }

    /// The Python with the foreign verifiers (tests/foreign/requirements.txt).
    pub(crate) fn python(&self) -> PathBuf {
        self.cache.join("python/bin/python")
    }

    /// Published vectors (tests/published).
    pub(crate) fn vectors(&self) -> PathBuf {
        self.cache.join("vectors")
    }

    /// MinIO (office/tests/objects).
    pub(crate) fn minio(&self) -> PathBuf {
        self.cache.join("minio/minio")
    }

    /// The small S3 store (tests/s3).
    pub(crate) fn s3(&self) -> PathBuf {
        self.cache.join("s3/debug/s3")
    }

    /// What tests in any language are told, as environment variables.
    pub(crate) fn variables(&self) -> [(&'static str, PathBuf); 11] {
        [
            ("MINGZHENG_ROOT", self.root.clone()),
            ("MINGZHENG_LIBRARY_DIR", self.built()),
            ("MINGZHENG_OFFICE", self.built().join("mingzheng")),
            ("MINGZHENG_FONT_DIR", PathBuf::from("/usr/share/fonts/opentype/noto")),
            ("MINGZHENG_PHOTOS", PathBuf::from("/usr/share/backgrounds/mate")),
            ("MINGZHENG_SHOTS", self.shots()),
            ("MINGZHENG_DEMO_OUT", self.demo_out()),
            ("MINGZHENG_VECTORS", self.vectors()),
            ("MINGZHENG_MINIO", self.minio()),
            ("MINGZHENG_S3", self.s3()),
            ("CHROMIUM", PathBuf::from("/usr/bin/chromium")),
        ]
    }
}

/// The program of this name on the search path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Newest modification under the given files and folders, hidden ones and installed packages left out.
pub(crate) fn newest(paths: &[PathBuf]) -> Option<std::time::SystemTime> {
    paths.iter().filter_map(|path| newest_in(path)).max()
}

fn newest_in(path: &Path) -> Option<std::time::SystemTime> {
    let data = path.metadata().ok()?;
    if !data.is_dir() {
        return data.modified().ok();
    }
    let mut newest = None;
    for entry in path.read_dir().ok()?.flatten() {
        let name = entry.file_name();
        if name != "node_modules" && name != "dist" && !name.as_encoded_bytes().starts_with(b".") {
            newest = newest.max(newest_in(&entry.path()));
        }
    }
    newest
}

/// Whether `made` is there and not older than any of its sources.
pub(crate) fn fresh(made: &Path, sources: &[PathBuf]) -> bool {
    made.metadata().and_then(|data| data.modified()).is_ok_and(|time| newest(sources).is_none_or(|source| source <= time))
}
