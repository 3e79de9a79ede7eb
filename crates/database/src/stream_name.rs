//! Names of streams, packed so that up to 62 characters fit into the 31 of a compound file.
//!
//! Follows: Microsoft, "OLE Limitations on Streams", which names the packing but not its numbers.

/// Stands before the names of streams that hold tables.
const TABLE_MARK: u16 = 0x4840;
const PAIR: u16 = 0x3800;
const SINGLE: u16 = 0x4800;
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";

/// A stored name, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamName {
    /// The name as people see it.
    pub(crate) name: String,
    /// Does it hold a table?
    pub(crate) table: bool,
}

/// Returns the name that is stored as these units.
pub(crate) fn decode(units: &[u16]) -> StreamName {
    let (table, units) = match units.split_first() {
        Some((&TABLE_MARK, rest)) => (true, rest),
        _ => (false, units),
    };
    let mut plain = Vec::with_capacity(2 * units.len());
    for &unit in units {
        match unit {
            PAIR..SINGLE => {
                plain.push(digit((unit - PAIR) & 63));
                plain.push(digit((unit - PAIR) >> 6));
            }
            SINGLE..TABLE_MARK => plain.push(digit(unit - SINGLE)),
            _ => plain.push(unit),
        }
    }
    StreamName {
        name: String::from_utf16_lossy(&plain),
        table,
    }
}

fn digit(value: u16) -> u16 {
    u16::from(DIGITS[usize::from(value & 63)])
}

/// Returns the units under which a name is stored.
pub(crate) fn encode(name: &str, table: bool) -> Vec<u16> {
    let mut units = Vec::new();
    if table {
        units.push(TABLE_MARK);
    }
    let mut waiting = name.encode_utf16().peekable();
    while let Some(unit) = waiting.next() {
        match (value(unit), waiting.peek().copied().and_then(value)) {
            (Some(low), Some(high)) => {
                units.push(PAIR + low + (high << 6));
                waiting.next();
            }
            (Some(low), None) => units.push(SINGLE + low),
            (None, _) => units.push(unit),
        }
    }
    units
}

fn value(unit: u16) -> Option<u16> {
    let place = DIGITS.iter().position(|&digit| u16::from(digit) == unit)?;
    u16::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_survive(name in "[ -~äЖ日\u{5}]{0,62}", table: bool) {
            prop_assert_eq!(decode(&encode(&name, table)), StreamName { name, table });
        }

        #[test]
        fn any_units_decode(units in proptest::collection::vec(any::<u16>(), 0..32)) {
            decode(&units);
        }
    }

    #[test]
    fn packed_names_are_half_as_long() {
        assert_eq!(
            encode("_Columns", true),
            [0x4840, 0x3b3f, 0x43f2, 0x4438, 0x45b1]
        );
        assert_eq!(encode(&"Ab1._".repeat(12), false).len(), 30);
        assert_eq!(encode("\u{5}SummaryInformation", false)[0], 5);
    }
}
