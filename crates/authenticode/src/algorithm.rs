//! Digests, and signatures over them: RSA (PKCS #1 v1.5) and ECDSA over P-256 and P-384.

use std::io::Write;

use der::asn1::ObjectIdentifier;
use md5::Md5;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// What came of checking a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome", content = "why")]
pub enum Outcome {
    /// It is the key's, and of these bytes.
    Verifies,
    /// It is not.
    Fails(String),
    /// It is made in a way that is not known here.
    Unsupported(String),
}

impl Outcome {
    /// Is it the key's?
    pub fn verifies(&self) -> bool {
        *self == Outcome::Verifies
    }
}

/// An algorithm that makes digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DigestAlgorithm {
    /// MD5: of old certificates only.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

const MD5: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ELLIPTIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// Signature algorithms that name their digest's.
const WITH_DIGEST: [(&str, DigestAlgorithm); 10] = [
    ("1.2.840.113549.1.1.4", DigestAlgorithm::Md5),
    ("1.2.840.113549.1.1.5", DigestAlgorithm::Sha1),
    ("1.3.14.3.2.29", DigestAlgorithm::Sha1),
    ("1.2.840.113549.1.1.11", DigestAlgorithm::Sha256),
    ("1.2.840.113549.1.1.12", DigestAlgorithm::Sha384),
    ("1.2.840.113549.1.1.13", DigestAlgorithm::Sha512),
    ("1.2.840.10045.4.1", DigestAlgorithm::Sha1),
    ("1.2.840.10045.4.3.2", DigestAlgorithm::Sha256),
    ("1.2.840.10045.4.3.3", DigestAlgorithm::Sha384),
    ("1.2.840.10045.4.3.4", DigestAlgorithm::Sha512),
];

impl DigestAlgorithm {
    /// The algorithm of an identifier; none: it is not known here.
    pub(crate) fn of(identifier: ObjectIdentifier) -> Option<DigestAlgorithm> {
        Some(match identifier {
            MD5 => DigestAlgorithm::Md5,
            SHA1 => DigestAlgorithm::Sha1,
            SHA256 => DigestAlgorithm::Sha256,
            SHA384 => DigestAlgorithm::Sha384,
            SHA512 => DigestAlgorithm::Sha512,
            _ => return None,
        })
    }

    /// Its name, such as `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            DigestAlgorithm::Md5 => "md5",
            DigestAlgorithm::Sha1 => "sha1",
            DigestAlgorithm::Sha256 => "sha256",
            DigestAlgorithm::Sha384 => "sha384",
            DigestAlgorithm::Sha512 => "sha512",
        }
    }

    /// Returns the digest of what `feed` writes.
    ///
    /// Errors: those of `feed`.
    pub fn digest<E>(
        self,
        feed: &mut dyn FnMut(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        match self {
            DigestAlgorithm::Md5 => digest::<Md5, E>(feed),
            DigestAlgorithm::Sha1 => digest::<Sha1, E>(feed),
            DigestAlgorithm::Sha256 => digest::<Sha256, E>(feed),
            DigestAlgorithm::Sha384 => digest::<Sha384, E>(feed),
            DigestAlgorithm::Sha512 => digest::<Sha512, E>(feed),
        }
    }

    /// Returns the digest of some bytes.
    pub fn of_bytes(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            DigestAlgorithm::Md5 => Md5::digest(bytes).to_vec(),
            DigestAlgorithm::Sha1 => Sha1::digest(bytes).to_vec(),
            DigestAlgorithm::Sha256 => Sha256::digest(bytes).to_vec(),
            DigestAlgorithm::Sha384 => Sha384::digest(bytes).to_vec(),
            DigestAlgorithm::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// How PKCS #1 v1.5 wraps such a digest.
    fn padding(self) -> Pkcs1v15Sign {
        match self {
            DigestAlgorithm::Md5 => Pkcs1v15Sign::new::<Md5>(),
            DigestAlgorithm::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            DigestAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            DigestAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            DigestAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}

fn digest<D: Digest + Write, E>(
    feed: &mut dyn FnMut(&mut dyn Write) -> Result<(), E>,
) -> Result<Vec<u8>, E> {
    let mut hash = D::new();
    feed(&mut hash)?;
    Ok(hash.finalize().to_vec())
}

/// Checks a signature over a message. `digest`: the algorithm of the digest, where the signature's names none.
pub(crate) fn verify(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: ObjectIdentifier,
    digest: Option<DigestAlgorithm>,
    message: &[u8],
    signature: &[u8],
) -> Outcome {
    let known = WITH_DIGEST
        .iter()
        .find(|(identifier, _)| algorithm == ObjectIdentifier::new_unwrap(identifier));
    let digest = match known {
        Some((_, digest)) => Some(*digest),
        None if [RSA, ELLIPTIC_KEY].contains(&algorithm) => digest,
        None => None,
    };
    let Some(digest) = digest else {
        return Outcome::Unsupported(format!("the algorithm {algorithm} is not known here"));
    };
    let hashed = digest.of_bytes(message);
    let bits = key.subject_public_key.raw_bytes();
    match key.algorithm.oid {
        RSA => verify_rsa(bits, digest, &hashed, signature),
        ELLIPTIC_KEY => verify_elliptic(key, bits, &hashed, signature),
        other => Outcome::Unsupported(format!("keys of the kind {other} are not known here")),
    }
}

fn verify_rsa(key: &[u8], digest: DigestAlgorithm, hashed: &[u8], signature: &[u8]) -> Outcome {
    // Keys that are too long to be worth the time are refused by this.
    let key = match RsaPublicKey::from_pkcs1_der(key) {
        Ok(key) => key,
        Err(error) => return Outcome::Unsupported(format!("the RSA key cannot be used: {error}")),
    };
    match key.verify(digest.padding(), hashed, signature) {
        Ok(()) => Outcome::Verifies,
        Err(_) => not_by_this_key(),
    }
}

fn verify_elliptic(
    key: &SubjectPublicKeyInfoOwned,
    bits: &[u8],
    hashed: &[u8],
    signature: &[u8],
) -> Outcome {
    let curve = key.algorithm.parameters.as_ref();
    let curve = curve.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    let verified = match curve {
        Some(P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bits);
            let signature = p256::ecdsa::Signature::from_der(signature);
            key.and_then(|key| key.verify_prehash(hashed, &signature?))
        }
        Some(P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(bits);
            let signature = p384::ecdsa::Signature::from_der(signature);
            key.and_then(|key| key.verify_prehash(hashed, &signature?))
        }
        _ => return Outcome::Unsupported("the key's curve is not known here".to_owned()),
    };
    match verified {
        Ok(()) => Outcome::Verifies,
        Err(_) => not_by_this_key(),
    }
}

fn not_by_this_key() -> Outcome {
    Outcome::Fails("it was not made with this key over these bytes".to_owned())
}
