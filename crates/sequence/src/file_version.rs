//! Version and languages of a file on the machine: of a planned file as its package says, else of its version
//! resource. Fonts' versions are not read.

use machine::{MachinePath, View};

use crate::Error;
use crate::version::Version;

/// Version and languages as text with commas; a file without them has none.
///
/// Errors: the machine cannot be read. A damaged executable has no version.
pub(crate) fn file_version(
    view: &dyn View,
    path: &MachinePath,
) -> Result<(Option<Version>, String), Error> {
    if let Some(planned) = view.planned(path) {
        let version = planned.version.as_deref().and_then(Version::parse);
        return Ok((version, planned.language.clone().unwrap_or_default()));
    }
    let Some(found) = machine::file_version(view, path)? else {
        return Ok((None, String::new()));
    };
    let languages: Vec<String> = found.languages.iter().map(u16::to_string).collect();
    let version = Version(found.version.0.map(u32::from));
    Ok((Some(version), languages.join(",")))
}
