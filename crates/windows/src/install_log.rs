//! What msiexec's verbose log says of how it went: the code, the product, the action that failed, and its message.
//!
//! Follows: Microsoft, "Windows Installer Logging", "Logging of Action Return Values". The log's language is the system's:
//! what is read here are the parts that are the same in all.

/// What was found in a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallLog {
    /// The code that the engine returned.
    pub code: Option<u32>,
    /// ProductCode.
    pub product_code: Option<String>,
    /// ProductName.
    pub product_name: Option<String>,
    /// ProductVersion.
    pub version: Option<String>,
    /// The action that failed.
    pub failed_action: Option<String>,
    /// What was said before it failed.
    pub message: Option<String>,
}

/// Actions that fail because one in them did.
const OUTER: [&str; 3] = ["INSTALL", "ADMIN", "ADVERTISE"];

/// Decodes a log: UTF-16 with its mark, else UTF-8, where wrong bytes are replaced.
pub fn decode_log(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            let units = rest.chunks_exact(2);
            let units: Vec<u16> = units
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

impl InstallLog {
    /// Reads a log's text.
    pub fn parse(text: &str) -> InstallLog {
        let mut log = InstallLog::default();
        let mut said = None;
        for line in text.lines() {
            let line = line.trim_end();
            let own = line
                .find("]: ")
                .map_or(line, |at| match line.starts_with("MSI (") {
                    true => &line[at + 3..],
                    false => line,
                });
            log.read_property(line);
            if let Some(code) = own.strip_prefix("MainEngineThread is returning ") {
                log.code = code.trim().parse().ok();
            }
            if log.failed_action.is_none() {
                said = told(own).map(str::to_owned).or(said);
                log.failed_action = failed(own).map(str::to_owned);
                if log.failed_action.is_some() {
                    log.message = said.take();
                }
            }
        }
        log.message = log.message.or(said);
        log
    }

    fn read_property(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("Property(") else {
            return;
        };
        // The client's properties come first, the server's are the same or newer.
        let Some((_, (name, value))) = rest
            .split_once("): ")
            .and_then(|(side, rest)| Some((side, rest.split_once(" = ")?)))
        else {
            return;
        };
        let slot = match name {
            "ProductCode" => &mut self.product_code,
            "ProductName" => &mut self.product_name,
            "ProductVersion" => &mut self.version,
            _ => return,
        };
        *slot = Some(value.to_owned());
    }
}

/// The action whose end is told with return value 3: `…: NAME. … 3.`, whatever the language.
fn failed(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(": ")?;
    let (name, value) = rest.split_once(". ")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let is_action = !name.is_empty() && name.chars().all(is_name);
    let value = value.strip_suffix("3.")?;
    let is_value = value.ends_with([' ', '\u{a0}']) && !value.contains(['[', ':']);
    let outer = OUTER.contains(&name) || name == "ExecuteAction";
    (is_action && is_value && !outer).then_some(name)
}

/// A line that says what is wrong: `Product: NAME -- TEXT`, `Error N. TEXT`, `CustomAction NAME returned … code N`.
fn told(line: &str) -> Option<&str> {
    if let Some((product, text)) = line.split_once(" -- ")
        && product.contains(": ")
    {
        return Some(text);
    }
    let is_error =
        line.starts_with("Error ") && line[6..].starts_with(|c: char| c.is_ascii_digit());
    let is_action =
        line.starts_with("CustomAction ") && line.contains(" returned actual error code ");
    (is_error || is_action).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let log = InstallLog::parse(text);
        let told = [
            log.code.map(|code| code.to_string()),
            log.product_code,
            log.product_name,
            log.version,
            log.failed_action,
            log.message,
        ];
        let told: Vec<String> = told
            .into_iter()
            .map(|part| part.unwrap_or("-".to_owned()))
            .collect();
        expected.assert_eq(&told.join(" | "));
    }

    #[test]
    fn a_failed_installation() {
        check(
            "=== Verbose logging started: 11/24/2026  09:00:00  Build type: SHIP UNICODE 5.00 ===\r\n\
             MSI (s) (A0:B4) [09:00:01:100]: Doing action: InstallFiles\r\n\
             Action start 09:00:01: InstallFiles.\r\n\
             Action ended 09:00:01: CostFinalize. Return value 1.\r\n\
             Error 1304. Error writing to file: C:\\x.txt. Verify that you have access.\r\n\
             MSI (s) (A0:B4) [09:00:02:100]: Product: Contoso Tools -- Error 1304. Error writing to file: C:\\x.txt.\r\n\
             Action ended 09:00:02: InstallFiles. Return value 3.\r\n\
             Error 9999. A later one.\r\n\
             Action ended 09:00:02: INSTALL. Return value 3.\r\n\
             Property(S): ProductCode = {C0FFEE00-0000-4000-8000-000000000001}\r\n\
             Property(S): ProductName = Contoso Tools\r\n\
             Property(S): ProductVersion = 1.2\r\n\
             MSI (s) (A0:B4) [09:00:03:100]: MainEngineThread is returning 1603\r\n",
            expect![
                "1603 | {C0FFEE00-0000-4000-8000-000000000001} | Contoso Tools | 1.2 | InstallFiles | Error 1304. Error writing to file: C:\\x.txt."
            ],
        );
    }

    #[test]
    fn a_custom_action_and_another_language() {
        check(
            "CustomAction Check returned actual error code 1603 (note this may not be 100% accurate)\n\
             Aktion beendet um 09:00:02: Check. R\u{fc}ckgabewert 3.\n",
            expect![
                "- | - | - | - | Check | CustomAction Check returned actual error code 1603 (note this may not be 100% accurate)"
            ],
        );
    }

    #[test]
    fn success_and_refusal_have_no_failed_action() {
        check(
            "Property(C): ProductName = Old = New\nProperty(C): Other = x\nAction ended 1:00:00: INSTALL. Return value 1.\n\
             MSI (c) (1C:2D) [01:00:00:001]: MainEngineThread is returning 0\n",
            expect!["0 | - | Old = New | - | - | -"],
        );
        check(
            "MSI (c) (1C:2D) [01:00:00:001]: Failed to grab execution mutex. System error 258.\n\
             MSI (c) (1C:2D) [01:00:00:001]: MainEngineThread is returning 1618\n",
            expect!["1618 | - | - | - | - | -"],
        );
        check("", expect!["- | - | - | - | - | -"]);
    }

    #[test]
    fn both_encodings_are_read() {
        let mut wide = vec![0xFF, 0xFE];
        wide.extend("Gr\u{fc}n".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(decode_log(&wide), "Gr\u{fc}n");
        assert_eq!(decode_log("\u{feff}Gr\u{fc}n".as_bytes()), "Gr\u{fc}n");
        assert_eq!(decode_log(b"a\xFF"), "a\u{fffd}");
        assert_eq!(decode_log(&[0xFF, 0xFE, 0x41]), "");
    }
}
