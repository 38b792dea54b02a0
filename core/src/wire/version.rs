//! Which versions of the conversation a side speaks (F37): said beside every request and answer, so that neither half understands the other.

/// Name of the header: a list of numbers, the newest first.
pub const VERSION_HEADER: &str = "mz-version";
/// The code of the refusal: no version in common.
pub const UPDATE_CODE: &str = "update";
/// What this program speaks.
const SPOKEN: [u32; 1] = [1];

/// What this program says of itself.
#[must_use]
pub fn spoken() -> String {
    SPOKEN.map(|v| v.to_string()).join(", ")
}

/// The newest version that both speak, by the other side's header. Who says nothing is of the time before there was anything to say: version 1.
#[must_use]
pub fn common(said: Option<&str>) -> Option<u32> {
    let Some(said) = said else { return SPOKEN.into_iter().find(|v| *v == 1) };
    let theirs = said.split(',').take(16).filter_map(|v| v.trim().parse::<u32>().ok());
    theirs.filter(|v| SPOKEN.contains(v)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f37_the_newest_version_in_common_is_spoken_or_none() {
        assert_eq!(common(None), Some(1), "a phone from before the header");
        assert_eq!(common(Some(&spoken())), Some(1));
        assert_eq!(common(Some("3, 2, 1")), Some(1));
        assert_eq!(common(Some("3, 2")), None);
        for nonsense in ["", "x", "-1", "1.0", "99999999999999999999"] {
            assert_eq!(common(Some(nonsense)), None, "{nonsense}");
        }
    }
}
