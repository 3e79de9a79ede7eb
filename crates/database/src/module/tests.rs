//! Merges as data: a package and a module in text, and what is different afterwards.

use expect_test::{Expect, expect};

use super::*;

const PACKAGE: &str = "\
== Property.idt\nProperty\tValue\ns72\tl0\nProperty\tProperty\nProductLanguage\t1033\nColor\tred\n\
== Directory.idt\nDirectory\tDirectory_Parent\tDefaultDir\ns72\tS72\tl255\nDirectory\tDirectory\nTARGETDIR\t\tSourceDir\nINSTALLDIR\tTARGETDIR\tTools\n\
== Feature.idt\nFeature\tTitle\tLevel\ns38\tL64\ti2\nFeature\tFeature\nMain\tMain\t1\nMore\tMore\t1\n\
== FeatureComponents.idt\nFeature_\tComponent_\ns38\ts72\nFeatureComponents\tFeature_\tComponent_\nMain\tOwn\n\
== Component.idt\nComponent\tComponentId\tDirectory_\tAttributes\tCondition\tKeyPath\ns72\tS38\ts72\ti2\tS255\tS72\nComponent\tComponent\nOwn\t\tINSTALLDIR\t0\t\town.txt\n\
== File.idt\nFile\tComponent_\tFileName\tFileSize\tAttributes\tSequence\ns72\ts72\tl255\ti4\tI2\ti2\nFile\tFile\nown.txt\tOwn\town.txt\t3\t\t7\n\
== Media.idt\nDiskId\tLastSequence\tCabinet\ni2\ti2\tS255\nMedia\tDiskId\n1\t7\t#own.cab\n\
== InstallExecuteSequence.idt\nAction\tCondition\tSequence\ns72\tS255\tI2\nInstallExecuteSequence\tAction\nCostInitialize\t\t800\nInstallFiles\t\t4000\n";

const MODULE: &str = "\
== ModuleSignature.idt\nModuleID\tLanguage\tVersion\ns72\ti2\ts32\nModuleSignature\tModuleID\tLanguage\nMod.GUID\t1033\t1.0\n\
== ModuleComponents.idt\nComponent\tModuleID\tLanguage\ns72\ts72\ti2\nModuleComponents\tComponent\tModuleID\tLanguage\nC.GUID\tMod.GUID\t1033\n\
== Directory.idt\nDirectory\tDirectory_Parent\tDefaultDir\ns72\tS72\tl255\nDirectory\tDirectory\nTARGETDIR\t\tSourceDir\nSystemFolder.GUID\tTARGETDIR\tSys\nDir.GUID\tTARGETDIR\tdir\n\
== Component.idt\nComponent\tComponentId\tDirectory_\tAttributes\tCondition\tKeyPath\ns72\tS38\ts72\ti2\tS255\tS72\nComponent\tComponent\nC.GUID\t\tDir.GUID\t0\t\tb.GUID\n\
== FeatureComponents.idt\nFeature_\tComponent_\ns38\ts72\nFeatureComponents\tFeature_\tComponent_\n\
== File.idt\nFile\tComponent_\tFileName\tFileSize\tAttributes\tSequence\ns72\ts72\tl255\ti4\tI2\ti2\nFile\tFile\na.GUID\tC.GUID\ta.txt\t1\t\t20\nb.GUID\tC.GUID\tb.txt\t1\t\t10\n\
== InstallExecuteSequence.idt\nAction\tCondition\tSequence\ns72\tS255\tI2\nInstallExecuteSequence\tAction\n\
== ModuleInstallExecuteSequence.idt\nAction\tSequence\tBaseAction\tAfter\tCondition\ns64\tI2\tS64\tI2\tS255\nModuleInstallExecuteSequence\tAction\nInstallFiles\t3999\t\t\t\nRemoveFiles\t3500\t\t\t\nDo.GUID\t\tInstallFiles\t1\tOne\n\
== _Streams/MergeModule.CABinet\ncabinet";

fn database(text: &[&str]) -> Database {
    Database::from_text_str(&text.concat()).unwrap()
}

fn options() -> MergeOptions {
    MergeOptions {
        features: vec!["Main".to_string()],
        ..MergeOptions::default()
    }
}

/// Merges, and returns what became different, row by row, and what speaks against it.
fn merged(package: &[&str], module: &[&str], options: &MergeOptions) -> String {
    let (before, mut after) = (database(package), database(package));
    let module = Module::new(database(module)).unwrap();
    let merged = match after.merge_module(&module, options) {
        Ok(merged) => merged,
        Err(error) => return error.to_string(),
    };
    let mut lines = Vec::new();
    for table in before.difference(&after).unwrap().tables {
        for row in table.rows {
            let sign = match (row.before, row.after) {
                (false, _) => '+',
                (_, false) => '-',
                _ => '~',
            };
            let cells = row
                .cells
                .iter()
                .map(|(name, _, new)| format!("{name}={new}"));
            let cells: Vec<String> = cells.collect();
            lines.push(format!("{sign}{} {}", table.name, cells.join(" ")));
        }
    }
    lines.extend(merged.problems.iter().map(|problem| format!("! {problem}")));
    lines.extend(
        merged
            .missing
            .iter()
            .map(|one| format!("? {} {} {}", one.id, one.language, one.version)),
    );
    lines.join("\n")
}

fn check(module: &[&str], options: &MergeOptions, expect: Expect) {
    expect.assert_eq(&merged(&[PACKAGE], module, options));
}

#[test]
fn everything_of_a_module_finds_its_place() {
    let options = MergeOptions {
        folder: Some("INSTALLDIR".to_string()),
        features: vec!["Main".to_string(), "More".to_string()],
        ..MergeOptions::default()
    };
    check(
        &[MODULE],
        &options,
        expect![[r"
            +Component Component=C.GUID Directory_=Dir.GUID Attributes=0 KeyPath=b.GUID
            +CustomAction Action=SystemFolder.GUID Type=51 Source=SystemFolder.GUID Target=[SystemFolder]
            +Directory Directory=Dir.GUID Directory_Parent=INSTALLDIR DefaultDir=dir
            +Directory Directory=SystemFolder.GUID Directory_Parent=INSTALLDIR DefaultDir=Sys
            +FeatureComponents Feature_=Main Component_=C.GUID
            +FeatureComponents Feature_=More Component_=C.GUID
            +File File=a.GUID Component_=C.GUID FileName=a.txt FileSize=1 Attributes=16384 Sequence=9
            +File File=b.GUID Component_=C.GUID FileName=b.txt FileSize=1 Attributes=16384 Sequence=8
            +InstallExecuteSequence Action=Do.GUID Condition=One Sequence=4001
            +InstallExecuteSequence Action=RemoveFiles Sequence=3500
            +InstallExecuteSequence Action=SystemFolder.GUID Sequence=799
            +Media DiskId=2 LastSequence=9 Cabinet=#MergeModule.GUID
            +ModuleComponents Component=C.GUID ModuleID=Mod.GUID Language=1033
            +ModuleSignature ModuleID=Mod.GUID Language=1033 Version=1.0"]],
    );
}

#[test]
fn the_cabinet_goes_where_it_shall() {
    let module = Module::new(database(&[MODULE])).unwrap();
    let mut package = database(&[PACKAGE]);
    let merged = package.merge_module(&module, &options()).unwrap();
    assert_eq!(merged.disk, Some((2, "#MergeModule.GUID".to_string())));
    assert_eq!(
        *package.stream_bytes("MergeModule.GUID").unwrap().unwrap(),
        *b"cabinet"
    );
    let mut package = database(&[PACKAGE]);
    let options = MergeOptions {
        cabinet: ModuleCabinet::External("mod.cab".to_string()),
        ..options()
    };
    let merged = package.merge_module(&module, &options).unwrap();
    assert_eq!(merged.disk, Some((2, "mod.cab".to_string())));
    assert!(package.stream_names().is_empty());
}

#[test]
fn files_lie_beside_the_package() {
    let options = MergeOptions {
        cabinet: ModuleCabinet::LaidOut,
        ..options()
    };
    let attributes = |word_count: i32| {
        let summary = format!(
            "== _SummaryInformation.idt\nPropertyId\tValue\ni2\tl255\n_SummaryInformation\tPropertyId\n15\t{word_count}\n"
        );
        let module = Module::new(database(&[MODULE])).unwrap();
        let mut package = database(&[PACKAGE, &summary]);
        let merged = package.merge_module(&module, &options).unwrap();
        assert_eq!(merged.disk, Some((2, String::new())));
        assert_eq!(merged.files, ["a.GUID", "b.GUID"]);
        assert!(package.stream_names().is_empty());
        let disks = package.select("SELECT Cabinet FROM Media WHERE DiskId = 2", &[]);
        assert_eq!(disks.unwrap().rows, [[crate::Value::Null]]);
        let files = package.select("SELECT Attributes FROM File WHERE File = 'a.GUID'", &[]);
        files.unwrap().rows[0][0].clone()
    };
    // Where the package says that its files are compressed, these say that they are not.
    assert_eq!(
        [attributes(0), attributes(2)],
        [0, 0x2000].map(crate::Value::Integer)
    );
}

#[test]
fn rows_that_differ_are_listed_and_nothing_is_changed_unless_they_are_kept() {
    let property = "== Property.idt\nProperty\tValue\ns72\tl0\nProperty\tProperty\nColor\tblue\nNew\tn\nProductLanguage\t1033\n";
    check(
        &[MODULE, property],
        &options(),
        expect![
            "! table Property, row Color: Value is `red` in the package and `blue` in the module"
        ],
    );
    let kept = MergeOptions {
        keep: true,
        ..options()
    };
    let text = merged(&[PACKAGE], &[MODULE, property], &kept);
    assert!(
        text.contains("+Property Property=New Value=n")
            && text.contains("! table Property, row Color"),
        "{text}"
    );
    assert!(!text.contains("~Property"), "{text}");
}

#[test]
fn a_module_is_merged_once() {
    let module = Module::new(database(&[MODULE])).unwrap();
    let mut package = database(&[PACKAGE]);
    assert_eq!(
        package.merge_module(&module, &options()).unwrap().problems,
        []
    );
    let problems = package.merge_module(&module, &options()).unwrap().problems;
    assert_eq!(
        problems[0].to_string(),
        "the package has the module Mod.GUID in language 1033 already"
    );
}

#[test]
fn what_is_not_there_is_named() {
    let module = &[MODULE];
    let mut wrong = options();
    wrong.features = vec!["None".to_string()];
    check(
        module,
        &wrong,
        expect!["cannot merge the module: the package has no feature None; it has Main, More"],
    );
    wrong.features.clear();
    check(
        module,
        &wrong,
        expect![
            "cannot merge the module: a feature of the package must be named that it is merged into"
        ],
    );
    let wrong = MergeOptions {
        folder: Some("None".to_string()),
        ..options()
    };
    check(
        module,
        &wrong,
        expect!["cannot merge the module: the package has no folder None in its Directory table"],
    );
    let mut wrong = options();
    wrong.items.insert("X".to_string(), "1".to_string());
    check(
        module,
        &wrong,
        expect!["cannot merge the module: it has no item X to be set: it has none"],
    );
    let columns =
        "== Property.idt\nProperty\tValue\tMore\ns72\tl0\tS0\nProperty\tProperty\nNew\tn\tm\n";
    check(
        &[MODULE, columns],
        &options(),
        expect![
            "table Property, column More: the package has no such column, and row New has `m` in it"
        ],
    );
}

const DEPENDENCY: &str = "== ModuleDependency.idt\nModuleID\tModuleLanguage\tRequiredID\tRequiredLanguage\tRequiredVersion\ns72\ti2\ts72\ti2\tS32\nModuleDependency\tModuleID\tModuleLanguage\tRequiredID\tRequiredLanguage\n";
const EXCLUSION: &str = "== ModuleExclusion.idt\nModuleID\tModuleLanguage\tExcludedID\tExcludedLanguage\tExcludedMinVersion\tExcludedMaxVersion\ns72\ti2\ts72\ti2\tS32\tS32\nModuleExclusion\tModuleID\tModuleLanguage\tExcludedID\tExcludedLanguage\n";
const OTHER: &str = "== ModuleSignature.idt\nModuleID\tLanguage\tVersion\ns72\ti2\ts32\nModuleSignature\tModuleID\tLanguage\nOther.GUID\t1031\t2.5\n";

#[test]
fn modules_that_it_needs() {
    for (row, missing) in [
        ("Other.GUID\t0\t", false),
        ("Other.GUID\t1031\t2.5", false),
        ("Other.GUID\t7\t1", false),
        ("Other.GUID\t0\t2.6", true),
        ("Other.GUID\t1033\t", true),
        ("Third.GUID\t0\t", true),
    ] {
        let dependency = format!("{DEPENDENCY}Mod.GUID\t1033\t{row}\n");
        let text = merged(&[PACKAGE, OTHER], &[MODULE, &dependency], &options());
        assert_eq!(text.contains("\n? "), missing, "{row}: {text}");
        assert!(text.contains("+ModuleDependency"), "{text}");
    }
}

#[test]
fn modules_that_exclude_each_other() {
    for (row, excluded) in [
        ("1031\t\t", true),
        ("7\t\t", true),
        ("0\t\t", false),
        ("-1033\t\t", true),
        ("-1031\t\t", false),
        ("1031\t2.6\t", false),
        ("1031\t2.0\t2.5", true),
        ("1031\t\t2.4", false),
        ("1033\t\t", false),
    ] {
        let exclusion = format!("{EXCLUSION}Mod.GUID\t1033\tOther.GUID\t{row}\n");
        let text = merged(&[PACKAGE, OTHER], &[MODULE, &exclusion], &options());
        let said = text == "! the module Mod.GUID excludes the module Other.GUID in language 1031";
        assert_eq!(said, excluded, "{row}: {text}");
    }
    let exclusion = format!("{EXCLUSION}Other.GUID\t1031\tMod.GUID\t9\t\t\n");
    assert_eq!(
        merged(&[PACKAGE, OTHER, &exclusion], &[MODULE], &options()),
        "! the module Other.GUID excludes the module Mod.GUID in language 1033"
    );
}

/// A module with items; the rows of `T` that they go into.
const ITEMS: &str = "\
== ModuleConfiguration.idt\nName\tFormat\tType\tContextData\tDefaultValue\tAttributes\ns72\ti2\tS72\tL0\tL0\tI4\nModuleConfiguration\tName\n\
Text\t0\t\t\tnone\t\nNeeded\t0\t\t\tx\t2\nKey\t1\tIcon\t\told;one\t1\nNumber\t2\t\t\t5\t\nBits\t3\t\t6;A=2;B=4\t2\t\n\
== ModuleSubstitution.idt\nTable\tRow\tColumn\tValue\ns72\ts0\ts72\tS0\nModuleSubstitution\tTable\tRow\tColumn\n\
T\ta\tText\t[=Text] and [=Needed]\\; [=Key;2]\nT\ta\tNumber\t1[=Number]\nT\tb\tNumber\t[=Bits]\nT\tb\tText\t[=Text]\n\
== ModuleIgnoreTable.idt\nTable\ns72\nModuleIgnoreTable\tTable\nLeft\n\
== Left.idt\nL\ns72\nLeft\tL\nx\n\
== Icon.idt\nName\tPart\ns72\ts72\nIcon\tName\tPart\nold\tone\nother\tx\n\
== T.idt\nK\tText\tNumber\ts72\tS0\tI4\nT\tK\n";

#[test]
fn items_go_into_their_cells() {
    let items = ITEMS.replace("\ts72\tS0\tI4", "\ns72\tS0\tI4") + "a\t\t\nb\told\t9\n";
    let told = |given: &[(&str, &str)]| {
        let mut options = options();
        let given = given
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        options.items = given.collect();
        let text = merged(&[PACKAGE], &[MODULE, &items], &options);
        let wanted = |line: &&str| {
            ["+T", "+Icon", "+Left", "cannot"]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let lines: Vec<&str> = text.lines().filter(wanted).collect();
        lines.join("\n")
    };
    expect![[r"
        +Icon Name=old Part=one
        +Icon Name=other Part=x
        +T K=a Text=none and x; one Number=15
        +T K=b Text=none Number=11"]]
    .assert_eq(&told(&[]));
    expect![[r"
        +Icon Name=other Part=x
        +T K=a Text= and y; p;q Number=17
        +T K=b Number=15"]]
    .assert_eq(&told(&[
        ("Text", ""),
        ("Needed", "y"),
        ("Key", r"new;p\;q"),
        ("Number", "7"),
        ("Bits", "-2"),
    ]));
    for (name, value, error) in [
        ("Needed", "", "item Needed must have a value"),
        ("Number", "x", "item Number must be a number, and is `x`"),
        ("Key", "", "item Key must have a value"),
        (
            "None",
            "",
            "it has no item None to be set: it has Bits, Key, Needed, Number, Text",
        ),
    ] {
        assert_eq!(
            told(&[(name, value)]),
            format!("cannot merge the module: {error}")
        );
    }
}

#[test]
fn a_module_in_the_language_of_the_package() {
    let own = |language: &str| database(&[MODULE]).signature_in(language);
    let with = |transforms: &[&str]| {
        let mut base = own("1031");
        for language in transforms {
            let file = made_transform(&base, &own(language));
            base.put_storage(&format!("{LANGUAGE}{language}"), Some(file.into()))
                .unwrap();
        }
        Module::new(base).unwrap()
    };
    for (transforms, wanted, found) in [
        (&[] as &[&str], 1031, Some(1031)),
        (&[], 1033, None),
        (&["1033", "9", "0"], 1033, Some(1033)),
        (&["9", "0"], 1033, Some(9)),
        (&["0"], 1033, Some(0)),
        (&["1033"], 2057, None),
    ] {
        let module = with(transforms).into_language(wanted);
        let language = module.ok().map(|module| module.signature().language);
        assert_eq!(language, found, "{transforms:?} {wanted}");
    }
    assert_eq!(with(&["9"]).languages(), [1031, 9]);
    let neutral = Module::new(own("0")).unwrap();
    assert_eq!(neutral.into_language(1041).unwrap().signature().language, 0);
}

fn made_transform(old: &Database, new: &Database) -> Vec<u8> {
    let mut bytes = Vec::new();
    let none = crate::ErrorConditions::NONE;
    old.save_transform(new, crate::Validation::default(), none, &mut bytes)
        .unwrap();
    bytes
}

impl Database {
    /// A module with another language.
    fn signature_in(mut self, language: &str) -> Database {
        for (table, place) in [("ModuleSignature", 1), ("ModuleComponents", 2)] {
            let mut changed = crate::Table::clone(&self.rows(table).unwrap());
            for row in &mut changed.rows {
                row[place] = crate::Value::Integer(language.parse().unwrap());
            }
            self.replace_table(changed);
        }
        self
    }
}

#[test]
fn what_is_no_module() {
    let package = Module::new(database(&[PACKAGE])).unwrap_err();
    assert_eq!(
        package.to_string(),
        "cannot merge the module: the file is no merge module: it has no ModuleSignature"
    );
    let merged = Module::new(database(&[PACKAGE, OTHER])).unwrap_err();
    assert_eq!(
        merged.to_string(),
        "cannot merge the module: the file is no merge module: it has features"
    );
}
