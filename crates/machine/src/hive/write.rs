//! Writing a hive: what was read as it was, new keys where Wine's order has them.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::section::{Line, Section};
use super::{Hive, NodeId, text};

/// Seconds from 1601, where Windows' times begin, to 1970.
const SECONDS_TO_1970: u64 = 11_644_473_600;

impl Hive {
    /// Returns the hive as it is to be stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 4096);
        out.extend(&self.text[..self.preamble]);
        let new = self.new_sections();
        self.write_new(new.get(&None), &mut out);
        for &(node, at) in &self.order {
            if let Some(section) = self.nodes[node]
                .sections
                .get(at)
                .filter(|_| !self.nodes[node].removed)
            {
                self.write_section(node, section, &mut out);
            }
            if at == 0 {
                self.write_new(new.get(&Some(node)), &mut out);
            }
        }
        out
    }

    /// Finds keys that need a section of their own, by the key of the file that they come after.
    fn new_sections(&self) -> HashMap<Option<NodeId>, Vec<NodeId>> {
        let mut found: HashMap<Option<NodeId>, Vec<NodeId>> = HashMap::new();
        let mut after = None;
        let mut left = vec![0];
        while let Some(id) = left.pop() {
            let node = &self.nodes[id];
            if node
                .sections
                .first()
                .is_some_and(|section| section.header().is_some())
            {
                after = Some(id);
            } else if self.needs_section(id) {
                found.entry(after).or_default().push(id);
            }
            left.extend(node.children.values().rev());
        }
        found
    }

    /// A key with subkeys is there without a section; one with nothing at all needs one.
    fn needs_section(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        let has_lines = node
            .sections
            .iter()
            .any(|section| !section.lines().is_empty());
        has_lines || (node.children.is_empty() && id != 0)
    }

    fn write_new(&self, nodes: Option<&Vec<NodeId>>, out: &mut Vec<u8>) {
        for &node in nodes.into_iter().flatten() {
            match self.nodes[node].sections.first() {
                Some(section) => self.write_section(node, section, out),
                None => self.write_section(node, &Section::new(), out),
            }
        }
    }

    fn write_section(&self, node: NodeId, section: &Section, out: &mut Vec<u8>) {
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        if let Some(raw) = section.untouched() {
            out.extend(&self.text[raw]);
            return;
        }
        if section.is_parted() && !out.ends_with(b"\n\n") {
            out.push(b'\n');
        }
        self.write_header(node, section, out);
        for line in section.lines() {
            match line {
                Line::Raw(range, None)
                    if self.time.is_some() && self.text[range.clone()].starts_with(b"#time=") => {}
                Line::Raw(range, _) => out.extend(&self.text[range.clone()]),
                Line::Value { name, data, .. } => {
                    if !out.ends_with(b"\n") {
                        out.push(b'\n');
                    }
                    text::write_value(name, data, out);
                }
                Line::Link => out.extend(b"#link\n"),
            }
        }
    }

    /// Writes the line with the key's name, and the time of the change in both of Wine's forms.
    fn write_header(&self, node: NodeId, section: &Section, out: &mut Vec<u8>) {
        match (section.header(), self.time) {
            (Some(header), None) => {
                out.extend(&self.text[header]);
                return;
            }
            (Some(header), Some(_)) => {
                let line = &self.text[header];
                let name_end =
                    text::unescape(&line[1..], b']').map_or(line.len(), |(_, length)| length + 1);
                out.extend(&line[..name_end]);
            }
            (None, _) => {
                out.push(b'[');
                text::escape(self.path(node).encode_utf16(), b"[]", out);
                out.push(b']');
            }
        }
        if let Some(since) = self.time.map(|time| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
        }) {
            out.extend(format!(" {}\n#time={:x}", since.as_secs(), windows_time(since)).bytes());
        }
        out.push(b'\n');
    }
}

/// Windows' time: units of 100 ns since 1601.
fn windows_time(since_1970: Duration) -> u64 {
    let units = u64::from(since_1970.subsec_nanos() / 100);
    since_1970
        .as_secs()
        .saturating_add(SECONDS_TO_1970)
        .saturating_mul(10_000_000)
        .saturating_add(units)
}
