//! What msiexec's users type, and what it means.

use super::*;

fn read(line: &str) -> Result<CommandLine, Refused> {
    let words: Vec<String> = line.split('|').map(str::to_owned).collect();
    parse(&words)
}

fn main(line: &str) -> Main {
    read(line).unwrap().main
}

#[test]
fn each_main_option_in_both_spellings() {
    let package = || "a.msi".to_owned();
    let rows: &[(&str, Main)] = &[
        ("/i|a.msi", Main::Install(package())),
        ("-I|a.msi", Main::Install(package())),
        ("/package|a.msi", Main::Install(package())),
        ("/I{CODE}", Main::Install("{CODE}".to_owned())),
        ("/x|a.msi", Main::Remove(package())),
        ("/X{CODE}", Main::Remove("{CODE}".to_owned())),
        ("/uninstall|a.msi", Main::Remove(package())),
        (
            "/f|a.msi",
            Main::Repair {
                letters: "omus".to_owned(),
                product: package(),
            },
        ),
        (
            "/fAv|a.msi",
            Main::Repair {
                letters: "av".to_owned(),
                product: package(),
            },
        ),
        (
            "/fp{CODE}",
            Main::Repair {
                letters: "p".to_owned(),
                product: "{CODE}".to_owned(),
            },
        ),
        (
            "/a|a.msi",
            Main::Admin {
                package: package(),
                patches: None,
            },
        ),
        (
            "/p|b.msp|/a|a.msi",
            Main::Admin {
                package: package(),
                patches: Some("b.msp".to_owned()),
            },
        ),
        (
            "/p|b.msp;c.msp",
            Main::Patch {
                patches: "b.msp;c.msp".to_owned(),
                product: None,
            },
        ),
        (
            "/update|b.msp",
            Main::Patch {
                patches: "b.msp".to_owned(),
                product: None,
            },
        ),
        (
            "/uninstall|b.msp|/package|a.msi",
            Main::RemovePatches {
                patches: "b.msp".to_owned(),
                product: Some(package()),
            },
        ),
        ("/y|a.dll", Main::Register("a.dll".to_owned())),
        ("/z|a.dll", Main::Unregister("a.dll".to_owned())),
        ("/?", Main::Help),
        ("/h", Main::Help),
        ("/help", Main::Help),
    ];
    for (line, expected) in rows {
        assert_eq!(&main(line), expected, "{line}");
    }
}

#[test]
fn advertising_takes_transforms_language_and_instance() {
    assert_eq!(
        main("/ju|a.msi|/t|b.mst;c.mst|/g|1031|/c"),
        Main::Advertise {
            package: "a.msi".to_owned(),
            all_users: false,
            transforms: Some("b.mst;c.mst".to_owned()),
            language: Some("1031".to_owned()),
            new_instance: true,
        }
    );
    for line in ["/i|a.msi|/t|b.mst", "/j|a.msi|/c", "/jx|a.msi"] {
        assert!(read(line).is_err(), "{line}");
    }
}

#[test]
fn levels_and_their_signs() {
    let display = |line: &str| read(&format!("/i|a.msi|{line}")).map(|line| line.display.unwrap());
    let is = |level, modal_at_end, hide_cancel| {
        Ok(Display {
            level,
            modal_at_end,
            hide_cancel,
        })
    };
    assert_eq!(display("/q"), is(Level::None, None, false));
    assert_eq!(display("/QN+"), is(Level::None, Some(true), false));
    assert_eq!(display("/qb"), is(Level::Basic, None, false));
    assert_eq!(display("/qb-!"), is(Level::Basic, Some(false), true));
    assert_eq!(display("/qb!+"), is(Level::Basic, Some(true), true));
    assert_eq!(display("/qr"), is(Level::Reduced, None, false));
    assert_eq!(display("/qf"), is(Level::Full, None, false));
    assert_eq!(display("/quiet"), is(Level::None, None, false));
    assert_eq!(display("/passive"), is(Level::Basic, Some(false), true));
    for bad in ["/qb+-", "/qf!", "/qx", "/qnb", "/qn!"] {
        assert!(display(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_star_leaves_v_and_x_out() {
    let log = |line: &str| {
        read(&format!("/i|a.msi|{line}|f.log"))
            .unwrap()
            .log
            .unwrap()
    };
    assert_eq!(log("/l*").letters, "iwearucmop");
    assert_eq!(log("/L*VX").letters, "iwearucmopvx");
    assert_eq!(log("/l*v").letters, "iwearucmopv");
    assert_eq!(log("/l").letters, "iwearmo");
    assert_eq!(log("/log").letters, "iwearucmop");
    assert_eq!(log("/le").letters, "e");
    assert!(log("/l*+!").append && log("/l*+!").flush);
    assert!(read("/i|a.msi|/lz|f.log").is_err() && read("/i|a.msi|/l*").is_err());
}

#[test]
fn properties_are_upper_case_and_unquoted() {
    let line = read("/i|a.msi|InstallDir=C:\\X|A=\"a \"\"b\"\" c\"|B=|C=x=y").unwrap();
    let expected = [
        ("INSTALLDIR", "C:\\X"),
        ("A", "a \"b\" c"),
        ("B", ""),
        ("C", "x=y"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(n, v)| (n.to_string(), v.to_string()))
        .collect();
    assert_eq!(line.properties, expected);
}

#[test]
fn switches_stand_for_properties() {
    let properties = |line: &str| read(line).unwrap().properties;
    assert_eq!(
        properties("/i|a.msi|/norestart"),
        [("REBOOT".to_owned(), "ReallySuppress".to_owned())]
    );
    assert_eq!(
        properties("/x|a.msi|/forcerestart"),
        [("REBOOT".to_owned(), "Force".to_owned())]
    );
    assert_eq!(
        properties("/i|a.msi|/promptrestart"),
        [("REBOOTPROMPT".to_owned(), String::new())]
    );
    assert_eq!(
        properties("/f|a.msi|A=1|/passive"),
        [("REBOOTPROMPT".to_owned(), "S".to_owned())]
    );
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    for (line, word) in [
        ("/i|a.msi|/x|b.msi", "/x"),
        ("/i|a.msi|/p|b.msp", "/p"),
        ("/i", "/i"),
        ("a.msi", "a.msi"),
        ("/i|a.msi|/w", "/w"),
        ("/i|a.msi|1A=2", "1A=2"),
        ("/fomusq|a.msi", "/fomusq"),
        ("/i|a.msi|/m|longerthan8", "/m"),
        ("/i|a.msi|/quiet|/promptrestart", "/promptrestart"),
        ("/qn", "msiexec"),
    ] {
        assert_eq!(read(line).unwrap_err().word, word, "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn a_quoted_value_comes_back_as_it_was(name in "[A-Za-z_][A-Za-z0-9_.]{0,20}", value in ".*") {
        let word = format!("{name}=\"{}\"", value.replace('"', "\"\""));
        let line = parse(&["/i".to_owned(), "a.msi".to_owned(), word]).unwrap();
        proptest::prop_assert_eq!(line.properties, [(name.to_ascii_uppercase(), value)]);
    }

    #[test]
    fn a_plain_value_is_taken_as_it_is(value in "[^\"]*") {
        let line = parse(&["/i".to_owned(), "a.msi".to_owned(), format!("A={value}")]).unwrap();
        proptest::prop_assert_eq!(line.properties, [("A".to_owned(), value)]);
    }

    #[test]
    fn whatever_the_case_and_the_sign_an_option_is_the_same(
        option in proptest::sample::select(vec!["i", "x", "package", "uninstall", "qn", "qb!", "quiet", "norestart", "f"]),
        upper in proptest::collection::vec(proptest::bool::ANY, 9),
        hyphen in proptest::bool::ANY,
    ) {
        let folded: String = option
            .chars()
            .zip(upper)
            .map(|(c, upper)| if upper { c.to_ascii_uppercase() } else { c })
            .collect();
        let words = |option: String| match option[1..].to_ascii_lowercase().as_str() {
            "qn" | "qb!" | "quiet" | "norestart" => vec!["/i".to_owned(), "a.msi".to_owned(), option],
            _ => vec![option, "a.msi".to_owned()],
        };
        let sign = if hyphen { '-' } else { '/' };
        let one = parse(&words(format!("{sign}{folded}"))).unwrap();
        let other = parse(&words(format!("/{option}"))).unwrap();
        proptest::prop_assert_eq!(one, other);
    }

    #[test]
    fn no_words_are_too_much(words in proptest::collection::vec(".{0,12}", 0..6)) {
        let _ = parse(&words);
    }
}
