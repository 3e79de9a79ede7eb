//! Merge modules merged into packages, and the packages installed.

use crate::world::{Ran, World};

const DIRECTORY: &str = "Directory\tDirectory_Parent\tDefaultDir\ns72\tS72\tl255\nDirectory\tDirectory\nTARGETDIR\t\tSourceDir\nModDir\tTARGETDIR\t.\n";
const SIGNATURE: &str = "ModuleID\tLanguage\tVersion\ns72\ti2\ts32\nModuleSignature\tModuleID\tLanguage\nMod.GUID\t1033\t1.0\n";
const CONFIGURATION: &str = "Name\tFormat\tDefaultValue\tAttributes\tDisplayName\ns72\ti2\tL0\tI4\tL72\nModuleConfiguration\tName\nColor\t0\tred\t2\tThe color\n";
const SUBSTITUTION: &str = "Table\tRow\tColumn\tValue\ns72\ts0\ts72\tS0\nModuleSubstitution\tTable\tRow\tColumn\nRegistry\tReg.GUID\tValue\tit is [=Color]\n";

/// A package with a file, `base.msi`, and a module with another one, `module.msm`.
fn world() -> World {
    let world = World::new();
    world.package(
        "base",
        "product Tools 1.0\nfile own.txt in Main: own\nfeature More: Extra\ncomponent Extra in INSTALLDIR\ncabinet",
    );
    world.package(
        "module",
        "folder ModDir in TARGETDIR: Mod\ncomponent Theirs in ModDir\nfile theirs.txt in Theirs: theirs\nRegistry: Reg.GUID | 2 | Software\\Mod | Color | x | Theirs\ncabinet",
    );
    let module = world.path("module");
    for entry in std::fs::read_dir(&module).unwrap() {
        let path = entry.unwrap().path();
        let kept = [
            "Component.idt",
            "Directory.idt",
            "File.idt",
            "Registry.idt",
            "_Streams",
        ];
        if !kept.iter().any(|kept| path.ends_with(kept)) {
            std::fs::remove_file(path).unwrap();
        }
    }
    let streams = module.join("_Streams");
    std::fs::rename(
        streams.join("files.cab"),
        streams.join("MergeModule.CABinet"),
    )
    .unwrap();
    for (name, text) in [
        ("Directory", DIRECTORY),
        ("ModuleSignature", SIGNATURE),
        ("ModuleConfiguration", CONFIGURATION),
        ("ModuleSubstitution", SUBSTITUTION),
    ] {
        std::fs::write(module.join(format!("{name}.idt")), text).unwrap();
    }
    for (folder, file) in [("base", "base.msi"), ("module", "module.msm")] {
        assert_eq!(world.msikit(&["db", "build", folder, "-o", file]).status, 0);
    }
    world
}

fn merge(world: &World, more: &[&str]) -> Ran {
    world.msikit(&[&["db", "merge", "module.msm", "base.msi"], more].concat())
}

#[test]
fn a_merged_package_installs_the_files_of_its_module() {
    let world = world();
    let ran = merge(
        &world,
        &[
            "-o",
            "out.msi",
            "--feature",
            "Complete",
            "--config",
            "Color=blue",
            "--json",
        ],
    );
    let told = ran.json();
    assert_eq!(
        (ran.status, &told["module"]),
        (0, &"Mod.GUID".into()),
        "{ran:?}"
    );
    assert_eq!(told["tables"]["File"], 1);
    assert_eq!(told["disk"]["cabinet"], "#MergeModule.GUID");
    let before = std::fs::read(world.path("base.msi")).unwrap();
    assert_ne!(before, std::fs::read(world.path("out.msi")).unwrap());
    let ran = world.msikit(&["install", "out.msi"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let snapshot = world.snapshot().join("\n");
    assert!(
        snapshot.contains("theirs.txt 6 ") && snapshot.contains("own.txt 3 "),
        "{snapshot}"
    );
    assert!(snapshot.contains("Color REG_SZ it is blue"), "{snapshot}");
    assert_eq!(world.msikit(&["remove", "out.msi"]).status, 0);
    assert!(!world.snapshot().join("\n").contains("theirs.txt"));
}

#[test]
fn files_may_stay_in_a_cabinet_beside_the_package() {
    let world = world();
    let ran = merge(
        &world,
        &["--feature", "Complete", "--cabinet", "theirs.cab"],
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(world.path("theirs.cab").is_file());
    let ran = world.msikit(&["install", "base.msi"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(world.snapshot().join("\n").contains("theirs.txt 6 "));
}

#[test]
fn what_speaks_against_a_merge_is_listed_and_nothing_is_written() {
    let world = world();
    let row = "INSERT INTO Registry (Registry, Root, `Key`, Name, Value, Component_) VALUES ('Reg.GUID', 2, 'Software\\Mod', 'Color', 'mine', 'Main')";
    let create = "CREATE TABLE Registry (Registry CHAR(72) NOT NULL, Root SHORT NOT NULL, `Key` CHAR(255) NOT NULL LOCALIZABLE, Name CHAR(255) LOCALIZABLE, Value CHAR(0) LOCALIZABLE, Component_ CHAR(72) NOT NULL PRIMARY KEY Registry)";
    let there = world.msikit(&["db", "query", "base.msi", "SELECT Registry FROM Registry"]);
    let statements: &[&str] = if there.status == 0 {
        &[row]
    } else {
        &[create, row]
    };
    for statement in statements {
        let ran = world.msikit(&["db", "query", "base.msi", statement, "--write"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let before = std::fs::read(world.path("base.msi")).unwrap();
    let ran = merge(&world, &["--feature", "Complete"]);
    expect_test::expect![[r#"
        91
        msikit: table Registry, row Reg.GUID: Value is `mine` in the package and `it is red` in the module, Component_ is `Main` in the package and `Theirs` in the module
        msikit: module.msm is not merged: 1 thing speaks against it; --keep merges the others and keeps the package's rows [1627 ERROR_FUNCTION_FAILED]
    "#]]
    .assert_eq(&ran.shown());
    assert_eq!(before, std::fs::read(world.path("base.msi")).unwrap());
    let ran = merge(&world, &["--feature", "Complete", "--json"]);
    assert_eq!(ran.json()["problems"][0]["cells"][0]["module"], "it is red");
    let ran = merge(&world, &["--feature", "Complete", "--keep"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ask = "SELECT Value FROM Registry WHERE Registry='Reg.GUID'";
    assert_eq!(
        world.msikit(&["db", "query", "base.msi", ask]).out,
        "mine\n"
    );
}

#[test]
fn a_module_says_what_can_be_set() {
    let world = world();
    let ran = world.msikit(&["db", "info", "module.msm"]);
    assert!(
        ran.out
            .contains("\nitem                 Color (text) [default: red] The color\n"),
        "{ran:?}"
    );
    let told = world.msikit(&["db", "info", "module.msm", "--json"]).json();
    assert_eq!(told["module"]["items"][0]["name"], "Color");
}

#[test]
fn mistakes_are_named() {
    let world = world();
    for (more, expected) in [
        (
            &[] as &[&str],
            "--feature F is missing: the package has More, Complete [1639 ",
        ),
        (
            &["--feature", "No"],
            "module.msm: cannot merge the module: the package has no feature No; it has More, Complete [1627 ",
        ),
        (
            &["--feature", "More", "--config", "Color"],
            "--config takes ITEM=VALUE, and not `Color` [1639 ",
        ),
        (
            &["--feature", "More", "--config", "Color="],
            "module.msm: cannot merge the module: item Color must have a value [1627 ",
        ),
        (
            &["--feature", "More", "--config", "Size=1"],
            "module.msm: cannot merge the module: it has no item Size to be set: it has Color [1627 ",
        ),
        (
            &["--feature", "More", "--directory", "No"],
            "module.msm: cannot merge the module: the package has no folder No in its Directory table [1627 ",
        ),
        (
            &["--feature", "More", "--language", "1031"],
            "module.msm: cannot merge the module: it cannot be had in language 1031, only in 1033 [1627 ",
        ),
    ] {
        let ran = merge(&world, more);
        assert!(
            ran.err.starts_with(&format!("msikit: {expected}")),
            "{more:?} {ran:?}"
        );
        assert!(ran.status > 2 && ran.err.lines().count() == 1, "{ran:?}");
    }
    let ran = world.msikit(&["db", "merge", "base.msi", "module.msm", "--feature", "More"]);
    assert!(ran.err.contains("the file is no merge module"), "{ran:?}");
}
