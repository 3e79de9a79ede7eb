//! How an operation reads in the log: `FileCopy(SourceCabKey=a,DestName=C:\…,FileSize=3)`.

use std::fmt;

use machine::Data;

use crate::{Contents, Operation};

impl Operation {
    /// The operation's name, such as `FileCopy`.
    pub fn name(&self) -> &'static str {
        match self {
            Operation::FolderCreate { .. } => "FolderCreate",
            Operation::FolderRemove { .. } => "FolderRemove",
            Operation::FileCopy { .. } => "FileCopy",
            Operation::FileDuplicate { .. } => "FileDuplicate",
            Operation::FileMove { .. } => "FileMove",
            Operation::FileRemove { .. } => "FileRemove",
            Operation::ShortcutCreate { .. } => "ShortcutCreate",
            Operation::ShortcutRemove { .. } => "ShortcutRemove",
            Operation::IniWriteValue { .. } => "IniWriteValue",
            Operation::IniRemoveValue { .. } => "IniRemoveValue",
            Operation::RegCreateKey { .. } => "RegCreateKey",
            Operation::RegAddValue { .. } => "RegAddValue",
            Operation::RegRemoveValue { .. } => "RegRemoveValue",
            Operation::RegRemoveKey { .. } => "RegRemoveKey",
        }
    }

    /// What it changes: the file, folder or key.
    pub fn subject(&self) -> String {
        match self {
            Operation::FolderCreate { folder } | Operation::FolderRemove { folder } => {
                folder.to_string()
            }
            Operation::FileCopy { to, .. }
            | Operation::FileDuplicate { to, .. }
            | Operation::FileMove { to, .. } => to.to_string(),
            Operation::FileRemove { file }
            | Operation::ShortcutCreate { file, .. }
            | Operation::ShortcutRemove { file }
            | Operation::IniWriteValue { file, .. }
            | Operation::IniRemoveValue { file, .. } => file.to_string(),
            Operation::RegCreateKey { key }
            | Operation::RegAddValue { key, .. }
            | Operation::RegRemoveValue { key, .. }
            | Operation::RegRemoveKey { key } => key.to_string(),
        }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let text = |text: &dyn fmt::Display| text.to_string();
        match self {
            Operation::FolderCreate { folder } | Operation::FolderRemove { folder } => {
                vec![("Folder", text(folder))]
            }
            Operation::FileCopy { from, to, metadata } => {
                let size = metadata.size.map(|size| ("FileSize", text(&size)));
                let version = metadata.version.clone().map(|version| ("Version", version));
                let language = metadata
                    .language
                    .clone()
                    .map(|language| ("Language", language));
                let fields = [source(from), ("DestName", text(to))];
                fields
                    .into_iter()
                    .chain(size)
                    .chain(version)
                    .chain(language)
                    .collect()
            }
            Operation::FileDuplicate { from, to } | Operation::FileMove { from, to } => {
                vec![("SourceName", text(from)), ("DestName", text(to))]
            }
            Operation::FileRemove { file } | Operation::ShortcutRemove { file } => {
                vec![("FileName", text(file))]
            }
            Operation::ShortcutCreate { file, shortcut } => {
                vec![("Name", text(file)), ("Target", shortcut.target.clone())]
            }
            Operation::IniWriteValue {
                file,
                section,
                key,
                value,
            } => vec![
                ("FileName", text(file)),
                ("Section", section.clone()),
                ("Key", key.clone()),
                ("Value", value.clone()),
            ],
            Operation::IniRemoveValue { file, section, key } => {
                vec![
                    ("FileName", text(file)),
                    ("Section", section.clone()),
                    ("Key", key.clone()),
                ]
            }
            Operation::RegCreateKey { key } | Operation::RegRemoveKey { key } => {
                vec![("Key", text(key))]
            }
            Operation::RegAddValue { key, name, data } => {
                vec![
                    ("Key", text(key)),
                    ("Name", name.clone()),
                    ("Value", data_as_text(data)),
                ]
            }
            Operation::RegRemoveValue { key, name } => {
                vec![("Key", text(key)), ("Name", name.clone())]
            }
        }
    }
}

/// One line; control characters are escaped.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name())?;
        for (index, (name, text)) in self.fields().into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{name}=")?;
            for c in text.chars() {
                if c.is_control() {
                    write!(f, "{}", c.escape_default())?
                } else {
                    write!(f, "{c}")?
                }
            }
        }
        f.write_str(")")
    }
}

fn source(contents: &Contents) -> (&'static str, String) {
    match contents {
        Contents::Cabinet { member, .. } => ("SourceCabKey", member.clone()),
        Contents::SourceFile { path, .. } => ("SourceName", path.join("|")),
        Contents::Stream(name) => ("SourceStream", name.clone()),
        Contents::Package => ("SourceName", "the package".to_owned()),
        Contents::Given(index) => ("SourceName", format!("file {index} of the command line")),
        Contents::Bytes(bytes) => ("SourceBytes", bytes.len().to_string()),
        Contents::Image(_) => ("SourceName", "the package without its cabinets".to_owned()),
    }
}

/// Returns data as the registry tables write it: `#` numbers, `#x` hexadecimal bytes, `[~]` between texts.
pub fn data_as_text(data: &Data) -> String {
    match data {
        Data::Sz(text) => text.clone(),
        Data::ExpandSz(text) => format!("#%{text}"),
        Data::MultiSz(texts) => texts.join("[~]"),
        Data::Dword(number) => format!("#{number}"),
        Data::Qword(number) => format!("#{number}"),
        Data::Binary(bytes) | Data::Other(_, bytes) => format!("#x{}", hex(bytes)),
    }
}

/// Lower-case hexadecimal digits, two a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
