//! Chains: each certificate signed by the next, up to one that signed itself, as far as they come along.

use serde::Serialize;

use crate::algorithm::Outcome;
use crate::certificate::Certificate;

/// No chain is followed further.
const CHAIN_MAX: usize = 16;

/// A chain of certificates.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The signer's certificate first, each signed by the next.
    pub certificates: Vec<Certificate>,
    /// How it ends.
    pub state: ChainState,
}

/// How a chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChainState {
    /// With a certificate that signed itself. Who that is, is not judged.
    Complete,
    /// With one whose issuer does not come along.
    Incomplete,
    /// With one that was not signed by the issuer that it names.
    Fails,
    /// With one that was signed in a way that is not known here.
    Unsupported,
}

impl Chain {
    /// Follows a certificate's issuers among some.
    pub(crate) fn of(first: &Certificate, among: &[Certificate]) -> Chain {
        let mut certificates = vec![first.clone()];
        loop {
            let last = &certificates[certificates.len() - 1];
            if last.is_self_issued() {
                let state = state(&last.verify_by(last), ChainState::Complete);
                return Chain {
                    certificates,
                    state,
                };
            }
            let issuers: Vec<_> = among
                .iter()
                .filter(|other| last.names_as_issuer(other) && !certificates.contains(other))
                .map(|issuer| (issuer, last.verify_by(issuer)))
                .collect();
            // Of several with one name, the one whose key it is.
            let by_key = issuers.iter().find(|(_, outcome)| outcome.verifies());
            let state = match (by_key, issuers.first()) {
                (Some((issuer, _)), _) if certificates.len() < CHAIN_MAX => {
                    certificates.push((*issuer).clone());
                    continue;
                }
                (None, Some((_, outcome))) => state(outcome, ChainState::Incomplete),
                _ => ChainState::Incomplete,
            };
            return Chain {
                certificates,
                state,
            };
        }
    }

    /// The last certificate.
    pub fn last(&self) -> Option<&Certificate> {
        self.certificates.last()
    }
}

fn state(outcome: &Outcome, verified: ChainState) -> ChainState {
    match outcome {
        Outcome::Verifies => verified,
        Outcome::Fails(_) => ChainState::Fails,
        Outcome::Unsupported(_) => ChainState::Unsupported,
    }
}
