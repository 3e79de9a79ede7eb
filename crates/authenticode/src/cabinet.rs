//! The signature of a cabinet: in what its header reserves it says where, behind its end, the signature stands.
//!
//! What is signed is the whole cabinet without what the signer had to change in the header. Found out from signed files.
//! Follows: [MS-CAB]; Microsoft, "Digital Signatures and External Cabinet Files".

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::algorithm::{DigestAlgorithm, Outcome};
use crate::certificate::Certificate;
use crate::signature::Signature;

/// A header with what is reserved for a signature.
const HEAD: usize = 60;
/// The flag of a header that reserves something.
const RESERVES: u8 = 0x04;
/// How many bytes are reserved: in the header, in each folder, in each block.
const RESERVED: [u8; 4] = [20, 0, 0, 0];
/// How these bytes begin.
const MARK: [u8; 4] = [0x00, 0x00, 0x10, 0x00];
/// The most that a signature may have; real ones have some thousand bytes.
const SIGNATURE_MAX: u32 = 4 << 20;
const BLOCK: usize = 64 << 10;

/// A cabinet's signature.
#[derive(Clone, Debug)]
pub struct CabinetSignature {
    /// The signature.
    pub signature: Signature,
    head: [u8; HEAD],
    /// Where the cabinet ends, and its signature begins.
    end: u64,
}

/// Why a cabinet is not what its package says.
#[derive(Debug, thiserror::Error)]
pub enum CabinetFault {
    /// It has no signature.
    #[error("it is not digitally signed")]
    NotSigned,
    /// Its signature cannot be read, or is not its signer's.
    #[error("its digital signature does not hold: {0}")]
    BadSignature(String),
    /// It was changed after it was signed.
    #[error("it was changed after it was signed")]
    Changed,
    /// Somebody else signed it.
    #[error("it is signed by {0}, not by the certificate of the package")]
    OtherCertificate(String),
    /// It is another cabinet of the same signer.
    #[error("its hash is not that of the package")]
    OtherHash,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl CabinetSignature {
    /// Reads a cabinet's signature.
    ///
    /// Errors: it has none; it cannot be read.
    pub fn read(file: &mut (impl Read + Seek)) -> Result<CabinetSignature, CabinetFault> {
        let mut head = [0; HEAD];
        file.seek(SeekFrom::Start(0))?;
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(CabinetFault::NotSigned);
            }
            read => read?,
        }
        let is_signed =
            head[30] & RESERVES != 0 && head[36..40] == RESERVED && head[40..44] == MARK;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (end, length) = (number(44), number(48));
        if !is_signed || length == 0 {
            return Err(CabinetFault::NotSigned);
        }
        if length > SIGNATURE_MAX || (end as usize) < HEAD {
            let what = format!("{length} bytes at {end} are none");
            return Err(CabinetFault::BadSignature(what));
        }
        let end = u64::from(end);
        file.seek(SeekFrom::Start(end))?;
        let mut bytes = Vec::new();
        file.take(u64::from(length)).read_to_end(&mut bytes)?;
        let signature = Signature::read(&bytes);
        Ok(CabinetSignature {
            signature: signature.map_err(|error| CabinetFault::BadSignature(error.to_string()))?,
            head,
            end,
        })
    }

    /// Returns the digest of the cabinet as it is.
    ///
    /// Errors: it cannot be read.
    pub fn digest(
        &self,
        algorithm: DigestAlgorithm,
        file: &mut (impl Read + Seek),
    ) -> io::Result<Vec<u8>> {
        algorithm.digest(&mut |out: &mut dyn Write| {
            out.write_all(&self.head[..4])?;
            out.write_all(&self.head[8..34])?;
            out.write_all(&self.head[56..])?;
            file.seek(SeekFrom::Start(HEAD as u64))?;
            let mut left = self.end - HEAD as u64;
            let mut block = vec![0; BLOCK];
            while left > 0 {
                let wanted = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
                file.read_exact(&mut block[..wanted])?;
                out.write_all(&block[..wanted])?;
                left -= wanted as u64;
            }
            Ok(())
        })
    }
}

/// Checks a cabinet against what a package says of its signature: the signer's certificate, as bytes, and the hash of the
/// cabinet, where it says one. "MsiDigitalSignature Table".
///
/// Errors: the first thing that is not so. Who stands behind the certificate is not asked: the package names it.
pub fn check_cabinet(
    file: &mut (impl Read + Seek),
    certificate: &[u8],
    hash: Option<&[u8]>,
) -> Result<(), CabinetFault> {
    let signed = CabinetSignature::read(file)?;
    let signature = &signed.signature;
    let algorithm = signature.algorithm().ok_or_else(|| {
        CabinetFault::BadSignature(format!(
            "the digest {} is not known here",
            signature.algorithm_name()
        ))
    })?;
    match signed.digest(algorithm, file) {
        Ok(digest) if digest == signature.digest() => {}
        Ok(_) => return Err(CabinetFault::Changed),
        // It ends before its end.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(CabinetFault::Changed);
        }
        Err(error) => return Err(error.into()),
    }
    match signature.verify() {
        Outcome::Verifies => {}
        Outcome::Fails(why) | Outcome::Unsupported(why) => {
            return Err(CabinetFault::BadSignature(why));
        }
    }
    let signer = signature
        .signer()
        .filter(|signer| signer.der() == certificate);
    if signer.is_none() {
        let who = signature
            .signer()
            .map(Certificate::subject)
            .unwrap_or_default();
        return Err(CabinetFault::OtherCertificate(who));
    }
    match hash {
        Some(hash) if hash != signature.digest() => Err(CabinetFault::OtherHash),
        _ => Ok(()),
    }
}
