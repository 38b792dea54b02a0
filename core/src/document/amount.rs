//! Money on papers: whole fen, written in figures and in Chinese capitals (大写; 票据法 8 wants both alike, papers follow it).

/// Largest amount: below ten million million yuan, and exact in every format.
pub const MAX_FEN: u64 = 999_999_999_999_999;

/// `2,000.00`.
#[must_use]
pub fn figures(fen: u64) -> String {
    let yuan = (fen / 100).to_string();
    let mut out = String::new();
    for (i, digit) in yuan.chars().enumerate() {
        if i > 0 && (yuan.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out}.{:02}", fen % 100)
}

/// 贰仟元整.
#[must_use]
pub fn capitals(fen: u64) -> String {
    let (yuan, jiao, rest) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut out = String::new();
    if yuan > 0 || fen == 0 {
        words(yuan, &mut out);
        out.push('元');
    }
    if jiao > 0 {
        words(jiao, &mut out);
        out.push('角');
    } else if rest > 0 && yuan > 0 {
        out.push('零');
    }
    if rest > 0 {
        words(rest, &mut out);
        out.push('分');
    } else {
        out.push('整');
    }
    out
}

fn words(n: u64, out: &mut String) {
    const UNITS: [(u64, char); 5] = [(100_000_000, '亿'), (10_000, '万'), (1000, '仟'), (100, '佰'), (10, '拾')];
    const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| n >= *unit) else {
        out.extend(usize::try_from(n).ok().and_then(|n| DIGITS.get(n)));
        return;
    };
    words(n / unit, out);
    out.push(name);
    let rest = n % unit;
    if rest > 0 {
        if rest < unit / 10 {
            out.push('零');
        }
        words(rest, out);
    }
}

/// What an officer typed as yuan, in fen: `2000`, `2,000.5`, `２０００元`. Nothing is rounded.
#[must_use]
pub fn parse(typed: &str) -> Option<u64> {
    let plain = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '．' => '.',
        '，' => ',',
        c => c,
    };
    let text: String = typed.trim().chars().map(plain).collect();
    let text = text.strip_suffix('元').unwrap_or(&text).trim();
    let (yuan, cents) = text.split_once('.').unwrap_or((text, "0"));
    let groups: Vec<_> = yuan.split(',').collect();
    let grouped = groups.len() == 1
        || (groups.iter().skip(1).all(|g| g.len() == 3) && groups.first().is_some_and(|g| (1..=3).contains(&g.len())));
    let yuan = groups.concat();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !grouped || !digits(&yuan) || !digits(cents) || cents.len() > 2 || yuan.len() > 13 {
        return None;
    }
    let cents: u64 = format!("{cents:0<2}").parse().ok()?;
    let fen = yuan.parse::<u64>().ok()?.checked_mul(100)?.checked_add(cents)?;
    Some(fen).filter(|fen| *fen <= MAX_FEN)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test should stop here")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads capitals back, by itself: a value before 元, 角, 分; 亿 and 万 gather what stands before them.
    fn read(capitals: &str) -> u64 {
        let (mut whole, mut section, mut digit, mut fen) = (0u64, 0u64, 0u64, 0u64);
        for c in capitals.chars() {
            match c {
                '零' | '整' => {}
                '拾' | '佰' | '仟' => {
                    section += digit
                        * match c {
                            '拾' => 10,
                            '佰' => 100,
                            _ => 1000,
                        };
                    digit = 0;
                }
                '万' => {
                    whole += (section + digit) * 10_000;
                    (section, digit) = (0, 0);
                }
                '亿' => {
                    whole = (whole + section + digit) * 100_000_000;
                    (section, digit) = (0, 0);
                }
                '元' => {
                    fen += (whole + section + digit) * 100;
                    (whole, section, digit) = (0, 0, 0);
                }
                '角' => {
                    fen += digit * 10;
                    digit = 0;
                }
                '分' => {
                    fen += digit;
                    digit = 0;
                }
                c => digit = "零壹贰叁肆伍陆柒捌玖".chars().position(|d| d == c).unwrap() as u64,
            }
        }
        fen
    }

    #[test]
    fn amounts_stand_in_figures_and_in_capitals() {
        for (fen, shown, said) in [
            (0, "0.00", "零元整"),
            (5, "0.05", "伍分"),
            (50, "0.50", "伍角整"),
            (20_000, "200.00", "贰佰元整"),
            (100_105, "1,001.05", "壹仟零壹元零伍分"),
            (101_050, "1,010.50", "壹仟零壹拾元伍角整"),
            (300_000, "3,000.00", "叁仟元整"),
            (1_005_000, "10,050.00", "壹万零伍拾元整"),
            (10_000_500, "100,005.00", "壹拾万零伍元整"),
            (12_345_678_901, "123,456,789.01", "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元零壹分"),
            (10_000_000_100, "100,000,001.00", "壹亿零壹元整"),
            (100_000_000_000_000, "1,000,000,000,000.00", "壹万亿元整"),
        ] {
            assert_eq!((figures(fen).as_str(), capitals(fen).as_str()), (shown, said), "{fen}");
        }
    }

    #[test]
    fn what_is_typed_as_yuan_is_read_exactly_or_not_at_all() {
        for (typed, fen) in
            [("2000", 200_000), ("2,000.5", 200_050), (" ２０００元 ", 200_000), ("0.05", 5), ("9999999999999.99", MAX_FEN)]
        {
            assert_eq!(parse(typed), Some(fen), "{typed}");
        }
        for bad in ["", "-1", "1.005", "1,00", "1e3", "贰仟", ".5", "1.", "99999999999999", "1 000", "+5", "0x10"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn capitals_say_the_same_as_figures(fen in 0..=MAX_FEN) {
            prop_assert_eq!(read(&capitals(fen)), fen);
            prop_assert_eq!(parse(&figures(fen)), Some(fen));
            let said = capitals(fen);
            prop_assert!(!said.contains("零零") && !said.contains("零元") || fen == 0, "{}", said);
        }

        /// Small amounts and round ones, where zeros stand.
        #[test]
        fn capitals_of_round_amounts_read_back(digit in 1u64..10, zeros in 0u32..14, more in 0u64..1000) {
            let fen = digit * 10u64.pow(zeros) + more;
            prop_assert_eq!(read(&capitals(fen)), fen);
        }
    }
}
