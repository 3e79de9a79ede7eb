//! The signature: whose it is, and whether it is of these contents.
//!
//! The digest is computed and compared; who stands behind the certificates, and whether they are trusted, revoked or
//! were valid at the time, is not decided here: it never says "valid".
//! Follows: Microsoft, "Digital Signatures and Windows Installer", "Windows Authenticode Portable Executable Signature
//! Format"; RFC 5652. How the contents are ordered is known from signed files.

use std::io::{Read, Write};

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier};
use database::Database;
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use serde::Serialize;
use sha2::Digest;
use x509_cert::spki::AlgorithmIdentifierOwned;

/// The most that a signature's stream may have; real ones have some thousand bytes.
const SIGNATURE_MAX: u64 = 4 << 20;
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// A signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signature {
    /// `matches`: it is of these contents; `differs`: they were changed; `unreadable`.
    pub digest: &'static str,
    /// The digest's algorithm, such as `sha256`.
    pub algorithm: String,
    /// Who signed; null where it cannot be read.
    pub signer: Option<Certificate>,
    /// The certificates that come with it.
    pub certificates: Vec<Certificate>,
    /// Who stands behind them is not looked at: always false.
    pub chain_verified: bool,
}

/// A certificate, as it says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who gave it.
    pub issuer: String,
    /// Its number, in hexadecimal digits.
    pub serial: String,
    /// When it begins to be valid.
    pub not_before: String,
    /// When it ends.
    pub not_after: String,
}

/// What is signed: the digest of the contents.
#[derive(Sequence)]
struct IndirectData {
    /// What kind of file it is.
    data: Any,
    message_digest: DigestInfo,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// Reads a package's signature; none: it has none.
pub(crate) fn signature(database: &Database) -> Option<Signature> {
    let bytes = stream(database, "\u{5}DigitalSignature")?;
    Some(read(database, &bytes).unwrap_or_else(|_| Signature {
        digest: "unreadable",
        algorithm: String::new(),
        signer: None,
        certificates: Vec::new(),
        chain_verified: false,
    }))
}

fn stream(database: &Database, name: &str) -> Option<Vec<u8>> {
    let stream = database.stream(name).ok()??;
    let mut bytes = Vec::new();
    stream.take(SIGNATURE_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn read(database: &Database, bytes: &[u8]) -> Result<Signature, der::Error> {
    let signed: SignedData = ContentInfo::from_der(whole(bytes))?.content.decode_as()?;
    let content = signed.encap_content_info.econtent.as_ref();
    let content = content.ok_or(der::Error::incomplete(0u8.into()))?;
    let indirect = IndirectData::from_der(&content.to_der()?)?;
    let told = indirect.message_digest;
    let computed = digest(database, told.algorithm.oid);
    let certificates: Vec<&x509_cert::Certificate> = signed
        .certificates
        .iter()
        .flat_map(|all| all.0.iter())
        .filter_map(|one| match one {
            CertificateChoices::Certificate(certificate) => Some(certificate),
            CertificateChoices::Other(_) => None,
        })
        .collect();
    let signer = signed.signer_infos.0.iter().next().and_then(|signer| {
        let SignerIdentifier::IssuerAndSerialNumber(wanted) = &signer.sid else {
            return None;
        };
        let is_wanted = |one: &&&x509_cert::Certificate| {
            let body = &one.tbs_certificate;
            body.issuer == wanted.issuer && body.serial_number == wanted.serial_number
        };
        certificates
            .iter()
            .find(is_wanted)
            .map(|one| certificate(one))
    });
    Ok(Signature {
        digest: match computed {
            Some(computed) if computed == told.digest.as_bytes() => "matches",
            Some(_) => "differs",
            None => "unreadable",
        },
        algorithm: name(told.algorithm.oid),
        signer,
        certificates: certificates.into_iter().map(certificate).collect(),
        chain_verified: false,
    })
}

/// The stream may be padded behind the signature: its outer length counts.
fn whole(bytes: &[u8]) -> &[u8] {
    let (length, head) = match bytes.get(1).copied() {
        Some(short) if short < 0x80 => (usize::from(short), 2),
        Some(long) => {
            let count = usize::from(long & 0x7F).min(8);
            let digits = bytes.get(2..2 + count).unwrap_or_default();
            (
                digits
                    .iter()
                    .fold(0_usize, |length, &digit| length << 8 | usize::from(digit)),
                2 + count,
            )
        }
        None => (0, 0),
    };
    bytes.get(..head.saturating_add(length)).unwrap_or(bytes)
}

fn certificate(one: &x509_cert::Certificate) -> Certificate {
    let body = &one.tbs_certificate;
    let serial = body.serial_number.as_bytes();
    Certificate {
        subject: body.subject.to_string(),
        issuer: body.issuer.to_string(),
        serial: serial.iter().map(|byte| format!("{byte:02X}")).collect(),
        not_before: body.validity.not_before.to_string(),
        not_after: body.validity.not_after.to_string(),
    }
}

fn name(algorithm: ObjectIdentifier) -> String {
    match algorithm {
        SHA1 => "sha1".to_owned(),
        SHA256 => "sha256".to_owned(),
        SHA384 => "sha384".to_owned(),
        SHA512 => "sha512".to_owned(),
        other => other.to_string(),
    }
}

/// The digest of what is signed; none: it cannot be computed.
fn digest(database: &Database, algorithm: ObjectIdentifier) -> Option<Vec<u8>> {
    match algorithm {
        SHA1 => hashed::<sha1::Sha1>(database),
        SHA256 => hashed::<sha2::Sha256>(database),
        SHA384 => hashed::<sha2::Sha384>(database),
        SHA512 => hashed::<sha2::Sha512>(database),
        _ => None,
    }
}

fn hashed<D: Digest + Write>(database: &Database) -> Option<Vec<u8>> {
    let mut hash = D::new();
    // The digest of names and times comes first, where there is one.
    if let Some(extended) = stream(database, "\u{5}MsiDigitalSignatureEx") {
        Digest::update(&mut hash, &extended);
    }
    database.signed_content(&mut hash).ok()?;
    Some(hash.finalize().to_vec())
}
