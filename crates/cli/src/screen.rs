//! Text for people on a terminal of 80 columns: labels in one column, values in the next, nothing cut.

use std::time::Duration;

/// Columns of a line.
const WIDTH: usize = 80;

/// Returns lines of `  label   value`; a value that is too long goes on below itself. Words are never cut.
///
/// `label_width`: columns of the longest label.
pub fn rows(label_width: usize, label: &str, value: &str) -> Vec<String> {
    hanging(&format!("  {}", padded(label, label_width)), value, WIDTH)
}

/// Returns a text after a beginning; where it is wider than `width` columns, it goes on below itself.
pub fn hanging(beginning: &str, text: &str, width: usize) -> Vec<String> {
    let indent = beginning.chars().count() + 2;
    let mut lines = Vec::new();
    let mut line = beginning.to_owned();
    let mut has_word = false;
    for word in text.split_whitespace() {
        let full = line.chars().count() + 2 - usize::from(has_word) + word.chars().count() > width;
        if has_word && full {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent - 2)));
            has_word = false;
        }
        line.push_str(if has_word { " " } else { "  " });
        line.push_str(word);
        has_word = true;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Codes of colours.
pub const RED: &str = "31";
/// Green.
const GREEN: &str = "32";
/// Yellow.
pub const YELLOW: &str = "33";
/// Blue.
pub const BLUE: &str = "34";
/// Bold.
const BOLD: &str = "1";

/// Returns a text in a colour, where colours are shown.
pub fn paint(color: bool, code: &str, text: &str) -> String {
    match color {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

/// Colours a line by its mark: `+`, `-`, `~` and `!`; `#` is a heading.
pub fn painted(colors: bool, mark: char, text: &str) -> String {
    match mark {
        '-' | '!' => paint(colors, RED, text),
        '+' => paint(colors, GREEN, text),
        '~' => paint(colors, YELLOW, text),
        '#' => paint(colors, BOLD, text),
        _ => text.to_owned(),
    }
}

/// Returns a text with blanks up to so many columns.
pub fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(blanks))
}

/// Returns a table: each column as wide as its longest cell, the last one as it is.
pub fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| padded(cell, *width));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Returns how long something lasted: `5s`, `1m 12s`, `2h 3m`, `3d 4h`.
pub fn lasted(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (minutes, hours, days) {
        (0, ..) => format!("{seconds}s"),
        (_, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (_, _, 0) => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

/// Returns a count with its noun: `1 file`, `2 files`.
pub fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_go_on_below_themselves() {
        let text = "word ".repeat(20);
        let lines = rows(8, "label", &text);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("  label     word word"), "{lines:?}");
        assert!(lines[1].starts_with("            word"), "{lines:?}");
        let long = "x".repeat(100);
        assert_eq!(rows(8, "label", &long), [format!("  label     {long}")]);
        assert_eq!(rows(8, "label", ""), ["  label"]);
    }

    #[test]
    fn times() {
        let rows = [
            (0, "0s"),
            (59, "59s"),
            (72, "1m 12s"),
            (7400, "2h 3m"),
            (273_700, "3d 4h"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(lasted(Duration::from_secs(seconds)), expected);
        }
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_too_long(words in prop::collection::vec("[a-zä]{1,12}", 0..40)) {
            let lines = rows(10, "label", &words.join(" "));
            for line in &lines {
                prop_assert!(line.chars().count() <= WIDTH, "{}", line);
            }
            let told: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).skip(1).collect();
            prop_assert_eq!(told, words);
        }
    }
}
