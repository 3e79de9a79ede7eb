//! Machines, and changes of machines, as tar files: layers of an image as OCI's image specification has them.
//!
//! Entries are sorted, what is gone before what is there, and have one time and one owner, so that equal machines give
//! equal bytes. Hidden and system attributes are extended attributes (`SCHILY.xattr.user.DOSATTRIB`), as GNU tar's
//! `--xattrs` writes them. What is gone is an empty file `.wh.NAME`.

use std::io::{self, Read, Write};

use machine::{Attributes, Disk, ImageEntry, ImageKind, MemoryDisk, Tree, hash_of, registry_lines};
use tar::{Archive, Builder, Entry, EntryType, Header};

use crate::arguments::Layer;

/// How the name of something that is gone begins.
const WHITEOUT: &str = ".wh.";
const ATTRIBUTES: &str = "SCHILY.xattr.user.DOSATTRIB";
const HIDDEN: u32 = 0x2;
const SYSTEM: u32 = 0x4;
/// A hive in a tar file is read no further than that.
const HIVE_MAX: u64 = 1 << 30;
/// A name or target that is longer than that goes into a record of its own.
const USTAR_NAME_MAX: usize = 100;

/// What a tar file is made of.
pub enum Part {
    /// Something that is there.
    There(ImageEntry),
    /// A path where nothing is any more.
    Gone(String),
}

impl Part {
    /// Where it is, or was, in the machine's directory.
    pub fn path(&self) -> &str {
        match self {
            Part::There(entry) => &entry.path,
            Part::Gone(path) => path,
        }
    }

    /// A layer cannot say this: its name would mean something else.
    pub fn cannot_be_said(&self) -> bool {
        self.path()
            .split('/')
            .any(|name| name.starts_with(WHITEOUT))
    }

    /// Folders before what is in them, and in each folder what is gone first.
    fn order(&self) -> Vec<(bool, &str)> {
        let mut names: Vec<(bool, &str)> =
            self.path().split('/').map(|name| (true, name)).collect();
        if let (Part::Gone(_), Some(last)) = (self, names.last_mut()) {
            last.0 = false;
        }
        names
    }
}

/// Writes parts of a machine as a tar file.
///
/// `time` is that of every entry, in seconds since 1970.
/// Errors: those of the writer, and of reading files.
pub fn write<D: Disk>(
    tree: &Tree<D>,
    mut parts: Vec<Part>,
    layer: &Layer,
    time: u64,
    to: &mut dyn Write,
) -> io::Result<()> {
    parts.sort_by(|one, other| one.order().cmp(&other.order()));
    let mut tar = Tar {
        builder: Builder::new(to),
        layer,
        time,
    };
    for part in &parts {
        match part {
            Part::Gone(path) => tar.gone(path)?,
            Part::There(entry) => tar.there(tree.disk(), entry)?,
        }
    }
    tar.builder.finish()
}

struct Tar<'a, 'w> {
    builder: Builder<&'w mut dyn Write>,
    layer: &'a Layer,
    time: u64,
}

impl Tar<'_, '_> {
    fn gone(&mut self, path: &str) -> io::Result<()> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let separator = if folder.is_empty() { "" } else { "/" };
        let path = format!("{folder}{separator}{WHITEOUT}{name}");
        let header = self.header(EntryType::Regular, 0o644, 0);
        self.append(header, &path, "", None, &mut io::empty())
    }

    fn there(&mut self, disk: &impl Disk, entry: &ImageEntry) -> io::Result<()> {
        let path = &entry.path;
        match &entry.kind {
            ImageKind::Folder { mode } => {
                let header = self.header(EntryType::Directory, *mode, 0);
                self.append(header, &format!("{path}/"), "", None, &mut io::empty())
            }
            ImageKind::Link { target } => {
                let header = self.header(EntryType::Symlink, 0o777, 0);
                self.append(header, path, target, None, &mut io::empty())
            }
            ImageKind::File {
                size,
                mode,
                attributes,
            } => {
                let header = self.header(EntryType::Regular, *mode, *size);
                let mut file = disk.open_read(path)?.take(*size);
                self.append(header, path, "", dos_attributes(*attributes), &mut file)?;
                match file.limit() {
                    0 => Ok(()),
                    _ => Err(io::Error::other(format!("{path} became shorter meanwhile"))),
                }
            }
        }
    }

    fn header(&self, kind: EntryType, mode: u32, size: u64) -> Header {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size);
        header.set_mtime(self.time);
        header.set_uid(self.layer.tar_owner.0.into());
        header.set_gid(self.layer.tar_owner.1.into());
        header
    }

    fn append(
        &mut self,
        mut header: Header,
        path: &str,
        target: &str,
        attributes: Option<String>,
        contents: &mut dyn Read,
    ) -> io::Result<()> {
        let path = format!("{}{path}", top(self.layer));
        let mut records: Vec<(&str, &[u8])> = Vec::new();
        if !fits(&path) {
            records.push(("path", path.as_bytes()));
        }
        if !fits(target) {
            records.push(("linkpath", target.as_bytes()));
        }
        records.extend(
            attributes
                .as_ref()
                .map(|text| (ATTRIBUTES, text.as_bytes())),
        );
        if !records.is_empty() {
            self.builder.append_pax_extensions(records)?;
        }
        let fields = header.as_old_mut();
        fill(&mut fields.name, &path);
        fill(&mut fields.linkname, target);
        header.set_cksum();
        self.builder.append(&header, contents)
    }
}

/// The machine's place in an image, with a slash behind it.
fn top(layer: &Layer) -> String {
    let names = layer.tar_root.split('/');
    let names = names.filter(|name| !name.is_empty() && *name != ".");
    names.map(|name| format!("{name}/")).collect()
}

fn fits(text: &str) -> bool {
    text.len() <= USTAR_NAME_MAX && text.is_ascii()
}

/// As much of a text as there is room for; all of it where it has no record of its own.
fn fill(field: &mut [u8], text: &str) {
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text.as_bytes()[..length]);
}

fn dos_attributes(attributes: Attributes) -> Option<String> {
    let bits = [(attributes.hidden, HIDDEN), (attributes.system, SYSTEM)];
    let bits: u32 = bits.iter().filter(|(is, _)| *is).map(|(_, bit)| bit).sum();
    (bits != 0).then(|| format!("{bits:#x}"))
}

/// Does a file begin as a tar file does?
pub fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// Returns the lines of a snapshot that was written as a tar file.
///
/// Errors: the reader's; it is no snapshot; a hive in it is damaged.
pub fn lines(from: &mut dyn Read, layer: &Layer) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    let (mut own, top) = (MemoryDisk::new(), top(layer));
    own.create_folder(".msikit")?;
    own.create_folder("drive_c")?;
    for entry in Archive::new(from).entries()? {
        let mut entry = entry?;
        let path = String::from_utf8(entry.path_bytes().into_owned());
        let path = path.map_err(|_| invalid("it has a name that is not UTF-8"))?;
        let Some(path) = path
            .strip_prefix(&top)
            .map(|path| path.trim_end_matches('/'))
        else {
            continue;
        };
        if is_registry_or_facts(path) {
            let mut file = own.create_new(path)?;
            io::copy(&mut entry.by_ref().take(HIVE_MAX), &mut file)?;
        } else if path.starts_with("drive_") || path.starts_with("dosdevices/") {
            lines.extend(line_of(&mut entry, path)?);
        }
    }
    if !lines.iter().any(|line| line.starts_with("D drive_")) {
        return Err(invalid("no machine is in it"));
    }
    let tree = Tree::open(own).map_err(io::Error::other)?;
    let registry = registry_lines(&tree).map_err(io::Error::other)?;
    lines.extend(registry.into_iter().map(|line| line.text));
    Ok(lines)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn is_registry_or_facts(path: &str) -> bool {
    matches!(
        path,
        "system.reg" | "user.reg" | "userdef.reg" | ".msikit/machine.toml"
    )
}

/// The line of an entry; none for links that are beside the drives, which no snapshot has.
fn line_of(entry: &mut Entry<'_, impl Read>, path: &str) -> io::Result<Option<String>> {
    let mode = entry.header().mode()? & 0o7777;
    let path = path.to_owned();
    let (kind, hash) = match entry.header().entry_type() {
        EntryType::Directory => (ImageKind::Folder { mode }, String::new()),
        EntryType::Symlink if path.starts_with("dosdevices/") => return Ok(None),
        EntryType::Symlink => {
            let target = entry.link_name_bytes().unwrap_or_default();
            let target = String::from_utf8_lossy(&target).into_owned();
            (ImageKind::Link { target }, String::new())
        }
        EntryType::Regular => {
            let bits = attribute_bits(entry)?;
            let attributes = Attributes {
                read_only: mode & 0o222 == 0,
                hidden: bits & HIDDEN != 0,
                system: bits & SYSTEM != 0,
            };
            let size = entry.size();
            let kind = ImageKind::File {
                size,
                mode,
                attributes,
            };
            (kind, hash_of(entry)?)
        }
        _ => {
            return Err(invalid(&format!(
                "{path} is neither a file nor a folder nor a link"
            )));
        }
    };
    Ok(Some(ImageEntry { path, kind }.line(&hash)))
}

fn attribute_bits(entry: &mut Entry<'_, impl Read>) -> io::Result<u32> {
    let Some(records) = entry.pax_extensions()? else {
        return Ok(0);
    };
    for record in records {
        let record = record?;
        if record.key_bytes() == ATTRIBUTES.as_bytes() {
            let text = String::from_utf8_lossy(record.value_bytes()).into_owned();
            let digits = text.trim_start_matches("0x");
            return Ok(u32::from_str_radix(digits, 16).unwrap_or(0));
        }
    }
    Ok(0)
}
