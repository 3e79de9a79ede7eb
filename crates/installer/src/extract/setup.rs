//! Who made a setup program that carries nothing that is found as it is: by the marks that its maker documents or leaves.
//!
//! Nothing of it is taken out here; what does that is named. Follows: NSIS, 7-Zip, RAR and ZIP by their published formats; the
//! others by what their programs have in them.

use std::io::{self, Read, Seek, SeekFrom};

use memchr::memmem::Finder;

/// How much is read at a time.
const BLOCK: usize = 1 << 20;
/// No mark is longer.
const MARK_MAX: usize = 32;

/// A maker of setup programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetupKind {
    /// What it is called.
    pub name: &'static str,
    /// What takes such a program apart.
    pub opened_with: &'static str,
    mark: &'static [u8],
}

/// Those that say more come first: a setup program may carry an archive of another kind.
const KINDS: [SetupKind; 9] = [
    SetupKind {
        name: "NSIS",
        opened_with: "`7z x`",
        mark: b"\xEF\xBE\xAD\xDENullsoftInst",
    },
    SetupKind {
        name: "Inno Setup",
        opened_with: "`innoextract`",
        mark: b"Inno Setup Setup Data (",
    },
    SetupKind {
        name: "WiX Burn",
        opened_with: "itself with `/layout`",
        mark: b".wixburn",
    },
    SetupKind {
        name: "InstallShield",
        opened_with: "itself with `/a` or `/extract_all:FOLDER`; its data*.cab with `unshield`",
        mark: b"ISSetupStream\0",
    },
    SetupKind {
        name: "InstallShield",
        opened_with: "itself with `/a`; its data*.cab with `unshield`",
        mark: b"I\0n\0s\0t\0a\0l\0l\0S\0h\0i\0e\0l\0d\0",
    },
    SetupKind {
        name: "Advanced Installer",
        opened_with: "itself with `/extract:FOLDER`",
        mark: b"ADVINSTSFX",
    },
    SetupKind {
        name: "7-Zip",
        opened_with: "`7z x`",
        mark: b"7z\xBC\xAF\x27\x1C",
    },
    SetupKind {
        name: "RAR",
        opened_with: "`7z x` or `unrar x`",
        mark: b"Rar!\x1A\x07",
    },
    SetupKind {
        name: "ZIP",
        opened_with: "`unzip` or `7z x`",
        mark: b"PK\x05\x06",
    },
];

/// Finds out who made a setup program; none: it has no mark that is known.
///
/// Errors: it cannot be read.
pub fn setup_kind(file: &mut (impl Read + Seek)) -> io::Result<Option<SetupKind>> {
    let finders = KINDS.map(|kind| (kind, Finder::new(kind.mark)));
    let mut first: Option<usize> = None;
    let mut block = vec![0; BLOCK + MARK_MAX];
    let mut kept = 0;
    file.seek(SeekFrom::Start(0))?;
    loop {
        let read = file.read(&mut block[kept..])?;
        if read == 0 {
            return Ok(first.map(|index| KINDS[index]));
        }
        let there = &block[..kept + read];
        let found = finders
            .iter()
            .take(first.unwrap_or(KINDS.len()))
            .position(|(_, finder)| finder.find(there).is_some());
        first = found.or(first);
        // The last bytes may be the first of a mark.
        let end = there.len();
        kept = end.min(MARK_MAX);
        block.copy_within(end - kept..end, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn makers_are_known_by_their_marks() {
        for kind in KINDS {
            for before in [3, BLOCK - 5, BLOCK + MARK_MAX - 2] {
                let program = [&vec![b'x'; before], kind.mark, b"rest"].concat();
                let found = setup_kind(&mut Cursor::new(program)).unwrap();
                assert_eq!(found, Some(kind), "{before}");
            }
        }
        assert_eq!(setup_kind(&mut Cursor::new(b"MZ nothing")).unwrap(), None);
    }

    #[test]
    fn the_maker_is_told_and_not_the_archive_inside() {
        let program = [
            b"MZ 7z\xBC\xAF\x27\x1C".as_slice(),
            &vec![0; 2 * BLOCK],
            KINDS[0].mark,
        ]
        .concat();
        let found = setup_kind(&mut Cursor::new(program)).unwrap();
        assert_eq!(found.map(|kind| kind.name), Some("NSIS"));
    }
}
