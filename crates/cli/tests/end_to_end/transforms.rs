//! `--transform` and TRANSFORMS: files of this computer, and what is said where one cannot be applied.

use expect_test::expect;

use crate::world::World;

const GREETER: &str = "product Greeter 1.0.0\nfile a.txt in Main: a\ncabinet";

/// A world with the package `greeter`, and beside it a transform that renames the product.
fn world() -> World {
    let world = World::new();
    world.package("greeter", GREETER);
    let german = format!("{GREETER}\nproperty ProductName: Gruesser");
    let [old, new] = [GREETER, &german].map(|text| testing::package(text).database());
    std::fs::write(world.path("german.mst"), testing::transform(&old, &new, 0)).unwrap();
    world
}

#[test]
fn a_transform_of_the_current_folder_is_applied_and_kept() {
    let world = world();
    let ran = world.msikit(&["install", "greeter", "--transform", "german.mst"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    std::fs::remove_file(world.path("german.mst")).unwrap();
    let listed = world.msikit(&["list"]);
    assert!(listed.out.contains("Gruesser  1.0.0"), "{listed:?}");
    let ran = world.msikit(&["remove", "Gruesser"]);
    assert_eq!(
        (ran.status, ran.out.trim_end().contains("removed Gruesser")),
        (0, true),
        "{ran:?}"
    );
}

#[test]
fn a_path_of_this_computer_in_the_property_is_applied() {
    let world = world();
    let list = format!("TRANSFORMS={}", world.path("german.mst").display());
    let ran = world.msikit(&["install", "greeter", &list]);
    assert!(
        ran.status == 0 && ran.out.contains("installed Gruesser"),
        "{ran:?}"
    );
}

#[test]
fn a_transform_that_is_not_there() {
    let ran = world().msikit(&["install", "greeter", "--transform", ":none"]);
    expect![[r#"
        88
        msikit: cannot apply the transform :none: the package has no transform of that name [1624 ERROR_INSTALL_TRANSFORM_FAILURE]
    "#]]
    .assert_eq(&ran.shown());
}
