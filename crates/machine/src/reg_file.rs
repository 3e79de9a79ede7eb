//! Registry files as Windows' own editor reads them: `Windows Registry Editor Version 5.00`, UTF-16LE.
//!
//! What they cannot say is left out and named: keys and values with control characters in their names.
//! Found out by exporting and importing; texts that would need more than one line are written as their bytes.

use std::collections::BTreeMap;

use crate::hive::hexadecimal;
use crate::path::fold;
use crate::{Data, Error, KeyPath, Root, View};

/// What a registry file says: keys and values that are set, and such that go. Each is said once; the last word counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegFile {
    /// By root and folded names: a key comes before those below it.
    keys: BTreeMap<(Root, Vec<String>), RegKey>,
}

#[derive(Clone, Debug, PartialEq)]
struct RegKey {
    path: KeyPath,
    /// It goes first, with all below it.
    goes: bool,
    /// It is there in the end.
    is_made: bool,
    /// Values by folded name; none: the value goes.
    values: BTreeMap<String, (String, Option<Data>)>,
}

impl RegFile {
    /// Returns a file that says all of a key and of those below it. Link keys are not followed.
    ///
    /// Errors: the registry cannot be read.
    pub fn of_key(view: &dyn View, key: &KeyPath) -> Result<RegFile, Error> {
        let mut file = RegFile::default();
        let top = view.resolved_key(key)?;
        let mut left = vec![top];
        while let Some(path) = left.pop() {
            let Some(found) = view.key(&path)?.filter(|found| found.path == path) else {
                continue;
            };
            file.create_key(&found.path);
            for (name, data) in &found.values {
                file.set_value(&found.path, name, data);
            }
            left.extend(found.subkeys.iter().map(|name| found.path.join(name)));
        }
        Ok(file)
    }

    /// Says that a key is there.
    pub fn create_key(&mut self, key: &KeyPath) {
        self.at(key).is_made = true;
    }

    /// Says that a key goes, with all below it.
    pub fn remove_key(&mut self, key: &KeyPath) {
        self.keys.retain(|_, known| !known.path.is_within(key));
        self.at(key).goes = true;
    }

    /// Says that a key goes; where something is said of keys below it, only that counts. A key that goes because it
    /// became empty here need not be empty where the file is imported.
    pub fn remove_leaf(&mut self, key: &KeyPath) {
        let is_below = |known: &RegKey| known.path.is_within(key) && known.path != *key;
        if !self.keys.values().any(is_below) {
            self.remove_key(key);
        }
    }

    /// Says what a value is.
    pub fn set_value(&mut self, key: &KeyPath, name: &str, data: &Data) {
        let known = self.at(key);
        known.is_made = true;
        let value = (name.to_owned(), Some(data.clone()));
        known.values.insert(fold(name), value);
    }

    /// Says that a value goes.
    pub fn remove_value(&mut self, key: &KeyPath, name: &str) {
        self.at(key)
            .values
            .insert(fold(name), (name.to_owned(), None));
    }

    /// Says after all this what another file says.
    pub fn extend(&mut self, later: RegFile) {
        for key in later.keys.into_values() {
            if key.goes {
                self.remove_key(&key.path);
            }
            let known = self.at(&key.path);
            known.is_made |= key.is_made;
            known.values.extend(key.values);
        }
    }

    fn at(&mut self, key: &KeyPath) -> &mut RegKey {
        let names = key.names().iter().map(|name| fold(name)).collect();
        self.keys
            .entry((key.root, names))
            .or_insert_with(|| RegKey {
                path: key.clone(),
                goes: false,
                is_made: false,
                values: BTreeMap::new(),
            })
    }

    /// Returns the file's bytes, and the keys and values that such a file cannot have.
    pub fn encode(&self) -> (Vec<u8>, Vec<String>) {
        let mut text = b"Windows Registry Editor Version 5.00\n".to_vec();
        let mut left_out = Vec::new();
        for key in self.keys.values() {
            match key.path.names().iter().any(|name| has_control(name)) {
                true => left_out.push(key.path.to_string().escape_debug().to_string()),
                false => key.write(&mut text, &mut left_out),
            }
        }
        text.push(b'\n');
        // The rest of the text has no line breaks of its own.
        let text = String::from_utf8_lossy(&text).replace('\n', "\r\n");
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        (units.flat_map(u16::to_le_bytes).collect(), left_out)
    }
}

impl RegKey {
    fn write(&self, text: &mut Vec<u8>, left_out: &mut Vec<String>) {
        let path = long_path(&self.path);
        if self.goes {
            text.extend(format!("\n[-{path}]\n").bytes());
        }
        if !self.is_made && self.values.is_empty() {
            return;
        }
        text.extend(format!("\n[{path}]\n").bytes());
        for (name, data) in self.values.values() {
            match has_control(name) {
                true => left_out.push(format!("{}\\{}", self.path, name.escape_debug())),
                false => write_value(name, data.as_ref(), text),
            }
        }
    }
}

/// The key with its root's long name.
fn long_path(key: &KeyPath) -> String {
    let root = match key.root {
        Root::LocalMachine => "HKEY_LOCAL_MACHINE",
        Root::CurrentUser => "HKEY_CURRENT_USER",
        Root::Users => "HKEY_USERS",
    };
    let names = key.names().iter();
    names.fold(root.to_owned(), |path, name| path + "\\" + name)
}

fn has_control(name: &str) -> bool {
    name.chars().any(char::is_control)
}

fn write_value(name: &str, data: Option<&Data>, text: &mut Vec<u8>) {
    let start = text.len();
    let name = match name {
        "" => "@".to_owned(),
        name => quoted(name),
    };
    text.extend(format!("{name}=").bytes());
    match data {
        None => text.push(b'-'),
        Some(Data::Sz(value)) if !has_control(value) => text.extend(quoted(value).bytes()),
        Some(Data::Dword(number)) => text.extend(format!("dword:{number:08x}").bytes()),
        Some(Data::Binary(bytes)) => hexadecimal("hex:", bytes, start, text),
        Some(data) => {
            let (kind, bytes) = bytes_of(data);
            hexadecimal(&format!("hex({kind:x}):"), &bytes, start, text);
        }
    }
    text.push(b'\n');
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The number of a type, and data as the registry holds it.
fn bytes_of(data: &Data) -> (u32, Vec<u8>) {
    let texts = |texts: &[&str]| -> Vec<u8> {
        let ended = texts.iter().flat_map(|text| text.encode_utf16().chain([0]));
        ended.flat_map(u16::to_le_bytes).collect()
    };
    match data {
        Data::Sz(text) => (1, texts(&[text])),
        Data::ExpandSz(text) => (2, texts(&[text])),
        Data::MultiSz(all) => {
            let all: Vec<&str> = all.iter().map(String::as_str).chain([""]).collect();
            (7, texts(&all))
        }
        Data::Binary(bytes) => (3, bytes.clone()),
        Data::Dword(number) => (4, number.to_le_bytes().to_vec()),
        Data::Qword(number) => (11, number.to_le_bytes().to_vec()),
        Data::Other(kind, bytes) => (*kind, bytes.clone()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::{Facts, Machine, hive, memory};

    fn text(file: &RegFile) -> String {
        let (bytes, _) = file.encode();
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let text = String::from_utf16(&units).unwrap();
        assert!(text.starts_with('\u{feff}') && !text.replace("\r\n", "").contains('\n'));
        text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
    }

    fn key(text: &str) -> KeyPath {
        KeyPath::parse(text).unwrap()
    }

    #[test]
    fn values_and_removals() {
        let mut file = RegFile::default();
        let tools = key("HKLM\\Software\\Tools");
        file.set_value(&tools, "gone with its key", &Data::Dword(1));
        file.remove_key(&tools);
        file.set_value(&tools, "", &Data::Sz("a \"b\" C:\\c".into()));
        file.set_value(&tools, "Count", &Data::Dword(10));
        file.set_value(&tools, "Lines", &Data::Sz("a\nb".into()));
        file.set_value(&tools, "Path\\\"x\"", &Data::ExpandSz("%P%".into()));
        file.set_value(
            &tools,
            "Multi",
            &Data::MultiSz(vec!["a".into(), "b".into()]),
        );
        file.set_value(&tools, "Big", &Data::Qword(1));
        file.set_value(&tools, "Bytes", &Data::Binary((0..30).collect()));
        file.set_value(&tools, "None", &Data::Other(0, vec![]));
        file.set_value(&tools, "new\n[HKEY_LOCAL_MACHINE\\Evil]", &Data::Dword(1));
        file.remove_value(&key("HKCU\\Software\\Tools"), "Old");
        file.create_key(&key("HKU\\.Default\\Empty"));
        file.remove_key(&key("HKLM\\Software\\Other"));
        file.remove_leaf(&key("HKLM\\Software\\Other\\Below"));
        file.remove_leaf(&key("HKLM\\Software"));
        expect![[r#"
            Windows Registry Editor Version 5.00

            [-HKEY_LOCAL_MACHINE\Software\Other]

            [-HKEY_LOCAL_MACHINE\Software\Other\Below]

            [-HKEY_LOCAL_MACHINE\Software\Tools]

            [HKEY_LOCAL_MACHINE\Software\Tools]
            @="a \"b\" C:\\c"
            "Big"=hex(b):01,00,00,00,00,00,00,00
            "Bytes"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,\
              16,17,18,19,1a,1b,1c,1d
            "Count"=dword:0000000a
            "Lines"=hex(1):61,00,0a,00,62,00,00,00
            "Multi"=hex(7):61,00,00,00,62,00,00,00,00,00
            "None"=hex(0):
            "Path\\\"x\""=hex(2):25,00,50,00,25,00,00,00

            [HKEY_CURRENT_USER\Software\Tools]
            "Old"=-

            [HKEY_USERS\.Default\Empty]

        "#]]
        .assert_eq(&text(&file));
        assert_eq!(file.encode().1.len(), 1);
    }

    /// Reads what `encode` writes, as a machine has it.
    fn parse(text: &str) -> RegFile {
        let joined = text.replace("\\\n  ", "");
        let mut file = RegFile::default();
        let mut at = None;
        for line in joined.lines().skip(1).filter(|line| !line.is_empty()) {
            if let Some(path) = line.strip_prefix('[') {
                let path = key(path.strip_suffix(']').unwrap());
                file.create_key(&path);
                at = Some(path);
                continue;
            }
            let (name, data) = hive::read_value(line.as_bytes()).unwrap();
            file.set_value(at.as_ref().unwrap(), &name, &data);
        }
        file
    }

    #[test]
    fn an_export_of_a_whole_machine_is_read_again() {
        let mut tree = memory(Facts::default()).unwrap();
        let odd = key("HKLM\\Software\\Odd [names] é日");
        for (name, data) in [
            ("a=\"b\"\\", Data::Sz("\\\"".into())),
            ("lines", Data::Sz("a\r\nb\0".into())),
            ("multi", Data::MultiSz(vec!["é".into(), "日".into()])),
            ("none", Data::Other(0, vec![1, 2])),
            ("long", Data::Binary(vec![7; 500])),
        ] {
            tree.set_value(&odd, name, &data).unwrap();
        }
        for root in ["HKLM", "HKCU"] {
            let exported = RegFile::of_key(&tree, &key(root)).unwrap();
            assert!(exported.keys.len() > 1, "{root}");
            assert_eq!(parse(&text(&exported)), exported);
        }
    }
}
