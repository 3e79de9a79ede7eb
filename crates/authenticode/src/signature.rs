//! A signature: the digest that is signed, its signer, and what both are worth.

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::Error;
use crate::algorithm::{DigestAlgorithm, Outcome};
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::signed_data::{SignedData, SignerInfo};
use crate::timestamp::{Timestamp, timestamp};

/// What Authenticode signs: SpcIndirectDataContent.
const INDIRECT_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.4");

/// An Authenticode signature.
#[derive(Clone, Debug)]
pub struct Signature {
    signed: SignedData,
    algorithm: ObjectIdentifier,
    digest: Vec<u8>,
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

impl Signature {
    /// Reads a signature; what stands behind it is padding.
    ///
    /// Errors: it is none, or one of something else.
    pub fn read(bytes: &[u8]) -> Result<Signature, Error> {
        let signed = SignedData::read(bytes)?;
        if signed.content_type != INDIRECT_DATA {
            return Err(Error::malformed(
                "Authenticode signature",
                "its type is another",
            ));
        }
        let indirect = IndirectData::from_der(&signed.content);
        let indirect =
            indirect.map_err(|error| Error::malformed("Authenticode signature", error))?;
        Ok(Signature {
            algorithm: indirect.message_digest.algorithm.oid,
            digest: indirect.message_digest.digest.as_bytes().to_vec(),
            signed,
        })
    }

    /// The algorithm of the digest of the contents; none: it is not known here.
    pub fn algorithm(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::of(self.algorithm)
    }

    /// Its name, such as `sha256`, or its identifier.
    pub fn algorithm_name(&self) -> String {
        let known = self.algorithm();
        known.map_or_else(
            || self.algorithm.to_string(),
            |known| known.name().to_owned(),
        )
    }

    /// The digest of the contents, as they were signed.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The certificates that come with it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.signed.certificates
    }

    /// The signer's certificate; none: it does not come along.
    pub fn signer(&self) -> Option<&Certificate> {
        self.signer_info()?.certificate(&self.signed.certificates)
    }

    /// Checks that the digest was signed with the key of the signer's certificate.
    pub fn verify(&self) -> Outcome {
        let Some(signer) = self.signer_info() else {
            return Outcome::Fails("nobody signed it".to_owned());
        };
        match signer.certificate(&self.signed.certificates) {
            Some(certificate) => {
                let content = self.signed.signed_content();
                signer.verify(Some(INDIRECT_DATA), content, certificate)
            }
            None => Outcome::Unsupported("the signer's certificate does not come along".to_owned()),
        }
    }

    /// The certificates behind the signer's, as far as they come along; none: not even the signer's does.
    pub fn chain(&self) -> Option<Chain> {
        let signer = self.signer()?;
        Some(Chain::of(signer, &self.signed.certificates))
    }

    /// Its time-stamp; none: it has none.
    pub fn timestamp(&self) -> Option<Timestamp> {
        timestamp(self.signer_info()?, &self.signed.certificates)
    }

    /// Authenticode has one signer.
    fn signer_info(&self) -> Option<&SignerInfo> {
        self.signed.signers.first()
    }
}
