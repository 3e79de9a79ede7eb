//! The words of a command line, one after the other.

use super::seen::Seen;
use super::{Display, Level, Log, Main, Refused, refused};

/// Letters of REINSTALLMODE, and what `/f` alone means.
const REINSTALL_LETTERS: &str = "poedcaumsv";
const REINSTALL_DEFAULT: &str = "omus";
/// Letters of the log; `*` means all but the last two, no letters the default.
const LOG_LETTERS: &str = "iwearucmopvx";
const LOG_ALL: &str = "iwearucmop";
const LOG_DEFAULT: &str = "iwearmo";
/// What most main options are about.
const PRODUCT: &str = "a package or a product code";

/// Words being read.
pub(super) struct Reader<'a> {
    words: &'a [String],
    at: usize,
    seen: Seen,
}

impl<'a> Reader<'a> {
    pub fn new(words: &'a [String]) -> Reader<'a> {
        Reader {
            words,
            at: 0,
            seen: Seen::default(),
        }
    }

    /// Reads all words.
    ///
    /// Errors: [`Refused`] names the first that does not fit.
    pub fn read(mut self) -> Result<Seen, Refused> {
        while let Some(word) = self.next_word() {
            match word.strip_prefix(['/', '-']) {
                Some(option) => self.option(&word, option)?,
                None => self.property(&word)?,
            }
        }
        Ok(self.seen)
    }

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

    fn option(&mut self, word: &str, option: &str) -> Result<(), Refused> {
        let lower = option.to_ascii_lowercase();
        if self.long_modifier(word, &lower)? {
            return Ok(());
        }
        let main = match self.long_main(word, &lower)? {
            Some(main) => main,
            None => {
                let mut chars = option.chars();
                let letter = chars.next().map(|c| c.to_ascii_lowercase());
                match self.short_main(word, letter, chars.as_str())? {
                    Some(main) => main,
                    None => return self.short_modifier(word, letter, chars.as_str()),
                }
            }
        };
        self.seen.mains.push((word.to_owned(), main));
        Ok(())
    }

    /// A main option of one letter.
    fn short_main(
        &mut self,
        word: &str,
        letter: Option<char>,
        rest: &str,
    ) -> Result<Option<Main>, Refused> {
        Ok(Some(match letter {
            Some('i') => Main::Install(self.argument(word, rest, PRODUCT)?),
            Some('x') => Main::Remove(self.argument(word, rest, PRODUCT)?),
            Some('a') => Main::Admin {
                package: self.argument(word, rest, "a package")?,
                patches: None,
            },
            Some('p') => Main::Patch {
                patches: self.argument(word, rest, "a patch")?,
                product: None,
            },
            Some('y') => Main::Register(self.argument(word, rest, "a module")?),
            Some('z') => Main::Unregister(self.argument(word, rest, "a module")?),
            Some('f') => self.repair(word, rest)?,
            Some('j') => self.advertise(word, rest)?,
            Some('h' | '?') if rest.is_empty() => Main::Help,
            _ => return Ok(None),
        }))
    }

    /// An option of one letter that goes with a main one.
    fn short_modifier(
        &mut self,
        word: &str,
        letter: Option<char>,
        rest: &str,
    ) -> Result<(), Refused> {
        match letter {
            Some('l') => self.log(word, rest)?,
            Some('q') => self.display(word, rest)?,
            Some('n') => {
                let instance = self.argument(word, rest, "the instance's product code")?;
                self.seen.instance = Some(instance);
            }
            Some('t') => {
                let transforms = self.argument(word, rest, "a list of transforms")?;
                self.seen.transforms = Some(transforms);
            }
            Some('g') => self.seen.language = Some(self.argument(word, rest, "a language")?),
            Some('m') => {
                let name = self.argument(word, rest, "a file name")?;
                if name.chars().count() > 8 {
                    return refused(word, "the name may have eight characters at most");
                }
                self.seen.status_file = Some(name);
            }
            Some('c') if rest.is_empty() => self.seen.new_instance = true,
            _ => return refused(word, "there is no such option"),
        }
        Ok(())
    }

    /// A main option of the Standard Installer.
    fn long_main(&mut self, word: &str, option: &str) -> Result<Option<Main>, Refused> {
        Ok(Some(match option {
            // Also `--help`, which people of this side type.
            "help" | "-help" => Main::Help,
            "package" => Main::Install(self.argument(word, "", PRODUCT)?),
            "uninstall" => {
                let what = self.argument(word, "", "a package, a product code or patches")?;
                match names_patches(&what) {
                    true => Main::RemovePatches {
                        patches: what,
                        product: None,
                    },
                    false => Main::Remove(what),
                }
            }
            "update" => Main::Patch {
                patches: self.argument(word, "", "a patch")?,
                product: None,
            },
            _ => return Ok(None),
        }))
    }

    /// An option of the Standard Installer that goes with a main one; returns whether it was one.
    fn long_modifier(&mut self, word: &str, option: &str) -> Result<bool, Refused> {
        let display = |level, modal_at_end, hide_cancel| {
            Some(Display {
                level,
                modal_at_end,
                hide_cancel,
            })
        };
        match option {
            "log" => self.log(word, "*")?,
            "quiet" => {
                self.seen.quiet = true;
                self.seen.display = display(Level::None, None, false);
            }
            "passive" => {
                self.seen.display = display(Level::Basic, Some(false), true);
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

    /// `/f[letters] product`. A product code may be attached: `/f{CODE}`, `/fomus{CODE}`.
    fn repair(&mut self, word: &str, rest: &str) -> Result<Main, Refused> {
        let (letters, attached) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
        let letters = letters.to_ascii_lowercase();
        if let Some(bad) = letters.chars().find(|c| !REINSTALL_LETTERS.contains(*c)) {
            return refused(
                word,
                format!("`{bad}` is not one of the letters {REINSTALL_LETTERS}"),
            );
        }
        let product = self.argument(word, attached, PRODUCT)?;
        let letters = if letters.is_empty() {
            REINSTALL_DEFAULT.to_owned()
        } else {
            letters
        };
        Ok(Main::Repair { letters, product })
    }

    /// `/j[u|m] package`; `/t`, `/g` and `/c` are joined at the end.
    fn advertise(&mut self, word: &str, rest: &str) -> Result<Main, Refused> {
        let all_users = match rest.to_ascii_lowercase().as_str() {
            "u" => false,
            "" | "m" => true,
            _ => return refused(word, "is /j, /ju (to the user) or /jm (to all users)"),
        };
        Ok(Main::Advertise {
            package: self.argument(word, "", "a package")?,
            all_users,
            transforms: None,
            language: None,
            new_instance: false,
        })
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
