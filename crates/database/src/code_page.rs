//! Code pages: the encodings of a package's texts.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::Error;

/// Returns the text of `bytes`; what the code page does not have becomes U+FFFD.
///
/// Page 0, "neutral", has ASCII only; bytes beyond it are taken as Latin-1, so that none is lost.
/// Errors: [`Error::CodePage`] for bytes beyond ASCII in a page that is not known.
pub(crate) fn decode(code_page: u32, bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    if bytes.is_ascii() {
        // ASCII is UTF-8, and the same in every code page of Windows.
        return Ok(String::from_utf8_lossy(bytes));
    }
    if is_latin1(code_page) {
        return Ok(encoding_rs::mem::decode_latin1(bytes));
    }
    let encoding = encoding(code_page).ok_or(Error::CodePage { code_page })?;
    Ok(encoding.decode_without_bom_handling(bytes).0)
}

/// Returns the bytes of a text.
///
/// Errors: [`Error::CodePage`] for a page that is not known, [`Error::Unwritable`] for letters that it does not have.
pub(crate) fn encode(code_page: u32, text: &str) -> Result<Cow<'_, [u8]>, Error> {
    if text.is_ascii() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let missing = || Error::Unwritable {
        what: format!("code page {code_page} has not all letters of `{text}`"),
    };
    if is_latin1(code_page) {
        return latin1(text).ok_or_else(missing);
    }
    let encoding = encoding(code_page).ok_or(Error::CodePage { code_page })?;
    let (bytes, used, unmappable) = encoding.encode(text);
    if unmappable || used != encoding {
        return Err(missing());
    }
    Ok(bytes)
}

/// Returns the bytes of a text; letters that the code page does not have become `?`.
pub(crate) fn encode_lossy(code_page: u32, text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match encode(code_page, c.encode_utf8(&mut [0; 4])) {
            Ok(encoded) => bytes.extend_from_slice(&encoded),
            Err(_) => bytes.push(b'?'),
        }
    }
    bytes
}

/// Pages whose bytes are the first letters of Unicode; the neutral page counts as one, as it does when read.
fn is_latin1(code_page: u32) -> bool {
    matches!(code_page, 0 | 28591 | 20127)
}

fn latin1(text: &str) -> Option<Cow<'_, [u8]>> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    bytes.map(Cow::Owned)
}

/// Returns the encoding of a code page.
fn encoding(code_page: u32) -> Option<&'static Encoding> {
    Some(match code_page {
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1252 => encoding_rs::WINDOWS_1252,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        20866 => encoding_rs::KOI8_R,
        20932 | 51932 => encoding_rs::EUC_JP,
        21866 => encoding_rs::KOI8_U,
        28592 => encoding_rs::ISO_8859_2,
        28593 => encoding_rs::ISO_8859_3,
        28594 => encoding_rs::ISO_8859_4,
        28595 => encoding_rs::ISO_8859_5,
        28596 => encoding_rs::ISO_8859_6,
        28597 => encoding_rs::ISO_8859_7,
        28598 => encoding_rs::ISO_8859_8,
        28603 => encoding_rs::ISO_8859_13,
        28605 => encoding_rs::ISO_8859_15,
        50220..=50222 => encoding_rs::ISO_2022_JP,
        51949 => encoding_rs::EUC_KR,
        54936 => encoding_rs::GB18030,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_many_pages() {
        for (page, bytes, text) in [
            (0, &b"\xe9t\xe9"[..], "été"),
            (932, b"\x93\xfa\x96{", "日本"),
            (936, b"\xd6\xd0\xce\xc4", "中文"),
            (1251, b"\xcf\xf0\xe8", "При"),
            (1252, b"\x80", "€"),
            (1255, b"\xf9", "ש"),
            (65001, "ß日".as_bytes(), "ß日"),
            (65001, b"a\xffb", "a\u{fffd}b"),
            (4711, b"plain", "plain"),
        ] {
            assert_eq!(decode(page, bytes).unwrap(), text, "{page}");
            if !text.contains('\u{fffd}') {
                assert_eq!(&*encode(page, text).unwrap(), bytes, "{page}");
            }
        }
        assert!(encode(1252, "Ж").is_err() && encode(0, "日").is_err());
        assert_eq!(
            decode(4711, b"\xff").unwrap_err().to_string(),
            "code page 4711 is not supported"
        );
    }
}
