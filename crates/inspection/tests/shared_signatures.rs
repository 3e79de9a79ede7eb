//! Signatures of packages that others signed. Without the shared material this says so and passes.

#![allow(clippy::disallowed_methods, reason = "packages are read")]

use std::path::PathBuf;

use database::Database;

fn packages() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = option_env!("MSIKIT_SHARED").unwrap_or(beside);
    let packages = PathBuf::from(shared).join("packages");
    packages.is_dir().then_some(packages)
}

#[test]
fn the_digest_of_a_signed_package_is_the_one_that_is_signed_until_it_is_changed() {
    let Some(packages) = packages() else {
        return;
    };
    let bytes = std::fs::read(packages.join("minimal-signed.msi")).unwrap();
    let signature = |bytes: Vec<u8>| {
        let length = bytes.len() as u64;
        let database = Database::open(std::io::Cursor::new(bytes)).unwrap();
        inspection::inspect(&database, Some(length)).signature
    };
    let signed = signature(bytes.clone()).unwrap();
    assert_eq!((signed.digest, &*signed.algorithm), ("matches", "sha1"));
    let signer = signed.signer.unwrap();
    assert_eq!(signer.subject(), "CN=Jsign Code Signing Test Certificate");
    assert_eq!(signed.certificates.len(), 2);
    assert_eq!(signed.signature, "verifies");
    // The root does not come along.
    let chain = signed.chain.unwrap();
    assert_eq!(
        (chain.subjects.len(), chain.state),
        (2, inspection::ChainState::Incomplete)
    );
    // One letter of a text that is signed.
    let wanted = b"ProductName";
    let at = bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap();
    let mut changed = bytes;
    changed[at] = b'Q';
    assert_eq!(signature(changed).unwrap().digest, "differs");
}

#[test]
fn a_signature_of_microsofts_with_its_time_stamp_verifies() {
    let Some(packages) = packages() else {
        return;
    };
    let file = std::fs::File::open(packages.join("module-vc90openmp.msm")).unwrap();
    let inspection = inspection::inspect(&Database::open(file).unwrap(), None);
    let signature = inspection.signature.unwrap();
    assert_eq!(
        (signature.digest, signature.signature),
        ("matches", "verifies")
    );
    let stamp = signature.timestamp.unwrap();
    assert_eq!(
        (stamp.time.as_deref(), stamp.state),
        (Some("2011-04-19T13:01:00Z"), "verifies")
    );
    let subjects = signature.chain.unwrap().subjects;
    assert!(
        subjects[0].starts_with("CN=Microsoft Corporation,"),
        "{subjects:?}"
    );
    assert!(inspection.product_name.starts_with("merge module "));
}

#[test]
fn a_file_that_goes_on_behind_its_package_is_told() {
    let Some(packages) = packages() else {
        return;
    };
    let mut bytes = std::fs::read(packages.join("putty.msi")).unwrap();
    bytes.extend([7; 1000]);
    let length = bytes.len() as u64;
    let database = Database::open(std::io::Cursor::new(bytes)).unwrap();
    let inspection = inspection::inspect(&database, Some(length));
    assert_eq!(inspection.trailing_bytes, 1000);
    assert!(
        inspection
            .remarks
            .iter()
            .any(|remark| remark.rule == "trailing-data")
    );
    assert_eq!(inspection.vendor_tables, [""; 0]);
    assert_eq!(inspection.unnamed_streams, []);
}
