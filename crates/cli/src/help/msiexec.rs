//! The help of `msiexec /?`: its whole command line, with what each option means here and what is not there yet.
//!
//! Follows: Microsoft, "Command-Line Options", "Standard Installer Command-Line Options".

/// The sections: a heading, and rows of an option's syntax and its meaning.
const SECTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "One main option",
        &[
            (
                "/i, /package PACKAGE|CODE",
                "install a product, or change it",
            ),
            (
                "/f[poedcamusv] PACKAGE|CODE",
                "repair it; letters of REINSTALLMODE, else omus",
            ),
            ("/x, /uninstall PACKAGE|CODE", "remove it"),
            (
                "/a PACKAGE",
                "make an administrative image below TARGETDIR=DIR",
            ),
            (
                "/j[u|m] PACKAGE",
                "advertise it, to the user (u) or to all users (m)",
            ),
            ("/p, /update PATCH[;PATCH]", "apply patches: not there yet"),
            ("/uninstall PATCH[;PATCH]", "remove patches: not there yet"),
            (
                "/y MODULE, /z MODULE",
                "register and unregister a DLL: not there yet",
            ),
            ("/?, /h, /help", "this help"),
        ],
    ),
    (
        "For /j",
        &[
            ("/t LIST", "transforms, with semicolons between them"),
            ("/g LANGID", "the language to advertise it in"),
            ("/c", "advertise another instance; needs /t"),
        ],
    ),
    (
        "How much is shown",
        &[
            ("/q, /qn, /quiet", "nothing"),
            (
                "/qb, /passive",
                "progress; /passive also means REBOOTPROMPT=S",
            ),
            ("/qr", "reduced: the UI sequence runs"),
            ("/qf", "full, the default: the UI sequence runs"),
            (
                "/qn+ /qb+ /qb- /qb!",
                "+ - and ! ask for boxes and buttons, which a",
            ),
            (
                "/qb+! /qb!+ /qb-! /qb!-",
                "terminal has not: they change nothing",
            ),
        ],
    ),
    (
        "Log",
        &[
            (
                "/L[iwearucmopvx+!*] FILE",
                "a log, in UTF-16; none: iwearmo; *: not v and x;",
            ),
            ("", "+ adds to the file; ! writes each line at once"),
            ("/log FILE", "the same as /L*"),
            ("/m NAME", "a status file (.mif): not there yet"),
        ],
    ),
    (
        "Restarts",
        &[
            ("/norestart", "never: REBOOT=ReallySuppress"),
            ("/forcerestart", "always: REBOOT=Force"),
            ("/promptrestart", "ask: REBOOTPROMPT=\"\"; not with /quiet"),
        ],
    ),
    (
        "Properties",
        &[
            (
                "NAME=VALUE",
                "public ones, in upper case; an empty value clears",
            ),
            (
                "NAME=\"a \"\"b\"\" c\"",
                "quotes around spaces; two stand for one",
            ),
            ("", "with /f and /j they are ignored"),
            ("/n CODE", "which instance of several"),
        ],
    ),
];

const FOOT: &str = "\
Options ignore case, and - equals /. A CODE may be attached: /x{CODE}.
What is not there yet ends with 1639. Before the main option, msikit's own
--machine DIR, --json and --dry-run are understood; `msikit --help` has more.
";

/// The whole text.
pub fn text() -> String {
    let mut text = format!(
        "msikit {} as msiexec: the same packages, in a machine (a directory).\nMIT or Apache 2.0 licence, at your choice.\n\nUsage: msiexec MAIN-OPTION [OPTION]... [NAME=VALUE]...\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for (heading, rows) in SECTIONS {
        text.push_str(&format!("{heading}:\n"));
        for (syntax, meaning) in *rows {
            text.push_str(&format!("  {syntax:<28} {meaning}\n"));
        }
        text.push('\n');
    }
    text + FOOT
}
