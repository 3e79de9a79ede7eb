//! Whether a file of the package replaces the one on the machine.
//!
//! Follows: Microsoft, "File Versioning Rules", "Replacing Existing Files" (its examples are the test),
//! "REINSTALLMODE Property", "Companion Files". Where the pages disagree: of two files with one version, the
//! package's wins exactly where it has a language that the other lacks; an unversioned file that was created
//! after it was changed counts as changed by nobody.

use std::time::SystemTime;

use md5::{Digest, Md5};

use machine::{MachinePath, View};

use crate::costing::File;
use crate::file_version::file_version;
use crate::version::{Version, languages};
use crate::{Component, Error, Run};

/// `File.Attributes` bit 1024: the file has a checksum.
const CHECKSUM: i32 = 1024;

/// A file on the machine, as far as the rules ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnDisk {
    /// Its version, where it has one.
    pub version: Option<Version>,
    /// The languages of its version resource, as text.
    pub languages: String,
    /// It was changed after it was made.
    pub modified: bool,
    /// Its hash equals that of the package's file; none: the package has none.
    pub same_hash: Option<bool>,
}

/// How the two files stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The package's is newer, or the machine's lacks something.
    PackageWins,
    /// They are the same.
    Equal,
    /// The machine's is newer, or has data of the user.
    DiskWins,
}

fn standing(version: Option<Version>, language: &str, disk: &OnDisk) -> Standing {
    match (version, disk.version) {
        (Some(package), Some(on_disk)) if package > on_disk => Standing::PackageWins,
        (Some(package), Some(on_disk)) if package < on_disk => Standing::DiskWins,
        (Some(_), Some(_)) if languages(language).is_subset(&languages(&disk.languages)) => {
            Standing::Equal
        }
        (Some(_), Some(_)) | (Some(_), None) => Standing::PackageWins,
        (None, Some(_)) => Standing::DiskWins,
        (None, None) if disk.same_hash == Some(true) => Standing::Equal,
        (None, None) if disk.modified => Standing::DiskWins,
        (None, None) => Standing::PackageWins,
    }
}

/// Does the package's file replace the one on the machine, in a mode of REINSTALLMODE?
pub(crate) fn replaces(
    version: Option<Version>,
    language: &str,
    checksum: bool,
    disk: &OnDisk,
    mode: &str,
) -> bool {
    let has = |letter: char| mode.chars().any(|c| c.eq_ignore_ascii_case(&letter));
    let standing = standing(version, language, disk);
    has('a')
        || (has('c') && checksum)
        || ((has('o') || has('e') || has('d')) && standing == Standing::PackageWins)
        || (has('e') && standing == Standing::Equal)
        || (has('d')
            && (version != disk.version || (version.is_none() && disk.same_hash == Some(false))))
}

/// The letters of REINSTALLMODE in force.
pub(crate) fn mode(run: &Run) -> &str {
    let mode = run.property("REINSTALLMODE");
    if mode.is_empty() { "omus" } else { mode }
}

/// Must a file be written, given that its component is installed in this run?
///
/// Errors: the machine cannot be read; the file's folder is no path of the machine.
pub(crate) fn installs(run: &Run, view: &dyn View, file: &File) -> Result<bool, Error> {
    let target = run.file_target("File", &file.key, &file.key)?;
    if !view.is_file(&target)? {
        return brings_back(run, file);
    }
    match companion_parent(run, file) {
        Some(parent) => {
            let equal = mode(run).to_ascii_lowercase().contains(['o', 'e'])
                && equals_parent(run, view, parent)?;
            Ok(equal || installs_own(run, view, parent)?)
        }
        None => installs_own(run, view, file),
    }
}

/// Does a missing file come? Where its component is only installed again, every letter about files says so.
fn brings_back(run: &Run, file: &File) -> Result<bool, Error> {
    let component = run.component("File", &file.key, &file.component)?;
    let about_files = |letter: char| "poedca".contains(letter.to_ascii_lowercase());
    Ok(!component.installed.installs() || mode(run).contains(about_files))
}

fn installs_own(run: &Run, view: &dyn View, file: &File) -> Result<bool, Error> {
    let target = run.file_target("File", &file.key, &file.key)?;
    if !view.is_file(&target)? {
        return Ok(true);
    }
    let disk = on_disk(view, &target, file)?;
    let checksum = file.attributes & CHECKSUM != 0;
    Ok(replaces(
        Version::parse(&file.version),
        &file.language,
        checksum,
        &disk,
        mode(run),
    ))
}

/// The file that another one accompanies: Version holds its key.
fn companion_parent<'a>(run: &'a Run, file: &File) -> Option<&'a File> {
    let parent = run.costs.file(&file.version)?;
    (parent.key != file.key && run.costs.file(&parent.version).is_none()).then_some(parent)
}

fn equals_parent(run: &Run, view: &dyn View, parent: &File) -> Result<bool, Error> {
    let target = run.file_target("File", &parent.key, &parent.key)?;
    let disk = if view.is_file(&target)? {
        on_disk(view, &target, parent)?.version
    } else {
        None
    };
    Ok(disk.is_some() && disk == Version::parse(&parent.version))
}

/// Is the component's key file on the machine in a higher version? Then the component is left as it is.
///
/// Errors: the machine cannot be read.
pub(crate) fn newer_key_file_is_there(
    run: &Run,
    view: &dyn View,
    component: &Component,
) -> Result<bool, Error> {
    let by_version = |letter: char| matches!(letter, 'a' | 'A' | 'd' | 'D');
    if component.has(Component::REGISTRY_KEY_PATH)
        || component.has(Component::ODBC_DATA_SOURCE)
        || mode(run).contains(by_version)
    {
        return Ok(false);
    }
    let Some(file) = component
        .key_path
        .as_deref()
        .and_then(|key| run.costs.file(key))
    else {
        return Ok(false);
    };
    let Some(version) = Version::parse(&file.version) else {
        return Ok(false);
    };
    let target = run.file_target("File", &file.key, &file.key)?;
    Ok(view.is_file(&target)?
        && on_disk(view, &target, file)?
            .version
            .is_some_and(|on_disk| on_disk > version))
}

/// Looks at a file on the machine.
fn on_disk(view: &dyn View, path: &MachinePath, file: &File) -> Result<OnDisk, Error> {
    let Some(metadata) = view.metadata(path)? else {
        return Ok(OnDisk::default());
    };
    let (version, languages) = file_version(view, path)?;
    let unversioned = version.is_none() && Version::parse(&file.version).is_none();
    let same_hash = match file.hash.filter(|_| unversioned) {
        Some(hash) => Some(metadata.size == file.size && file_hash(view, path)? == Some(hash)),
        None => None,
    };
    Ok(OnDisk {
        version,
        languages,
        modified: seconds(metadata.modified) > seconds(metadata.created),
        same_hash,
    })
}

/// Returns the hash of a file's contents, as MsiGetFileHash has it; none where they are not written yet.
///
/// Errors: the file cannot be read.
pub fn file_hash(view: &dyn View, path: &MachinePath) -> Result<Option<[u8; 16]>, Error> {
    if view
        .planned(path)
        .is_some_and(|planned| planned.bytes.is_none())
    {
        return Ok(None);
    }
    let mut file = view.open(path)?;
    let mut hash = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer);
        match read.map_err(|source| machine::Error::Io {
            what: "read",
            path: path.to_string(),
            source,
        })? {
            0 => return Ok(Some(hash.finalize().into())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Whole seconds: what archives and file systems keep.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(version: &str, languages: &str, modified: bool, same_hash: Option<bool>) -> OnDisk {
        OnDisk {
            version: Version::parse(version),
            languages: languages.to_owned(),
            modified,
            same_hash,
        }
    }

    /// The ten files of the page "Replacing Existing Files": FileA to FileJ.
    #[test]
    fn the_examples_of_replacing_existing_files() {
        let (eng, frn, ger, itn, spn) = ("1033", "1036", "1031", "1040", "1034");
        let list = |languages: &[&str]| languages.join(",");
        let cases = [
            (
                'A',
                ("1.0.0", list(&[eng])),
                disk("1.0.0", eng, false, None),
                false,
            ),
            (
                'B',
                ("1.0.0", list(&[eng])),
                disk("2.0.0", eng, false, None),
                false,
            ),
            (
                'C',
                ("2.0.0", list(&[eng])),
                disk("1.0.0", eng, false, None),
                true,
            ),
            (
                'D',
                ("2.0.0", list(&[frn])),
                disk("1.0.0", eng, true, None),
                true,
            ),
            ('E', ("", String::new()), disk("", "", false, None), true),
            ('F', ("", String::new()), disk("", "", true, None), false),
            (
                'G',
                ("1.0.0", list(&[frn])),
                disk("1.0.0", eng, false, None),
                true,
            ),
            (
                'H',
                ("1.0.0", list(&[itn, eng, ger])),
                disk("1.0.0", &list(&[eng, frn, spn]), false, None),
                true,
            ),
            (
                'I',
                ("1.0.0", list(&[eng, frn, spn])),
                disk("1.0.0", &list(&[eng, frn]), false, None),
                true,
            ),
            (
                'J',
                ("1.0.0", list(&[ger])),
                disk("1.0.0", &list(&[eng, ger, itn]), false, None),
                false,
            ),
        ];
        for (file, (version, language), disk, expected) in cases {
            assert_eq!(
                replaces(Version::parse(version), &language, false, &disk, "omus"),
                expected,
                "File{file}"
            );
        }
    }

    #[test]
    fn letters_of_reinstallmode() {
        let older = disk("1.0", "", false, None);
        let equal = disk("2.0", "", false, None);
        let newer = disk("3.0", "", false, None);
        let hashed = disk("", "", true, Some(false));
        let same = disk("", "", false, Some(true));
        let cases = [
            ("p", [false; 5]),
            ("o", [true, false, false, false, false]),
            ("e", [true, true, false, false, true]),
            ("d", [true, false, true, true, false]),
            ("a", [true; 5]),
            ("A", [true; 5]),
            ("mus", [false; 5]),
        ];
        for (mode, expected) in cases {
            let found = [
                replaces(Version::parse("2.0"), "", false, &older, mode),
                replaces(Version::parse("2.0"), "", false, &equal, mode),
                replaces(Version::parse("2.0"), "", false, &newer, mode),
                replaces(None, "", false, &hashed, mode),
                replaces(None, "", false, &same, mode),
            ];
            assert_eq!(found, expected, "{mode}");
        }
    }
}
