//! One registry hive in Wine's text format: read, looked up and changed in memory, and written again byte for byte
//! where nothing changed.
//!
//! Sections are indexed when a hive is read; their lines are parsed when they are asked for. A changed section keeps
//! the lines that were not changed, unknown ones included. Following `#link` keys is [`crate::Tree`]'s part.

mod section;
mod text;
mod write;

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::path::fold_char;
use crate::{Data, Error};
use section::Section;

pub(crate) use text::hexadecimal;

/// Reads a line of a registry file: a value's name and its data.
#[cfg(test)]
pub(crate) fn read_value(line: &[u8]) -> Option<(String, Data)> {
    let (name, at) = text::value_name(line)?;
    Some((name, text::data(&line[at..]).ok()?))
}

const FIRST_LINE: &[u8] = b"WINE REGISTRY Version 2";

/// The number of a key in its hive; 0 is the hive's root.
pub(crate) type NodeId = usize;

/// A hive in memory.
#[derive(Debug)]
pub(crate) struct Hive {
    file: &'static str,
    text: Vec<u8>,
    /// Length of what stands before the first section.
    preamble: usize,
    nodes: Vec<Node>,
    /// The sections as they came: key, and which of its sections.
    order: Vec<(NodeId, usize)>,
    time: Option<SystemTime>,
    changed: bool,
}

#[derive(Debug, Default)]
struct Node {
    name: String,
    parent: NodeId,
    children: BTreeMap<String, NodeId>,
    /// One, save where a file names a key twice; none for a key that is there by its subkeys only.
    sections: Vec<Section>,
    removed: bool,
}

impl Hive {
    /// Makes an empty hive for keys relative to `above`, such as `REGISTRY\Machine`.
    pub(crate) fn empty(file: &'static str, above: &str, arch: &str) -> Hive {
        let above = above.replace('\\', "\\\\");
        let text =
            format!("WINE REGISTRY Version 2\n;; All keys relative to {above}\n\n#arch={arch}\n");
        Hive::with_text(file, text.into_bytes())
    }

    fn with_text(file: &'static str, text: Vec<u8>) -> Hive {
        let preamble = text.len();
        Hive {
            file,
            text,
            preamble,
            nodes: vec![Node::default()],
            order: Vec::new(),
            time: None,
            changed: false,
        }
    }

    /// Reads a hive.
    ///
    /// Errors: [`Error::Hive`] where the first line or a key's line is not as Wine writes it.
    pub(crate) fn parse(file: &'static str, text: Vec<u8>) -> Result<Hive, Error> {
        if !text.starts_with(FIRST_LINE) {
            return Err(Error::Hive {
                file: file.to_owned(),
                line: 1,
                what: "this is no registry file of Wine".to_owned(),
            });
        }
        let mut hive = Hive::with_text(file, text);
        let mut starts: Vec<usize> = memchr::memmem::find_iter(&hive.text, b"\n[")
            .map(|at| at + 1)
            .collect();
        starts.push(hive.text.len());
        // A section owns the empty line before it.
        let begin = |at: usize, text: &[u8]| {
            if text.get(at.wrapping_sub(2)) == Some(&b'\n') {
                at - 1
            } else {
                at
            }
        };
        let end = hive.text.len();
        hive.preamble = if starts[0] < end {
            begin(starts[0], &hive.text)
        } else {
            end
        };
        let mut last = Vec::new();
        for pair in starts.windows(2) {
            let stop = if pair[1] < end {
                begin(pair[1], &hive.text)
            } else {
                end
            };
            let section = Section::read(&hive.text, begin(pair[0], &hive.text)..stop, pair[0]);
            let (section, path) =
                section.ok_or_else(|| hive.wrong(pair[0], "a key's name does not end"))?;
            hive.adopt(section, &path, &mut last);
        }
        Ok(hive)
    }

    /// Hangs a section into the tree. `last` is the way to the section before, which mostly shares names.
    fn adopt(&mut self, section: Section, path: &str, last: &mut Vec<(String, NodeId)>) {
        let names = path.split('\\').filter(|name| !name.is_empty());
        let mut depth = 0;
        let mut node = 0;
        for name in names {
            if last.get(depth).is_some_and(|(known, _)| known == name) {
                node = last[depth].1;
            } else {
                last.truncate(depth);
                node = self.child_made(node, name);
                last.push((name.to_owned(), node));
            }
            depth += 1;
        }
        last.truncate(depth);
        self.order.push((node, self.nodes[node].sections.len()));
        self.nodes[node].sections.push(section);
    }

    fn child_made(&mut self, parent: NodeId, name: &str) -> NodeId {
        let folded = folded(name);
        if let Some(&child) = self.nodes[parent].children.get(&folded) {
            return child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node {
            name: name.to_owned(),
            parent,
            ..Node::default()
        });
        self.nodes[parent].children.insert(folded, child);
        child
    }

    fn wrong(&self, at: usize, what: &str) -> Error {
        let line = memchr::memchr_iter(b'\n', &self.text[..at.min(self.text.len())]).count() + 1;
        Error::Hive {
            file: self.file.to_owned(),
            line,
            what: what.to_owned(),
        }
    }

    /// Says when changes are made from now on; none leaves times out of what is new and as they are elsewhere.
    pub(crate) fn set_time(&mut self, time: Option<SystemTime>) {
        self.time = time;
    }

    /// Has anything changed since the hive was read, or since [`Hive::settle`]?
    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    /// Notes that the hive is to be written even if nothing in it changes.
    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
    }

    /// Notes that what is in memory is what is on disk.
    pub(crate) fn settle(&mut self) {
        self.changed = false;
    }

    /// Returns the value of a `#name=` line before the first key, `arch` for one.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        let preamble = std::str::from_utf8(&self.text[..self.preamble]).ok()?;
        preamble.lines().find_map(|line| {
            line.strip_prefix('#')?
                .strip_prefix(name)?
                .strip_prefix('=')
        })
    }

    /// Returns what keys are relative to, as the second line says: `REGISTRY\Machine`.
    pub(crate) fn relative_to(&self) -> Option<String> {
        let preamble = std::str::from_utf8(&self.text[..self.preamble]).ok()?;
        let line = preamble
            .lines()
            .find_map(|line| line.strip_prefix(";; All keys relative to "))?;
        Some(line.replace("\\\\", "\\"))
    }

    /// Returns a subkey by name.
    pub(crate) fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.nodes[node].children.get(&folded(name)).copied()
    }

    /// Returns the name of a key as stored.
    pub(crate) fn name(&self, node: NodeId) -> &str {
        &self.nodes[node].name
    }

    /// Returns the subkeys, sorted by folded name.
    pub(crate) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes[node].children.values().copied()
    }

    /// Returns the names from the root to a key, as stored.
    pub(crate) fn path(&self, node: NodeId) -> String {
        let mut names = Vec::new();
        let mut at = node;
        while at != 0 {
            names.push(self.nodes[at].name.as_str());
            at = self.nodes[at].parent;
        }
        names.reverse();
        names.join("\\")
    }

    /// Returns a key's values in stored order.
    pub(crate) fn values(&self, node: NodeId) -> Result<Vec<(String, Data)>, Error> {
        let sections = &self.nodes[node].sections;
        let mut values: Vec<(String, Data)> = Vec::new();
        for section in sections {
            let more = section
                .values(&self.text)
                .map_err(|(at, what)| self.wrong(at, what))?;
            if sections.len() > 1 {
                values.retain(|(known, _)| {
                    !more
                        .iter()
                        .any(|(name, _)| crate::path::same_name(known, name))
                });
            }
            values.extend(more);
        }
        Ok(values)
    }

    /// Returns the data of one value.
    pub(crate) fn value(&self, node: NodeId, name: &str) -> Result<Option<Data>, Error> {
        let name = folded(name);
        for section in self.nodes[node].sections.iter().rev() {
            if let Some(data) = section
                .value(&self.text, &name)
                .map_err(|(at, what)| self.wrong(at, what))?
            {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Returns where a link key leads, such as `\Registry\Machine\Software\Classes`.
    pub(crate) fn link_target(&self, node: NodeId) -> Result<Option<String>, Error> {
        if !self.nodes[node]
            .sections
            .iter()
            .any(|section| section.is_link(&self.text))
        {
            return Ok(None);
        }
        Ok(match self.value(node, "SymbolicLinkValue")? {
            Some(Data::Other(6, bytes)) => {
                let units = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                Some(String::from_utf16_lossy(&units.collect::<Vec<_>>()))
            }
            _ => None,
        })
    }

    /// Returns a subkey, making it where it is not there.
    pub(crate) fn create(&mut self, node: NodeId, name: &str) -> NodeId {
        if let Some(child) = self.child(node, name) {
            return child;
        }
        let child = self.child_made(node, name);
        self.nodes[child].sections.push(Section::new());
        self.changed = true;
        child
    }

    /// Makes a key a link to `target`, which starts `\Registry\…`.
    pub(crate) fn make_link(&mut self, node: NodeId, target: &str) -> Result<(), Error> {
        let units = target.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.set_value(node, "SymbolicLinkValue", &Data::Other(6, units))?;
        if let Some(section) = self.nodes[node].sections.last_mut() {
            section.mark_link();
        }
        Ok(())
    }

    /// Removes a key with all below it; the root stays.
    pub(crate) fn remove(&mut self, node: NodeId) {
        if node == 0 {
            return;
        }
        let (parent, name) = (self.nodes[node].parent, folded(&self.nodes[node].name));
        self.nodes[parent].children.remove(&name);
        let mut left = vec![node];
        while let Some(node) = left.pop() {
            self.nodes[node].removed = true;
            left.extend(std::mem::take(&mut self.nodes[node].children).into_values());
        }
        self.changed = true;
    }

    /// Sets a value. The same data as before: nothing changes.
    pub(crate) fn set_value(&mut self, node: NodeId, name: &str, data: &Data) -> Result<(), Error> {
        // What cannot be read is not the same, and may be replaced.
        if self
            .value(node, name)
            .is_ok_and(|old| old.as_ref() == Some(data))
        {
            return Ok(());
        }
        let key = folded(name);
        let sections = &mut self.nodes[node].sections;
        if sections.is_empty() {
            sections.push(Section::new());
        }
        let replaced = sections
            .iter_mut()
            .rev()
            .any(|section| section.replace(&self.text, &key, data));
        if !replaced && let Some(section) = sections.last_mut() {
            section.push(&self.text, name, data);
        }
        self.changed = true;
        Ok(())
    }

    /// Removes a value. Not there: nothing changes.
    pub(crate) fn remove_value(&mut self, node: NodeId, name: &str) {
        let name = folded(name);
        for section in &mut self.nodes[node].sections {
            self.changed |= section.remove(&self.text, &name);
        }
    }
}

/// Folds a name for comparison and for Wine's order, which is that of small letters.
pub(crate) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let lower = |c: char| {
        let mut lower = fold_char(c).to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => c,
        }
    };
    name.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    const SMALL: &str = r#"WINE REGISTRY Version 2
;; All keys relative to REGISTRY\\Machine

#arch=win64

[Software\\A\\B] 1795498887
#time=1dd7bd67338c2ce
"one"="1"
"hex"=hex:00,01,\
  02,03
; a remark
@="def"

[Software\\\xfcn \[x\]] 1795498887
#time=1dd7bd67338c2ce
#unknown=line
"a"=dword:00000abc

[Software\\Link] 1795498887
#link
"SymbolicLinkValue"=hex(6):5c,00,52,00
"#;

    fn small() -> Hive {
        Hive::parse("system.reg", SMALL.as_bytes().to_vec()).unwrap()
    }

    fn at(hive: &Hive, path: &str) -> NodeId {
        path.split('\\')
            .fold(0, |node, name| hive.child(node, name).unwrap())
    }

    fn made(hive: &mut Hive, path: &str) -> NodeId {
        path.split('\\')
            .fold(0, |node, name| hive.create(node, name))
    }

    fn written(hive: &Hive) -> String {
        String::from_utf8(hive.to_bytes()).unwrap()
    }

    #[test]
    fn an_unchanged_hive_is_written_byte_for_byte() {
        assert_eq!(written(&small()), SMALL);
        for text in [
            &SMALL[..SMALL.len() - 1],
            &SMALL.replace('\n', "\r\n"),
            "WINE REGISTRY Version 2",
            "WINE REGISTRY Version 2\n[a]\n[b]",
        ] {
            assert_eq!(
                written(&Hive::parse("x", text.as_bytes().to_vec()).unwrap()),
                text
            );
        }
    }

    #[test]
    fn keys_and_values_are_found_without_regard_to_case() {
        let hive = small();
        assert_eq!(
            hive.value(at(&hive, "SOFTWARE\\a\\b"), "ONE").unwrap(),
            Some(Data::Sz("1".into()))
        );
        assert_eq!(
            hive.value(at(&hive, "Software\\A\\B"), "hex").unwrap(),
            Some(Data::Binary(vec![0, 1, 2, 3]))
        );
        assert_eq!(
            hive.value(at(&hive, "software\\ÜN [X]"), "a").unwrap(),
            Some(Data::Dword(0xabc))
        );
        assert_eq!(
            hive.link_target(at(&hive, "Software\\Link"))
                .unwrap()
                .as_deref(),
            Some("\\R")
        );
        assert_eq!(
            (hive.option("arch"), hive.relative_to().as_deref()),
            (Some("win64"), Some("REGISTRY\\Machine"))
        );
    }

    #[test]
    fn a_change_leaves_the_other_lines_alone() {
        let mut hive = small();
        hive.set_time(Some(
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_499_150),
        ));
        let node = at(&hive, "Software\\a\\b");
        hive.set_value(node, "ONE", &Data::Dword(7)).unwrap();
        hive.remove_value(node, "");
        hive.set_value(node, "new", &Data::Sz("x".into())).unwrap();
        let new = made(&mut hive, "Software\\B\\[c]");
        hive.set_value(new, "", &Data::Sz("y".into())).unwrap();
        made(&mut hive, "Software\\Z");
        hive.remove(at(&hive, "Software\\Link"));
        expect![[r#"
            WINE REGISTRY Version 2
            ;; All keys relative to REGISTRY\\Machine

            #arch=win64

            [Software\\A\\B] 1795499150
            #time=1dd7bd70f8bfb00
            "one"=dword:00000007
            "hex"=hex:00,01,\
              02,03
            ; a remark
            "new"="x"

            [Software\\B\\\[c\]] 1795499150
            #time=1dd7bd70f8bfb00
            @="y"

            [Software\\Z] 1795499150
            #time=1dd7bd70f8bfb00

            [Software\\\xfcn \[x\]] 1795498887
            #time=1dd7bd67338c2ce
            #unknown=line
            "a"=dword:00000abc
        "#]]
        .assert_eq(&written(&hive));
    }

    #[test]
    fn a_key_outlives_its_last_subkey() {
        let mut hive = small();
        let node = at(&hive, "Software\\A\\B");
        hive.remove(node);
        assert!(written(&hive).contains("\n[Software\\\\A]\n"));
    }

    #[test]
    fn a_new_value_stands_before_empty_lines() {
        let text = "WINE REGISTRY Version 2\r\n\r\n[a]\r\n\"x\"=\"1\"\r\n\r\n[b]\r\n";
        let mut hive = Hive::parse("x", text.into()).unwrap();
        hive.set_value(1, "y", &Data::Dword(1)).unwrap();
        let expected = text.replace("\"1\"\r\n", "\"1\"\r\n\"y\"=dword:00000001\n");
        assert_eq!(written(&hive), expected);
    }

    #[test]
    fn the_same_data_is_no_change() {
        let mut hive = small();
        let node = at(&hive, "Software\\A\\B");
        hive.set_value(node, "one", &Data::Sz("1".into())).unwrap();
        hive.remove_value(node, "none");
        assert!(!hive.is_changed());
    }

    #[test]
    fn a_key_named_twice_is_one_key() {
        let text = "WINE REGISTRY Version 2\n\n[a]\n\"x\"=\"1\"\n\"y\"=\"1\"\n\n[A]\n\"x\"=\"2\"\n";
        let mut hive = Hive::parse("x", text.into()).unwrap();
        let node = at(&hive, "a");
        assert_eq!(hive.value(node, "x").unwrap(), Some(Data::Sz("2".into())));
        assert_eq!(hive.values(node).unwrap().len(), 2);
        hive.remove_value(node, "x");
        assert_eq!(
            written(&hive),
            "WINE REGISTRY Version 2\n\n[a]\n\"y\"=\"1\"\n\n[A]\n"
        );
    }

    #[test]
    fn damage_is_named_by_line() {
        let error =
            Hive::parse("user.reg", b"WINE REGISTRY Version 2\n\n[a\n".to_vec()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "user.reg, line 3: a key's name does not end"
        );
        let hive = Hive::parse(
            "user.reg",
            b"WINE REGISTRY Version 2\n\n[a]\n\"x\"=what\n".to_vec(),
        )
        .unwrap();
        assert_eq!(
            hive.values(1).unwrap_err().to_string(),
            "user.reg, line 4: an unknown kind of value"
        );
    }

    #[derive(Debug, Clone)]
    enum Edit {
        Set(Vec<u8>, u8, Data),
        Unset(Vec<u8>, u8),
        Make(Vec<u8>),
        Remove(Vec<u8>),
    }

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let path = || proptest::collection::vec(0u8..4, 1..4);
        let data = prop_oneof![
            any::<String>().prop_map(Data::Sz),
            any::<Vec<u8>>().prop_map(Data::Binary)
        ];
        let edit = prop_oneof![
            (path(), 0u8..3, data).prop_map(|(path, name, data)| Edit::Set(path, name, data)),
            (path(), 0u8..3).prop_map(|(path, name)| Edit::Unset(path, name)),
            path().prop_map(Edit::Make),
            path().prop_map(Edit::Remove),
        ];
        proptest::collection::vec(edit, 0..20)
    }

    /// Names that differ in more than case, some of which are in `SMALL`.
    fn name(number: u8) -> &'static str {
        ["software", "A", "ün [x]", "c\"\u{1}1"][usize::from(number)]
    }

    fn dump(hive: &Hive, node: NodeId, out: &mut Vec<(String, Vec<(String, Data)>)>) {
        let mut values = hive.values(node).unwrap();
        values.sort_by(|a, b| a.0.cmp(&b.0));
        out.push((hive.path(node).to_lowercase(), values));
        for child in hive.children(node).collect::<Vec<_>>() {
            dump(hive, child, out);
        }
    }

    proptest! {
        #[test]
        fn any_edits_survive_a_rewrite(first in edits(), second in edits()) {
            let mut hive = small();
            for round in [first, second] {
                for edit in round {
                    let (Edit::Set(path, ..) | Edit::Unset(path, _) | Edit::Make(path) | Edit::Remove(path)) = &edit;
                    let node = path.iter().fold(0, |node, number| hive.create(node, name(*number)));
                    match edit {
                        Edit::Set(_, value, data) => hive.set_value(node, name(value), &data).unwrap(),
                        Edit::Unset(_, value) => hive.remove_value(node, name(value)),
                        Edit::Make(_) => {}
                        Edit::Remove(_) => hive.remove(node),
                    }
                }
                let bytes = hive.to_bytes();
                let again = Hive::parse("x", bytes.clone()).unwrap();
                let (mut one, mut other) = (Vec::new(), Vec::new());
                dump(&hive, 0, &mut one);
                dump(&again, 0, &mut other);
                prop_assert_eq!(one, other);
                prop_assert_eq!(again.to_bytes(), bytes);
                hive = again;
            }
        }

        #[test]
        fn any_bytes_are_kept_or_refused(bytes in any::<Vec<u8>>()) {
            let text = [b"WINE REGISTRY Version 2\n\n[a]\n".as_slice(), &bytes].concat();
            if let Ok(hive) = Hive::parse("x", text.clone()) {
                prop_assert_eq!(hive.to_bytes(), text);
                let _ = hive.values(1);
            }
        }
    }
}
