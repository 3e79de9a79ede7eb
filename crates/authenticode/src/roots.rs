//! Judging a signature by roots that somebody trusts. RFC 5280, section 6.
//!
//! Not looked at: revocation, name constraints (a certificate that has them is refused), policies.

use std::time::SystemTime;

use crate::Error;
use crate::certificate::{Certificate, Purpose};
use crate::chain::Chain;
use crate::signature::Signature;

/// The most certificates of one file of roots.
const ROOTS_MAX: usize = 4096;

/// Roots that somebody trusts.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    certificates: Vec<Certificate>,
}

/// What a signature is worth by some roots.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The time that it is judged at: that of its time-stamp where that holds.
    pub at: SystemTime,
    /// Is that its time-stamp's?
    pub is_timestamped: bool,
    /// The root that the signer's chain ends with; none: with none of these.
    pub root: Option<String>,
    /// What is in the way of trusting it. Nothing: by these roots it is trusted, revocation not looked up.
    pub faults: Vec<String>,
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

impl Roots {
    /// Reads the certificates of a PEM file. Those that cannot be read are passed over, as bundles have old ones.
    ///
    /// Errors: there is none in it; too many.
    pub fn from_pem(text: &str) -> Result<Roots, Error> {
        let mut certificates = Vec::new();
        let blocks = text.split(BEGIN).skip(1);
        for block in blocks {
            let Some((body, _)) = block.split_once(END) else {
                continue;
            };
            if certificates.len() == ROOTS_MAX {
                let (what, max) = ("roots", ROOTS_MAX);
                return Err(Error::TooMany { what, max });
            }
            let pem = format!("{BEGIN}\n{}\n{END}\n", body.trim().replace('\r', ""));
            let der = der::Document::from_pem(&pem).map(|(_, document)| document);
            let read = der
                .ok()
                .and_then(|der| Certificate::from_der(der.as_bytes()).ok());
            certificates.extend(read);
        }
        match certificates.is_empty() {
            true => Err(Error::malformed(
                "list of roots",
                "it has no certificate in PEM",
            )),
            false => Ok(Roots { certificates }),
        }
    }

    /// Judges a signature, whose contents are compared elsewhere. `now` counts where it has no time-stamp that holds.
    pub fn judge(&self, signature: &Signature, now: SystemTime) -> Judgement {
        let mut faults = Vec::new();
        let outcome = signature.verify();
        if !outcome.verifies() {
            faults.push("the signature does not verify".to_owned());
        }
        let stamped = self.stamped(signature);
        let at = match &stamped {
            Some(Ok(time)) => *time,
            Some(Err(fault)) => {
                faults.push(format!("its time-stamp does not count: {fault}"));
                now
            }
            None => now,
        };
        let is_timestamped = matches!(stamped, Some(Ok(_)));
        let root = match signature.signer() {
            Some(signer) => {
                let among = signature.certificates();
                self.follow(signer, among, Purpose::CodeSigning, at, &mut faults)
            }
            None => {
                faults.push("the signer's certificate does not come along".to_owned());
                None
            }
        };
        Judgement {
            at,
            is_timestamped,
            root,
            faults,
        }
    }

    /// The time of a signature's time-stamp, or why that does not count; none: it has none.
    fn stamped(&self, signature: &Signature) -> Option<Result<SystemTime, String>> {
        let stamp = signature.timestamp()?;
        let (Some(time), true, Some(chain)) = (stamp.time, stamp.outcome.verifies(), stamp.chain)
        else {
            return Some(Err("it does not verify".to_owned()));
        };
        let signer = chain.certificates.first()?;
        let mut faults = Vec::new();
        let among = [chain.certificates.as_slice(), signature.certificates()].concat();
        self.follow(signer, &among, Purpose::TimeStamping, time, &mut faults);
        Some(match faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(time),
        })
    }

    /// Follows a chain up to one of these roots, and names what is wrong with it. Returns the root.
    fn follow(
        &self,
        first: &Certificate,
        among: &[Certificate],
        purpose: Purpose,
        at: SystemTime,
        faults: &mut Vec<String>,
    ) -> Option<String> {
        let all = [self.certificates.as_slice(), among].concat();
        let chain = Chain::of(first, &all);
        let trusted = chain
            .certificates
            .iter()
            .position(|one| self.certificates.contains(one));
        let Some(trusted) = trusted else {
            let last = chain.last().map(Certificate::subject).unwrap_or_default();
            faults.push(format!(
                "the chain ends with {last}, which is none of the roots"
            ));
            return None;
        };
        // What stands above a root is not asked.
        let chain = &chain.certificates[..=trusted];
        if !first.is_for(purpose) {
            let what = match purpose {
                Purpose::CodeSigning => "code signing",
                Purpose::TimeStamping => "time-stamping",
            };
            faults.push(format!("{} is not for {what}", first.subject()));
        }
        for (index, one) in chain.iter().enumerate() {
            faults.extend(fault(one, index, purpose, at));
        }
        chain.last().map(Certificate::subject)
    }
}

/// What is wrong with one certificate of a chain.
fn fault(one: &Certificate, index: usize, purpose: Purpose, at: SystemTime) -> Option<String> {
    let subject = one.subject();
    if !one.is_valid_at(at) {
        let (from, to) = one.validity();
        return Some(format!("{subject} is only valid from {from} to {to}"));
    }
    if let Some(identifier) = one.not_understood() {
        return Some(format!(
            "{subject} has the critical extension {identifier}, which is not understood here"
        ));
    }
    match index.checked_sub(1) {
        Some(between) if !one.may_issue(between) => {
            Some(format!("{subject} may not issue certificates here"))
        }
        Some(_) if !one.may_issue_for(purpose) => Some(format!(
            "{subject} may not issue certificates for this purpose"
        )),
        _ => None,
    }
}
