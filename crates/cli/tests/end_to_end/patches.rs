//! Patches and embedded transforms looked at: what they say, and packages as they make them.

use std::path::PathBuf;

use crate::world::World;

const PRODUCT: &str = "{0000000A-0000-0000-0000-000000000000}";

/// Tools in three versions, and patches between them.
struct Tools {
    world: World,
}

impl Tools {
    fn new() -> Tools {
        let tools = Tools {
            world: World::new(),
        };
        for (name, version, text) in [
            ("one", "1.0.0", "1"),
            ("fix", "1.0.0", "fixed"),
            ("two", "1.1.0", "2"),
        ] {
            let package = format!(
                "product Tools {version}\nproperty ProductCode: {PRODUCT}\nproperty STATE: {text}"
            );
            tools.world.package(name, &package);
            tools.ok(&["db", "build", name, "-o", &format!("{name}.msi")]);
        }
        tools
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.world.msikit(arguments);
        assert_eq!(ran.status, 0, "{arguments:?} {ran:?}");
        ran.out
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.world.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Builds a patch from one package to another, with rows of `MsiPatchSequence`.
    fn patch(&self, name: &str, code: char, from: &str, to: &str, families: &[&str]) -> PathBuf {
        let code = format!("{{0000000{code}-0000-0000-0000-000000000000}}");
        let [from, to] = [from, to].map(|name| format!("{name}.msi"));
        self.write(
            &format!("{name}/_SummaryInformation.idt"),
            &format!(
                "PropertyId\tValue\ni2\tl255\n_SummaryInformation\tPropertyId\n2\tPatch\n7\t{}\n8\t:T;:#T\n9\t{code}\n15\t5\n",
                PRODUCT
            ),
        );
        self.write(
            &format!("{name}/MsiPatchSequence.idt"),
            &format!(
                "PatchFamily\tProductCode\tSequence\tAttributes\ns72\tS38\ts72\tI4\nMsiPatchSequence\tPatchFamily\tProductCode\n{}",
                families.iter().map(|row| format!("{row}\n")).collect::<String>()
            ),
        );
        self.write(
            &format!("{name}/MsiPatchMetadata.idt"),
            "Company\tProperty\tValue\nS72\ts72\tl0\nMsiPatchMetadata\tCompany\tProperty\n\tDisplayName\tA patch\nContoso\tRing\t1\n",
        );
        std::fs::create_dir_all(self.world.path(&format!("{name}/_Storages"))).unwrap();
        let transform = format!("{name}/_Storages/T");
        let validate = "product,equal,update-version,upgrade-code";
        self.ok(&[
            "db",
            "transform",
            &from,
            &to,
            "-o",
            &transform,
            "--validate",
            validate,
        ]);
        let patch = format!("{name}.msp");
        self.ok(&["db", "build", name, "-o", &patch]);
        self.world.path(&patch)
    }
}

#[test]
fn a_patch_says_what_it_is_for() {
    let tools = Tools::new();
    tools.patch("fix1", '1', "one", "fix", &["Fixes\t\t1.0\t0"]);
    let told = tools
        .world
        .msikit(&["db", "info", "fix1.msp", "--json"])
        .json();
    assert_eq!(told["patch_code"], "{00000001-0000-0000-0000-000000000000}");
    assert_eq!(told["transforms"][0]["kind"], "small");
    assert_eq!(told["transforms"][0]["from"]["version"], "1.0.0");
    assert_eq!(told["sequence"][0]["sequence"], "1.0");
    assert_eq!(told["metadata"][1]["company"], "Contoso");
    let out = tools.ok(&["db", "info", "fix1.msp"]);
    assert!(out.contains("\nfamily               Fixes 1.0\n"), "{out}");
}

#[test]
fn a_package_as_patches_make_it() {
    let tools = Tools::new();
    tools.patch("fix1", '1', "one", "fix", &["Fixes\t\t1.0\t0"]);
    tools.patch("pack", '2', "one", "two", &["Fixes\t\t2.0\t1"]);
    let ask = "SELECT Value FROM Property WHERE Property='STATE'";
    let state = |patches: &str| tools.ok(&["db", "query", "one.msi", ask, "--patch", patches]);
    assert_eq!(state("fix1.msp"), "fixed\n");
    assert_eq!(state("fix1.msp,pack.msp"), "2\n");
    let told = tools.world.msikit(&[
        "db", "info", "one.msi", "--patch", "fix1.msp", "--patch", "pack.msp", "--json",
    ]);
    let told = told.json();
    assert_eq!(told["version"], "1.1.0");
    assert_eq!(told["patches"][0]["reason"], "pack.msp supersedes it");
    assert_eq!(told["patches"][1]["place"], 1);
    let ran = tools
        .world
        .msikit(&["db", "diff", "one.msi", "--patch", "pack.msp"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.out.contains("STATE  Value: \"1\" -> \"2\""), "{ran:?}");
    let ran = tools
        .world
        .msikit(&["db", "diff", "two.msi", "--patch", "pack.msp"]);
    assert_eq!(ran.status, 106, "{ran:?}");
    assert_eq!(
        ran.err,
        "msikit: pack.msp is not applied: it is for a version = 1.0.0, and the package's version is 1.1.0 \
         [1642 ERROR_PATCH_TARGET_NOT_FOUND]\n"
    );
    tools.ok(&[
        "db", "export", "one.msi", "-o", "patched", "--patch", "pack.msp",
    ]);
    let property = std::fs::read_to_string(tools.world.path("patched/Property.idt")).unwrap();
    assert!(property.contains("ProductVersion\t1.1.0"), "{property}");
}

#[test]
fn families_that_contradict_each_other_are_an_error() {
    let tools = Tools::new();
    tools.patch("fix1", '1', "one", "fix", &["A\t\t1\t0", "B\t\t2\t0"]);
    tools.patch("fix2", '2', "one", "fix", &["A\t\t2\t0", "B\t\t1\t0"]);
    let ran = tools
        .world
        .msikit(&["db", "tables", "one.msi", "--patch", "fix1.msp,fix2.msp"]);
    assert_eq!(
        ran.err,
        "msikit: the families of the patches contradict each other: there is no order for them [1648 ERROR_PATCH_NO_SEQUENCE]\n"
    );
}

#[test]
fn a_transform_in_a_package_is_applied_and_viewed() {
    let tools = Tools::new();
    std::fs::create_dir_all(tools.world.path("one/_Storages")).unwrap();
    tools.ok(&[
        "db",
        "transform",
        "one.msi",
        "two.msi",
        "-o",
        "one/_Storages/Second",
    ]);
    tools.ok(&["db", "build", "one", "-o", "both.msi"]);
    tools.ok(&[
        "db",
        "transform",
        "both.msi",
        "--apply",
        ":Second",
        "-o",
        "second.msi",
    ]);
    let ask = "SELECT Value FROM Property WHERE Property='STATE'";
    assert_eq!(tools.ok(&["db", "query", "second.msi", ask]), "2\n");
    let out = tools.ok(&[
        "db",
        "transform",
        "both.msi",
        "--apply",
        ":Second",
        "--view",
    ]);
    assert!(out.contains("Property\tValue\tSTATE\t2\t1\n"), "{out}");
    let ran = tools
        .world
        .msikit(&["db", "transform", "both.msi", "--apply", ":Third", "--view"]);
    assert_eq!(
        ran.err,
        "msikit: there is no transform Third in the package; it has: Second [1639 ERROR_INVALID_COMMAND_LINE]\n"
    );
}
