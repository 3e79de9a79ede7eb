//! A machine's facts: from `machine.toml`, or read off the hives of a prefix that Wine made.

use super::keys::{SYSTEM, USER};
use super::{Hive, Tree};
use crate::disk::Disk;
use crate::{Architecture, Data, Error, Facts, KeyPath, MachinePath, Root, View};

/// Reads `machine.toml`; what it does not say has its default.
///
/// Errors: [`Error::Facts`] names the line.
pub(super) fn from_toml(text: &[u8]) -> Result<Facts, Error> {
    let text = std::str::from_utf8(text).map_err(|_| Error::Facts("it is not UTF-8".to_owned()))?;
    let mut facts: Facts = toml::from_str(text).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start);
        let line = text[..before.min(text.len())].matches('\n').count() + 1;
        Error::Facts(format!("line {line}: {}", error.message()))
    })?;
    for drive in &mut facts.drives {
        if !drive.is_ascii_alphabetic() {
            return Err(Error::Facts(format!("`{drive}` is no drive letter")));
        }
        drive.make_ascii_uppercase();
    }
    if MachinePath::root('C').join(&facts.user_name).is_err() {
        return Err(Error::Facts(format!(
            "`{}` cannot be a user's name: folders are named after it",
            facts.user_name
        )));
    }
    Ok(facts)
}

/// Writes `machine.toml`.
pub(super) fn to_toml(facts: &Facts) -> Result<String, Error> {
    toml::to_string(facts).map_err(|error| Error::Facts(error.to_string()))
}

impl<D: Disk> Tree<D> {
    /// Reads the facts off a Wine prefix; what cannot be found has its default.
    pub(super) fn facts_of_prefix(&self) -> Result<Facts, Error> {
        let mut facts = Facts::default();
        let (system, user) = (self.hive(SYSTEM)?, self.hive(USER)?);
        let word = system.option("arch").or(user.option("arch"));
        facts.architecture = if word == Some("win32") {
            Architecture::X86
        } else {
            Architecture::X64
        };
        self.windows_version(&mut facts)?;
        if let Some(sid) = user_sid(user) {
            facts.user_sid = sid;
        }
        if let Some(name) = self.user_of_prefix()? {
            facts.user_name = name;
        }
        let computer = self.text(
            "System\\CurrentControlSet\\Control\\ComputerName\\ComputerName",
            "ComputerName",
        )?;
        facts.computer_name = computer.unwrap_or(facts.computer_name);
        self.languages(&mut facts)?;
        facts.drives = self.drives_of_prefix()?;
        Ok(facts)
    }

    fn text(&self, key: &str, name: &str) -> Result<Option<String>, Error> {
        let data = self.value(&KeyPath::new(Root::LocalMachine, key), name)?;
        Ok(data.and_then(|data| data.as_text().map(str::to_owned)))
    }

    fn windows_version(&self, facts: &mut Facts) -> Result<(), Error> {
        let key = "Software\\Microsoft\\Windows NT\\CurrentVersion";
        let number = |name| -> Result<Option<u32>, Error> {
            Ok(
                match self.value(&KeyPath::new(Root::LocalMachine, key), name)? {
                    Some(Data::Dword(number)) => Some(number),
                    _ => None,
                },
            )
        };
        let text = self.text(key, "CurrentVersion")?;
        let parts = text.as_deref().and_then(|text| text.split_once('.'));
        let parts =
            parts.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let major_minor = match (
            number("CurrentMajorVersionNumber")?,
            number("CurrentMinorVersionNumber")?,
        ) {
            (Some(major), Some(minor)) => Some((major, minor)),
            _ => parts,
        };
        let build = self
            .text(key, "CurrentBuildNumber")?
            .and_then(|text| text.parse().ok());
        if let (Some((major, minor)), Some(build)) = (major_minor, build) {
            facts.windows_version = (major, minor, build);
        }
        let pack = self
            .text(key, "CSDVersion")?
            .and_then(|text| text.rsplit(' ').next()?.parse().ok());
        facts.service_pack = pack.unwrap_or(0);
        Ok(())
    }

    fn languages(&self, facts: &mut Facts) -> Result<(), Error> {
        let hexadecimal = |text: &str| {
            u32::from_str_radix(text.trim(), 16)
                .ok()
                .map(|number| number as u16)
        };
        let system = self.text(
            "System\\CurrentControlSet\\Control\\Nls\\Language",
            "Default",
        )?;
        facts.system_language = system
            .as_deref()
            .and_then(hexadecimal)
            .unwrap_or(facts.system_language);
        let key = KeyPath::new(Root::CurrentUser, "Control Panel\\International");
        let user = self.value(&key, "Locale")?;
        facts.user_language = user
            .as_ref()
            .and_then(Data::as_text)
            .and_then(hexadecimal)
            .unwrap_or(facts.system_language);
        Ok(())
    }

    /// The user of a prefix: as the last session noted, else the one folder in `users` that is a user's.
    fn user_of_prefix(&self) -> Result<Option<String>, Error> {
        let profile = self.value(
            &KeyPath::new(Root::CurrentUser, "Volatile Environment"),
            "USERPROFILE",
        )?;
        let named = profile
            .as_ref()
            .and_then(Data::as_text)
            .and_then(|path| MachinePath::parse(path).ok());
        if let Some(name) = named.as_ref().and_then(MachinePath::name) {
            return Ok(Some(name.to_owned()));
        }
        let users = MachinePath::parse("C:\\users")?;
        let shared = ["Public", "Default", "Default User", "All Users"];
        let folders = self
            .list(&users)?
            .unwrap_or_default()
            .into_iter()
            .map(|entry| entry.name);
        let mut own =
            folders.filter(|name| !shared.iter().any(|other| name.eq_ignore_ascii_case(other)));
        Ok(own.next())
    }

    /// Drive C, and the drives whose links stay in the machine.
    fn drives_of_prefix(&self) -> Result<Vec<char>, Error> {
        let mut drives = vec!['C'];
        let listed = self.with_listing("dosdevices", |listing| {
            listing
                .entries()
                .map(|entry| entry.name.clone())
                .collect::<Vec<String>>()
        })?;
        for name in listed.unwrap_or_default() {
            let letter = name
                .strip_suffix(':')
                .and_then(|text| text.parse::<char>().ok());
            let Some(letter) = letter
                .filter(char::is_ascii_alphabetic)
                .map(|c| c.to_ascii_uppercase())
            else {
                continue;
            };
            if letter != 'C' && self.has(&format!("dosdevices/{name}")).unwrap_or(false) {
                drives.push(letter);
            }
        }
        drives.sort_unstable();
        Ok(drives)
    }
}

/// The user's security identifier, as the second line of `user.reg` says it.
fn user_sid(user: &Hive) -> Option<String> {
    let above = user.relative_to()?;
    let sid = above.rsplit('\\').next()?;
    sid.starts_with("S-1-").then(|| sid.to_owned())
}
