//! Packages that test identities signed: what is told of them, and what of changed ones.

use std::io::{Cursor, Write};

use database::Database;
use inspection::{ChainState, Inspection, Roots, inspect};
use sha2::{Digest, Sha256};
use testing::package;
use testing::signing::{Identity, Use};

fn saved(database: &Database) -> Vec<u8> {
    let mut bytes = Vec::new();
    database.save(&mut bytes).unwrap();
    bytes
}

fn opened(bytes: Vec<u8>) -> Database {
    Database::open(Cursor::new(bytes)).unwrap()
}

/// A package with a signature that somebody makes of its digest.
fn signed(text: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let plain = opened(saved(&package(text).database()));
    let mut hash = Sha256::new();
    plain.signed_content(&mut hash as &mut dyn Write).unwrap();
    let mut signed = plain;
    signed.replace_stream("\u{5}DigitalSignature", sign(&hash.finalize()));
    saved(&signed)
}

fn root() -> Identity {
    Identity::root("Root")
}

fn contoso() -> Identity {
    root().issues("Contoso", Use::CodeSigning)
}

fn inspected(bytes: Vec<u8>) -> (Database, Inspection) {
    let database = opened(bytes);
    let inspection = inspect(&database, None);
    (database, inspection)
}

fn remarks(inspection: &Inspection) -> Vec<(&str, &str)> {
    let remarks = inspection.remarks.iter();
    remarks
        .filter(|remark| remark.rule.contains("sign") || remark.rule == "untrusted")
        .map(|remark| (remark.rule, remark.message.as_str()))
        .collect()
}

const PACKAGE: &str = "product Signed 1.0.0\nfile a.txt in Main: a";

#[test]
fn a_signed_package_and_a_changed_one() {
    let clock = root().issues("Clock", Use::TimeStamping);
    let bytes = signed(PACKAGE, &|digest| {
        contoso().stamped_signature(digest, &clock, "20250102030405Z")
    });
    let (_, inspection) = inspected(bytes.clone());
    assert_eq!(remarks(&inspection), []);
    let signature = inspection.signature.unwrap();
    assert_eq!(
        (signature.digest, signature.signature),
        ("matches", "verifies")
    );
    let chain = signature.chain.unwrap();
    assert_eq!(
        (chain.subjects.join(" < "), chain.state),
        ("CN=Contoso < CN=Root".to_owned(), ChainState::Complete)
    );
    let stamp = signature.timestamp.unwrap();
    assert_eq!(
        (stamp.time.as_deref(), stamp.state),
        (Some("2025-01-02T03:04:05Z"), "verifies")
    );
    assert!(!signature.chain_verified && signature.judgement.is_none());
    let at = bytes
        .windows(6)
        .position(|window| window == b"Signed")
        .unwrap();
    let mut changed = bytes;
    changed[at] = b'X';
    let (_, inspection) = inspected(changed);
    assert_eq!(
        remarks(&inspection),
        [("signature", "the package was changed after it was signed")]
    );
}

#[test]
fn a_changed_signature_and_a_changed_certificate_are_remarked() {
    let (_, inspection) = inspected(signed(PACKAGE, &|digest| {
        let mut signature = contoso().signature(digest);
        *signature.last_mut().unwrap() ^= 1;
        signature
    }));
    let signature = inspection.signature.as_ref().unwrap();
    assert_eq!(
        (signature.digest, signature.signature),
        ("matches", "fails")
    );
    let expected =
        "the signature is not its signer's: it was not made with this key over these bytes";
    assert_eq!(remarks(&inspection), [("signature", expected)]);
    let (_, inspection) = inspected(signed(PACKAGE, &|digest| {
        let mut signature = contoso().signature(digest);
        let end = b"491231235959Z";
        let at = signature
            .windows(end.len())
            .rposition(|window| window == end)
            .unwrap();
        signature[at + 1] = b'8';
        signature
    }));
    let expected = "the certificate of CN=Root was not signed by the issuer that it names";
    assert_eq!(remarks(&inspection), [("signature", expected)]);
    let (_, inspection) = inspected(signed(PACKAGE, &|_| b"no signature".to_vec()));
    let found = remarks(&inspection);
    assert!(
        found[0].1.starts_with("the signature cannot be read: "),
        "{found:?}"
    );
}

#[test]
fn roots_that_are_given_decide_what_is_trusted() {
    let bytes = signed(PACKAGE, &|digest| contoso().signature(digest));
    let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let judged = |bytes: &[u8], roots: &Identity| {
        let (database, mut inspection) = inspected(bytes.to_vec());
        inspection.judge(&database, &Roots::from_pem(&roots.pem()).unwrap(), now);
        inspection
    };
    let trusted = judged(&bytes, &root());
    assert_eq!(remarks(&trusted), []);
    let signature = trusted.signature.unwrap();
    assert!(signature.chain_verified && signature.judgement.unwrap().trusted);
    let other = judged(&bytes, &Identity::root("Other"));
    let expected = "the chain ends with CN=Root, which is none of the roots";
    assert_eq!(remarks(&other), [("untrusted", expected)]);
    assert!(!other.signature.unwrap().chain_verified);
    let at = bytes
        .windows(6)
        .position(|window| window == b"Signed")
        .unwrap();
    let mut changed = bytes;
    changed[at] = b'X';
    let changed = judged(&changed, &root());
    assert!(!changed.signature.unwrap().judgement.unwrap().trusted);
}
