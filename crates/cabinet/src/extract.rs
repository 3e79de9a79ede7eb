//! The one pass: every folder of every cabinet of a set, in order.

use std::convert::Infallible;

use crate::folder::Folder;
use crate::set::Set;
use crate::{Error, ExtractError, Member, ReadSeek, Sink, Verdict, Volumes};

/// Offers the members of the cabinet that `first` holds, and of the later ones of its set, to
/// `sink`, in one pass.
///
/// The cabinet begins where `first` does (for one inside another file see
/// [`Section`](crate::Section)); bytes after it do not matter. The next cabinet of the set is
/// opened when the members of the one before are through or when a member's bytes go on there;
/// answer [`Verdict::Stop`] where no more is wanted. A range that several members share, as
/// some tools write equal files, is decoded once for each of them that is taken. Such a cabinet can
/// ask for far more to be written than it is long; sinks judge by [`Member::size`].
///
/// Errors: [`ExtractError::Cabinet`] for a cabinet that cannot be read or is damaged: members before
/// the damage were written, and the one that was being written lacks its `end`;
/// [`ExtractError::Sink`] for what the sink gave.
pub fn extract<S: Sink>(
    first: Box<dyn ReadSeek>,
    volumes: &mut dyn Volumes,
    sink: &mut S,
) -> Result<(), ExtractError<S::Error>> {
    let mut set = Set::open(first, volumes)?;
    let mut index = 0;
    loop {
        while index < set.last().folders.len() {
            let mut folder = Folder::begin(&mut set, index);
            if extract_folder(&mut folder, &mut set, sink)? == Verdict::Stop {
                return Ok(());
            }
            index = folder.last_index() + 1;
            set.close_earlier();
        }
        if !set.advance()? {
            return Ok(());
        }
        set.close_earlier();
        index = 0;
    }
}

/// Offers the members of a folder; Stop when the sink wants no more.
fn extract_folder<S: Sink>(
    folder: &mut Folder,
    set: &mut Set<'_>,
    sink: &mut S,
) -> Result<Verdict, ExtractError<S::Error>> {
    while let Some(member) = folder.next_member(set)? {
        match sink.begin(&member).map_err(ExtractError::Sink)? {
            Verdict::Stop => return Ok(Verdict::Stop),
            Verdict::Skip => continue,
            Verdict::Take => {}
        }
        folder.read(set, &member, |bytes| {
            sink.write(bytes).map_err(ExtractError::Sink)
        })?;
        sink.end(&member).map_err(ExtractError::Sink)?;
    }
    Ok(Verdict::Skip)
}

/// Returns the members of the cabinet that `first` holds and of the later ones of its set, in the
/// order in which [`extract`] offers them. Nothing is decoded.
///
/// Errors: those of opening the cabinets and reading their headers.
pub fn list(first: Box<dyn ReadSeek>, volumes: &mut dyn Volumes) -> Result<Vec<Member>, Error> {
    let mut members = Members(Vec::new());
    match extract(first, volumes, &mut members) {
        Ok(()) => Ok(members.0),
        Err(ExtractError::Cabinet(error)) => Err(error),
        Err(ExtractError::Sink(never)) => match never {},
    }
}

/// A sink that only notes what is there.
struct Members(Vec<Member>);

impl Sink for Members {
    type Error = Infallible;

    fn begin(&mut self, member: &Member) -> Result<Verdict, Infallible> {
        self.0.push(member.clone());
        Ok(Verdict::Skip)
    }

    fn write(&mut self, _bytes: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }

    fn end(&mut self, _member: &Member) -> Result<(), Infallible> {
        Ok(())
    }
}
