//! Signed data, RFC 5652 (and PKCS #7, which Authenticode has): its content, certificates and signers.

use der::Decode;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::Error;
use crate::algorithm::{DigestAlgorithm, Outcome};
use crate::certificate::Certificate;
use crate::tlv::{elements, first, identifier, is_tagged, split, tag, value};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");

/// What these bytes should be, in errors.
const WHAT: &str = "signed data";

/// Signed data.
#[derive(Clone, Debug)]
pub(crate) struct SignedData {
    /// What kind of content it has.
    pub(crate) content_type: ObjectIdentifier,
    /// The content as an element; empty: it is elsewhere.
    pub(crate) content: Vec<u8>,
    /// The certificates that come with it, save those that cannot be read.
    pub(crate) certificates: Vec<Certificate>,
    /// Who signed.
    pub(crate) signers: Vec<SignerInfo>,
}

impl SignedData {
    /// Reads signed data; what stands behind it is padding.
    ///
    /// Errors: it is none.
    pub(crate) fn read(bytes: &[u8]) -> Result<SignedData, Error> {
        let bytes = first(bytes).ok_or(Error::malformed(WHAT, "it has no beginning or no end"))?;
        let outer = elements(bytes, WHAT)?;
        let [kind, content] = outer.as_slice() else {
            return Err(Error::malformed(WHAT, "it is no pair of type and content"));
        };
        if identifier(kind, WHAT)? != SIGNED_DATA {
            return Err(Error::malformed(WHAT, "its type is another"));
        }
        let fields = elements(value(content, WHAT)?, WHAT)?;
        let [_version, _digests, content, rest @ ..] = fields.as_slice() else {
            return Err(Error::malformed(WHAT, "it is too short"));
        };
        let content = elements(content, WHAT)?;
        let [content_type, inner @ ..] = content.as_slice() else {
            return Err(Error::malformed(WHAT, "its content has no type"));
        };
        let certificates = rest.iter().find(|field| is_tagged(field, tag::FIRST));
        let certificates = certificates.map_or(Ok(Vec::new()), |field| elements(field, WHAT))?;
        let signers = rest.iter().find(|field| is_tagged(field, tag::SET));
        let signers = signers.map_or(Ok(Vec::new()), |field| elements(field, WHAT))?;
        Ok(SignedData {
            content_type: identifier(content_type, WHAT)?,
            content: match inner.first() {
                Some(inner) => value(inner, WHAT)?.to_vec(),
                None => Vec::new(),
            },
            certificates: certificates
                .into_iter()
                .filter_map(|one| Certificate::from_der(one).ok())
                .collect(),
            signers: signers
                .into_iter()
                .map(SignerInfo::read)
                .collect::<Result<_, Error>>()?,
        })
    }

    /// What is signed of the content: it without its own tag and length.
    pub(crate) fn signed_content(&self) -> &[u8] {
        value(&self.content, WHAT).unwrap_or_default()
    }
}

/// One signer, and the signature.
#[derive(Clone, Debug)]
pub(crate) struct SignerInfo {
    identifier: SignerIdentifier,
    /// The digest's algorithm; none: it is not known here.
    digest: Option<DigestAlgorithm>,
    /// The attributes that are signed, as a set; none: the content itself is.
    signed_attributes: Option<Vec<u8>>,
    algorithm: ObjectIdentifier,
    /// The signature.
    pub(crate) signature: Vec<u8>,
    unsigned_attributes: Vec<Attribute>,
}

/// Whose certificate it is.
#[derive(Clone, Debug)]
enum SignerIdentifier {
    /// The names of its issuer and its number, as elements.
    Issuer { name: Vec<u8>, serial: Vec<u8> },
    /// The identifier of its key.
    Key(Vec<u8>),
}

/// An attribute, and its values as elements.
#[derive(Clone, Debug)]
struct Attribute {
    kind: ObjectIdentifier,
    values: Vec<Vec<u8>>,
}

impl SignerInfo {
    /// Reads a signer.
    ///
    /// Errors: it is none.
    pub(crate) fn read(bytes: &[u8]) -> Result<SignerInfo, Error> {
        let fields = elements(bytes, "signer")?;
        let [_version, signer, digest, rest @ ..] = fields.as_slice() else {
            return Err(Error::malformed("signer", "it is too short"));
        };
        let (signed, rest) = match rest {
            [attributes, rest @ ..] if is_tagged(attributes, tag::FIRST) => {
                // Signed as the set that it is, whatever its tag says here.
                let mut set = attributes.to_vec();
                set[0] = tag::SET;
                (Some(set), rest)
            }
            rest => (None, rest),
        };
        let [algorithm, signature, rest @ ..] = rest else {
            return Err(Error::malformed("signer", "it has no signature"));
        };
        if !is_tagged(signature, tag::OCTET_STRING) {
            return Err(Error::malformed(
                "signer",
                "its signature is no octet string",
            ));
        }
        let unsigned = rest.iter().find(|field| is_tagged(field, tag::SECOND));
        Ok(SignerInfo {
            identifier: SignerIdentifier::read(signer)?,
            digest: DigestAlgorithm::of(algorithm_of(digest)?),
            signed_attributes: signed,
            algorithm: algorithm_of(algorithm)?,
            signature: value(signature, "signer")?.to_vec(),
            unsigned_attributes: match unsigned {
                Some(field) => attributes(value(field, "signer")?)?,
                None => Vec::new(),
            },
        })
    }

    /// Its certificate among some.
    pub(crate) fn certificate<'a>(&self, among: &'a [Certificate]) -> Option<&'a Certificate> {
        among.iter().find(|one| match &self.identifier {
            SignerIdentifier::Issuer { name, serial } => one.has_name(name, serial),
            SignerIdentifier::Key(wanted) => one.has_key_identifier(wanted),
        })
    }

    /// Checks that this signature is of a content, and made with a certificate's key.
    pub(crate) fn verify(
        &self,
        content_type: Option<ObjectIdentifier>,
        content: &[u8],
        certificate: &Certificate,
    ) -> Outcome {
        let Some(digest) = self.digest else {
            return Outcome::Unsupported("the digest's algorithm is not known here".to_owned());
        };
        let Some(signed) = &self.signed_attributes else {
            let (algorithm, signature) = (self.algorithm, &self.signature);
            return certificate.verify(algorithm, Some(digest), content, signature);
        };
        let told = self.signed_value(MESSAGE_DIGEST);
        let told = told
            .as_deref()
            .and_then(|value| OctetStringRef::from_der(value).ok());
        match told {
            None => return Outcome::Fails("the signer tells no digest".to_owned()),
            Some(told) if told.as_bytes() != digest.of_bytes(content) => {
                return Outcome::Fails("the content is not the one that was signed".to_owned());
            }
            Some(_) => {}
        }
        let told = self.signed_value(CONTENT_TYPE);
        let told = told.and_then(|value| ObjectIdentifier::from_der(&value).ok());
        if content_type.is_some() && told != content_type {
            return Outcome::Fails("the content's type is not the one that was signed".to_owned());
        }
        certificate.verify(self.algorithm, Some(digest), signed, &self.signature)
    }

    /// The one value of an attribute that is signed, as an element.
    pub(crate) fn signed_value(&self, kind: ObjectIdentifier) -> Option<Vec<u8>> {
        let signed = value(self.signed_attributes.as_deref()?, "attribute").ok()?;
        let attributes = attributes(signed).ok()?;
        let mut found = attributes.into_iter().filter(|one| one.kind == kind);
        // One that is there twice says nothing.
        match (found.next(), found.next()) {
            (Some(Attribute { mut values, .. }), None) if values.len() == 1 => values.pop(),
            _ => None,
        }
    }

    /// The first value of an attribute that is not signed, as an element.
    pub(crate) fn unsigned_value(&self, kind: ObjectIdentifier) -> Option<&[u8]> {
        let mut attributes = self.unsigned_attributes.iter();
        let found = attributes.find(|one| one.kind == kind)?;
        found.values.first().map(Vec::as_slice)
    }
}

impl SignerIdentifier {
    fn read(element: &[u8]) -> Result<SignerIdentifier, Error> {
        if is_tagged(element, tag::FIRST_PRIMITIVE) {
            return Ok(SignerIdentifier::Key(value(element, "signer")?.to_vec()));
        }
        match elements(element, "signer")?.as_slice() {
            [name, serial] if is_tagged(element, tag::SEQUENCE) => Ok(SignerIdentifier::Issuer {
                name: name.to_vec(),
                serial: serial.to_vec(),
            }),
            _ => Err(Error::malformed("signer", "it names no certificate")),
        }
    }
}

fn algorithm_of(element: &[u8]) -> Result<ObjectIdentifier, Error> {
    let algorithm = AlgorithmIdentifierOwned::from_der(element);
    let algorithm = algorithm.map_err(|error| Error::malformed("algorithm", error))?;
    Ok(algorithm.oid)
}

fn attributes(bytes: &[u8]) -> Result<Vec<Attribute>, Error> {
    let read = |element: &[u8]| match elements(element, "attribute")?.as_slice() {
        [kind, values] => Ok(Attribute {
            kind: identifier(kind, "attribute")?,
            values: elements(values, "attribute")?
                .into_iter()
                .map(<[u8]>::to_vec)
                .collect(),
        }),
        _ => Err(Error::malformed("attribute", "it is no pair")),
    };
    split(bytes, "attribute")?.into_iter().map(read).collect()
}
