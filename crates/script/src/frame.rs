//! The bytes of a journal: frames with length and checksum, and the records in them. Drawn in docs/journal.md.
//!
//! A reader takes sound frames from the start. A tear at the end was never acted on and is left out;
//! a sound frame behind an unsound one is damage, and an error.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::record::Record;

/// The version that this engine writes, and the newest that it reads.
pub(crate) const VERSION: u32 = 1;
/// First bytes of every frame.
const MAGIC: &[u8; 4] = b"MJF1";
/// Magic, payload length, checksum.
const HEADER: usize = 4 + 4 + 8;
/// No frame that this engine writes is longer; a longer length is a tear.
pub(crate) const PAYLOAD_MAX: usize = 16 << 20;

/// What one frame says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    /// The first frame.
    Begin(Begin),
    /// Undo records, in the order of the operations; run in reverse.
    Undo(Vec<Record>),
    /// What the caller wants back once the transaction is committed.
    Notes(Vec<u8>),
    /// What the caller wants back from now on if it is undone, in the place of what the first frame says.
    About(String),
    /// The transaction waits for a restart.
    Suspend(Suspend),
}

/// The last frame of a transaction that waits for a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Suspend {
    /// What the caller wants back if it is undone.
    pub(crate) about: String,
    /// What the caller wants back to go on with it.
    pub(crate) data: String,
}

/// The first frame of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Begin {
    /// The format's version.
    pub(crate) version: u32,
    /// The transaction's id.
    pub(crate) id: String,
    /// What the caller wants back with the id, as text.
    pub(crate) about: String,
    /// The undo records of the first batch: they and the beginning become durable as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) undo: Vec<Record>,
}

impl Frame {
    /// Returns the frame's bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Frame::Begin(begin) => (b'B', json(begin)),
            Frame::Undo(records) => (b'U', json(records)),
            Frame::Notes(notes) => (b'N', notes.clone()),
            Frame::About(about) => (b'A', about.clone().into_bytes()),
            Frame::Suspend(suspend) => (b'S', json(suspend)),
        };
        let mut payload = Vec::with_capacity(body.len() + 1);
        payload.push(kind);
        payload.extend(body);
        let mut bytes = Vec::with_capacity(HEADER + payload.len());
        bytes.extend(MAGIC);
        bytes.extend((payload.len() as u32).to_le_bytes());
        bytes.extend(checksum(&payload));
        bytes.extend(payload);
        bytes
    }

    fn decode(payload: &[u8]) -> Result<Frame, String> {
        let (kind, body) = payload.split_first().ok_or("an empty frame")?;
        let wrong = |error: serde_json::Error| error.to_string();
        match kind {
            b'B' => Ok(Frame::Begin(serde_json::from_slice(body).map_err(wrong)?)),
            b'U' => Ok(Frame::Undo(serde_json::from_slice(body).map_err(wrong)?)),
            b'N' => Ok(Frame::Notes(body.to_vec())),
            b'A' => {
                let text = String::from_utf8(body.to_vec());
                Ok(Frame::About(text.map_err(|error| error.to_string())?))
            }
            b'S' => Ok(Frame::Suspend(serde_json::from_slice(body).map_err(wrong)?)),
            kind => Err(format!("a frame of unknown kind {kind}")),
        }
    }
}

/// Serialization to memory of plain structs with text keys cannot fail.
fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// The first 8 bytes of SHA-256 over length and payload, so that a run of zeros is no frame.
fn checksum(payload: &[u8]) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update((payload.len() as u64).to_le_bytes());
    hash.update(payload);
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    first
}

/// Returns the sound frames of a journal.
///
/// Errors: [`Error::Damaged`] for a sound frame behind an unsound one, and for a frame that is sound
/// and not understood (a newer version).
pub(crate) fn read(journal: &str, bytes: &[u8]) -> Result<Vec<Frame>, Error> {
    let damaged = |offset, what| Error::Damaged {
        journal: journal.to_owned(),
        offset,
        what,
    };
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(payload) = sound(bytes, at) {
        let frame = Frame::decode(payload).map_err(|what| damaged(at, what))?;
        if let Frame::Begin(begin) = &frame
            && begin.version > VERSION
        {
            let what = format!("version {} is newer than this engine", begin.version);
            return Err(damaged(at, what));
        }
        frames.push(frame);
        at += HEADER + payload.len();
    }
    let later = (at + 1..bytes.len()).find(|&later| sound(bytes, later).is_some());
    match later {
        Some(_) => Err(damaged(at, "sound records lie behind it".to_owned())),
        None => Ok(frames),
    }
}

/// Returns the payload of the sound frame at `at`, if there is one.
fn sound(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > PAYLOAD_MAX {
        return None;
    }
    let payload = rest.get(..length)?;
    (!payload.is_empty() && checksum(payload) == *sum).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> Vec<Frame> {
        let begin = Begin {
            version: 1,
            id: "a-1".to_owned(),
            about: "Greeter".to_owned(),
            undo: Vec::new(),
        };
        let records = vec![Record::RemoveFolder {
            folder: "C:\\A".to_owned(),
        }];
        vec![
            Frame::Begin(begin),
            Frame::Undo(records),
            Frame::About("two".to_owned()),
            Frame::Suspend(Suspend {
                about: "undone".to_owned(),
                data: "{}".to_owned(),
            }),
            Frame::Notes(vec![0, 255]),
        ]
    }

    fn bytes(frames: &[Frame]) -> Vec<u8> {
        frames.iter().flat_map(Frame::encode).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read("active", &bytes(&frames())).unwrap(), frames());
        assert_eq!(read("active", &[]).unwrap(), []);
    }

    #[test]
    fn a_tear_anywhere_in_the_last_frame_leaves_the_frames_before_it() {
        let whole = bytes(&frames());
        let before = bytes(&frames()[..4]).len();
        for cut in before..whole.len() {
            assert_eq!(
                read("active", &whole[..cut]).unwrap(),
                frames()[..4],
                "cut at {cut}"
            );
            let mut zeroed = whole.clone();
            zeroed[cut..].fill(0);
            assert_eq!(
                read("active", &zeroed).unwrap(),
                frames()[..4],
                "zeros from {cut}"
            );
        }
    }

    #[test]
    fn a_sound_frame_behind_a_damaged_one_is_an_error() {
        let mut whole = bytes(&frames());
        let second = bytes(&frames()[..1]).len();
        whole[second + HEADER + 3] ^= 1;
        let error = read("active", &whole).unwrap_err();
        assert!(
            matches!(error, Error::Damaged { offset, .. } if offset == second),
            "{error}"
        );
    }

    #[test]
    fn a_newer_version_is_refused() {
        let begin = Begin {
            version: 2,
            id: "x".to_owned(),
            about: String::new(),
            undo: Vec::new(),
        };
        assert!(read("active", &Frame::Begin(begin).encode()).is_err());
    }
}
