//! Where vectors lie that come as Go modules: `cargo xtask setup vectors` gets them, pinned, into the cache folder.

use std::env;
use std::path::PathBuf;

/// The folder of one set: `age` (C2SP CCTV) or `ed25519`.
///
/// # Errors
/// A sentence that says how to get it.
pub fn folder(set: &str) -> Result<PathBuf, String> {
    let told = env::var_os("MINGZHENG_VECTORS").map(PathBuf::from);
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let folder = told.or_else(|| cache.map(|cache| cache.join("mingzheng/vectors"))).unwrap_or_default().join(set);
    if folder.is_dir() { Ok(folder) } else { Err(format!("{set}: run `cargo xtask setup vectors` first")) }
}
