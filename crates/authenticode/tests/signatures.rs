//! Signatures made by test identities, and such that osslsigncode made: read, checked, judged, and changed.

use std::io::Cursor;
use std::time::{Duration, SystemTime};

use authenticode::{
    CabinetSignature, ChainState, Outcome, Roots, Signature, TimestampKind, check_cabinet,
};
use proptest::prelude::*;
use testing::signing::{Identity, Use};

const DIGEST: [u8; 32] = *b"a digest of 32 bytes, for a test";
/// 2026-01-01.
const NOW: u64 = 1_767_225_600;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn root() -> Identity {
    Identity::root("Root")
}

fn contoso() -> Identity {
    let between = root().issues("Between", Use::Authority(0));
    between.issues("Contoso", Use::CodeSigning)
}

fn clock() -> Identity {
    root().issues("Clock", Use::TimeStamping)
}

fn read(bytes: &[u8]) -> Signature {
    Signature::read(bytes).unwrap()
}

/// Changes one letter or number of a signature, the last one of those found.
fn changed(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).rposition(|window| window == from);
    let at = at.expect("it is there");
    let mut changed = bytes.to_vec();
    changed[at..at + to.len()].copy_from_slice(to);
    changed
}

fn chain(signature: &Signature) -> (Vec<String>, ChainState) {
    let chain = signature.chain().unwrap();
    let subjects = chain.certificates.iter().map(|one| one.subject());
    (subjects.collect(), chain.state)
}

fn unix(time: Option<SystemTime>) -> Option<u64> {
    let since = time?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

#[test]
fn a_signature_is_its_signers_and_of_this_digest() {
    let bytes = contoso().signature(&DIGEST);
    let signature = read(&[bytes.as_slice(), &[0; 5]].concat());
    assert_eq!(signature.digest(), DIGEST);
    assert_eq!(signature.algorithm_name(), "sha256");
    assert_eq!(signature.signer().unwrap().subject(), "CN=Contoso");
    assert_eq!(signature.verify(), Outcome::Verifies);
    assert!(signature.timestamp().is_none());
    let subjects = ["CN=Contoso", "CN=Between", "CN=Root"];
    assert_eq!(
        chain(&signature),
        (subjects.map(str::to_owned).to_vec(), ChainState::Complete)
    );
}

#[test]
fn what_was_changed_does_not_verify() {
    let bytes = contoso().signature(&DIGEST);
    let other_digest = changed(&bytes, &DIGEST, &[8]);
    let outcome = read(&other_digest).verify();
    assert_eq!(
        outcome,
        Outcome::Fails("the content is not the one that was signed".to_owned())
    );
    // The digest of the content among what is signed, put right by who changed it.
    let content = |bytes: &[u8]| {
        let at = bytes
            .windows(32)
            .position(|window| window[1..] == DIGEST[1..])
            .unwrap();
        sha256(&bytes[at - 31..at + 32])
    };
    let told = changed(&other_digest, &content(&bytes), &content(&other_digest));
    let is_by_another =
        |outcome: Outcome| matches!(outcome, Outcome::Fails(why) if why.contains("this key"));
    assert!(is_by_another(read(&told).verify()));
    // The signature itself.
    let mut last = bytes.clone();
    *last.last_mut().unwrap() ^= 1;
    assert!(is_by_another(read(&last).verify()));
    // Another's certificate with the same name and number.
    let other = Identity::root("Evil").issues("Contoso", Use::CodeSigning);
    let swapped = other.signature(&DIGEST);
    assert_eq!(read(&swapped).verify(), Outcome::Verifies);
    assert_eq!(chain(&read(&swapped)).0.last().unwrap(), "CN=Evil");
}

fn sha256(content: &[u8]) -> Vec<u8> {
    authenticode::DigestAlgorithm::Sha256.of_bytes(content)
}

#[test]
fn a_certificate_that_was_changed_breaks_the_chain() {
    let bytes = contoso().signature(&DIGEST);
    // The last certificate is the root's, the one before it the one between.
    let later = changed(&bytes, b"491231235959Z", b"48");
    assert_eq!(chain(&read(&later)).1, ChainState::Fails);
    assert_eq!(read(&later).verify(), Outcome::Verifies);
    let alone = contoso().alone().signature(&DIGEST);
    assert_eq!(
        chain(&read(&alone)),
        (vec!["CN=Contoso".to_owned()], ChainState::Incomplete)
    );
}

#[test]
fn time_stamps_of_both_kinds() {
    let token = contoso().stamped_signature(&DIGEST, &clock(), "20250102030405Z");
    let counter = contoso().countersigned_signature(&DIGEST, &clock(), "250102030405Z");
    let seconds = 1_735_787_045;
    for (bytes, kind) in [
        (&token, TimestampKind::Rfc3161),
        (&counter, TimestampKind::Countersignature),
    ] {
        let stamp = read(bytes).timestamp().unwrap();
        assert_eq!((stamp.kind, unix(stamp.time)), (kind, Some(seconds)));
        assert_eq!(stamp.outcome, Outcome::Verifies, "{kind:?}");
        assert_eq!(stamp.chain.unwrap().state, ChainState::Complete);
    }
    // Another time than the one that was signed.
    for bytes in [
        changed(&token, b"20250102030405Z", b"20240102030405Z"),
        changed(&counter, b"250102030405Z", b"240102030405Z"),
    ] {
        let stamp = read(&bytes).timestamp().unwrap();
        assert!(
            matches!(stamp.outcome, Outcome::Fails(_)),
            "{:?}",
            stamp.outcome
        );
    }
    // The token of another signature.
    let moved =
        contoso().signature_with_token(&DIGEST, &|_| clock().token(b"another", "20250102030405Z"));
    let stamp = read(&moved).timestamp().unwrap();
    assert_eq!(
        stamp.outcome,
        Outcome::Fails("it is of another signature".to_owned())
    );
}

#[test]
fn a_signature_is_judged_by_roots() {
    let judged = |bytes: &[u8], roots: &Identity| {
        let roots = Roots::from_pem(&format!("# roots\r\n{}", roots.pem())).unwrap();
        roots.judge(&read(bytes), now())
    };
    let plain = contoso().signature(&DIGEST);
    let judgement = judged(&plain, &root());
    assert_eq!(judgement.faults, [""; 0]);
    assert_eq!(
        (judgement.root.as_deref(), judgement.is_timestamped),
        (Some("CN=Root"), false)
    );
    let between = root().issues("Between", Use::Authority(0));
    let expired = between.issues_valid("Old", Use::CodeSigning, ["200101000000Z", "251231235959Z"]);
    let stamped = expired.stamped_signature(&DIGEST, &clock(), "20250102030405Z");
    assert_eq!(judged(&stamped, &root()).faults, [""; 0]);
    let of_foreign_clock = {
        let clock = Identity::root("Elsewhere").issues("Clock", Use::TimeStamping);
        expired.stamped_signature(&DIGEST, &clock, "20250102030405Z")
    };
    let by_no_clock = expired.stamped_signature(&DIGEST, &contoso(), "20250102030405Z");
    let mut broken = plain.clone();
    *broken.last_mut().unwrap() ^= 1;
    let deep = between
        .issues("Deeper", Use::Authority(0))
        .issues("Deep", Use::CodeSigning);
    let of_no_authority = contoso().issues("Friend", Use::CodeSigning);
    for (bytes, roots, expected) in [
        (
            &plain,
            Identity::root("Other"),
            "the chain ends with CN=Root, which is none of the roots",
        ),
        (&broken, root(), "the signature does not verify"),
        (
            &expired.signature(&DIGEST),
            root(),
            "CN=Old is only valid from",
        ),
        (
            &of_foreign_clock,
            root(),
            "its time-stamp does not count: the chain ends with CN=Elsewhere",
        ),
        (
            &by_no_clock,
            root(),
            "its time-stamp does not count: CN=Contoso is not for time-stamping",
        ),
        (
            &clock().signature(&DIGEST),
            root(),
            "CN=Clock is not for code signing",
        ),
        (
            &deep.signature(&DIGEST),
            root(),
            "CN=Between may not issue certificates here",
        ),
        (
            &of_no_authority.signature(&DIGEST),
            root(),
            "CN=Contoso may not issue certificates here",
        ),
    ] {
        let faults = judged(bytes, &roots).faults;
        assert!(
            faults
                .first()
                .is_some_and(|fault| fault.starts_with(expected)),
            "{expected}: {faults:?}"
        );
    }
    assert!(Roots::from_pem("no certificate").is_err());
}

#[test]
fn cabinets_are_what_their_package_says() {
    let mut writer = cabinet::Writer::new(cabinet::Compression::Stored);
    writer
        .add("x", cabinet::Attributes(0), None, &mut &b"contents"[..])
        .unwrap();
    let mut plain = Vec::new();
    writer.finish(&mut plain).unwrap();
    let signed = contoso().sign_cabinet(&plain);
    let mine = contoso().certificate().to_vec();
    let checked = |bytes: &[u8], certificate: &[u8], hash: Option<&[u8]>| match check_cabinet(
        &mut Cursor::new(bytes),
        certificate,
        hash,
    ) {
        Ok(()) => "right".to_owned(),
        Err(fault) => fault.to_string(),
    };
    let hash = CabinetSignature::read(&mut Cursor::new(&signed))
        .unwrap()
        .signature
        .digest()
        .to_vec();
    assert_eq!(checked(&signed, &mine, None), "right");
    assert_eq!(checked(&signed, &mine, Some(&hash)), "right");
    assert_eq!(
        checked(&signed, &mine, Some(&DIGEST)),
        "its hash is not that of the package"
    );
    assert_eq!(checked(&plain, &mine, None), "it is not digitally signed");
    assert_eq!(checked(b"MSCF", &mine, None), "it is not digitally signed");
    let other = Identity::root("Other");
    assert_eq!(
        checked(&other.sign_cabinet(&plain), &mine, None),
        "it is signed by CN=Other, not by the certificate of the package"
    );
    let tampered = changed(&signed, b"contents", b"C");
    assert_eq!(
        checked(&tampered, &mine, None),
        "it was changed after it was signed"
    );
    assert_eq!(
        checked(&signed[..100], &mine, None),
        "its digital signature does not hold: it is no signed data: it has no beginning or no end"
    );
    let mut broken = signed.clone();
    *broken.last_mut().unwrap() ^= 1;
    assert!(checked(&broken, &mine, None).starts_with("its digital signature does not hold"));
    // Every byte of the cabinet counts, save those that the signer had to write.
    let end = signed.len() - contoso().signature(&hash).len();
    for at in (0..4).chain(8..34).chain(36..44).chain(56..end) {
        let mut one = signed.clone();
        one[at] ^= 1;
        assert_ne!(checked(&one, &mine, None), "right", "byte {at}");
    }
}

#[test]
fn signatures_that_another_program_made() {
    let rsa = read(include_bytes!("data/rsa-stamped.p7"));
    assert_eq!(
        (rsa.verify(), rsa.algorithm_name().as_str()),
        (Outcome::Verifies, "sha256")
    );
    let subjects = [
        "CN=Contoso Code,O=Contoso",
        "CN=Test Intermediate,O=Test",
        "CN=Test Root,O=Test",
    ];
    assert_eq!(
        chain(&rsa),
        (subjects.map(str::to_owned).to_vec(), ChainState::Complete)
    );
    let stamp = rsa.timestamp().unwrap();
    assert_eq!(unix(stamp.time), Some(1_795_522_682));
    assert_eq!(
        (stamp.outcome, stamp.chain.unwrap().state),
        (Outcome::Verifies, ChainState::Complete)
    );
    let p384 = read(include_bytes!("data/p384.p7"));
    assert_eq!(
        (p384.verify(), p384.algorithm_name().as_str()),
        (Outcome::Verifies, "sha384")
    );
    assert_eq!(chain(&p384).1, ChainState::Complete);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed: no panic, and what is signed does not stay both changed and signed.
    #[test]
    fn changed_bytes_are_read_or_refused(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>(), cuts in any::<bool>()) {
        let mut bytes = contoso().stamped_signature(&DIGEST, &clock(), "20250102030405Z");
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(signature) = Signature::read(&bytes) {
            let _ = (signature.chain(), signature.timestamp());
            if signature.verify() == Outcome::Verifies {
                prop_assert_eq!(signature.digest(), DIGEST);
            }
        }
    }
}
