//! When a signature was made, by the word of a time-stamping authority: RFC 3161, and the older countersignature.

use std::time::SystemTime;

use der::Decode;
use der::asn1::{GeneralizedTime, ObjectIdentifier, OctetStringRef, UtcTime};
use serde::Serialize;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::Error;
use crate::algorithm::{DigestAlgorithm, Outcome};
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::signed_data::{SignedData, SignerInfo};
use crate::tlv::{elements, is_tagged};

const COUNTERSIGNATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.6");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
/// A time-stamp token as Microsoft places it.
const TOKEN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.3.3.1");
const TOKEN_CONTENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// A time-stamp.
#[derive(Clone, Debug)]
pub struct Timestamp {
    /// Its kind.
    pub kind: TimestampKind,
    /// The time that it tells; none: it cannot be read.
    pub time: Option<SystemTime>,
    /// Is it its signer's, and of this signature?
    pub outcome: Outcome,
    /// Who stands behind its signer; none: the certificate does not come along.
    pub chain: Option<Chain>,
}

/// What a time-stamp is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TimestampKind {
    /// A token of RFC 3161.
    Rfc3161,
    /// A countersignature of PKCS #9.
    Countersignature,
}

/// Reads and checks the time-stamp of a signer's signature; none: it has none.
pub(crate) fn timestamp(signer: &SignerInfo, certificates: &[Certificate]) -> Option<Timestamp> {
    let (kind, read) = match (
        signer.unsigned_value(TOKEN),
        signer.unsigned_value(COUNTERSIGNATURE),
    ) {
        (Some(token), _) => (
            TimestampKind::Rfc3161,
            token_of(token, &signer.signature, certificates),
        ),
        (None, Some(counter)) => (
            TimestampKind::Countersignature,
            countersignature_of(counter, &signer.signature, certificates),
        ),
        (None, None) => return None,
    };
    let read = read.unwrap_or_else(|error| Read {
        time: None,
        outcome: Outcome::Fails(error.to_string()),
        chain: None,
    });
    Some(Timestamp {
        kind,
        time: read.time,
        outcome: read.outcome,
        chain: read.chain,
    })
}

struct Read {
    time: Option<SystemTime>,
    outcome: Outcome,
    chain: Option<Chain>,
}

fn countersignature_of(
    element: &[u8],
    signature: &[u8],
    certificates: &[Certificate],
) -> Result<Read, Error> {
    let signer = SignerInfo::read(element)?;
    let time = signer.signed_value(SIGNING_TIME);
    let time = time.and_then(|value| time_of(&value));
    let (outcome, chain) = by_signer(&signer, None, signature, certificates);
    Ok(Read {
        time,
        outcome,
        chain,
    })
}

fn token_of(element: &[u8], signature: &[u8], certificates: &[Certificate]) -> Result<Read, Error> {
    let signed = SignedData::read(element)?;
    let no_token = |why: &str| Error::malformed("time-stamp", why);
    if signed.content_type != TOKEN_CONTENT {
        return Err(no_token("its type is another"));
    }
    let signer = signed.signers.first();
    let signer = signer.ok_or_else(|| no_token("nobody signed it"))?;
    let content = signed.signed_content();
    let fields = elements(content, "time-stamp")?;
    let [_version, _policy, imprint, _serial, time, ..] = fields.as_slice() else {
        return Err(no_token("it is too short"));
    };
    let all = [signed.certificates.as_slice(), certificates].concat();
    let (mut outcome, chain) = by_signer(signer, Some(TOKEN_CONTENT), content, &all);
    if outcome.verifies() && !is_imprint_of(imprint, signature)? {
        outcome = Outcome::Fails("it is of another signature".to_owned());
    }
    Ok(Read {
        time: time_of(time),
        outcome,
        chain,
    })
}

fn by_signer(
    signer: &SignerInfo,
    content_type: Option<ObjectIdentifier>,
    content: &[u8],
    certificates: &[Certificate],
) -> (Outcome, Option<Chain>) {
    match signer.certificate(certificates) {
        Some(certificate) => (
            signer.verify(content_type, content, certificate),
            Some(Chain::of(certificate, certificates)),
        ),
        None => (
            Outcome::Unsupported("its signer's certificate does not come along".to_owned()),
            None,
        ),
    }
}

/// Is a token's imprint the digest of a signature?
fn is_imprint_of(imprint: &[u8], signature: &[u8]) -> Result<bool, Error> {
    let fields = elements(imprint, "time-stamp")?;
    let [algorithm, digest] = fields.as_slice() else {
        return Ok(false);
    };
    let malformed = |error| Error::malformed("time-stamp", error);
    let algorithm = AlgorithmIdentifierOwned::from_der(algorithm).map_err(malformed)?;
    let digest = OctetStringRef::from_der(digest).map_err(malformed)?;
    let known = DigestAlgorithm::of(algorithm.oid);
    Ok(known.is_some_and(|known| known.of_bytes(signature) == digest.as_bytes()))
}

/// A time as either of the two ways of ASN.1 has it. A fraction of a second is not asked for.
fn time_of(element: &[u8]) -> Option<SystemTime> {
    const GENERALIZED: u8 = 0x18;
    if !is_tagged(element, GENERALIZED) {
        return UtcTime::from_der(element)
            .ok()
            .map(|time| Time::from(time).to_system_time());
    }
    let text = crate::tlv::value(element, "time").ok()?;
    let whole = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => [&text[..point], b"Z"].concat(),
        None => text.to_vec(),
    };
    let mut plain = vec![GENERALIZED, u8::try_from(whole.len()).ok()?];
    plain.extend(whole);
    let time = GeneralizedTime::from_der(&plain).ok()?;
    Some(Time::from(time).to_system_time())
}
