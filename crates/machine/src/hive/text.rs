//! The spelling of Wine's registry files: escaped texts, and values as they stand on a line.
//!
//! Found out by having Wine write values of every kind. Reading accepts more than writing makes.

use crate::Data;

/// Columns after which Wine goes on with hexadecimal digits on the next line.
const HEX_COLUMNS: usize = 76;

/// Reads one escaped text up to `end` (a quote or a bracket), or to the end of `bytes` when there is none.
///
/// Returns UTF-16 units, as escapes may name lone surrogates, and the number of bytes read, `end` included.
/// Returns none where `end` never comes.
pub(super) fn unescape(bytes: &[u8], end: u8) -> Option<(Vec<u16>, usize)> {
    let mut units = Vec::with_capacity(bytes.len().min(64));
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == end {
            return Some((units, at + 1));
        }
        if byte == b'\\' {
            at += unescape_one(&bytes[at + 1..], &mut units)? + 1;
        } else if byte < 0x80 {
            units.push(u16::from(byte));
            at += 1;
        } else {
            let length = bytes[at..]
                .iter()
                .position(u8::is_ascii)
                .unwrap_or(bytes.len() - at);
            units.extend(String::from_utf8_lossy(&bytes[at..at + length]).encode_utf16());
            at += length;
        }
    }
    None
}

/// Reads what follows one backslash; returns its length in bytes.
fn unescape_one(bytes: &[u8], units: &mut Vec<u16>) -> Option<usize> {
    let digits = |from: usize, most: usize, radix: u32| {
        let run = bytes
            .iter()
            .skip(from)
            .take(most)
            .take_while(|b| char::from(**b).is_digit(radix));
        run.fold((0u32, from), |(value, at), b| {
            (
                value * radix + char::from(*b).to_digit(radix).unwrap_or(0),
                at + 1,
            )
        })
    };
    let simple = match *bytes.first()? {
        b'a' => 7,
        b'b' => 8,
        b'e' => 0x1b,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'0'..=b'7' => {
            let (value, length) = digits(0, 3, 8);
            units.push(value as u16);
            return Some(length);
        }
        b'x' => {
            let (value, length) = digits(1, 4, 16);
            units.push(if length == 1 {
                u16::from(b'x')
            } else {
                value as u16
            });
            return Some(length);
        }
        other => other,
    };
    units.push(u16::from(simple));
    Some(1)
}

/// Writes a text as Wine escapes it. `special` are the characters that get a backslash besides `\` itself.
pub(super) fn escape(units: impl IntoIterator<Item = u16>, special: &[u8], out: &mut Vec<u8>) {
    let mut units = units.into_iter().peekable();
    while let Some(unit) = units.next() {
        let next = units
            .peek()
            .and_then(|next| char::from_u32(u32::from(*next)));
        match u8::try_from(unit).unwrap_or(0xff) {
            b'\\' => out.extend(b"\\\\"),
            byte if special.contains(&byte) => out.extend([b'\\', byte]),
            b' '..=0x7f => out.push(unit as u8),
            0x80.. => {
                let digits = if next.is_some_and(|c| c.is_ascii_hexdigit()) {
                    4
                } else {
                    0
                };
                out.extend(format!("\\x{unit:0digits$x}").bytes());
            }
            control => match b"\x07\x08\t\n\x0b\x0c\r\x1b"
                .iter()
                .position(|c| *c == control)
            {
                Some(at) => out.extend([b'\\', b"abtnvfre"[at]]),
                None => {
                    let digits = if next.is_some_and(|c| c.is_digit(8)) {
                        3
                    } else {
                        0
                    };
                    out.extend(format!("\\{control:0digits$o}").bytes());
                }
            },
        }
    }
}

/// Writes one value with its line end, as Wine does.
pub(super) fn write_value(name: &str, data: &Data, out: &mut Vec<u8>) {
    let start = out.len();
    if name.is_empty() {
        out.push(b'@');
    } else {
        quoted(name, out);
    }
    out.push(b'=');
    match data {
        Data::Sz(text) => quoted(text, out),
        Data::ExpandSz(text) => {
            out.extend(b"str(2):");
            quoted(text, out);
        }
        Data::MultiSz(texts) => {
            out.extend(b"str(7):");
            quoted(
                &texts
                    .iter()
                    .flat_map(|text| [text, "\0"])
                    .collect::<String>(),
                out,
            );
        }
        Data::Dword(number) => out.extend(format!("dword:{number:08x}").bytes()),
        Data::Qword(number) => hexadecimal("hex(b):", &number.to_le_bytes(), start, out),
        Data::Binary(bytes) => hexadecimal("hex:", bytes, start, out),
        Data::Other(number, bytes) => hexadecimal(&format!("hex({number:x}):"), bytes, start, out),
    }
    out.push(b'\n');
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text.encode_utf16(), b"\"", out);
    out.push(b'"');
}

/// Writes bytes as Wine and Windows part them into lines.
pub(crate) fn hexadecimal(prefix: &str, bytes: &[u8], line_start: usize, out: &mut Vec<u8>) {
    out.extend(prefix.bytes());
    let mut line_start = line_start;
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 {
            out.push(b',');
            if out.len() - line_start > HEX_COLUMNS {
                out.extend(b"\\\n");
                line_start = out.len();
                out.extend(b"  ");
            }
        }
        out.extend(format!("{byte:02x}").bytes());
    }
}

/// Reads a value's name off the front of a line: `@` or a quoted text, and the `=`.
///
/// Returns the name and where the data begins. Other lines (`#time=…`, comments) are none.
pub(super) fn value_name(line: &[u8]) -> Option<(String, usize)> {
    let (name, length) = match line.first()? {
        b'@' => (String::new(), 1),
        b'"' => {
            let (units, length) = unescape(&line[1..], b'"')?;
            (String::from_utf16_lossy(&units), length + 1)
        }
        _ => return None,
    };
    (line.get(length) == Some(&b'=')).then_some((name, length + 1))
}

/// Reads the data of a value: what stands after the `=`, continued lines included.
///
/// Returns what is wrong with it otherwise.
pub(super) fn data(bytes: &[u8]) -> Result<Data, &'static str> {
    let text = |from: usize| {
        let (units, length) = unescape(&bytes[from..], b'"').ok_or("a text does not end")?;
        if bytes[from + length..].iter().all(u8::is_ascii_whitespace) {
            Ok(units)
        } else {
            Err("text after a value")
        }
    };
    if bytes.starts_with(b"\"") {
        return Ok(from_units(1, text(1)?));
    }
    if let Some(digits) = bytes.strip_prefix(b"dword:") {
        let digits = std::str::from_utf8(digits).map_err(|_| "a number is expected")?;
        return u32::from_str_radix(digits.trim(), 16)
            .map(Data::Dword)
            .map_err(|_| "a number is expected");
    }
    let (kind, rest) = bytes.split_at(
        bytes
            .iter()
            .position(|b| *b == b':')
            .ok_or("an unknown kind of value")?,
    );
    let kind = std::str::from_utf8(kind).map_err(|_| "an unknown kind of value")?;
    if kind == "hex" {
        return Ok(Data::Binary(digits(&rest[1..])?));
    }
    let number = |prefix| {
        let inner: Option<&str> = kind
            .strip_prefix(prefix)
            .and_then(|k: &str| k.strip_suffix(')'));
        inner.and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    if let Some(number) = number("str(") {
        if rest.get(1) != Some(&b'"') {
            return Err("a text is expected");
        }
        return Ok(from_units(number, text(kind.len() + 2)?));
    }
    let number = number("hex(").ok_or("an unknown kind of value")?;
    Ok(from_bytes(number, digits(&rest[1..])?))
}

/// Reads `01,02,\` lines.
fn digits(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::with_capacity(bytes.len() / 3 + 1);
    let mut half = None;
    for &byte in bytes {
        let parts = matches!(byte, b',' | b'\\') || byte.is_ascii_whitespace();
        match (char::from(byte).to_digit(16), half) {
            (Some(digit), None) => half = Some(digit as u8),
            (Some(digit), Some(high)) => {
                out.push(high * 16 + digit as u8);
                half = None;
            }
            (None, _) if parts => out.extend(half.take()),
            _ => return Err("hexadecimal digits are expected"),
        }
    }
    out.extend(half);
    Ok(out)
}

/// Makes data of a text whose last, closing NUL is not in `units`.
fn from_units(number: u32, mut units: Vec<u16>) -> Data {
    match (number, String::from_utf16(&units)) {
        (1, Ok(text)) => Data::Sz(text),
        (2, Ok(text)) => Data::ExpandSz(text),
        (7, Ok(text)) => Data::MultiSz(split(&text)),
        _ => {
            units.push(0);
            Data::Other(
                number,
                units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
            )
        }
    }
}

fn split(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    text.strip_suffix('\0')
        .unwrap_or(text)
        .split('\0')
        .map(str::to_owned)
        .collect()
}

/// Types data by number, as the registry's callers see it; what does not fit its type stays as bytes.
fn from_bytes(number: u32, bytes: Vec<u8>) -> Data {
    let number_bytes = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_le_bytes);
    match (number, bytes.len()) {
        (4, 4) => Data::Dword(
            bytes
                .iter()
                .rev()
                .fold(0, |value, byte| value << 8 | u32::from(*byte)),
        ),
        (11, 8) => number_bytes(&bytes).map_or(Data::Other(11, bytes), Data::Qword),
        (3, _) => Data::Binary(bytes),
        (1 | 2 | 7, length) if length >= 2 && length % 2 == 0 && bytes.ends_with(&[0, 0]) => {
            let units = bytes[..length - 2]
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            from_units(number, units.collect())
        }
        _ => Data::Other(number, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(name: &str, data: &Data) -> String {
        let mut out = Vec::new();
        write_value(name, data, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_spelled_as_wine_spells_them() {
        let bytes: Vec<u8> = (0..60).collect();
        let cases = [
            (
                "ctl",
                Data::Sz("\u{1}\u{2}\t\n\r\u{1b}\u{7f}\u{80}é日\u{1F600}\"\\1".into()),
                "\"ctl\"=\"\\1\\2\\t\\n\\r\\e\u{7f}\\x80\\xe9\\x65e5\\xd83d\\xde00\\\"\\\\1\"\n",
            ),
            (
                "ctlhex",
                Data::Sz("\u{1}a\u{1}g\u{80}a\u{80}g".into()),
                "\"ctlhex\"=\"\\1a\\1g\\x0080a\\x80g\"\n",
            ),
            (
                "c",
                Data::Sz("\u{1}1\u{1}8\u{e}1\u{7}1".into()),
                "\"c\"=\"\\0011\\18\\0161\\a1\"\n",
            ),
            ("", Data::Sz(String::new()), "@=\"\"\n"),
            (
                "multi",
                Data::MultiSz(vec!["a".into(), "1b".into()]),
                "\"multi\"=str(7):\"a\\0001b\\0\"\n",
            ),
            ("none", Data::MultiSz(vec![]), "\"none\"=str(7):\"\"\n"),
            ("dw", Data::Dword(0xabc), "\"dw\"=dword:00000abc\n"),
            (
                "n\"m\\é日",
                Data::ExpandSz("%a%".into()),
                "\"n\\\"m\\\\\\xe9\\x65e5\"=str(2):\"%a%\"\n",
            ),
            (
                "bin",
                Data::Binary(bytes),
                "\"bin\"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,16,\\\n  17,18,19,1a,1b,1c,1d,1e,1f,20,21,22,23,24,25,26,27,28,29,2a,2b,2c,2d,2e,2f,\\\n  30,31,32,33,34,35,36,37,38,39,3a,3b\n",
            ),
            (
                "big",
                Data::Other(0x1234abcd, vec![1, 2]),
                "\"big\"=hex(1234abcd):01,02\n",
            ),
        ];
        for (name, data, expected) in cases {
            assert_eq!(written(name, &data), expected);
        }
    }

    #[test]
    fn what_does_not_fit_its_type_stays_as_bytes() {
        for (text, expected) in [
            (
                "hex(1):61,00,00,00,00",
                Data::Other(1, vec![0x61, 0, 0, 0, 0]),
            ),
            ("hex(4):01,02,03", Data::Other(4, vec![1, 2, 3])),
            ("\"\\xd800a\"", Data::Other(1, vec![0, 0xd8, 0x61, 0, 0, 0])),
            ("hex(7):", Data::Other(7, vec![])),
        ] {
            assert_eq!(data(text.as_bytes()), Ok(expected), "{text}");
        }
        for text in [
            "dword:xyz",
            "hex:zz",
            "\"abc",
            "abc",
            "str(2):abc",
            "hex(q):00",
            "\"a\"b",
            "hex:1g",
        ] {
            assert!(data(text.as_bytes()).is_err(), "{text}");
        }
    }

    fn any_data() -> impl Strategy<Value = Data> {
        prop_oneof![
            any::<String>().prop_map(Data::Sz),
            any::<String>().prop_map(Data::ExpandSz),
            proptest::collection::vec("[^\0]{0,6}", 0..4).prop_map(Data::MultiSz),
            any::<u32>().prop_map(Data::Dword),
            any::<u64>().prop_map(Data::Qword),
            any::<Vec<u8>>().prop_map(Data::Binary),
            (12u32.., any::<Vec<u8>>()).prop_map(|(number, bytes)| Data::Other(number, bytes)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(name in any::<String>(), value in any_data()) {
            let line = written(&name, &value);
            let (read, at) = value_name(line.as_bytes()).unwrap();
            prop_assert_eq!(read, name);
            prop_assert_eq!(data(line[at..].trim_end_matches('\n').as_bytes()), Ok(value));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = (data(&bytes), value_name(&bytes), unescape(&bytes, b']'));
        }
    }
}
