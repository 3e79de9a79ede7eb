//! The signature: whose it is, and whether it is of these contents.
//!
//! Digest, signature, chain and time-stamp are checked as far as the package has what that takes. Whether the chain's end
//! is trusted is judged by the roots that somebody gives, and not without; revocation is never looked up. It never says
//! "valid".
//! Follows: Microsoft, "Digital Signatures and Windows Installer", "Windows Authenticode Portable Executable Signature
//! Format". How the contents are ordered is known from signed files.

use std::io::{self, Read, Write};
use std::time::SystemTime;

use authenticode::{ChainState, DigestAlgorithm, Outcome, Roots, TimestampKind};
use database::Database;
use serde::Serialize;

pub use authenticode::Certificate;

/// The most that a signature's stream may have; real ones have some thousand bytes.
const SIGNATURE_MAX: u64 = 4 << 20;

/// A signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signature {
    /// `matches`: it is of these contents; `differs`: they were changed; `unreadable`.
    pub digest: &'static str,
    /// The digest's algorithm, such as `sha256`.
    pub algorithm: String,
    /// Is the signature over the digest the signer's? `verifies`, `fails`, `unsupported`, `unreadable`.
    pub signature: &'static str,
    /// Why it does not verify; null where it does.
    pub why: Option<String>,
    /// Who signed; null where it cannot be read.
    pub signer: Option<Certificate>,
    /// The certificates that come with it.
    pub certificates: Vec<Certificate>,
    /// Who stands behind the signer, as far as the certificates come along; null where the signer's does not.
    pub chain: Option<Chain>,
    /// When it was made, by somebody else's word; null: nobody says.
    pub timestamp: Option<Timestamp>,
    /// What it is worth by roots that somebody gave; null: nobody gave any.
    pub judgement: Option<Judgement>,
    /// Was all of it checked, up to a root that was given? Revocation is not looked up.
    pub chain_verified: bool,
}

/// A chain of certificates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chain {
    /// Whose certificates they are, the signer's first; each was signed by the next.
    pub subjects: Vec<String>,
    /// `complete`: the last signed itself; `incomplete`: its issuer does not come along; `fails`: it was not signed by the
    /// issuer that it names; `unsupported`.
    pub state: ChainState,
}

/// A time-stamp.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timestamp {
    /// `rfc3161` or `countersignature`.
    pub kind: TimestampKind,
    /// The time that it tells, as RFC 3339 has times; null where it cannot be read.
    pub time: Option<String>,
    /// Is it its signer's, and of this signature? `verifies`, `fails`, `unsupported`.
    pub state: &'static str,
    /// Why it does not verify; null where it does.
    pub why: Option<String>,
    /// Who stands behind its signer.
    pub chain: Option<Chain>,
}

/// What a signature is worth by some roots.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Is nothing in the way of trusting it? Revocation is not looked up.
    pub trusted: bool,
    /// The root that the chain ends with; null: none of those.
    pub root: Option<String>,
    /// The time that it is judged at, as RFC 3339 has times.
    pub at: String,
    /// Is that its time-stamp's?
    pub timestamped: bool,
    /// What is in the way.
    pub faults: Vec<String>,
    /// Always `not looked up`.
    pub revocation: &'static str,
}

impl Signature {
    fn unreadable(why: String) -> Signature {
        Signature {
            digest: "unreadable",
            algorithm: String::new(),
            signature: "unreadable",
            why: Some(why),
            signer: None,
            certificates: Vec::new(),
            chain: None,
            timestamp: None,
            judgement: None,
            chain_verified: false,
        }
    }

    /// What is wrong with it, each in one line; nothing: what can be checked without roots is as it should be.
    pub fn faults(&self) -> Vec<String> {
        let why = self.why.as_deref().unwrap_or_default();
        let mut faults = Vec::new();
        match (self.digest, self.signature) {
            (_, "unreadable") => faults.push(format!("the signature cannot be read: {why}")),
            ("differs", _) => faults.push("the package was changed after it was signed".to_owned()),
            ("unreadable", _) => {
                faults.push("the digest of the package cannot be computed".to_owned());
            }
            _ => {}
        }
        if self.signature == "fails" {
            faults.push(format!("the signature is not its signer's: {why}"));
        }
        if let Some(chain) = self
            .chain
            .as_ref()
            .filter(|chain| chain.state == ChainState::Fails)
        {
            let last = chain.subjects.last().map_or("", String::as_str);
            faults.push(format!(
                "the certificate of {last} was not signed by the issuer that it names"
            ));
        }
        if let Some(stamp) = self
            .timestamp
            .as_ref()
            .filter(|stamp| stamp.state == "fails")
        {
            let why = stamp.why.as_deref().unwrap_or_default();
            faults.push(format!("the time-stamp does not verify: {why}"));
        }
        faults
    }
}

/// Reads a package's signature; none: it has none.
pub(crate) fn signature(database: &Database) -> Option<Signature> {
    let bytes = stream(database, "\u{5}DigitalSignature")?;
    Some(match authenticode::Signature::read(&bytes) {
        Ok(read) => checked(&read, database),
        Err(error) => Signature::unreadable(error.to_string()),
    })
}

/// Judges a package's signature, by the time of now where it has no time-stamp that holds.
pub(crate) fn judge(
    signature: &mut Signature,
    database: &Database,
    roots: &Roots,
    now: jiff::Timestamp,
) {
    let bytes = stream(database, "\u{5}DigitalSignature").unwrap_or_default();
    let Ok(read) = authenticode::Signature::read(&bytes) else {
        return;
    };
    let now = SystemTime::try_from(now).unwrap_or(SystemTime::UNIX_EPOCH);
    let judged = roots.judge(&read, now);
    let mut faults = judged.faults;
    if signature.digest != "matches" {
        faults.insert(0, "the contents are not those that were signed".to_owned());
    }
    signature.chain_verified = faults.is_empty();
    signature.judgement = Some(Judgement {
        trusted: faults.is_empty(),
        root: judged.root,
        at: shown(judged.at).unwrap_or_default(),
        timestamped: judged.is_timestamped,
        faults,
        revocation: "not looked up",
    });
}

fn checked(read: &authenticode::Signature, database: &Database) -> Signature {
    let computed = read
        .algorithm()
        .and_then(|algorithm| digest(database, algorithm));
    let (signature, why) = words(&read.verify());
    Signature {
        digest: match computed {
            Some(computed) if computed == read.digest() => "matches",
            Some(_) => "differs",
            None => "unreadable",
        },
        algorithm: read.algorithm_name(),
        signature,
        why,
        signer: read.signer().cloned(),
        certificates: read.certificates().to_vec(),
        chain: read.chain().map(chain),
        timestamp: read.timestamp().map(|stamp| {
            let (state, why) = words(&stamp.outcome);
            Timestamp {
                kind: stamp.kind,
                time: stamp.time.and_then(shown),
                state,
                why,
                chain: stamp.chain.map(chain),
            }
        }),
        judgement: None,
        chain_verified: false,
    }
}

fn words(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Verifies => ("verifies", None),
        Outcome::Fails(why) => ("fails", Some(why.clone())),
        Outcome::Unsupported(why) => ("unsupported", Some(why.clone())),
    }
}

fn chain(chain: authenticode::Chain) -> Chain {
    let subjects = chain.certificates.iter().map(Certificate::subject);
    Chain {
        subjects: subjects.collect(),
        state: chain.state,
    }
}

fn shown(time: SystemTime) -> Option<String> {
    let time = jiff::Timestamp::try_from(time).ok()?;
    let whole = jiff::Timestamp::from_second(time.as_second()).ok()?;
    Some(whole.to_string())
}

fn stream(database: &Database, name: &str) -> Option<Vec<u8>> {
    let stream = database.stream(name).ok()??;
    let mut bytes = Vec::new();
    stream.take(SIGNATURE_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The digest of what is signed; none: it cannot be computed.
fn digest(database: &Database, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
    // The digest of names and times comes first, where there is one.
    let extended = stream(database, "\u{5}MsiDigitalSignatureEx");
    let digest = algorithm.digest(&mut |out: &mut dyn Write| -> io::Result<()> {
        if let Some(extended) = &extended {
            out.write_all(extended)?;
        }
        database.signed_content(out).map_err(io::Error::other)
    });
    digest.ok()
}
