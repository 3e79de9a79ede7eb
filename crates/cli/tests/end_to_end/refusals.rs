//! Error lines: what, where, why, code and symbol; and the status that goes with them.

use expect_test::{Expect, expect};

use crate::world::World;

fn check(arguments: &[&str], expected: Expect) {
    let world = World::new();
    std::fs::write(world.path("no.msi"), "this is no package").unwrap();
    world.package("greeter", "product Greeter 1.0.0\nfile a.txt in Main: a");
    expected.assert_eq(&world.msikit(arguments).shown());
}

#[test]
fn a_package_that_is_not_there() {
    check(
        &["install", "missing.msi"],
        expect![[r#"
            83
            msikit: cannot open the package missing.msi: there is no such file [1619 ERROR_INSTALL_PACKAGE_OPEN_FAILED]
        "#]],
    );
}

#[test]
fn a_file_that_is_no_package() {
    check(
        &["install", "no.msi"],
        expect![[r#"
            84
            msikit: no.msi: not a Windows Installer package: it is shorter than a header (at byte 0) [1620 ERROR_INSTALL_PACKAGE_INVALID]
        "#]],
    );
}

#[test]
fn a_product_that_is_not_there() {
    check(
        &["remove", "{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}"],
        expect![[r#"
            69
            msikit: {6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31} is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
        "#]],
    );
    check(
        &["remove", "Greeter"],
        expect![[r#"
            69
            msikit: Greeter is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
        "#]],
    );
    check(
        &["remove", "greeter"],
        expect![[r#"
            69
            msikit: Greeter {B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09} is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
        "#]],
    );
    check(
        &["show", "Greeter"],
        expect![[r#"
        69
        msikit: there is no machine yet: the default facts are used
        msikit: Greeter is not installed in this machine [1605 ERROR_UNKNOWN_PRODUCT]
    "#]],
    );
}

#[test]
fn a_command_line_that_makes_no_sense() {
    check(
        &["instal", "greeter"],
        expect![[r#"
            103
            msikit: unrecognized subcommand 'instal'; some similar subcommands exist: 'list', 'uninstall', 'install' [1639 ERROR_INVALID_COMMAND_LINE]
        "#]],
    );
    check(
        &["install"],
        expect![[r#"
        103
        msikit: the following required arguments were not provided: <PACKAGE|PRODUCT-CODE|PROPERTY=VALUE>... [1639 ERROR_INVALID_COMMAND_LINE]
    "#]],
    );
    check(
        &["install", "greeter", "--wait=soon"],
        expect![[r#"
        103
        msikit: invalid value 'soon' for '--wait[=<DUR>]': `soon` is not a duration: write 90, 90s, 5m or 1h [1639 ERROR_INVALID_COMMAND_LINE]
    "#]],
    );
    check(
        &["install", "greeter", "INSTALLDIR=/opt/greeter"],
        expect![[r#"
        103
        msikit: INSTALLDIR=/opt/greeter is a path of this computer: write one with a drive letter, such as C:\Tools, which is in the machine [1639 ERROR_INVALID_COMMAND_LINE]
    "#]],
    );
    check(
        &["install", "greeter", "--no-wait", "--wait"],
        expect![[r#"
        103
        msikit: the argument '--no-wait' cannot be used with '--wait[=<DUR>]' [1639 ERROR_INVALID_COMMAND_LINE]
    "#]],
    );
}

#[test]
fn what_comes_later_says_so() {
    check(
        &["patch", "greeter", "--json"],
        expect![[r#"
        103
        msikit: patch is not there yet [1639 ERROR_INVALID_COMMAND_LINE]
    "#]],
    );
    check(
        &["install", "greeter", "--custom-actions", "wine"],
        expect![[r#"
        103
        msikit: --custom-actions wine is not there yet [1639 ERROR_INVALID_COMMAND_LINE]
    "#]],
    );
}
