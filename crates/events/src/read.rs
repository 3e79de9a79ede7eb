//! Reading: what was rotated away first, then the log. No lock: only finished lines are read.

use crate::error::Error;
use crate::event::Event;
use crate::filter::Filter;
use crate::log::{Log, is_at, open_file};
use rustix::fs::OFlags;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// How many lines are no events: torn by a killed writer, or a stranger's.
    pub damaged_lines: usize,
}

impl Log {
    /// Returns the events that `filter` admits, oldest first. A log that is not there has none.
    ///
    /// Errors: a file cannot be read.
    pub fn read(&self, filter: &Filter) -> Result<Reading, Error> {
        read(self, |event| filter.admits(event))
    }
}

pub(crate) fn read(log: &Log, is_wanted: impl Fn(&Event) -> bool) -> Result<Reading, Error> {
    // In this order a rotation in between costs nothing: the log then is what was rotated away.
    let newer = log.open(OFlags::RDONLY)?;
    let older_path = log.older_path();
    let older = open_file(&older_path, OFlags::RDONLY)?;
    let mut reading = Reading::default();
    if let Some(older) = older {
        let is_new_one = match &newer {
            Some(newer) => is_at(&older_path, newer)?,
            None => false,
        };
        if !is_new_one {
            let read = read_into(&mut reading, older, &is_wanted);
            read.map_err(|error| Error::at(&older_path, error))?;
        }
    }
    if let Some(newer) = newer {
        let read = read_into(&mut reading, newer, &is_wanted);
        read.map_err(|error| Error::at(log.path(), error))?;
    }
    Ok(reading)
}

fn read_into(
    reading: &mut Reading,
    file: File,
    is_wanted: impl Fn(&Event) -> bool,
) -> io::Result<()> {
    let mut lines = Lines::new(file);
    while let Some(line) = lines.next_line()? {
        match parse(&line) {
            Some(event) if is_wanted(&event) => reading.events.push(event),
            Some(_) => {}
            None if line.is_empty() => {}
            None => reading.damaged_lines += 1,
        }
    }
    Ok(())
}

/// Reads a line; None when it is no event.
pub(crate) fn parse(line: &[u8]) -> Option<Event> {
    serde_json::from_slice(line).ok()
}

/// The finished lines of a file that may be growing.
pub(crate) struct Lines {
    file: BufReader<File>,
    /// The start of a line that is not finished yet.
    partial: Vec<u8>,
    /// Whether that start was thrown away because it is too long.
    is_overlong: bool,
}

impl Lines {
    pub(crate) fn new(file: File) -> Lines {
        Lines {
            file: BufReader::new(file),
            partial: Vec::new(),
            is_overlong: false,
        }
    }

    pub(crate) fn file(&self) -> &File {
        self.file.get_ref()
    }

    /// Returns the next finished line, without its end; None at the end of the file, for now. A line
    /// that is too long comes as one that is no event.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let left = LINE_BYTES_MAX
                .saturating_sub(self.partial.len() as u64)
                .max(1);
            let mut bounded = (&mut self.file).take(left);
            if bounded.read_until(b'\n', &mut self.partial)? == 0 {
                return Ok(None);
            }
            if self.partial.last() == Some(&b'\n') {
                self.partial.pop();
                let mut line = std::mem::take(&mut self.partial);
                if std::mem::take(&mut self.is_overlong) {
                    line.insert(0, b'?');
                }
                return Ok(Some(line));
            }
            if self.partial.len() as u64 >= LINE_BYTES_MAX {
                self.partial.clear();
                self.is_overlong = true;
            }
        }
    }
}
