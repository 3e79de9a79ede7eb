//! Durations as they are typed: `90`, `90s`, `5m`, `1h`.

use std::time::Duration;

/// How long somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// So long; zero: not at all.
    For(Duration),
    /// Until it is their turn.
    Forever,
}

impl Patience {
    /// The time after which it ends; none: never.
    pub fn limit(self) -> Option<Duration> {
        match self {
            Patience::For(time) => Some(time),
            Patience::Forever => None,
        }
    }
}

/// Reads a duration, or `forever`.
pub fn patience(text: &str) -> Result<Patience, String> {
    if text.eq_ignore_ascii_case("forever") {
        return Ok(Patience::Forever);
    }
    duration(text).map(Patience::For)
}

/// Reads `90`, `90s`, `5m` or `1h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, seconds) = match text.as_bytes().last() {
        Some(b's') => (&text[..text.len() - 1], 1),
        Some(b'm') => (&text[..text.len() - 1], 60),
        Some(b'h') => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    let wrong = || format!("`{text}` is not a duration: write 90, 90s, 5m or 1h");
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let count: u64 = number.parse().map_err(|_| wrong())?;
    count
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit_or_none() {
        let cases = [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("1h", Some(3600)),
            ("0", Some(0)),
        ];
        for (text, seconds) in cases {
            assert_eq!(
                duration(text).ok(),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "-1",
            "1.5h",
            "5 m",
            "1d",
            "99999999999999999999",
            "9999999999999999999h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(patience("forever"), Ok(Patience::Forever));
    }
}
