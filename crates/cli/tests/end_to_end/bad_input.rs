//! Bad input: the documented code, one clear line, a machine as before, and no panic.

use expect_test::{Expect, expect};

use crate::world::{World, named_pipe};

const GREETER: &str = "product Greeter 1.0.0\nfile hello.txt in Main: Hello\nfile more.txt in Extra: More\nfeature More: Extra";

/// A machine, and what it was before.
struct Bad {
    world: World,
    before: Vec<String>,
}

impl Bad {
    fn new() -> Bad {
        let world = World::new();
        assert_eq!(world.msikit(&["machine", "init"]).status, 0);
        let before = world.snapshot();
        Bad { world, before }
    }

    /// Runs msikit: it ends so, and the machine is as before.
    fn check(&self, arguments: &[&str], expected: Expect) {
        let ran = self.world.msikit(arguments);
        assert_ne!(ran.status, 0, "{ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        assert_eq!(self.world.snapshot(), self.before, "{ran:?}");
        expected.assert_eq(&ran.shown());
    }

    fn install(&self, package: &str, expected: Expect) {
        self.check(&["install", package], expected);
    }
}

/// Installs a package of these lines.
fn lines(more: &str, expected: Expect) {
    let bad = Bad::new();
    bad.world.package("greeter", &format!("{GREETER}\n{more}"));
    bad.install("greeter", expected);
}

/// Installs the package with one text of one of its files replaced; an empty `from`: the file is not there.
fn changed(file: &str, from: &str, to: &str, expected: Expect) {
    let bad = Bad::new();
    bad.world.package("greeter", GREETER);
    let path = bad.world.path("greeter").join(file);
    if from.is_empty() {
        std::fs::remove_file(path).unwrap();
    } else {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }
    bad.install("greeter", expected);
}

#[test]
fn what_is_no_package() {
    let bad = Bad::new();
    let path = |name: &str| bad.world.path(name);
    std::fs::write(
        path("text.msi"),
        "this is no package, however long the text is that it has",
    )
    .unwrap();
    std::fs::write(path("empty.msi"), "").unwrap();
    std::fs::write(
        path("setup.exe"),
        b"MZ\x90\0 a program of Windows, or the beginning of one",
    )
    .unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    named_pipe(&path("pipe"));
    bad.install("missing.msi", expect![[r#"
        83
        msikit: cannot open the package missing.msi: there is no such file [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.install("C:\\missing.msi", expect![[r#"
        83
        msikit: cannot open the package C:\missing.msi: there is no such file [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.install(
        "X:\\missing.msi",
        expect![[r#"
            83
            msikit: cannot open the package X:\missing.msi: there is no drive X: in this machine (`X:\missing.msi`) [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
        "#]],
    );
    bad.install(
        "",
        expect![[r#"
        83
        msikit: cannot open the package : its name is empty [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]],
    );
    bad.install("INSTALLDIR", expect![[r#"
        83
        msikit: cannot open the package INSTALLDIR: there is no such file; a property is given as INSTALLDIR=VALUE [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.install("text.msi", expect![[r#"
        84
        msikit: text.msi: not a Windows Installer package: it is shorter than a header (at byte 0) [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
    bad.install("empty.msi", expect![[r#"
        84
        msikit: empty.msi: not a Windows Installer package: it is shorter than a header (at byte 0) [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
    bad.install("folder", expect![[r#"
        83
        msikit: cannot open the package folder: the folder has no text tables (*.idt) [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.install("pipe", expect![[r#"
        83
        msikit: cannot open the package pipe: it is a pipe or a device, and no file [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.install("/dev/zero", expect![[r#"
        83
        msikit: cannot open the package /dev/zero: it is a pipe or a device, and no file [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.install("setup.exe", expect![[r#"
        84
        msikit: setup.exe is a program, and no package: take the package out of it with `msikit extract setup.exe` [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
    bad.install("text.msi/inside.msi", expect![[r#"
        83
        msikit: cannot open the package text.msi/inside.msi: Not a directory (os error 20) [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.check(&["db", "info", "setup.exe"], expect![[r#"
        84
        msikit: setup.exe is a program, and no package: take the package out of it with `msikit extract setup.exe` [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
    bad.check(&["db", "tables", "pipe"], expect![[r#"
        83
        msikit: cannot open the package pipe: it is a pipe or a device, and no file [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.check(&["plan", "folder"], expect![[r#"
        83
        msikit: cannot open the package folder: the folder has no text tables (*.idt) [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
    "#]]);
    bad.check(&["remove", "text.msi"], expect![[r#"
        84
        msikit: text.msi: not a Windows Installer package: it is shorter than a header (at byte 0) [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
}

#[test]
fn other_kinds_of_files() {
    let bad = Bad::new();
    let [old, new] = [GREETER, &format!("{GREETER}\nproperty A: b")]
        .map(|text| testing::package(text).database());
    std::fs::write(
        bad.world.path("greeter.mst"),
        testing::transform(&old, &new, 0),
    )
    .unwrap();
    bad.install("greeter.mst", expect![[r#"
        84
        msikit: greeter.mst is a transform, and no package: name the package, and this with `--transform greeter.mst` [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
}

#[test]
fn a_package_that_was_cut_short() {
    let bad = Bad::new();
    let mut whole = Vec::new();
    testing::package(&format!("{GREETER}\ncabinet"))
        .database()
        .save(&mut whole)
        .unwrap();
    std::fs::write(bad.world.path("cut.msi"), &whole[..1500]).unwrap();
    bad.install("cut.msi", expect![[r#"
        84
        msikit: cut.msi: not a Windows Installer package: sector 15 lies behind the end of the file (at byte 8192) [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
    std::fs::write(bad.world.path("cut.msi"), &whole[..600]).unwrap();
    bad.install("cut.msi", expect![[r#"
        84
        msikit: cut.msi: not a Windows Installer package: sector 15 lies behind the end of the file (at byte 8192) [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]]);
}

#[test]
fn what_the_machine_cannot_take() {
    changed(
        "_SummaryInformation.idt",
        "14\t200",
        "14\t600",
        expect![[r#"
            77
            msikit: greeter needs Windows Installer 6.0: this machine has 5.0 [1613 ERROR_INSTALL_PACKAGE_VERSION]
        "#]],
    );
    changed(
        "_SummaryInformation.idt",
        "Intel;1033",
        "Arm64;1033",
        expect![[r#"
            97
            msikit: greeter is for Arm64: this machine is x64 [1633 ERROR_INSTALL_PLATFORM_UNSUPPORTED]
        "#]],
    );
    let bad = Bad::new();
    bad.world.package("greeter", GREETER);
    let table = bad.world.path("greeter/Feature.idt");
    let text = std::fs::read_to_string(&table).unwrap();
    let text = text
        .replace("\r\nFeature\t", "\r\n12345\tFeature\t")
        .replace("\tGreeter\t", "\tGr\u{fc}\u{df}er\t");
    std::fs::write(&table, text).unwrap();
    bad.install(
        "greeter",
        expect![[r#"
        87
        msikit: greeter: code page 12345 is not supported [1623 ERROR_INSTALL_LANGUAGE_UNSUPPORTED]
    "#]],
    );
}

#[test]
fn transforms_and_products_that_are_not_there() {
    let bad = Bad::new();
    bad.world.package("greeter", GREETER);
    let [old, new] = ["product Other 1.0.0", "product Another 1.0.0"]
        .map(|text| testing::package(text).database());
    std::fs::write(
        bad.world.path("other.mst"),
        testing::transform(&old, &new, 0x2),
    )
    .unwrap();
    bad.check(
        &["install", "greeter", "--transform", "missing.mst"],
        expect![[r#"
            88
            msikit: cannot apply the transform missing.mst: it is not there (looked for: HOME/greeter) [1624 ERROR_INSTALL_TRANSFORM_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "--transform", "other.mst"],
        expect![[r#"
            88
            msikit: cannot apply the transform HOME/other.mst: it is for the product {0675992E-6E19-274D-4269-14B34D4D09B6}, and the package is of {B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09} [1624 ERROR_INSTALL_TRANSFORM_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "TRANSFORMS=:none"],
        expect![[r#"
            88
            msikit: cannot apply the transform :none: the package has no transform of that name [1624 ERROR_INSTALL_TRANSFORM_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}"],
        expect![[r#"
            69
            msikit: {6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31} is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
        "#]],
    );
    bad.check(
        &[
            "msiexec",
            "/x",
            "{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}",
            "/qn",
        ],
        expect![[r#"
            69
            msikit: {6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31} is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
        "#]],
    );
    bad.check(&["repair", "greeter"], expect![[r#"
        69
        msikit: Greeter {B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09} is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
    "#]]);
}

#[test]
fn command_lines() {
    let bad = Bad::new();
    bad.world.package("greeter", GREETER);
    bad.check(&["msiexec", "/i", "greeter", "/w"], expect![[r#"
        103
        msikit: msiexec: `/w`: there is no such option; see msiexec /? [1639 ERROR_INVALID_COMMAND_LINE]
    "#]]);
    bad.check(&["msiexec", "/i"], expect![[r#"
        103
        msikit: msiexec: `/i`: needs a package or a product code; see msiexec /? [1639 ERROR_INVALID_COMMAND_LINE]
    "#]]);
    bad.check(&["install", "greeter", "--ui", "shiny"], expect![[r#"
        103
        msikit: invalid value 'shiny' for '--ui <UI>' [possible values: none, basic, reduced, full, web] [1639 ERROR_INVALID_COMMAND_LINE]
    "#]]);
    bad.check(
        &["install", "greeter", "ADDLOCAL=Nothing"],
        expect![[r#"
            67
            msikit: hint: there is no feature Nothing; the package has More, Complete
            msikit: CostFinalize: table Property, row ADDLOCAL: there is no feature `Nothing` [message 2711] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "INSTALLDIR=Q:\\Greeter"],
        expect![[r#"
            67
            msikit: CostFinalize: folder INSTALLDIR: there is no drive Q: in this machine (`Q:\Greeter\`) [message 1606] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "INSTALLDIR=C:\\..\\..\\Greeter"],
        expect![[r#"
            67
            msikit: CostFinalize: folder INSTALLDIR: `C:\..\..\Greeter\` leads above its drive [message 1606] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "INSTALLDIR=\\\\server\\share"],
        expect![[r#"
            67
            msikit: CostFinalize: folder INSTALLDIR: `\\server\share\` is not a path with a drive letter [message 1606] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "--log", "no/such/folder/log"],
        expect![[r#"
            86
            msikit: cannot write the log no/such/folder/log: there is no folder HOME/no/such/folder: make it first [1622 ERROR_INSTALL_LOG_FAILURE]
        "#]],
    );
    bad.check(
        &["msiexec", "/i", "greeter", "/qn", "/l*v", "no/such/log"],
        expect![[r#"
            86
            msikit: cannot write the log no/such/log: there is no folder HOME/no/such: make it first [1622 ERROR_INSTALL_LOG_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "--log", "greeter"],
        expect![[r#"
            86
            msikit: cannot write the log greeter: Is a directory (os error 21) [1622 ERROR_INSTALL_LOG_FAILURE]
        "#]],
    );
}

#[test]
fn launch_conditions() {
    lines(
        "LaunchCondition: VersionNT > 9999 | [ProductName] needs a newer Windows",
        expect![[r#"
            67
            msikit: Greeter needs a newer Windows [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
}

#[test]
fn cabinets_and_files() {
    let bad = Bad::new();
    let files = |text: &str| bad.world.package("greeter", &format!("{GREETER}\n{text}"));
    files("cabinet");
    let cabinet = bad.world.path("greeter/_Streams/files.cab");
    let bytes = std::fs::read(&cabinet).unwrap();
    std::fs::remove_file(&cabinet).unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: there is no cabinet files.cab in the package [message 1311] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    let mut damaged = bytes.clone();
    let last = damaged.len() - 3;
    damaged[last] ^= 0xFF;
    std::fs::write(&cabinet, &damaged).unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: cabinet files.cab is damaged: damaged data at folder 0, block 0, offset 95: the checksum is ba86ad4e and should be ba79ad4e [message 1335] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    std::fs::write(&cabinet, &bytes[..bytes.len() / 2]).unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: cabinet files.cab is damaged: the cabinet ends too early, at offset 44, in its file entries [message 1335] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    std::fs::write(&cabinet, "no cabinet").unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: cabinet files.cab is damaged: the cabinet ends too early, at offset 0, in its header [message 1335] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    std::fs::write(&cabinet, &bytes).unwrap();
    let file = bad.world.path("greeter/File.idt");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("hello.txt\tMain", "other.txt\tMain")).unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: ProcessComponents: table Component, row Main: there is no file `hello.txt` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    std::fs::remove_dir_all(bad.world.path("greeter")).unwrap();
    files("Media: 1 | 2 | | files.cab | |\ncabinet");
    bad.install("greeter", expect![[r#"
        67
        msikit: there is no cabinet files.cab in HOME/greeter [message 1311] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    std::fs::remove_dir_all(bad.world.path("greeter")).unwrap();
    files("");
    std::fs::remove_file(bad.world.path("greeter/Greeter/more.txt")).unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: there is no Greeter\more.txt below HOME/greeter [message 1308] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
    std::fs::write(
        bad.world.path("greeter/Greeter/more.txt"),
        "More than the table says",
    )
    .unwrap();
    bad.install("greeter", expect![[r#"
        67
        msikit: C:\Program Files (x86)\Greeter\more.txt has 24 bytes at the source, and the package says 4 [message 1331] [1603 ERROR_INSTALL_FAILURE]
    "#]]);
}

#[test]
fn tables_columns_and_cells() {
    changed(
        "Directory.idt",
        "",
        "",
        expect![[r#"
        67
        msikit: CostFinalize: table Component, row Main: there is no directory `INSTALLDIR` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "Component.idt",
        "",
        "",
        expect![[r#"
        67
        msikit: CostInitialize: table FeatureComponents, row More/Extra: there is no component `Extra` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "Property.idt",
        "",
        "",
        expect![[r#"
        84
        msikit: table Property has no `ProductCode` [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]],
    );
    changed(
        "InstallExecuteSequence.idt",
        "",
        "",
        expect![[r#"
        67
        msikit: the package has no table InstallExecuteSequence: there is nothing that it could do [message 2229] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "Media.idt",
        "",
        "",
        expect![[r#"
        67
        msikit: InstallFiles: table File, row hello.txt, column Sequence: no row of the Media table reaches 1 [message 2607] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "_SummaryInformation.idt",
        "",
        "",
        expect![[r#"
        84
        msikit: greeter is no whole package: it has no summary information, or one without Template and Revision Number [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]],
    );
    changed(
        "File.idt",
        "FileName",
        "FileNam",
        expect![[r#"
        67
        msikit: CostInitialize: the package cannot be read: table File, row hello.txt, column FileName: the table has no such column [message 2713] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "Component.idt",
        "Directory_",
        "Folder_",
        expect![[r#"
        67
        msikit: CostInitialize: the package cannot be read: table Component, row Main, column Directory_: the table has no such column [message 2713] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "File.idt",
        "\t5\t",
        "\tfive\t",
        expect![[r#"
        84
        msikit: greeter: File.idt, line 4: column FileSize: `five` is no number of its size [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]],
    );
    changed(
        "File.idt",
        "\t5\t",
        "\t",
        expect![[r#"
        84
        msikit: greeter: File.idt, line 4: column Attributes: `1  more.txt` is no number of its size [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]],
    );
    changed(
        "Component.idt",
        "\tINSTALLDIR\t",
        "\t\t",
        expect![[r#"
        67
        msikit: CostInitialize: the package cannot be read: table Component, row Main, column Directory_: it must have a text and has none [message 2713] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    changed(
        "Feature.idt",
        "s72",
        "q72",
        expect![[r#"
        84
        msikit: greeter: Feature.idt, line 2: there is no type q72 [1620 ERROR_INSTALL_PACKAGE_INVALID]
    "#]],
    );
    changed(
        "Property.idt",
        "ProductCode",
        "ProductCod",
        expect![[r#"
            84
            msikit: table Property has no `ProductCode` [1620 ERROR_INSTALL_PACKAGE_INVALID]
        "#]],
    );
    changed(
        "Property.idt",
        "{B8",
        "{ZZ",
        expect![[r#"
        67
        msikit: ProcessComponents: table Property, row ProductCode, column Value: `{ZZ99E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}` is no GUID [message 2730] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
}

/// More than any disk has: 1601 with what is reserved beside the files, and nothing is made on the way.
#[test]
fn not_enough_space() {
    let all = "ReserveCost: R1 | Main | | 2147483647 | 0";
    let many: Vec<String> = (0..9000)
        .map(|at| all.replace("R1", &format!("R{at}")))
        .collect();
    let bad = Bad::new();
    bad.world
        .package("greeter", &format!("{GREETER}\n{}", many.join("\n")));
    let ran = bad.world.msikit(&["install", "greeter"]);
    let at = ran.err.find("KB are needed").unwrap_or(0);
    let told = ran
        .err
        .find("InstallValidate")
        .map_or("", |from| &ran.err[from..at]);
    assert_eq!(
        told,
        "InstallValidate: out of disk space on volume C: 18874368000 "
    );
    assert!(
        ran.err
            .contains(" KB are free [message 1601] [1603 ERROR_INSTALL_FAILURE]"),
        "{ran:?}"
    );
    assert_eq!((ran.status, bad.world.snapshot()), (67, bad.before));
    // A component that stays out reserves nothing, nor does a folder that nobody has found.
    let elsewhere = |at: usize| match at % 2 {
        0 => format!("ReserveCost: R{at} | Extra | | 2147483647 | 0"),
        _ => format!("ReserveCost: R{at} | Main | NOT_FOUND | 2147483647 | 0"),
    };
    let elsewhere: Vec<String> = (0..9000).map(elsewhere).collect();
    let world = World::new();
    world.package("greeter", &format!("{GREETER}\n{}", elsewhere.join("\n")));
    let ran = world.msikit(&["install", "greeter", "--features", "Complete"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn keys_that_lead_nowhere() {
    lines(
        "FeatureComponents: More | Nobody",
        expect![[r#"
        67
        msikit: CostInitialize: table FeatureComponents, row More/Nobody: there is no component `Nobody` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    lines(
        "Registry: Reg1 | 2 | Software\\Greeter | Name | Value | Nobody",
        expect![[r#"
            67
            msikit: RemoveRegistryValues: table Registry, row Reg1: there is no component `Nobody` [message 2733] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    lines(
        "Shortcut: S | NoFolder | Greet | Main | [#hello.txt] | | | | | | |",
        expect![[r#"
            67
            msikit: CreateShortcuts: table Shortcut, row S: there is no directory `NoFolder` [message 2733] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    lines(
        "component Lost in Nowhere",
        expect![[r#"
        67
        msikit: ProcessComponents: table Component, row Lost: there is no directory `Nowhere` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    lines(
        "folder Lost in Nowhere: Lost",
        expect![[r#"
        67
        msikit: CostInitialize: table Directory, row Lost: there is no directory `Nowhere` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    lines(
        "Feature: Child | Nobody | Child | | 2 | 1 | | 0",
        expect![[r#"
            67
            msikit: CostInitialize: table Feature, row Child: there is no feature `Nobody` [message 2733] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    lines(
        "CreateFolder: Nowhere | Main",
        expect![[r#"
        67
        msikit: RemoveFiles: table CreateFolder, row Nowhere/Main: there is no directory `Nowhere` [message 2733] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
}

#[test]
fn circles() {
    lines(
        "folder A in B: a\nfolder B in A: b",
        expect![[r#"
        67
        msikit: CostInitialize: table Directory: `A` is its own ancestor [message 2705] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    lines(
        "Feature: A | B | A | | 2 | 1 | | 0\nFeature: B | A | B | | 2 | 1 | | 0",
        expect![[r#"
            67
            msikit: CostInitialize: table Feature: `A` is its own ancestor [message 2701] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
}

#[test]
fn conditions() {
    lines(
        "InstallExecuteSequence: InstallFiles | VersionNT >= | 4000",
        expect![[r#"
            67
            msikit: table InstallExecuteSequence, row InstallFiles: the condition `VersionNT >=` does not parse at character 13 [message 2717] [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    lines(
        "LaunchCondition: (VersionNT | too old",
        expect![[r#"
        67
        msikit: LaunchConditions: table LaunchCondition, row (VersionNT: the condition `(VersionNT` does not parse at character 11 [message 2717] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    lines(
        "Condition: More | 0 | A B",
        expect![[r#"
        67
        msikit: CostFinalize: table Condition, row More/0: the condition `A B` does not parse at character 3 [message 2717] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    let bad = "Component: Main | {2E2D38DC-BBDF-B047-0580-6A3AA26364A7} | INSTALLDIR | 0 | \"open | hello.txt";
    lines(
        bad,
        expect![[r#"
        67
        msikit: CostFinalize: table Component, row Main: the condition `"open` does not parse at character 1 [message 2717] [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
}

/// Installs a package with a file of this name, and one with a folder of it; returns the error lines.
fn named(name: &str) -> String {
    let mut told = String::new();
    for (what, file) in [("file", "File.idt"), ("folder", "Directory.idt")] {
        let bad = Bad::new();
        bad.world.package("greeter", GREETER);
        let table = bad.world.path("greeter").join(file);
        let text = std::fs::read_to_string(&table).unwrap();
        let old = if what == "file" {
            "\thello.txt\t"
        } else {
            "\tGreeter\r"
        };
        assert!(text.contains(old), "{text}");
        let end = &old[old.len() - 1..];
        std::fs::write(&table, text.replace(old, &format!("\t{name}{end}"))).unwrap();
        let ran = bad.world.msikit(&["install", "greeter"]);
        assert_eq!(ran.status, 67, "{ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        assert_eq!(bad.world.snapshot(), bad.before, "{ran:?}");
        told += &format!("{what}: {}\n", ran.err.lines().last().unwrap());
    }
    told
}

#[test]
fn names_that_lead_elsewhere() {
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `..` is not a file name: it is not a single name [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: CostInitialize: table Directory, row INSTALLDIR, column DefaultDir: `..` is not the name of a folder [message 2730] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named(".."));
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `..\..\x.txt` is not a file name: it is not a single name [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: CostInitialize: table Directory, row INSTALLDIR, column DefaultDir: `..\..\x.txt` is not the name of a folder [message 2730] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named("..\\..\\x.txt"));
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `../x.txt` is not a file name: it is not a single name [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: CostInitialize: table Directory, row INSTALLDIR, column DefaultDir: `../x.txt` is not the name of a folder [message 2730] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named("../x.txt"));
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `CON` is not a file name: it is the name of a device [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: CostFinalize: folder INSTALLDIR: `CON` is not a file name: it is the name of a device [message 1606] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named("CON"));
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `nul.txt` is not a file name: it is the name of a device [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: CostFinalize: folder INSTALLDIR: `nul.txt` is not a file name: it is the name of a device [message 1606] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named("NUL~1.TXT|nul.txt"));
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `a*b` is not a file name: it has a character that file names cannot have [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: CostFinalize: folder INSTALLDIR: `a*b` is not a file name: it has a character that file names cannot have [message 1606] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named("a*b"));
    // A colon parts target from source in a folder's name.
    expect![[r#"
        file: msikit: CostFinalize: table File, row hello.txt, column FileName: `x.txt:stream:y` is not a file name: a colon names a stream of a file [message 2730] [1603 ERROR_INSTALL_FAILURE]
        folder: msikit: there is no stream:y\hello.txt below HOME/greeter [message 1308] [1603 ERROR_INSTALL_FAILURE]
    "#]].assert_eq(&named("x.txt:stream:y"));
}

#[test]
fn machines() {
    let bad = Bad::new();
    bad.world.package("greeter", GREETER);
    std::fs::write(bad.world.path("file"), "").unwrap();
    std::fs::create_dir(bad.world.path("other")).unwrap();
    std::fs::write(bad.world.path("other/thesis.txt"), "mine").unwrap();
    std::fs::create_dir_all(bad.world.path("broken/.msikit")).unwrap();
    std::fs::write(
        bad.world.path("broken/.msikit/machine.toml"),
        "what is this",
    )
    .unwrap();
    bad.check(
        &["install", "greeter", "--machine", "file"],
        expect![[r#"
            67
            msikit: cannot make HOME/file: Not a directory (os error 20) [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "--machine", "file/inside"],
        expect![[r#"
            67
            msikit: cannot make HOME/file/inside: Not a directory (os error 20) [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "--machine", "/proc/machine"],
        expect![[r#"
            67
            msikit: cannot make /proc/machine: No such file or directory (os error 2) [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["install", "greeter", "--machine", "broken"],
        expect![[r#"
            67
            msikit: machine.toml: line 1: key with no value, expected `=` [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
    bad.check(
        &["list", "--machine", "broken"],
        expect![[r#"
        67
        msikit: machine.toml: line 1: key with no value, expected `=` [1603 ERROR_INSTALL_FAILURE]
    "#]],
    );
    bad.check(
        &["install", "greeter", "--machine", "other"],
        expect![[r#"
            67
            msikit: HOME/other is no machine, and other things are in it: name an empty folder, or one that is not there [1603 ERROR_INSTALL_FAILURE]
        "#]],
    );
}
