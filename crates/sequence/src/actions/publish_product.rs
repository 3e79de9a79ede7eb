//! `PublishProduct`: the product's record, its source list, its transforms and its icons, when it is advertised or
//! a feature of it is being installed.
//!
//! The source is recorded only for packages that have files to look for there, and for what is advertised.
//! DiskPrompt is recorded as its page says ("advertised as a product property"), though other engines leave it empty.
//! Follows: Microsoft, "PublishProduct Action", "Source Resiliency", "TRANSFORMS Property"; the record's form is
//! public knowledge.

use database::Value;
use machine::{Data, KeyPath, View};
use script::{Contents, FileMetadata, Operation};

use crate::actions::Flow;
use crate::media::Media;
use crate::registration::guid;
use crate::registration::places::Places;
use crate::registration::write::{Registrar, packed_version, puts_features};
use crate::reinstall_mode::{Again, writes_again};
use crate::{Error, Outer, Run};

/// What Windows may do with the product's advertisement; the number that other engines write.
const ADVERTISE_FLAGS: u32 = 388;

pub(crate) fn publish_product(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    if run.removes_product() || !(puts_features(run) || run.advertises()) {
        return Ok(Flow::script("PublishProduct", Vec::new()));
    }
    let places = Places::of(run, view)?;
    let mut registrar = Registrar::new(view);
    record(run, &places, view, &mut registrar)?;
    source_list(
        run,
        &places.published_product().join("SourceList"),
        &mut registrar,
    )?;
    for key in places
        .upgrade_code(run.property("UpgradeCode"))
        .into_iter()
        .flatten()
        .skip(1)
    {
        registrar.text(&key, &places.product, "")?;
    }
    transforms(run, &places, view, &mut registrar)?;
    icons(run, &places, view, &mut registrar)?;
    Ok(Flow::script("PublishProduct", registrar.operations()))
}

fn record(
    run: &Run,
    places: &Places,
    view: &dyn View,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    let key = places.published_product();
    registrar.text(&key, "ProductName", run.property("ProductName"))?;
    registrar.text(
        &key,
        "PackageCode",
        &guid::pack(run.database().summary()?.package_code()).unwrap_or_default(),
    )?;
    registrar.number(
        &key,
        "Language",
        run.property("ProductLanguage").trim().parse().unwrap_or(0),
    )?;
    registrar.number(
        &key,
        "Version",
        packed_version(run.property("ProductVersion")),
    )?;
    registrar.number(&key, "AdvertiseFlags", ADVERTISE_FLAGS)?;
    registrar.number(&key, "Assignment", 0)?;
    registrar.number(&key, "AuthorizedLUAApp", 0)?;
    let is_instance = run.product().is_some_and(|product| product.instance)
        || !run.property("MSINEWINSTANCE").is_empty();
    registrar.number(&key, "InstanceType", u32::from(is_instance))?;
    let client = match &run.request().outer {
        Outer::Parent { product_code, .. } => product_code,
        Outer::None | Outer::Replacing => ":",
    };
    registrar.string(&key, "Clients", client)?;
    let icon = run.property("ARPPRODUCTICON");
    if !icon.is_empty() {
        let path = format!("{}\\{icon}", places.icon_folder(view)?);
        registrar.text(&key, "ProductIcon", &path)?;
    }
    let transforms = &run.request().transforms.list;
    if !transforms.is_empty() {
        registrar.text(&key, "Transforms", transforms)?;
    }
    Ok(())
}

/// Keeps the transforms that are files; one that is kept stays as it is.
fn transforms(
    run: &Run,
    places: &Places,
    view: &dyn View,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    for (number, file) in run.request().transforms.files.iter().enumerate() {
        let folder = places.transform_folder(view, file.secured)?;
        let to = folder.join(&file.name).map_err(machine::Error::from)?;
        if !view.is_file(&to)? {
            registrar.push(Operation::FileCopy {
                from: Contents::Given(number),
                to,
                metadata: FileMetadata::default(),
            });
        }
    }
    Ok(())
}

fn source_list(run: &Run, key: &KeyPath, registrar: &mut Registrar<'_>) -> Result<(), Error> {
    let source = &run.request().source;
    registrar.text(key, "PackageName", &source.name)?;
    let has_files = !run.costs.files.is_empty();
    // What is advertised has no copy of its package: it is installed, and removed, with the one at the source.
    if has_files || run.advertises() {
        registrar.text(key, "LastUsedSource", &format!("n;1;{}", source.folder))?;
        registrar.set(&key.join("Net"), "1", Data::ExpandSz(source.folder.clone()))?;
    }
    let disks = key.join("Media");
    registrar.text(&disks, "DiskPrompt", run.property("DiskPrompt"))?;
    registrar.text(&disks, "MediaPackage", run.property("MEDIAPACKAGEPATH"))?;
    for disk in Media::read(run.database())?
        .disks()
        .iter()
        .filter(|_| has_files)
    {
        let label = format!("{};{}", disk.volume_label, disk.prompt);
        registrar.text(&disks, &disk.id.to_string(), &label)?;
    }
    Ok(())
}

fn icons(
    run: &Run,
    places: &Places,
    view: &dyn View,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    let table = run.database().rows("Icon")?;
    let folder = places.icon_folder(view)?;
    for row in table.records() {
        let to = folder
            .join(row.required("Name")?)
            .map_err(machine::Error::from)?;
        let Value::Stream(stream) = row.value("Data") else {
            continue;
        };
        if !view.is_file(&to)? || writes_again(run, Again::Shortcuts) && run.was_installed() {
            let from = Contents::Stream(stream.to_string());
            registrar.push(Operation::FileCopy {
                from,
                to,
                metadata: FileMetadata::default(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn record_sources_and_icons() {
        check(
            r"
            set ARPPRODUCTICON app.ico
            Icon app.ico|Icon.app.ico
            Media 1|9|Disk one|#a.cab|LABEL|
            File a|Tool|a.txt|10|||0|1
            run PublishProduct",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=ProductName,Value=App)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=PackageCode,Value=E0000000000000000000000000000010)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=Language,Value=#1033)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=Version,Value=#16908291)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=AdvertiseFlags,Value=#388)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=Assignment,Value=#0)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=AuthorizedLUAApp,Value=#0)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=InstanceType,Value=#0)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=Clients,Value=:)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC,Name=ProductIcon,Value=C:\windows\Installer\{12345678-0000-0000-0000-00000000ABCD}\app.ico)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC\SourceList,Name=PackageName,Value=app.msi)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC\SourceList,Name=LastUsedSource,Value=n;1;C:\source\)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC\SourceList\Net,Name=1,Value=#%C:\source\)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC\SourceList\Media,Name=DiskPrompt,Value=)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC\SourceList\Media,Name=MediaPackage,Value=)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Products\8765432100000000000000000000BADC\SourceList\Media,Name=1,Value=LABEL;Disk one)
                RegAddValue(Key=HKLM\Software\Classes\Installer\UpgradeCodes\F0000000000000000000000000000010,Name=8765432100000000000000000000BADC,Value=)
                FileCopy(SourceStream=Icon.app.ico,DestName=C:\windows\Installer\{12345678-0000-0000-0000-00000000ABCD}\app.ico)
            "#]],
        );
    }

    #[test]
    fn a_run_that_installs_no_feature_publishes_nothing() {
        check(
            r"
            state Main local absent
            run PublishProduct",
            expect![[""]],
        );
    }
}
