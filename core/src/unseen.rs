//! Characters that nobody sees, or that make a text read as another one (F12): which they are is said here alone; who may not hold which, where it is read.

/// Turns the direction of what follows: embeddings, overrides, isolates (UAX #9).
#[must_use]
pub fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Takes no width: a space or joiner between two characters that one sees.
#[must_use]
pub fn joins(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}')
}

/// Marks of direction and of order, separators of lines and paragraphs, invisible operators.
fn marks(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether it cannot stand on paper: control characters, line and paragraph separators, marks of direction, non-characters (F12).
#[must_use]
pub fn unprintable(c: char) -> bool {
    c.is_control()
        || marks(c)
        || matches!(c, '\u{fff9}'..='\u{fffc}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a name that is seen as it is may not hold it: control characters, marks, joiners (P2).
#[must_use]
pub fn hidden(c: char) -> bool {
    c.is_control() || marks(c) || joins(c)
}

/// Whether a text of the office may not hold it: what cannot stand on the paper that is made of it, or joins characters unseen. A line may end.
#[must_use]
pub fn unreadable(c: char) -> bool {
    c != '\n' && (unprintable(c) || joins(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f12_each_of_them_is_refused_where_it_would_deceive() {
        for c in ['\u{202e}', '\u{2067}'] {
            assert!(turns(c) && unprintable(c) && hidden(c) && unreadable(c), "{c:?}");
        }
        for c in ['\u{200e}', '\u{2028}', '\u{2060}', '\u{feff}', '\u{61c}', '\u{1b}'] {
            assert!(!turns(c) && unprintable(c) && hidden(c) && unreadable(c), "{c:?}");
        }
        for c in ['\u{200b}', '\u{200d}'] {
            assert!(joins(c) && !unprintable(c) && hidden(c) && unreadable(c), "{c:?}");
        }
        for c in ['\u{fffa}', '\u{ffff}', '\u{1fffe}', '\u{fdd1}'] {
            assert!(unprintable(c) && !hidden(c) && unreadable(c), "{c:?}");
        }
        assert!(unprintable('\n') && hidden('\n') && !unreadable('\n'));
        assert!(['王', 'é', '𠮷', '·', ' ', '\u{3000}'].into_iter().all(|c| !turns(c) && !hidden(c) && !unreadable(c)));
    }
}
