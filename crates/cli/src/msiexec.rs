//! msiexec's command line: what was typed, as values. What the engine makes of it is decided elsewhere.
//!
//! Follows: Microsoft, "Command-Line Options" and "Standard Installer Command-Line Options". Options begin
//! with `/` or `-` and ignore case; an option's argument is attached (`/I{CODE}`) or the next word.

use std::fmt;

/// A whole command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The one main option.
    pub main: Main,
    /// `/q` and its relatives; none: msiexec's default, full.
    pub display: Option<Display>,
    /// `/L` or `/log`.
    pub log: Option<Log>,
    /// `/n`: the instance's product code.
    pub instance: Option<String>,
    /// `/m`: the name of a status file.
    pub status_file: Option<String>,
    /// Public properties, names in upper case, in order; those that switches stand for come last.
    pub properties: Vec<(String, String)>,
}

/// The main options, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Main {
    /// `/i`, `/package`: a package or a product code.
    Install(String),
    /// `/f`: REINSTALLMODE letters, lower case, and a package or a product code.
    Repair { letters: String, product: String },
    /// `/a`: a package; with `/p`, the patches for the image.
    Admin {
        package: String,
        patches: Option<String>,
    },
    /// `/x`, `/uninstall`: a package or a product code.
    Remove(String),
    /// `/j`: to the user or to all users.
    Advertise {
        package: String,
        all_users: bool,
        transforms: Option<String>,
        language: Option<String>,
        new_instance: bool,
    },
    /// `/p`, `/update`: patches, separated by semicolons; `/package` may name the product.
    Patch {
        patches: String,
        product: Option<String>,
    },
    /// `/uninstall` with patches; `/package` may name the product.
    RemovePatches {
        patches: String,
        product: Option<String>,
    },
    /// `/y`
    Register(String),
    /// `/z`
    Unregister(String),
    /// `/?`, `/h`, `/help`
    Help,
}

/// The user interface levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `/q`, `/qn`
    None,
    /// `/qb`
    Basic,
    /// `/qr`
    Reduced,
    /// `/qf`
    Full,
}

/// A level with its signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// The level.
    pub level: Level,
    /// `+`: a modal box at the end; `-`: no modal boxes; none: as the level has it.
    pub modal_at_end: Option<bool>,
    /// `!`: no Cancel button.
    pub hide_cancel: bool,
}

/// What goes to the log, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The letters meant, of `iwearucmopvx`.
    pub letters: String,
    /// `+`
    pub append: bool,
    /// `!`
    pub flush: bool,
    /// The file.
    pub file: String,
}

/// Why a command line is refused with 1639 ERROR_INVALID_COMMAND_LINE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The word at fault.
    pub word: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.word, self.what)
    }
}

/// Letters of REINSTALLMODE, and what `/f` alone means.
const REINSTALL_LETTERS: &str = "poedcaumsv";
const REINSTALL_DEFAULT: &str = "omus";
/// Letters of the log; `*` means all but the last two, no letters the default.
const LOG_LETTERS: &str = "iwearucmopvx";
const LOG_ALL: &str = "iwearucmop";
const LOG_DEFAULT: &str = "iwearmo";

/// Reads the words after the program's name.
///
/// Errors: [`Refused`] names the first word that does not fit.
pub fn parse(words: &[String]) -> Result<CommandLine, Refused> {
    let mut reader = Reader {
        words,
        at: 0,
        seen: Seen::default(),
    };
    while let Some(word) = reader.next_word() {
        match word.strip_prefix(['/', '-']) {
            Some(option) => reader.option(&word, option)?,
            None => reader.property(&word)?,
        }
    }
    reader.seen.finish()
}

/// Words being read.
struct Reader<'a> {
    words: &'a [String],
    at: usize,
    seen: Seen,
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    mains: Vec<(String, Main)>,
    display: Option<Display>,
    log: Option<Log>,
    instance: Option<String>,
    status_file: Option<String>,
    transforms: Option<String>,
    language: Option<String>,
    new_instance: bool,
    properties: Vec<(String, String)>,
    implied: Vec<(&'static str, &'static str)>,
    quiet: bool,
    prompt_restart: bool,
}

fn refused<T>(word: &str, what: impl Into<String>) -> Result<T, Refused> {
    Err(Refused {
        word: word.to_owned(),
        what: what.into(),
    })
}

impl Reader<'_> {
    fn next_word(&mut self) -> Option<String> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word.clone())
    }

    /// An option's argument: what is attached to it, else the next word.
    fn argument(&mut self, word: &str, attached: &str, what: &str) -> Result<String, Refused> {
        let text = if attached.is_empty() {
            self.next_word().unwrap_or_default()
        } else {
            attached.to_owned()
        };
        let text = unquoted(&text);
        if text.is_empty() {
            refused(word, format!("needs {what}"))
        } else {
            Ok(text)
        }
    }

    fn main(&mut self, word: &str, main: Main) -> Result<(), Refused> {
        self.seen.mains.push((word.to_owned(), main));
        Ok(())
    }

    fn option(&mut self, word: &str, option: &str) -> Result<(), Refused> {
        let lower = option.to_ascii_lowercase();
        if self.long_option(word, &lower)? {
            return Ok(());
        }
        let mut chars = option.chars();
        let letter = chars.next().map(|c| c.to_ascii_lowercase());
        let rest = chars.as_str();
        const PRODUCT: &str = "a package or a product code";
        match letter {
            Some('i') => {
                let product = self.argument(word, rest, PRODUCT)?;
                self.main(word, Main::Install(product))
            }
            Some('x') => {
                let product = self.argument(word, rest, PRODUCT)?;
                self.main(word, Main::Remove(product))
            }
            Some('a') => {
                let package = self.argument(word, rest, "a package")?;
                self.main(
                    word,
                    Main::Admin {
                        package,
                        patches: None,
                    },
                )
            }
            Some('p') => {
                let patches = self.argument(word, rest, "a patch")?;
                self.main(
                    word,
                    Main::Patch {
                        patches,
                        product: None,
                    },
                )
            }
            Some('y') => {
                let module = self.argument(word, rest, "a module")?;
                self.main(word, Main::Register(module))
            }
            Some('z') => {
                let module = self.argument(word, rest, "a module")?;
                self.main(word, Main::Unregister(module))
            }
            Some('f') => self.repair(word, rest),
            Some('j') => self.advertise(word, rest),
            Some('l') => self.log(word, rest),
            Some('q') => self.display(word, rest),
            Some('n') => self.once(word, rest, "the instance's product code", |seen| {
                &mut seen.instance
            }),
            Some('t') => self.once(word, rest, "a list of transforms", |seen| {
                &mut seen.transforms
            }),
            Some('g') => self.once(word, rest, "a language", |seen| &mut seen.language),
            Some('m') => {
                self.once(word, rest, "a file name", |seen| &mut seen.status_file)?;
                let long = self
                    .seen
                    .status_file
                    .as_ref()
                    .is_some_and(|name| name.chars().count() > 8);
                if long {
                    refused(word, "the name may have eight characters at most")
                } else {
                    Ok(())
                }
            }
            Some('c') if rest.is_empty() => {
                self.seen.new_instance = true;
                Ok(())
            }
            Some('h' | '?') if rest.is_empty() => self.main(word, Main::Help),
            _ => refused(word, "there is no such option"),
        }
    }

    /// The options of the Standard Installer; returns whether it was one.
    fn long_option(&mut self, word: &str, option: &str) -> Result<bool, Refused> {
        match option {
            // Also `--help`, which people of this side type.
            "help" | "-help" => self.main(word, Main::Help)?,
            "package" => {
                let product = self.argument(word, "", "a package or a product code")?;
                self.main(word, Main::Install(product))?;
            }
            "uninstall" => {
                let what = self.argument(word, "", "a package, a product code or patches")?;
                let main = if names_patches(&what) {
                    Main::RemovePatches {
                        patches: what,
                        product: None,
                    }
                } else {
                    Main::Remove(what)
                };
                self.main(word, main)?;
            }
            "update" => {
                let patches = self.argument(word, "", "a patch")?;
                self.main(
                    word,
                    Main::Patch {
                        patches,
                        product: None,
                    },
                )?;
            }
            "log" => self.log(word, "*")?,
            "quiet" => {
                self.seen.quiet = true;
                self.seen.display = Some(Display {
                    level: Level::None,
                    modal_at_end: None,
                    hide_cancel: false,
                });
            }
            "passive" => {
                self.seen.display = Some(Display {
                    level: Level::Basic,
                    modal_at_end: Some(false),
                    hide_cancel: true,
                });
                self.seen.implied.push(("REBOOTPROMPT", "S"));
            }
            "norestart" => self.seen.implied.push(("REBOOT", "ReallySuppress")),
            "forcerestart" => self.seen.implied.push(("REBOOT", "Force")),
            "promptrestart" => {
                self.seen.prompt_restart = true;
                self.seen.implied.push(("REBOOTPROMPT", ""));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn once(
        &mut self,
        word: &str,
        rest: &str,
        what: &str,
        place: fn(&mut Seen) -> &mut Option<String>,
    ) -> Result<(), Refused> {
        let text = self.argument(word, rest, what)?;
        *place(&mut self.seen) = Some(text);
        Ok(())
    }

    /// `/f[letters] product`. A product code may be attached: `/f{CODE}`, `/fomus{CODE}`.
    fn repair(&mut self, word: &str, rest: &str) -> Result<(), Refused> {
        let (letters, attached) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
        let letters = letters.to_ascii_lowercase();
        if let Some(bad) = letters.chars().find(|c| !REINSTALL_LETTERS.contains(*c)) {
            return refused(
                word,
                format!("`{bad}` is not one of the letters {REINSTALL_LETTERS}"),
            );
        }
        let product = self.argument(word, attached, "a package or a product code")?;
        let letters = if letters.is_empty() {
            REINSTALL_DEFAULT.to_owned()
        } else {
            letters
        };
        self.main(word, Main::Repair { letters, product })
    }

    /// `/j[u|m] package`; `/t`, `/g` and `/c` are joined at the end.
    fn advertise(&mut self, word: &str, rest: &str) -> Result<(), Refused> {
        let all_users = match rest.to_ascii_lowercase().as_str() {
            "u" => false,
            "" | "m" => true,
            _ => return refused(word, "is /j, /ju (to the user) or /jm (to all users)"),
        };
        let package = self.argument(word, "", "a package")?;
        self.main(
            word,
            Main::Advertise {
                package,
                all_users,
                transforms: None,
                language: None,
                new_instance: false,
            },
        )
    }

    fn log(&mut self, word: &str, signs: &str) -> Result<(), Refused> {
        let signs = signs.to_ascii_lowercase();
        if let Some(bad) = signs
            .chars()
            .find(|c| !LOG_LETTERS.contains(*c) && !"+!*".contains(*c))
        {
            return refused(
                word,
                format!("`{bad}` is not one of the letters {LOG_LETTERS} or + ! *"),
            );
        }
        let given: String = signs.chars().filter(|c| LOG_LETTERS.contains(*c)).collect();
        let base = match (signs.contains('*'), given.is_empty()) {
            (true, _) => LOG_ALL,
            (false, true) => LOG_DEFAULT,
            (false, false) => "",
        };
        let letters = LOG_LETTERS
            .chars()
            .filter(|c| base.contains(*c) || given.contains(*c))
            .collect();
        let file = self.argument(word, "", "a file for the log")?;
        self.seen.log = Some(Log {
            letters,
            append: signs.contains('+'),
            flush: signs.contains('!'),
            file,
        });
        Ok(())
    }

    /// `/q[n|b|r|f]` and its signs. "Not supported": `/qb+-`; `!` works with basic only.
    fn display(&mut self, word: &str, rest: &str) -> Result<(), Refused> {
        let rest = rest.to_ascii_lowercase();
        let (level, signs) = match rest.chars().next() {
            None => (Level::None, ""),
            Some('n') => (Level::None, &rest[1..]),
            Some('b') => (Level::Basic, &rest[1..]),
            Some('r') => (Level::Reduced, &rest[1..]),
            Some('f') => (Level::Full, &rest[1..]),
            Some(_) => return refused(word, "is /q, /qn, /qb, /qr or /qf"),
        };
        let (modal_at_end, hide_cancel) = match (level, signs) {
            (_, "") => (None, false),
            (Level::None | Level::Basic, "+") => (Some(true), false),
            (Level::Basic, "-") => (Some(false), false),
            (Level::Basic, "!") => (None, true),
            (Level::Basic, "+!" | "!+") => (Some(true), true),
            (Level::Basic, "-!" | "!-") => (Some(false), true),
            _ => return refused(word, format!("`{signs}` is not supported here")),
        };
        self.seen.display = Some(Display {
            level,
            modal_at_end,
            hide_cancel,
        });
        Ok(())
    }

    fn property(&mut self, word: &str) -> Result<(), Refused> {
        let Some((name, value)) = word.split_once('=') else {
            return refused(word, "is neither an option nor PROPERTY=VALUE");
        };
        let starts = name
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !starts
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        {
            return refused(word, format!("`{name}` is not a property's name"));
        }
        self.seen
            .properties
            .push((name.to_ascii_uppercase(), unquoted(value)));
        Ok(())
    }
}

/// Takes off one pair of quotes and halves doubled ones: `"a ""b"" c"` is `a "b" c`.
fn unquoted(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_owned(),
    }
}

/// Are these patches (and not a product)? Every name ends in .msp, or there are several.
fn names_patches(what: &str) -> bool {
    what.contains(';') || what.to_ascii_lowercase().ends_with(".msp")
}

impl Seen {
    fn finish(mut self) -> Result<CommandLine, Refused> {
        if self.quiet && self.prompt_restart {
            return refused("/promptrestart", "cannot be used with /quiet");
        }
        let (word, main) = self.one_main()?;
        let main = self.advertised(&word, main)?;
        // "/f and /j ignore properties on the command line".
        if matches!(main, Main::Repair { .. } | Main::Advertise { .. }) {
            self.properties.clear();
        }
        let implied = self
            .implied
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.properties.extend(implied);
        Ok(CommandLine {
            main,
            display: self.display,
            log: self.log,
            instance: self.instance,
            status_file: self.status_file,
            properties: self.properties,
        })
    }

    /// The main option. Two exclude each other, save /p with /a, and /package with patches.
    fn one_main(&mut self) -> Result<(String, Main), Refused> {
        if let Some(help) = self.mains.iter().position(|(_, main)| *main == Main::Help) {
            return Ok(self.mains.swap_remove(help));
        }
        let mut mains = std::mem::take(&mut self.mains).into_iter();
        let Some((word, first)) = mains.next() else {
            return refused("msiexec", "needs one of /i /f /a /x /j /p (see /?)");
        };
        let Some((other, second)) = mains.next() else {
            return Ok((word, first));
        };
        if let Some((third, _)) = mains.next() {
            return refused(&third, "is one main option too many");
        }
        match joined(&first, &second).or_else(|| joined(&second, &first)) {
            Some(main) => Ok((word, main)),
            None => refused(&other, format!("cannot be used with {word}")),
        }
    }

    fn advertised(&mut self, word: &str, main: Main) -> Result<Main, Refused> {
        let extras = self.transforms.is_some() || self.language.is_some() || self.new_instance;
        match main {
            Main::Advertise {
                package, all_users, ..
            } => {
                if self.new_instance && self.transforms.is_none() {
                    return refused("/c", "needs /t with it");
                }
                let (transforms, language) = (self.transforms.take(), self.language.take());
                Ok(Main::Advertise {
                    package,
                    all_users,
                    transforms,
                    language,
                    new_instance: self.new_instance,
                })
            }
            _ if extras => refused(word, "/t, /g and /c are for /j only"),
            other => Ok(other),
        }
    }
}

/// Joins the two pairs of main options that go together.
fn joined(first: &Main, second: &Main) -> Option<Main> {
    match (first, second) {
        (
            Main::Admin {
                package,
                patches: None,
            },
            Main::Patch {
                patches,
                product: None,
            },
        ) => Some(Main::Admin {
            package: package.clone(),
            patches: Some(patches.clone()),
        }),
        (
            Main::RemovePatches {
                patches,
                product: None,
            },
            Main::Install(product),
        ) => Some(Main::RemovePatches {
            patches: patches.clone(),
            product: Some(product.clone()),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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
        let display =
            |line: &str| read(&format!("/i|a.msi|{line}")).map(|line| line.display.unwrap());
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
}
