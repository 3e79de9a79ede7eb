//! The page about a package: what it tells, that nothing of a package is more than text in it, and where it goes.

use expect_test::expect_file;

use crate::world::World;

const TOOLS: &str = "product Tools 1.2.0
file a.txt in Main: a
Registry: Reg1 | 2 | Software\\Contoso | Answer | #42 | Main
CustomAction: SetAnswer | 51 | ANSWER | forty-two
InstallExecuteSequence: SetAnswer | NOT Installed | 1001
CustomAction: Tell | 38 | | MsgBox 42
InstallExecuteSequence: Tell | REMOVE=\"ALL\" | 1002
feature Extra: Second
component Second in INSTALLDIR
LaunchCondition: VersionNT >= 600 | Windows Vista is needed.
";

/// A page without its style, a line for each tag.
fn tags(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    format!("{head}{body}").replace("><", ">\n<") + "\n"
}

#[test]
fn what_the_page_tells() {
    let world = World::new();
    world.package(
        "old",
        &TOOLS.replace("forty-two", "twelve").replace("#42", "#12"),
    );
    world.package("tools", TOOLS);
    let ran = world.msikit(&["report", "tools", "--against", "old"]);
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (0, "tools.report.html\n"),
        "{ran:?}"
    );
    let page = std::fs::read_to_string(world.path("tools.report.html")).unwrap();
    expect_file!["report/page.html"].assert_eq(&tags(&page));
    let again = world.msikit(&["report", "tools", "--against", "old", "-o", "-"]);
    assert_eq!(again.out, page);
    assert!(!world.machine().exists(), "looking makes no machine");
}

#[test]
fn the_same_for_programs() {
    let world = World::new();
    world.package("tools", TOOLS);
    let ran = world.msikit(&["report", "tools/", "--against", "tools", "--json"]);
    let told = ran.json();
    assert_eq!(told["page"], "tools.report.html");
    assert!(world.path("tools.report.html").exists());
    assert_eq!(told["info"]["product_name"], "Tools");
    assert_eq!(told["plan"]["code"], 0);
    assert_eq!(told["inspection"]["custom_actions"][0]["name"], "SetAnswer");
    assert_eq!(told["against"]["difference"]["same"], true);
    let ran = world.msikit(&["report", "tools", "--json", "-o", "-"]);
    assert_eq!(ran.status, 1639 % 256, "{ran:?}");
}

#[test]
fn what_is_installed_counts_where_a_machine_is_named() {
    let world = World::new();
    world.package("tools", TOOLS);
    assert_eq!(world.msikit(&["install", "tools"]).status, 0);
    let plan = |more: &[&str]| {
        let ran = world.msikit(&[&["report", "tools", "--json"], more].concat());
        ran.json()["plan"]["features"][0]["installed"].clone()
    };
    assert_eq!(plan(&[]), "absent");
    assert_eq!(plan(&["--machine", "machine"]), "local");
}

/// Names that would be a script, end an attribute or an element, load something, or turn text around.
const HOSTILE: [&str; 5] = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\" onclick=\"alert(1)",
    "</pre></details><iframe src=//host.invalid>",
    "<a href='javascript:alert(1)'>gpj.\u{202e}exe",
];

const HOSTILE_ROWS: &str = "product Tools 1.0.0
file a.txt in Main: a
Property: Manufacturer | TEXT
Property: NAMED | TEXT
Property: TEXT | named
Registry: Reg1 | 2 | Software\\TEXT | TEXT | TEXT | Main
Registry: Reg2 | 2 | Software\\Microsoft\\Windows\\CurrentVersion\\Run | TEXT | TEXT | Main
CustomAction: TEXT | 51 | TEXT | TEXT
CustomAction: Script | 38 | | TEXT
InstallExecuteSequence: TEXT | TEXT | 1001
LaunchCondition: NOT Installed OR 1 | TEXT
Feature: TEXT | | TEXT | TEXT | 2 | 1 | | 0
Upgrade: TEXT | TEXT | TEXT | | 1 | | TEXT
IniFile: Ini1 | tools.ini | WindowsFolder | TEXT | TEXT | TEXT | 0 | Main
LockPermissions: TEXT | File | TEXT | TEXT | 268435456
Error: 99 | TEXT
";

/// Every tag and attribute of a page is one that the page itself has.
fn check_tags(page: &str) {
    const ATTRIBUTES: [&str; 16] = [
        "aria-label",
        "charset",
        "class",
        "colspan",
        "content",
        "href",
        "http-equiv",
        "id",
        "lang",
        "name",
        "open",
        "rel",
        "scope",
        "style",
        "title",
        "html",
    ];
    const TAGS: &str = "!DOCTYPE html head meta title style body header h1 h2 h3 p ul li b nav a main section dl dt dd span details summary code pre div table thead tbody tr th td del ins footer";
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        let mut words = tag.split('"').step_by(2).flat_map(str::split_whitespace);
        let name = words.next().unwrap().trim_start_matches('/');
        assert!(TAGS.split(' ').any(|known| known == name), "<{tag}>");
        for word in words {
            let word = word.trim_end_matches('=');
            assert!(ATTRIBUTES.contains(&word), "{word} in <{tag}>");
        }
        assert!(!tag.contains("script"), "<{tag}>");
    }
}

#[test]
fn no_name_of_a_package_is_more_than_text() {
    let world = World::new();
    for (at, text) in HOSTILE.into_iter().enumerate() {
        let (old, new) = (format!("old{at}"), format!("new{at}"));
        world.package(&old, TOOLS);
        let folder = world.package(&new, &HOSTILE_ROWS.replace("TEXT", text));
        let property = folder.join("Property.idt");
        let rows = std::fs::read_to_string(&property).unwrap();
        let named = rows.replace("\tTools\r\n", &format!("\t{text}\r\n"));
        assert_ne!(rows, named);
        std::fs::write(property, named).unwrap();
        for packages in [[&new, &old], [&old, &new]] {
            let [package, other] = packages;
            let ran = world.msikit(&["report", package, "--against", other, "-o", "-"]);
            assert_eq!(ran.status, 0, "{ran:?}");
            check_tags(&ran.out);
            assert!(!ran.out.contains('\u{202e}'), "text is turned around");
            assert!(ran.out.contains("alert(1)") || ran.out.contains("host.invalid"));
        }
    }
}

#[test]
fn what_is_no_package_has_no_page() {
    let world = World::new();
    world.package("old", TOOLS);
    world.package("tools", &TOOLS.replace("1.2.0", "1.2.1"));
    let made = world.msikit(&["db", "transform", "old", "tools", "-o", "change.mst"]);
    assert_eq!(made.status, 0, "{made:?}");
    for package in ["change.mst", "none.msi"] {
        let ran = world.msikit(&["report", package]);
        assert_ne!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
        assert!(!world.path(&format!("{package}.report.html")).exists());
    }
}
