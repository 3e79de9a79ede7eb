//! MSZIP: each block is `CK` and a whole deflate stream (RFC 1951) that may refer to the 32 KiB
//! before it.
//!
//! Follows: Microsoft, [MS-MCI].

use flate2::{Decompress, FlushDecompress, Status};

use crate::decode::BLOCK;

/// The decoder of an MSZIP folder.
pub(crate) struct Mszip {
    inflate: Decompress,
    /// The last two blocks, the newest at `start..start + length`.
    window: Box<[u8]>,
    history: usize,
    length: usize,
}

impl Default for Mszip {
    fn default() -> Self {
        let window = vec![0; 2 * BLOCK].into_boxed_slice();
        Self {
            inflate: Decompress::new(false),
            window,
            history: 0,
            length: 0,
        }
    }
}

impl Clone for Mszip {
    fn clone(&self) -> Self {
        // Each block is a stream of its own, so the inflater holds nothing between two of them.
        let inflate = Decompress::new(false);
        Self {
            inflate,
            window: self.window.clone(),
            history: self.history,
            length: self.length,
        }
    }
}

impl Mszip {
    pub fn decode(&mut self, data: &[u8], size: usize) -> Result<(), &'static str> {
        if size > BLOCK {
            return Err("it claims more than 32 KiB");
        }
        let deflated = data
            .strip_prefix(b"CK")
            .ok_or("it does not begin with CK")?;
        self.make_room();
        self.inflate.reset(false);
        if self.history > 0 {
            let history = &self.window[BLOCK - self.history..BLOCK];
            self.inflate
                .set_dictionary(history)
                .map_err(|_| "its history is not taken")?;
        }
        let output = &mut self.window[BLOCK..BLOCK + size];
        let status = self
            .inflate
            .decompress(deflated, output, FlushDecompress::Finish);
        let status = status.map_err(|_| "it is no deflate stream")?;
        match (status, self.inflate.total_out() == size as u64) {
            (Status::StreamEnd, true) => {
                self.length = size;
                Ok(())
            }
            (Status::StreamEnd, false) => Err("it is shorter than it claims"),
            (_, true) => Err("it is longer than it claims"),
            (_, false) => Err("its deflate stream ends too early"),
        }
    }

    /// Makes the newest block (and what is needed of the one before) history.
    fn make_room(&mut self) {
        let end = BLOCK + self.length;
        self.history = (self.history + self.length).min(BLOCK);
        self.window
            .copy_within(end - self.history..end, BLOCK - self.history);
        self.length = 0;
    }

    pub fn output(&self) -> &[u8] {
        &self.window[BLOCK..BLOCK + self.length]
    }
}
