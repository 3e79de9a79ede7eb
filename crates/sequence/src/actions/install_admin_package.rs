//! `InstallAdminPackage`: the package itself in an administrative image: its cabinets taken out, its word count and
//! the properties that are to be kept put in.
//!
//! The tables stay as they are, so that transforms and patches for the package fit its image. The signature goes: it
//! would not be true any more. Where names are short, and only there, the image says so.
//! Follows: Microsoft, "InstallAdminPackage Action", "Word Count Summary", "Last Saved By Summary", "Last Printed
//! Summary", "Digital Signatures and Windows Installer".

use database::word_count;
use machine::View;
use script::{Contents, FileMetadata, Operation, PackageImage};

use crate::actions::Flow;
use crate::directory::with_backslash;
use crate::media::Media;
use crate::{ActionResult, Error, Run, TopLevel, admin_properties};

/// Streams with the signature of the package as it was.
const SIGNATURES: [&str; 2] = ["\u{5}DigitalSignature", "\u{5}MsiDigitalSignatureEx"];

pub(crate) fn install_admin_package(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    if run.request().top_level != TopLevel::Admin {
        return Ok(Flow::script("InstallAdminPackage", Vec::new()));
    }
    let folder = run.folder("Directory", "TARGETDIR", "TARGETDIR")?;
    let source = with_backslash(&run.request().source.folder);
    if machine::same_name(&folder.as_folder(), &source) {
        let message = format!("TARGETDIR {source} is the package's own folder");
        return Ok(Flow::Stop(ActionResult::Failure, 1603, message));
    }
    let to = folder.join(&file_name(run)).map_err(machine::Error::from)?;
    let operation = Operation::FileCopy {
        from: Contents::Image(image(run)?),
        to,
        metadata: FileMetadata::default(),
    };
    Ok(Flow::script("InstallAdminPackage", vec![operation]))
}

/// The package's own name. A folder of text tables becomes a file, with a file's name.
fn file_name(run: &Run) -> String {
    let name = run.request().source.name.clone();
    if name.contains('.') {
        name
    } else {
        name + ".msi"
    }
}

fn image(run: &Run) -> Result<PackageImage, Error> {
    let streams = Media::read(run.database())?;
    let streams = streams.disks().iter().filter_map(|disk| {
        let cabinet = disk.cabinet.as_deref()?.strip_prefix('#')?;
        Some(cabinet.to_owned())
    });
    let word_count = run.database().summary()?.word_count().unwrap_or(0);
    let kept = word_count & !(word_count::COMPRESSED | word_count::SHORT_NAMES);
    let short = match run.short_names() {
        true => word_count::SHORT_NAMES,
        false => 0,
    };
    Ok(PackageImage {
        without: streams.chain(SIGNATURES.map(str::to_owned)).collect(),
        word_count: kept | word_count::ADMINISTRATIVE | short,
        made_by: run.property("LogonUser").to_owned(),
        made: run.request().clock.now,
        properties: admin_properties::to_keep(run)?,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn the_package_is_below_the_target() {
        check(
            r"
            admin
            set TARGETDIR C:\image\
            Media 1|9||#a.cab||
            run InstallAdminPackage",
            expect![[r#"
                FileCopy(SourceName=the package without its cabinets,DestName=C:\image\app.msi)
            "#]],
        );
    }

    #[test]
    fn only_an_administrative_installation_has_an_image() {
        check(
            r"
            set TARGETDIR C:\image\
            run InstallAdminPackage",
            expect![[""]],
        );
    }

    #[test]
    fn a_package_is_not_written_over_itself() {
        check(
            r"
            admin
            set TARGETDIR c:/SOURCE
            run InstallAdminPackage",
            expect![[r#"
                1603: TARGETDIR C:\source\ is the package's own folder
            "#]],
        );
    }
}
