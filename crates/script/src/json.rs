//! Operations as JSON, for `plan --json`: a contract, written down in docs/operations.md.

use std::time::SystemTime;

use machine::{Attributes, Data};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::describe::hex;
use crate::{Contents, FileMetadata, Operation, Shortcut};

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("op", self.name())?;
        for (name, value) in fields(self) {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

fn fields(operation: &Operation) -> Vec<(&'static str, Value)> {
    let text = |text: &dyn std::fmt::Display| Value::from(text.to_string());
    match operation {
        Operation::FolderCreate { folder } | Operation::FolderRemove { folder } => {
            vec![("folder", text(folder))]
        }
        Operation::FileCopy { from, to, metadata } => {
            let mut fields = vec![("from", contents(from)), ("to", text(to))];
            fields.extend(file(metadata));
            fields
        }
        Operation::FileDuplicate { from, to } | Operation::FileMove { from, to } => {
            vec![("from", text(from)), ("to", text(to))]
        }
        Operation::FileRemove { file } | Operation::ShortcutRemove { file } => {
            vec![("file", text(file))]
        }
        Operation::ShortcutCreate { file, shortcut } => {
            let mut fields = vec![("file", text(file))];
            fields.extend(link(shortcut));
            fields
        }
        Operation::IniWriteValue {
            file,
            section,
            key,
            value,
        } => vec![
            ("file", text(file)),
            ("section", text(section)),
            ("key", text(key)),
            ("value", text(value)),
        ],
        Operation::IniRemoveValue { file, section, key } => {
            vec![
                ("file", text(file)),
                ("section", text(section)),
                ("key", text(key)),
            ]
        }
        Operation::RegCreateKey { key } | Operation::RegRemoveKey { key } => {
            vec![("key", text(key))]
        }
        Operation::RegAddValue { key, name, data } => vec![
            ("key", text(key)),
            ("name", text(name)),
            ("type", text(&data.type_name())),
            ("data", self::data(data)),
        ],
        Operation::RegRemoveValue { key, name } => vec![("key", text(key)), ("name", text(name))],
    }
}

fn contents(contents: &Contents) -> Value {
    match contents {
        Contents::Cabinet {
            cabinet,
            disk,
            member,
        } => {
            json!({"kind": "cabinet", "cabinet": cabinet, "disk": disk, "member": member})
        }
        Contents::SourceFile { path, disk } => {
            json!({"kind": "source_file", "path": path, "disk": disk})
        }
        Contents::Stream(name) => json!({"kind": "stream", "name": name}),
        Contents::Package => json!({"kind": "package"}),
        Contents::Given(index) => json!({"kind": "given", "index": index}),
        Contents::Bytes(bytes) => json!({"kind": "bytes", "bytes": hex(bytes)}),
        Contents::Image(image) => json!({
            "kind": "image",
            "without": image.without,
            "word_count": image.word_count,
            // Names only: a value may be one that is to be hidden.
            "properties": image.properties.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        }),
    }
}

fn file(metadata: &FileMetadata) -> Vec<(&'static str, Value)> {
    let FileMetadata {
        size,
        attributes,
        modified,
        version,
        language,
    } = metadata;
    vec![
        ("size", json!(size)),
        ("attributes", attribute_names(*attributes)),
        ("modified", json!(modified.and_then(rfc_3339))),
        ("version", json!(version)),
        ("language", json!(language)),
    ]
}

fn attribute_names(attributes: Attributes) -> Value {
    let Attributes {
        read_only,
        hidden,
        system,
    } = attributes;
    let names = [
        ("read_only", read_only),
        ("hidden", hidden),
        ("system", system),
    ];
    names
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| name)
        .collect()
}

fn rfc_3339(time: SystemTime) -> Option<String> {
    jiff::Timestamp::try_from(time)
        .ok()
        .map(|time| time.to_string())
}

fn link(shortcut: &Shortcut) -> Vec<(&'static str, Value)> {
    let Shortcut {
        target,
        advertised,
        arguments,
        description,
        ..
    } = shortcut;
    let icon = shortcut
        .icon
        .as_ref()
        .map(|(file, index)| json!({"file": file, "index": index}));
    vec![
        ("target", json!(target)),
        ("advertised", json!(advertised)),
        ("arguments", json!(arguments)),
        ("description", json!(description)),
        ("working_folder", json!(shortcut.working_folder)),
        ("icon", json!(icon)),
        ("hotkey", json!(shortcut.hotkey)),
        ("show", json!(shortcut.show)),
    ]
}

/// Returns registry data as JSON: text, number, array of texts, or hexadecimal digits.
/// REG_QWORD is a number too.
pub fn data(data: &Data) -> Value {
    match data {
        Data::Sz(text) | Data::ExpandSz(text) => json!(text),
        Data::MultiSz(texts) => json!(texts),
        Data::Dword(number) => json!(number),
        Data::Qword(number) => json!(number),
        Data::Binary(bytes) | Data::Other(_, bytes) => json!(hex(bytes)),
    }
}
