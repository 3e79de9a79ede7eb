//! Who signs, in tests: certificates, Authenticode signatures and time-stamps of keys that come from their names.
//!
//! Only what the tests need: ECDSA over P-256, SHA-256. Each time the same bytes.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest, Sha256};

/// Somebody with a key and a certificate.
#[derive(Clone)]
pub struct Identity {
    name: String,
    key: SigningKey,
    certificate: Vec<u8>,
    /// The certificates above, the issuer's first.
    above: Vec<Vec<u8>>,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Issuing others, with at most so many issuers below.
    Authority(u8),
    /// Signing programs.
    CodeSigning,
    /// Telling the time.
    TimeStamping,
    /// It does not say.
    Unsaid,
}

/// When a certificate is valid where a test does not care, as UTCTime has it.
pub const VALID: [&str; 2] = ["200101000000Z", "491231235959Z"];

impl Identity {
    /// Somebody whose certificate is signed by the own key, and may issue others.
    pub fn root(name: &str) -> Identity {
        let key = key(name);
        let certificate = certificate(name, &key, name, &key, Use::Authority(9), VALID);
        Identity {
            name: name.to_owned(),
            key,
            certificate,
            above: Vec::new(),
        }
    }

    /// Gives somebody a certificate.
    pub fn issues(&self, name: &str, purpose: Use) -> Identity {
        self.issues_valid(name, purpose, VALID)
    }

    /// The same, with the times that it is valid from and to, as UTCTime has them.
    pub fn issues_valid(&self, name: &str, purpose: Use, valid: [&str; 2]) -> Identity {
        let key = key(name);
        let certificate = certificate(name, &key, &self.name, &self.key, purpose, valid);
        let own = std::iter::once(self.certificate.clone());
        Identity {
            name: name.to_owned(),
            key,
            certificate,
            above: own.chain(self.above.iter().cloned()).collect(),
        }
    }

    /// The same, who leaves the certificates above away.
    pub fn alone(mut self) -> Identity {
        self.above.clear();
        self
    }

    /// The certificate.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The certificate, as a PEM file has it.
    pub fn pem(&self) -> String {
        der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &self.certificate)
            .expect("a certificate is no long text")
    }

    /// An Authenticode signature of a SHA-256 digest.
    pub fn signature(&self, digest: &[u8]) -> Vec<u8> {
        self.signed(INDIRECT_DATA, &indirect_data(digest), &[], true)
    }

    /// The same with a time-stamp of RFC 3161, for a time such as `20250102030405Z`.
    pub fn stamped_signature(&self, digest: &[u8], authority: &Identity, time: &str) -> Vec<u8> {
        self.signature_with_token(digest, &|signature| authority.token(signature, time))
    }

    /// The same with whatever token is made for it.
    pub fn signature_with_token(&self, digest: &[u8], token: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        self.signed_and_stamped(digest, &|signature| attribute(TOKEN, &token(signature)))
    }

    /// The same with a countersignature, for a time such as `250102030405Z`. Its signer's certificates come along.
    pub fn countersigned_signature(
        &self,
        digest: &[u8],
        authority: &Identity,
        time: &str,
    ) -> Vec<u8> {
        let mut both = self.clone();
        both.above.push(authority.certificate.clone());
        both.above.extend(authority.above.iter().cloned());
        both.signed_and_stamped(digest, &|signature| {
            let time = attribute(SIGNING_TIME, &element(0x17, &[time.as_bytes()]));
            let signer = authority.signer(DATA, signature, &[&time], &[]);
            attribute(COUNTERSIGNATURE, &signer)
        })
    }

    /// A cabinet without anything reserved, and with this signature.
    pub fn sign_cabinet(&self, cabinet: &[u8]) -> Vec<u8> {
        let mut signed = with_room(cabinet);
        let mut hash = Sha256::new();
        for part in [&signed[..4], &signed[8..34], &signed[56..]] {
            hash.update(part);
        }
        let signature = self.signature(&hash.finalize());
        let length = u32::try_from(signature.len()).expect("a short signature");
        signed[48..52].copy_from_slice(&length.to_le_bytes());
        signed.extend(signature);
        signed
    }

    fn signed_and_stamped(&self, digest: &[u8], stamp: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let content = indirect_data(digest);
        let signature = self.sign(&self.attributes(INDIRECT_DATA, &inner(&content), &[]));
        let stamp = stamp(&signature);
        self.signed(INDIRECT_DATA, &content, &[&stamp], true)
    }

    /// A token of RFC 3161 that says when a signature was there.
    pub fn token(&self, signature: &[u8], time: &str) -> Vec<u8> {
        let imprint = sequence(&[
            &algorithm(SHA256),
            &element(4, &[&Sha256::digest(signature)]),
        ]);
        let info = sequence(&[
            &element(2, &[&[1]]),
            &identifier("1.2.3.4"),
            &imprint,
            &element(2, &[&[7]]),
            &element(0x18, &[time.as_bytes()]),
        ]);
        self.signed(TOKEN_CONTENT, &element(4, &[&info]), &[], false)
    }

    /// Signed data. Of PKCS #7 the content is an element of its own; of RFC 5652 octets.
    fn signed(&self, kind: &str, content: &[u8], unsigned: &[&[u8]], old: bool) -> Vec<u8> {
        let mut certificates = self.certificate.clone();
        certificates.extend(self.above.concat());
        let signer = self.signer(kind, &inner(content), &[], unsigned);
        let data = sequence(&[
            &element(2, &[&[if old { 1 } else { 3 }]]),
            &element(0x31, &[&algorithm(SHA256)]),
            &sequence(&[&identifier(kind), &element(0xA0, &[content])]),
            &element(0xA0, &[&certificates]),
            &element(0x31, &[&signer]),
        ]);
        sequence(&[&identifier(SIGNED_DATA), &element(0xA0, &[&data])])
    }

    fn signer(&self, kind: &str, content: &[u8], more: &[&[u8]], unsigned: &[&[u8]]) -> Vec<u8> {
        let attributes = self.attributes(kind, content, more);
        let signature = self.sign(&attributes);
        let mut tagged = attributes;
        tagged[0] = 0xA0;
        let serial = element(2, &[&serial(&self.name)]);
        let issuer = self.issuer();
        let mut fields = [
            element(2, &[&[1]]),
            sequence(&[&issuer, &serial]),
            algorithm(SHA256),
            tagged,
            algorithm(ECDSA_SHA256),
            element(4, &[&signature]),
        ]
        .concat();
        if !unsigned.is_empty() {
            fields.extend(element(0xA1, unsigned));
        }
        sequence(&[&fields])
    }

    /// The name of the issuer, as the certificate has it.
    fn issuer(&self) -> Vec<u8> {
        // The fourth field of what is signed, behind version, number and algorithm.
        let body = inner(&inner(&self.certificate));
        let mut rest = body.as_slice();
        for _ in 0..3 {
            rest = &rest[whole(rest)..];
        }
        rest[..whole(rest)].to_vec()
    }

    fn attributes(&self, kind: &str, content: &[u8], more: &[&[u8]]) -> Vec<u8> {
        let kind = attribute(CONTENT_TYPE, &identifier(kind));
        let digest = attribute(MESSAGE_DIGEST, &element(4, &[&Sha256::digest(content)]));
        let all = [kind.as_slice(), &digest];
        element(0x31, &[all.as_slice(), more].concat())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.key.sign(message);
        signature.as_bytes().to_vec()
    }
}

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const DATA: &str = "1.2.840.113549.1.7.1";
const INDIRECT_DATA: &str = "1.3.6.1.4.1.311.2.1.4";
const TOKEN_CONTENT: &str = "1.2.840.113549.1.9.16.1.4";
const TOKEN: &str = "1.3.6.1.4.1.311.3.3.1";
const COUNTERSIGNATURE: &str = "1.2.840.113549.1.9.6";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(name.as_bytes())).expect("not one in 2^32 is no key")
}

fn serial(name: &str) -> Vec<u8> {
    let mut serial = Sha256::digest([b"serial ", name.as_bytes()].concat())[..8].to_vec();
    serial[0] = serial[0] & 0x3F | 0x40;
    serial
}

fn certificate(
    name: &str,
    key: &SigningKey,
    issuer: &str,
    issuer_key: &SigningKey,
    purpose: Use,
    valid: [&str; 2],
) -> Vec<u8> {
    let point = key.verifying_key().to_encoded_point(false);
    let times = valid.map(|time| element(0x17, &[time.as_bytes()]));
    let key_kind = sequence(&[
        &identifier("1.2.840.10045.2.1"),
        &identifier("1.2.840.10045.3.1.7"),
    ]);
    let body = sequence(&[
        &element(0xA0, &[&element(2, &[&[2]])]),
        &element(2, &[&serial(name)]),
        &algorithm(ECDSA_SHA256),
        &common_name(issuer),
        &sequence(&[&times[0], &times[1]]),
        &common_name(name),
        &sequence(&[&key_kind, &bits(point.as_bytes())]),
        &element(0xA3, &[&sequence(&[&extensions(purpose)])]),
    ]);
    let signature: DerSignature = issuer_key.sign(&body);
    sequence(&[&body, &algorithm(ECDSA_SHA256), &bits(signature.as_bytes())])
}

fn extensions(purpose: Use) -> Vec<u8> {
    let extension = |kind: &str, value: Vec<u8>| {
        let critical = element(1, &[&[0xFF]]);
        sequence(&[&identifier(kind), &critical, &element(4, &[&value])])
    };
    let usage = |bit: u8| extension("2.5.29.15", element(3, &[&[1, bit]]));
    let extended = |purpose: &str| extension("2.5.29.37", sequence(&[&identifier(purpose)]));
    match purpose {
        Use::Authority(below) => {
            let constraints = sequence(&[&element(1, &[&[0xFF]]), &element(2, &[&[below]])]);
            [extension("2.5.29.19", constraints), usage(0x06)].concat()
        }
        Use::CodeSigning => [usage(0x80), extended("1.3.6.1.5.5.7.3.3")].concat(),
        Use::TimeStamping => [usage(0x80), extended("1.3.6.1.5.5.7.3.8")].concat(),
        Use::Unsaid => usage(0x80),
    }
}

fn indirect_data(digest: &[u8]) -> Vec<u8> {
    let kind = sequence(&[&identifier("1.3.6.1.4.1.311.2.1.25")]);
    let digest = sequence(&[&algorithm(SHA256), &element(4, &[digest])]);
    sequence(&[&kind, &digest])
}

/// A cabinet with room for a signature in its header, behind which the signature will stand.
fn with_room(cabinet: &[u8]) -> Vec<u8> {
    const ROOM: u32 = 24;
    let mut head = cabinet[..36].to_vec();
    head[30] |= 4;
    let mut rest = cabinet[36..].to_vec();
    let add = |bytes: &mut [u8]| {
        let number = u32::from_le_bytes(bytes[..4].try_into().expect("four bytes")) + ROOM;
        bytes[..4].copy_from_slice(&number.to_le_bytes());
    };
    add(&mut head[8..]);
    add(&mut head[16..]);
    let folders = usize::from(u16::from_le_bytes([head[26], head[27]]));
    for folder in 0..folders {
        add(&mut rest[folder * 8..]);
    }
    let mut room = vec![20, 0, 0, 0, 0, 0, 0x10, 0];
    room.extend(&head[8..12]);
    room.extend([0; 12]);
    [head, room, rest].concat()
}

fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(kind), &element(0x31, &[value])])
}

fn algorithm(kind: &str) -> Vec<u8> {
    sequence(&[&identifier(kind)])
}

fn common_name(name: &str) -> Vec<u8> {
    let pair = sequence(&[&identifier("2.5.4.3"), &element(0x0C, &[name.as_bytes()])]);
    sequence(&[&element(0x31, &[&pair])])
}

fn identifier(text: &str) -> Vec<u8> {
    let identifier = der::asn1::ObjectIdentifier::new(text).expect("an object identifier");
    element(6, &[identifier.as_bytes()])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(3, &[&[0], bytes])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// An element of DER.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|digit| *digit == 0).collect();
    let mut element = vec![tag];
    match value.len() {
        0..0x80 => element.push(digits.first().copied().unwrap_or(0)),
        _ => {
            element.push(0x80 | u8::try_from(digits.len()).expect("eight digits at most"));
            element.extend(digits);
        }
    }
    element.extend(value);
    element
}

/// The value of an element.
fn inner(element: &[u8]) -> Vec<u8> {
    element[head(element)..whole(element)].to_vec()
}

/// How long an element's tag and length are.
fn head(element: &[u8]) -> usize {
    match element[1] {
        short if short < 0x80 => 2,
        long => 2 + usize::from(long & 0x7F),
    }
}

/// How long an element is.
fn whole(element: &[u8]) -> usize {
    let head = head(element);
    let digits = match head {
        2 => &element[1..2],
        head => &element[2..head],
    };
    head + digits
        .iter()
        .fold(0, |length, digit| length << 8 | usize::from(*digit))
}
