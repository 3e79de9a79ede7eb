//! One pass over one folder: its members in the order of their data, and its blocks decoded as far
//! as members are taken.

use std::collections::VecDeque;

use crate::block::{BlockHeader, read_data, read_header};
use crate::decode::Decoder;
use crate::set::Set;
use crate::volume::FileEntry;
use crate::{Error, Member, Place};

/// The longest block, both parts of a shared one together.
const STORED_MAX: usize = 0xffff;

/// A folder being read; it may have a part in each of several cabinets.
pub(crate) struct Folder {
    kind: u16,
    parts: Vec<Part>,
    /// Whether a further part is in the next cabinet.
    goes_on: bool,
    needs_previous: bool,
    /// Members still to come, by offset.
    members: VecDeque<Member>,
    state: Option<State>,
    /// The state at a block that a later member begins in, kept when the pass went beyond it.
    kept: Option<State>,
    data: Vec<u8>,
    head: Vec<u8>,
}

/// The blocks that a folder has in one cabinet.
struct Part {
    volume: usize,
    folder: usize,
    first_block: u64,
    blocks: usize,
}

/// How far the pass has come.
#[derive(Clone)]
struct State {
    decoder: Decoder,
    part: usize,
    block: usize,
    /// Where the next block begins in its cabinet.
    next_block: Option<u64>,
    /// The place of the decoder's output in the folder's data.
    start: u64,
    end: u64,
}

impl State {
    /// Returns whether a block need not be read: it ends before the byte that is wanted, and no
    /// later block refers to it. The parts of a shared block do not know their place.
    fn leaves_out(&self, header: &BlockHeader, wanted: u64) -> bool {
        let before = header.size != 0 && self.end + header.size as u64 <= wanted;
        before && self.decoder.can_leave_out()
    }
}

impl Folder {
    /// Begins with folder `index` of the cabinet opened last.
    pub fn begin(set: &mut Set<'_>, index: usize) -> Self {
        let needs_previous = index == 0 && set.last_index() == 0 && set.last().began_before();
        let mut folder = Self {
            kind: set.last().folders[index].kind,
            parts: Vec::new(),
            goes_on: false,
            needs_previous,
            members: VecDeque::new(),
            state: None,
            kept: None,
            data: Vec::new(),
            head: Vec::new(),
        };
        folder.add_part(set, index, |file| needs_previous || !file.from_previous);
        folder
    }

    /// Returns the index of the folder in the cabinet opened last.
    pub fn last_index(&self) -> usize {
        self.parts.last().map_or(0, |part| part.folder)
    }

    /// Adds what the cabinet opened last has of this folder.
    fn add_part(&mut self, set: &mut Set<'_>, index: usize, wanted: impl Fn(&FileEntry) -> bool) {
        let volume = set.last_index();
        let last = set.last();
        let entry = &last.folders[index];
        self.parts.push(Part {
            volume,
            folder: index,
            first_block: entry.first_block,
            blocks: entry.blocks,
        });
        self.goes_on = last.goes_on(index);
        for file in last
            .files
            .iter()
            .filter(|file| file.member.folder == index && wanted(file))
        {
            let needs_previous = self.needs_previous;
            self.members.push_back(Member {
                needs_previous,
                ..file.member.clone()
            });
        }
        self.members
            .make_contiguous()
            .sort_by_key(|member| member.offset);
    }

    /// Opens the next cabinet for the next part of this folder.
    fn extend(&mut self, set: &mut Set<'_>) -> Result<(), Error> {
        if !set.advance()? {
            let what = "a file goes on in the next cabinet, and none is named";
            return Err(Error::Header { what, offset: 0 });
        }
        let volume = set.last();
        let why = match volume.folders.first() {
            None => "it has no folder",
            Some(_) if !volume.began_before() => "no file began in the one before",
            Some(entry) if entry.kind != self.kind => "its folder is compressed otherwise",
            Some(_) => {
                self.add_part(set, 0, |file| !file.from_previous);
                return Ok(());
            }
        };
        Err(Error::WrongVolume {
            name: volume.name.clone(),
            why,
        })
    }

    /// Returns the next member, opening the next cabinet where the folder goes on.
    pub fn next_member(&mut self, set: &mut Set<'_>) -> Result<Option<Member>, Error> {
        while self.members.is_empty() && self.goes_on {
            self.extend(set)?;
        }
        Ok(self.members.pop_front())
    }

    /// Hands the bytes of `member`, the one returned last, to `write`, block by block.
    pub fn read<E: From<Error>>(
        &mut self,
        set: &mut Set<'_>,
        member: &Member,
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if member.size == 0 {
            return Ok(());
        }
        let end = u64::from(member.offset) + u64::from(member.size);
        let mut position = u64::from(member.offset);
        let mut state = self.go_back(set, member)?;
        while position < end {
            if position >= state.end {
                self.keep(&state, end);
                self.decode_block(set, &mut state, position, member)?;
                continue;
            }
            let until = end.min(state.end);
            // Both lie in the block, whose length is a usize.
            let range = (position - state.start) as usize..(until - state.start) as usize;
            write(&state.decoder.output()[range])?;
            position = until;
        }
        self.state = Some(state);
        Ok(())
    }

    /// Returns the state to read `member` from.
    fn go_back(&mut self, set: &mut Set<'_>, member: &Member) -> Result<State, Error> {
        if self.needs_previous {
            let previous = set.volume(0).previous.clone().unwrap_or_default();
            return Err(Error::NeedsPrevious {
                member: member.name.clone(),
                previous,
            });
        }
        let offset = u64::from(member.offset);
        if let Some(state) = self.state.take_if(|state| state.start <= offset) {
            return Ok(state);
        }
        match &self.kept {
            Some(kept) if kept.start <= offset => Ok(kept.clone()),
            _ if self.state.is_some() => Err(Error::OutOfOrder {
                member: member.name.clone(),
            }),
            _ => Ok(State {
                decoder: Decoder::new(self.kind, self.parts[0].folder)?,
                part: 0,
                block: 0,
                next_block: None,
                start: 0,
                end: 0,
            }),
        }
    }

    /// Keeps `state`, about to be left, where the next member begins in its block and before `end`,
    /// which is where the present one ends: the two overlap.
    fn keep(&mut self, state: &State, end: u64) {
        let Some(next) = self.members.front() else {
            return;
        };
        let offset = u64::from(next.offset);
        if offset < end && (state.start..state.end).contains(&offset) {
            self.kept = Some(state.clone());
        }
    }

    /// Moves to the next block; decodes it, unless it ends before `wanted` and can be left out.
    fn decode_block(
        &mut self,
        set: &mut Set<'_>,
        state: &mut State,
        wanted: u64,
        member: &Member,
    ) -> Result<(), Error> {
        self.data.clear();
        let (header, place) = loop {
            self.find_block(set, state, member)?;
            let (header, place) = self.read_part(set, state, wanted)?;
            if header.size != 0 {
                break (header, place);
            }
            let ends_part = state.block == self.parts[state.part].blocks;
            let further = state.part + 1 < self.parts.len() || self.goes_on;
            if !(ends_part && further) {
                let why = "it is empty";
                return Err(Error::Block { place, why });
            }
        };
        let size = header.size;
        if !state.leaves_out(&header, wanted) {
            let decoded = state.decoder.decode(&mut self.data, size);
            decoded.map_err(|why| Error::Block { place, why })?;
        }
        state.start = state.end;
        state.end += size as u64;
        Ok(())
    }

    /// Makes `state` stand before a block, in the next part of the folder if need be.
    fn find_block(
        &mut self,
        set: &mut Set<'_>,
        state: &mut State,
        member: &Member,
    ) -> Result<(), Error> {
        while state.block == self.parts[state.part].blocks {
            if state.part + 1 == self.parts.len() {
                if !self.goes_on {
                    return Err(Error::NoData {
                        member: member.name.clone(),
                    });
                }
                self.extend(set)?;
            }
            state.part += 1;
            state.block = 0;
            state.next_block = None;
        }
        Ok(())
    }

    /// Reads the block, or the part of one, that `state` stands before.
    fn read_part(
        &mut self,
        set: &mut Set<'_>,
        state: &mut State,
        wanted: u64,
    ) -> Result<(BlockHeader, Place), Error> {
        let part = &self.parts[state.part];
        let volume = set.volume(part.volume);
        let offset = state.next_block.unwrap_or(part.first_block);
        let cabinet = volume.name.clone();
        let place = Place {
            cabinet,
            folder: part.folder,
            block: state.block,
            offset,
        };
        let header = read_header(volume, offset, &mut self.head)?;
        if self.data.len() + header.stored > STORED_MAX {
            return Err(Error::Block {
                place,
                why: "its parts are too long together",
            });
        }
        state.block += 1;
        state.next_block = Some(header.end(volume));
        if !state.leaves_out(&header, wanted) {
            read_data(volume, &header, &self.head, &mut self.data, || {
                place.clone()
            })?;
        }
        Ok((header, place))
    }
}
