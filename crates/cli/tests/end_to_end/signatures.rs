//! Packages that ask for signatures of their cabinets, and signatures of packages.

use expect_test::{Expect, expect};
use testing::signing::{Identity, Use};

use crate::world::World;

const GREETER: &str =
    "product Greeter 1.0.0\nfile hello.txt in Main: Hello\ncabinet\nMedia: 1 | 1 | | files.cab | |";

/// A package whose cabinet lies beside it, and must be signed by somebody.
struct Signed {
    world: World,
    cabinet: Vec<u8>,
}

fn contoso() -> Identity {
    Identity::root("Root").issues("Contoso", Use::CodeSigning)
}

impl Signed {
    fn new() -> Signed {
        let world = World::new();
        assert_eq!(world.msikit(&["machine", "init"]).status, 0);
        let folder = world.package("greeter", GREETER);
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write(
            "MsiDigitalCertificate.idt",
            b"DigitalCertificate\tCertData\r\ns72\tv0\r\nMsiDigitalCertificate\tDigitalCertificate\r\nContoso\tContoso.ibd\r\n",
        );
        write("MsiDigitalCertificate/Contoso.ibd", contoso().certificate());
        let cabinet = folder.join("_Streams/files.cab");
        let bytes = std::fs::read(&cabinet).unwrap();
        std::fs::remove_file(cabinet).unwrap();
        let signed = Signed {
            world,
            cabinet: bytes,
        };
        signed.asks(None);
        signed
    }

    /// Asks for the certificate, and for this hash.
    fn asks(&self, hash: Option<&[u8]>) {
        let folder = self.world.path("greeter");
        let cell = match hash {
            Some(hash) => {
                std::fs::create_dir_all(folder.join("MsiDigitalSignature")).unwrap();
                std::fs::write(folder.join("MsiDigitalSignature/Media.1.ibd"), hash).unwrap();
                "Media.1.ibd"
            }
            None => "",
        };
        let table = format!(
            "Table\tSignObject\tDigitalCertificate_\tHash\r\ns32\ts72\ts72\tV0\r\nMsiDigitalSignature\tTable\tSignObject\r\nMedia\t1\tContoso\t{cell}\r\n"
        );
        std::fs::write(folder.join("MsiDigitalSignature.idt"), table).unwrap();
    }

    /// What a plan and an installation with this cabinet end with; what fails leaves nothing behind.
    fn check(&self, cabinet: &[u8], expected: Expect) {
        std::fs::write(self.world.path("greeter/files.cab"), cabinet).unwrap();
        let planned = self.world.msikit(&["plan", "greeter"]);
        let ran = self.world.msikit(&["install", "greeter"]);
        expected.assert_eq(&ran.shown());
        assert_eq!(planned.status, ran.status, "{planned:?}");
        let described = self
            .world
            .msikit(&["db", "info", "greeter", "--json"])
            .json();
        let signature = described["media"][0]["signature"].as_str().unwrap();
        assert_eq!(signature == "right", ran.status == 0, "{signature}");
        let last = |text: &str| text.lines().last().map(str::to_owned);
        assert_eq!(last(&planned.err), last(&ran.err));
        let there = self.world.snapshot();
        assert_eq!(
            there.iter().any(|line| line.contains("Greeter")),
            ran.status == 0,
            "{there:#?}"
        );
    }
}

#[test]
fn cabinets_are_used_only_when_their_signature_is_the_one_that_is_asked_for() {
    let signed = Signed::new();
    let right = contoso().sign_cabinet(&signed.cabinet);
    signed.check(&signed.cabinet, expect![[r#"
        67
        msikit: cabinet files.cab is not digitally signed, as the package says that it must be [message 1329] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    let other = Identity::root("Other").issues("Contoso", Use::CodeSigning);
    signed.check(&other.sign_cabinet(&signed.cabinet), expect![[r#"
        67
        msikit: cabinet files.cab has not the digital signature that the package says: it is signed by CN=Contoso, not by the certificate of the package [message 1330] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    let mut changed = right.clone();
    changed[90] ^= 1;
    signed.check(&changed, expect![[r#"
        67
        msikit: cabinet files.cab has not the digital signature that the package says: it was changed after it was signed [message 1330] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    let mut broken = right.clone();
    *broken.last_mut().unwrap() ^= 1;
    signed.check(&broken, expect![[r#"
        67
        msikit: cabinet files.cab has not the digital signature that the package says: its digital signature does not hold: it was not made with this key over these bytes [message 1330] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    signed.asks(Some(&[1; 32]));
    signed.check(&right, expect![[r#"
        67
        msikit: cabinet files.cab has not the digital signature that the package says: its hash is not that of the package [message 1330] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    let extracted = signed.world.msikit(&["extract", "greeter", "out"]);
    assert_eq!(
        extracted.status, 0,
        "what is only looked into comes: {extracted:?}"
    );
    signed.asks(None);
    signed.check(
        &right,
        expect![[r#"
        0
        installed Greeter 1.0.0 (69 operations)

    "#]],
    );
}

#[test]
fn what_a_signature_of_a_package_is_worth() {
    let world = World::new();
    world.package(
        "tools",
        "product Tools 1.0.0\nfile a.txt in Main: a\ncabinet",
    );
    let built = world.msikit(&["db", "build", "tools", "-o", "tools.msi"]);
    assert_eq!(built.status, 0, "{built:?}");
    let bytes = std::fs::read(world.path("tools.msi")).unwrap();
    let mut package = database::Database::open(std::io::Cursor::new(bytes)).unwrap();
    let digest =
        authenticode::DigestAlgorithm::Sha256.digest(&mut |out| package.signed_content(out));
    let clock = Identity::root("Root").issues("Clock", Use::TimeStamping);
    let signature = contoso().stamped_signature(&digest.unwrap(), &clock, "20250102030405Z");
    package.replace_stream("\u{5}DigitalSignature", signature);
    let mut signed = Vec::new();
    package.save(&mut signed).unwrap();
    std::fs::write(world.path("signed.msi"), &signed).unwrap();
    std::fs::write(world.path("root.pem"), Identity::root("Root").pem()).unwrap();
    std::fs::write(world.path("other.pem"), Identity::root("Other").pem()).unwrap();
    let told = |roots: &[&str]| {
        let ran = world.msikit(&[&["inspect", "signed.msi"], roots].concat());
        let lines = ran.out.lines().skip(1).take_while(|line| !line.is_empty());
        let lines = lines.map(|line| match line.split_once(" (now)") {
            Some((_, fault)) => format!("  … (now){fault}\n"),
            None => format!("{line}\n"),
        });
        lines.collect::<String>()
    };
    expect![[r#"
        signed by CN=Contoso: the contents are those that were signed (sha256)
          signature   is the signer's
          time-stamp  2025-01-02T03:04:05Z by CN=Clock, is the signer's
          chain       CN=Contoso < CN=Root: verifies up to the last, which signed itself
          trust       not judged: no roots were given (--roots FILE)
    "#]]
    .assert_eq(&told(&[]));
    expect![[r#"
        signed by CN=Contoso: the contents are those that were signed (sha256)
          signature   is the signer's
          time-stamp  2025-01-02T03:04:05Z by CN=Clock, is the signer's
          chain       CN=Contoso < CN=Root: verifies up to the last, which signed itself
          trust       ends with CN=Root, one of the roots, at 2025-01-02T03:04:05Z (its time-stamp's); revocation was not looked up
    "#]].assert_eq(&told(&["--roots", "root.pem"]));
    expect![[r#"
        signed by CN=Contoso: the contents are those that were signed (sha256)
          signature   is the signer's
          time-stamp  2025-01-02T03:04:05Z by CN=Clock, is the signer's
          chain       CN=Contoso < CN=Root: verifies up to the last, which signed itself
          … (now): its time-stamp does not count: the chain ends with CN=Root, which is none of the roots
          … (now): the chain ends with CN=Root, which is none of the roots
    "#]].assert_eq(&told(&["--roots", "other.pem"]));
    let json = world
        .msikit(&["inspect", "signed.msi", "--roots", "root.pem", "--json"])
        .json();
    assert_eq!(
        json["signature"]["judgement"]["revocation"],
        "not looked up"
    );
    assert_eq!(json["signature"]["chain_verified"], true);
    assert_eq!(
        json["signature"]["certificates"][0]["subject"],
        "CN=Contoso"
    );
    let none = world.msikit(&["inspect", "signed.msi", "--roots", "tools/Property.idt"]);
    assert_eq!(none.status, 103, "{none:?}");
}
