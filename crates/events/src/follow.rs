//! Following: the kernel wakes the follower when the log's folder changes (inotify(7)); nothing is polled.

use crate::error::Error;
use crate::event::Event;
use crate::filter::Filter;
use crate::log::{Log, is_at, open_file};
use crate::read::{Lines, parse};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io::{Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Where a follower starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest event that there is.
    Beginning,
    /// With the first event after now.
    Now,
}

/// A follower: every event that `filter` admits, each once, as it is written.
pub struct Follow {
    log: Log,
    filter: Filter,
    watch: OwnedFd,
    /// The file being read; None: there is no log yet.
    current: Option<Lines>,
    /// Files to be read after it.
    next: VecDeque<Lines>,
}

impl Log {
    /// Starts to follow the log, which need not be there yet; its folder must be.
    ///
    /// Errors: the folder cannot be watched, or the file cannot be read.
    pub fn follow(&self, filter: Filter, start: Start) -> Result<Follow, Error> {
        let folder = self.path().parent().unwrap_or(Path::new("."));
        let at = |error: Errno| Error::at(folder, error);
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(at)?;
        let changes = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
        inotify::add_watch(&watch, folder, changes | WatchFlags::ONLYDIR).map_err(at)?;
        let mut follow = Follow {
            log: self.clone(),
            filter,
            watch,
            current: None,
            next: VecDeque::new(),
        };
        match start {
            Start::Beginning => follow.queue_files()?,
            Start::Now => follow.skip_to_end()?,
        }
        Ok(follow)
    }
}

impl Follow {
    /// Waits for the next event. None: `cancel` has become readable, and all that was written before was returned.
    ///
    /// Errors: the log cannot be read any more.
    pub fn next(&mut self, cancel: Option<BorrowedFd<'_>>) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.read_on()? {
                return Ok(Some(event));
            }
            if !self.wait(cancel)? {
                // What was written before it fired is not lost.
                return self.read_on();
            }
        }
    }

    /// Reads on, over the ends of files that were rotated away; None: there is no more for now.
    fn read_on(&mut self) -> Result<Option<Event>, Error> {
        loop {
            // Asked before reading: what is not the log any more does not grow any more.
            let is_growing = match &self.current {
                Some(lines) => self.log.names(lines.file())?,
                None => false,
            };
            while let Some(line) = self.next_line()? {
                match parse(&line) {
                    Some(event) if self.filter.admits(&event) => return Ok(Some(event)),
                    _ => {}
                }
            }
            if is_growing {
                return Ok(None);
            }
            if self.next.is_empty() {
                self.queue_files()?;
            }
            match self.next.pop_front() {
                Some(lines) => self.current = Some(lines),
                None => return Ok(None),
            }
        }
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some(lines) = &mut self.current else {
            return Ok(None);
        };
        let line = lines.next_line();
        line.map_err(|error| Error::at(self.log.path(), error))
    }

    /// Queues the files that come after the current one: what was rotated away, unless that is the
    /// current one itself, and the log.
    fn queue_files(&mut self) -> Result<(), Error> {
        let newer = self.log.open(OFlags::RDONLY)?;
        let older_path = self.log.older_path();
        if let Some(older) = open_file(&older_path, OFlags::RDONLY)? {
            let is_known = |file: Option<&std::fs::File>| match file {
                Some(file) => is_at(&older_path, file),
                None => Ok(false),
            };
            let was_read = is_known(self.current.as_ref().map(Lines::file))?;
            if !was_read && !is_known(newer.as_ref())? {
                self.next.push_back(Lines::new(older));
            }
        }
        self.next.extend(newer.map(Lines::new));
        Ok(())
    }

    fn skip_to_end(&mut self) -> Result<(), Error> {
        let newest = match self.log.open(OFlags::RDONLY)? {
            Some(log) => Some(log),
            None => open_file(&self.log.older_path(), OFlags::RDONLY)?,
        };
        let Some(mut file) = newest else {
            return Ok(());
        };
        let end = file.seek(SeekFrom::End(0));
        end.map_err(|error| Error::at(self.log.path(), error))?;
        self.current = Some(Lines::new(file));
        Ok(())
    }

    /// Sleeps until the folder changes; false: `cancel` has fired.
    fn wait(&self, cancel: Option<BorrowedFd<'_>>) -> Result<bool, Error> {
        let at = |error: Errno| Error::at(self.log.path(), error);
        let watched = [Some(self.watch.as_fd()), cancel];
        let mut watches: Vec<PollFd<'_>> = watched
            .into_iter()
            .flatten()
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        match poll(&mut watches, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(at(error)),
        }
        if watches
            .get(1)
            .is_some_and(|watch| !watch.revents().is_empty())
        {
            return Ok(false);
        }
        self.take_notices().map_err(at)?;
        Ok(true)
    }

    /// Takes what the kernel noted. What changed is found by looking; the notices only had to wake us.
    fn take_notices(&self) -> Result<(), Errno> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut notices = inotify::Reader::new(&self.watch, &mut buffer);
        loop {
            match notices.next() {
                Ok(notice) if notice.events().contains(ReadFlags::IGNORED) => {
                    return Err(Errno::NOENT);
                }
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}
