//! DER as it stands: what is signed is the bytes, and not what they would be if they were written anew.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Header, Reader, SliceReader};

use crate::Error;

/// The most elements of one sequence or set that are read.
const ELEMENTS_MAX: usize = 256;

/// Returns the value of one element.
pub(crate) fn value<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a [u8], Error> {
    let any = AnyRef::from_der(bytes).map_err(|error| Error::malformed(what, error))?;
    Ok(any.value())
}

/// Returns the elements of a constructed element, each with its tag and length.
pub(crate) fn elements<'a>(bytes: &'a [u8], what: &'static str) -> Result<Vec<&'a [u8]>, Error> {
    split(value(bytes, what)?, what)
}

/// Returns the elements that stand one after another.
pub(crate) fn split<'a>(bytes: &'a [u8], what: &'static str) -> Result<Vec<&'a [u8]>, Error> {
    let malformed = |error| Error::malformed(what, error);
    let mut reader = SliceReader::new(bytes).map_err(malformed)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        if elements.len() == ELEMENTS_MAX {
            let max = ELEMENTS_MAX;
            return Err(Error::TooMany { what, max });
        }
        elements.push(reader.tlv_bytes().map_err(malformed)?);
    }
    Ok(elements)
}

/// Returns the first element of some bytes; what comes behind it is padding.
pub(crate) fn first(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    let head = u32::from(reader.position());
    let whole = head.checked_add(u32::from(header.length))?;
    bytes.get(..usize::try_from(whole).ok()?)
}

/// Does an element have this identifier octet?
pub(crate) fn is_tagged(element: &[u8], tag: u8) -> bool {
    element.first() == Some(&tag)
}

/// Reads an object identifier.
pub(crate) fn identifier(bytes: &[u8], what: &'static str) -> Result<ObjectIdentifier, Error> {
    ObjectIdentifier::from_der(bytes).map_err(|error| Error::malformed(what, error))
}

/// Identifier octets of DER.
pub(crate) mod tag {
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]`, constructed.
    pub(crate) const FIRST: u8 = 0xA0;
    /// `[1]`, constructed.
    pub(crate) const SECOND: u8 = 0xA1;
    /// `[0]`, primitive.
    pub(crate) const FIRST_PRIMITIVE: u8 = 0x80;
}
