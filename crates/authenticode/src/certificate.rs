//! Certificates: what they say, and whether another one's key signed them. RFC 5280.

use std::time::SystemTime;

use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid;
use der::{Decode, Encode};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};

use crate::algorithm::{Outcome, verify};
use crate::{Error, tlv};

/// What a certificate with the purpose "code signing" has.
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
/// What a certificate of a time-stamping authority has.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// Extensions that are looked at here, or say nothing that would matter: BasicConstraints, KeyUsage, ExtKeyUsage,
/// SubjectAltName, CertificatePolicies, PolicyMappings, PolicyConstraints, InhibitAnyPolicy. No policy is asked for.
const UNDERSTOOD: [&str; 8] = [
    "2.5.29.19",
    "2.5.29.15",
    "2.5.29.37",
    "2.5.29.17",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.36",
    "2.5.29.54",
];

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// Errors: it is none.
    pub fn from_der(bytes: &[u8]) -> Result<Certificate, Error> {
        let parsed = x509_cert::Certificate::from_der(bytes);
        Ok(Certificate {
            parsed: parsed.map_err(|error| Error::malformed("certificate", error))?,
            der: bytes.to_vec(),
        })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whose it is.
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    /// Who gave it.
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate.issuer.to_string()
    }

    /// Its number, in hexadecimal digits.
    pub fn serial(&self) -> String {
        let serial = self.parsed.tbs_certificate.serial_number.as_bytes();
        serial.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// When it begins to be valid, and when it ends, as RFC 3339 has times.
    pub fn validity(&self) -> (String, String) {
        let validity = &self.parsed.tbs_certificate.validity;
        (
            validity.not_before.to_string(),
            validity.not_after.to_string(),
        )
    }

    /// Is a time within its validity?
    pub fn is_valid_at(&self, time: SystemTime) -> bool {
        let validity = &self.parsed.tbs_certificate.validity;
        (validity.not_before.to_system_time()..=validity.not_after.to_system_time()).contains(&time)
    }

    /// Does it name itself as who gave it?
    pub fn is_self_issued(&self) -> bool {
        let body = &self.parsed.tbs_certificate;
        body.subject == body.issuer
    }

    /// Does another certificate's subject have the name of who gave this one?
    pub(crate) fn names_as_issuer(&self, other: &Certificate) -> bool {
        self.parsed.tbs_certificate.issuer == other.parsed.tbs_certificate.subject
    }

    /// Checks that it was signed with an issuer's key.
    pub fn verify_by(&self, issuer: &Certificate) -> Outcome {
        let Ok(parts) = tlv::elements(&self.der, "certificate") else {
            return Outcome::Unsupported("the certificate cannot be read".to_owned());
        };
        let Some(signed) = parts.first() else {
            return Outcome::Unsupported("the certificate is empty".to_owned());
        };
        let algorithm = self.parsed.signature_algorithm.oid;
        if algorithm != self.parsed.tbs_certificate.signature.oid {
            return Outcome::Fails("the certificate names two algorithms".to_owned());
        }
        issuer.verify(algorithm, None, signed, self.parsed.signature.raw_bytes())
    }

    /// Checks a signature with its key.
    pub(crate) fn verify(
        &self,
        algorithm: ObjectIdentifier,
        digest: Option<crate::DigestAlgorithm>,
        message: &[u8],
        signature: &[u8],
    ) -> Outcome {
        let key = &self.parsed.tbs_certificate.subject_public_key_info;
        verify(key, algorithm, digest, message, signature)
    }

    /// Is it the one that a signer names by issuer and number?
    pub(crate) fn has_name(&self, issuer: &[u8], serial: &[u8]) -> bool {
        let body = &self.parsed.tbs_certificate;
        let is = |mine: der::Result<Vec<u8>>, wanted| mine.is_ok_and(|mine| mine == wanted);
        is(body.issuer.to_der(), issuer) && is(body.serial_number.to_der(), serial)
    }

    /// Is it the one that a signer names by the identifier of its key?
    pub(crate) fn has_key_identifier(&self, wanted: &[u8]) -> bool {
        let found = self.extension::<SubjectKeyIdentifier>();
        found.is_ok_and(|found| found.is_some_and(|found| found.0.as_bytes() == wanted))
    }

    /// May it sign other certificates, with so many issuers between it and the last?
    pub(crate) fn may_issue(&self, between: usize) -> bool {
        let is_authority = |constraints: BasicConstraints| {
            let max = constraints.path_len_constraint.map(usize::from);
            constraints.ca && max.is_none_or(|max| between <= max)
        };
        let constraints = self.extension::<BasicConstraints>();
        let signs = |usage: KeyUsage| usage.0.contains(KeyUsages::KeyCertSign);
        constraints.is_ok_and(|found| found.is_some_and(is_authority))
            && self
                .extension::<KeyUsage>()
                .is_ok_and(|found| found.is_none_or(signs))
    }

    /// May its key sign data of this purpose?
    pub(crate) fn is_for(&self, purpose: Purpose) -> bool {
        let signs = |usage: KeyUsage| {
            usage.0.contains(KeyUsages::DigitalSignature)
                || usage.0.contains(KeyUsages::NonRepudiation)
        };
        let usage = self.extension::<KeyUsage>();
        let named = match self.extension::<ExtendedKeyUsage>() {
            Ok(Some(purposes)) => purpose.is_among(&purposes),
            Ok(None) => !purpose.must_be_named(),
            Err(_) => false,
        };
        named && usage.is_ok_and(|found| found.is_none_or(signs))
    }

    /// May what it issues be of this purpose? One that names no purpose says nothing of it.
    pub(crate) fn may_issue_for(&self, purpose: Purpose) -> bool {
        let purposes = self.extension::<ExtendedKeyUsage>();
        purposes.is_ok_and(|found| {
            found.is_none_or(|named| purpose.is_among(&named) || named.0.contains(&ANY_PURPOSE))
        })
    }

    /// An extension that must be understood and is not; none: there is none.
    pub(crate) fn not_understood(&self) -> Option<String> {
        let extensions = self.parsed.tbs_certificate.extensions.iter().flatten();
        let mut critical = extensions
            .filter(|one| one.critical)
            .map(|one| one.extn_id.to_string());
        critical.find(|identifier| !UNDERSTOOD.contains(&identifier.as_str()))
    }

    /// Errors: it cannot be read, or is there twice.
    fn extension<'a, T: Decode<'a> + AssociatedOid>(&'a self) -> Result<Option<T>, der::Error> {
        let found = self.parsed.tbs_certificate.get::<T>()?;
        Ok(found.map(|(_, extension)| extension))
    }
}

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    CodeSigning,
    TimeStamping,
}

impl Purpose {
    fn is_among(self, purposes: &ExtendedKeyUsage) -> bool {
        let (own, any) = match self {
            Purpose::CodeSigning => (CODE_SIGNING, true),
            Purpose::TimeStamping => (TIME_STAMPING, false),
        };
        purposes.0.contains(&own) || (any && purposes.0.contains(&ANY_PURPOSE))
    }

    /// Is a certificate that names no purpose not for this one? RFC 3161, section 2.3.
    fn must_be_named(self) -> bool {
        self == Purpose::TimeStamping
    }
}

impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (not_before, not_after) = self.validity();
        let mut fields = serializer.serialize_struct("Certificate", 5)?;
        fields.serialize_field("subject", &self.subject())?;
        fields.serialize_field("issuer", &self.issuer())?;
        fields.serialize_field("serial", &self.serial())?;
        fields.serialize_field("not_before", &not_before)?;
        fields.serialize_field("not_after", &not_after)?;
        fields.end()
    }
}
