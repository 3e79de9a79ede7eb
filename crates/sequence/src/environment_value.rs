//! Rows of the Environment table, and what they make of a variable.
//!
//! A name without `=`, `+`, `-` and `!` is taken as `=-`, which the page calls the usual behaviour.
//! Follows: Microsoft, "Environment Table", "WriteEnvironmentStrings Action", "RemoveEnvironmentStrings Action".

use machine::same_name;

/// A row of the Environment table, its name's signs and its formatted value taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EnvironmentValue {
    /// The variable.
    pub name: String,
    /// `*`: the machine's variable, not the user's.
    pub system: bool,
    on_install: OnInstall,
    /// `-`: taken away with the component.
    on_remove: bool,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum OnInstall {
    Nothing,
    Set,
    Create,
    Remove,
}

/// What the row's value is of the variable's.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// All of it; empty: the variable is removed.
    Whole(String),
    /// Its end, after a separator.
    End { separator: String, value: String },
    /// Its beginning, before a separator.
    Beginning { value: String, separator: String },
}

/// What becomes of a variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// It stays as it is.
    Keep,
    /// It gets this value.
    Set(String),
    /// It goes.
    Remove,
}

impl EnvironmentValue {
    /// Reads `Environment.Name` and the formatted `Environment.Value`, in which `[~]` is a null character.
    ///
    /// Errors: what is wrong with the name's signs or the value.
    pub(crate) fn parse(name: &str, value: &str) -> Result<EnvironmentValue, &'static str> {
        let bare = name.trim_start_matches(['=', '+', '-', '!', '*']);
        let signs = &name[..name.len() - bare.len()];
        let (set, create, remove) = (
            signs.contains('='),
            signs.contains('+'),
            signs.contains('!'),
        );
        let on_install = match (set, create, remove) {
            (true, false, false) => OnInstall::Set,
            (false, true, false) => OnInstall::Create,
            (false, false, true) => OnInstall::Remove,
            (false, false, false) if signs.contains('-') => OnInstall::Nothing,
            (false, false, false) => OnInstall::Set,
            _ => return Err("of =, + and ! a name can have only one"),
        };
        if bare.is_empty() {
            return Err("it names no variable");
        }
        let part = Part::parse(value);
        if create && part.is_part() {
            return Err("+ does not go with [~]");
        }
        let usual = !set && !create && !remove;
        let on_remove = usual || signs.contains('-');
        Ok(EnvironmentValue {
            name: bare.to_owned(),
            system: signs.contains('*'),
            on_install,
            on_remove,
            part,
        })
    }

    /// Returns what installing the component makes of the variable's present value.
    pub(crate) fn installed(&self, present: Option<&str>) -> Change {
        match self.on_install {
            OnInstall::Nothing => Change::Keep,
            OnInstall::Create if present.is_some() => Change::Keep,
            OnInstall::Remove => self.part.taken_from(present),
            OnInstall::Set | OnInstall::Create => self.part.put_into(present),
        }
    }

    /// Returns what removing the component makes of the variable's present value.
    pub(crate) fn removed(&self, present: Option<&str>) -> Change {
        if self.on_remove {
            self.part.taken_from(present)
        } else {
            Change::Keep
        }
    }
}

impl Part {
    fn parse(value: &str) -> Part {
        if let Some(rest) = value.strip_prefix('\0') {
            let at = rest.len() - rest.trim_start_matches(is_separator).len();
            return Part::End {
                separator: rest[..at].to_owned(),
                value: rest[at..].to_owned(),
            };
        }
        if let Some(rest) = value.strip_suffix('\0') {
            let at = rest.trim_end_matches(is_separator).len();
            return Part::Beginning {
                value: rest[..at].to_owned(),
                separator: rest[at..].to_owned(),
            };
        }
        Part::Whole(value.to_owned())
    }

    fn is_part(&self) -> bool {
        !matches!(self, Part::Whole(_))
    }

    fn put_into(&self, present: Option<&str>) -> Change {
        let present = present.unwrap_or("");
        match self {
            Part::Whole(value) if value.is_empty() => Change::Remove,
            Part::Whole(value) => Change::Set(value.clone()),
            Part::End { value, separator } | Part::Beginning { value, separator }
                if holds(present, value, separator) =>
            {
                Change::Keep
            }
            Part::End { value, .. } | Part::Beginning { value, .. } if present.is_empty() => {
                Change::Set(value.clone())
            }
            Part::End { value, separator }
                if !separator.is_empty() && present.ends_with(separator.as_str()) =>
            {
                Change::Set(format!("{present}{value}"))
            }
            Part::End { value, separator } => Change::Set(format!("{present}{separator}{value}")),
            Part::Beginning { value, separator } => {
                Change::Set(format!("{value}{separator}{present}"))
            }
        }
    }

    fn taken_from(&self, present: Option<&str>) -> Change {
        let Some(present) = present else {
            return Change::Keep;
        };
        match self {
            Part::Whole(value) if value.is_empty() || value == present => Change::Remove,
            Part::Whole(_) => Change::Keep,
            Part::End { value, separator } | Part::Beginning { value, separator } => {
                if !holds(present, value, separator) {
                    return Change::Keep;
                }
                let left = without(present, value, separator);
                if left.is_empty() {
                    Change::Remove
                } else {
                    Change::Set(left)
                }
            }
        }
    }
}

/// Characters that part a value from its neighbour in a list.
fn is_separator(c: char) -> bool {
    matches!(c, ';' | ',' | ':' | '|' | '+') || c.is_whitespace()
}

fn holds(present: &str, value: &str, separator: &str) -> bool {
    if separator.is_empty() {
        return !value.is_empty() && present.contains(value);
    }
    present.split(separator).any(|item| same_name(item, value))
}

/// Takes the value away at its last place, with one separator.
fn without(present: &str, value: &str, separator: &str) -> String {
    if separator.is_empty() {
        return present.replacen(value, "", 1);
    }
    let mut items: Vec<&str> = present.split(separator).collect();
    if let Some(at) = items.iter().rposition(|item| same_name(item, value)) {
        items.remove(at);
    }
    items.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(change: Change) -> String {
        match change {
            Change::Keep => "keep".to_owned(),
            Change::Remove => "remove".to_owned(),
            Change::Set(value) => format!("={value}"),
        }
    }

    /// Each line: name, value (`~` is the null character), present value (`-` none), on install, on removal.
    const CASES: &str = "
        =-*PATH  ~;C:\\new       C:\\old                 =C:\\old;C:\\new          keep
        =-*PATH  ~;C:\\new       C:\\old;C:\\new;C:\\x   keep                      =C:\\old;C:\\x
        =-*PATH  ~;C:\\new       C:\\old;c:\\NEW         keep                      =C:\\old
        =-*PATH  ~;C:\\new       C:\\old;                =C:\\old;C:\\new          keep
        =-*PATH  C:\\new;~       C:\\old                 =C:\\new;C:\\old          keep
        =-*PATH  ~;C:\\new       -                       =C:\\new                  keep
        =-*PATH  ~;C:\\new       C:\\new                 keep                      remove
        =-HOME   C:\\a           -                       =C:\\a                    keep
        =-HOME   C:\\a           C:\\b                   =C:\\a                    keep
        =-HOME   C:\\a           C:\\a                   =C:\\a                    remove
        HOME     C:\\a           C:\\a                   =C:\\a                    remove
        =HOME    C:\\a           C:\\a                   =C:\\a                    keep
        +-HOME   C:\\a           C:\\b                   keep                      keep
        +-HOME   C:\\a           -                       =C:\\a                    keep
        -HOME    C:\\a           C:\\a                   keep                      remove
        !HOME    C:\\a           C:\\a                   remove                    keep
        !HOME    C:\\a           C:\\b                   keep                      keep
        !-HOME   ''              C:\\b                   remove                    remove
        =HOME    ''              C:\\b                   remove                    keep
        -HOME    ''              C:\\b                   keep                      remove
        !*PATH   ~;C:\\a         C:\\a;C:\\b             =C:\\b                    keep";

    #[test]
    fn signs_and_values_as_the_page_has_them() {
        for line in CASES.lines().filter(|line| !line.trim().is_empty()) {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let value = cells[1].replace('~', "\0").replace("''", "");
            let row = EnvironmentValue::parse(cells[0], &value).unwrap();
            let present = (cells[2] != "-").then_some(cells[2]);
            assert_eq!(show(row.installed(present)), cells[3], "install: {line}");
            assert_eq!(show(row.removed(present)), cells[4], "remove: {line}");
        }
    }

    #[test]
    fn what_was_appended_comes_off_again() {
        let row = EnvironmentValue::parse("=-*PATH", "\0;C:\\new").unwrap();
        assert!(row.system && row.name == "PATH");
        for before in ["C:\\old", "C:\\a;C:\\b"] {
            let Change::Set(with) = row.installed(Some(before)) else {
                panic!("{before}")
            };
            assert_eq!(row.removed(Some(&with)), Change::Set(before.to_owned()));
        }
    }

    #[test]
    fn signs_that_exclude_each_other_are_refused() {
        for name in ["=+A", "!+A", "!=A", "*", "=-"] {
            assert!(EnvironmentValue::parse(name, "x").is_err(), "{name}");
        }
        assert!(EnvironmentValue::parse("+A", "\0;x").is_err());
    }
}
