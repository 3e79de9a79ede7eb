//! `RegisterProduct`: the product in the list of programs and among the installed products, and its package in
//! the cache.
//!
//! A registered product is registered again only when its package is cached again (REINSTALLMODE `v`).
//! Follows: Microsoft, "RegisterProduct Action", "Uninstall Registry Key", the pages of the ARP properties.

use machine::{Data, KeyPath, MachinePath, View};
use script::{Contents, FileMetadata, Operation};

use crate::actions::Flow;
use crate::registration::places::Places;
use crate::registration::write::{Registrar, has_features, packed_version};
use crate::reinstall_mode::{Again, writes_again};
use crate::{Error, Run, TopLevel};

/// Values of the list of programs that are a property's text, "" where it has none.
const TEXTS: [(&str, &str); 15] = [
    ("AuthorizedCDFPrefix", "ARPAUTHORIZEDCDFPREFIX"),
    ("Comments", "ARPCOMMENTS"),
    ("Contact", "ARPCONTACT"),
    ("DisplayName", "ProductName"),
    ("DisplayVersion", "ProductVersion"),
    ("HelpLink", "ARPHELPLINK"),
    ("HelpTelephone", "ARPHELPTELEPHONE"),
    ("InstallLocation", "ARPINSTALLLOCATION"),
    ("InstallSource", "SourceDir"),
    ("Publisher", "Manufacturer"),
    ("ReadMe", "ARPREADME"),
    ("Size", "ARPSIZE"),
    ("URLInfoAbout", "ARPURLINFOABOUT"),
    ("URLUpdateInfo", "ARPURLUPDATEINFO"),
    ("SettingsIdentifier", "MSIARPSETTINGSIDENTIFIER"),
];

/// Values that are 1 where their property is set.
const SWITCHES: [(&str, &str); 4] = [
    ("NoModify", "ARPNOMODIFY"),
    ("NoRemove", "ARPNOREMOVE"),
    ("NoRepair", "ARPNOREPAIR"),
    ("SystemComponent", "ARPSYSTEMCOMPONENT"),
];

pub(crate) fn register_product(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let none = || Ok(Flow::script("RegisterProduct", Vec::new()));
    let comes = has_features(run) && !run.removes_product();
    if !comes || run.request().top_level != TopLevel::Install {
        return none();
    }
    let places = Places::of(run, view)?;
    let properties = places.install_properties();
    let cached = view.value(&properties, "LocalPackage")?;
    if cached.is_some() && !writes_again(run, Again::Package) {
        return none();
    }
    let cached = cached
        .as_ref()
        .and_then(Data::as_text)
        .and_then(|path| view.path(path).ok());
    let package = match cached {
        Some(path) => path,
        None => places
            .cache_folder(view)?
            .join(&run.request().cache_name)
            .map_err(machine::Error::from)?,
    };
    let mut registrar = Registrar::new(view);
    registrar.push(cache(&package));
    registrar.text(&properties, "LocalPackage", &package.to_string())?;
    for key in [&properties, places.uninstall()] {
        program(run, &places, key, &mut registrar)?;
    }
    for key in places
        .upgrade_code(run.property("UpgradeCode"))
        .into_iter()
        .flatten()
        .take(1)
    {
        registrar.text(&key, &places.product, "")?;
    }
    Ok(Flow::script("RegisterProduct", registrar.operations()))
}

fn cache(package: &MachinePath) -> Operation {
    Operation::FileCopy {
        from: Contents::Package,
        to: package.clone(),
        metadata: FileMetadata::default(),
    }
}

fn program(
    run: &Run,
    places: &Places,
    key: &KeyPath,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    for (name, property) in TEXTS {
        let text = run.property(property);
        if !text.is_empty() || name != "SettingsIdentifier" {
            registrar.text(key, name, text)?;
        }
    }
    let is_set = |property: &str| !run.property(property).is_empty();
    for (name, _) in SWITCHES.iter().filter(|(_, property)| is_set(property)) {
        registrar.number(key, name, 1)?;
    }
    commands(
        places,
        is_set("ARPNOMODIFY"),
        is_set("ARPNOREMOVE"),
        key,
        registrar,
    )?;
    let version = packed_version(run.property("ProductVersion"));
    registrar.number(key, "Version", version)?;
    registrar.number(key, "VersionMajor", version >> 24)?;
    registrar.number(key, "VersionMinor", version >> 16 & 0xff)?;
    registrar.number(
        key,
        "Language",
        run.property("ProductLanguage").trim().parse().unwrap_or(0),
    )?;
    // In kilobytes, as the package says: nothing else is known before the files are there.
    registrar.number(
        key,
        "EstimatedSize",
        run.property("ARPSIZE").trim().parse().unwrap_or(0),
    )?;
    registrar.text(key, "InstallDate", &run.request().clock.install_date)?;
    registrar.number(key, "WindowsInstaller", 1)
}

/// The command lines for changing and removing: a product that cannot be changed is removed by both, one that
/// cannot be removed has none for it.
fn commands(
    places: &Places,
    no_modify: bool,
    no_remove: bool,
    key: &KeyPath,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    let option = if no_modify { "/X" } else { "/I" };
    let command = Data::ExpandSz(format!("MsiExec.exe {option}{}", places.product_code));
    if !(no_modify && no_remove) {
        registrar.set(key, "ModifyPath", command.clone())?;
    }
    if !no_remove {
        registrar.set(key, "UninstallString", command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn the_list_of_programs_and_the_cached_package() {
        check(
            r"
            set ARPNOMODIFY 1
            set ARPCONTACT us
            run RegisterProduct",
            expect![[r#"
                FileCopy(SourceName=the package,DestName=C:\windows\Installer\1a2b3c.msi)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=LocalPackage,Value=C:\windows\Installer\1a2b3c.msi)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=AuthorizedCDFPrefix,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=Comments,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=Contact,Value=us)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=DisplayName,Value=App)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=DisplayVersion,Value=1.2.3)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=HelpLink,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=HelpTelephone,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=InstallLocation,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=InstallSource,Value=C:\source\)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=Publisher,Value=Contoso)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=ReadMe,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=Size,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=URLInfoAbout,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=URLUpdateInfo,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=NoModify,Value=#1)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=ModifyPath,Value=#%MsiExec.exe /X{12345678-0000-0000-0000-00000000ABCD})
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=UninstallString,Value=#%MsiExec.exe /X{12345678-0000-0000-0000-00000000ABCD})
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=Version,Value=#16908291)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=VersionMajor,Value=#1)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=VersionMinor,Value=#2)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=Language,Value=#1033)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=EstimatedSize,Value=#0)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=InstallDate,Value=20261124)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=WindowsInstaller,Value=#1)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=AuthorizedCDFPrefix,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=Comments,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=Contact,Value=us)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=DisplayName,Value=App)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=DisplayVersion,Value=1.2.3)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=HelpLink,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=HelpTelephone,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=InstallLocation,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=InstallSource,Value=C:\source\)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=Publisher,Value=Contoso)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=ReadMe,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=Size,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=URLInfoAbout,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=URLUpdateInfo,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=NoModify,Value=#1)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=ModifyPath,Value=#%MsiExec.exe /X{12345678-0000-0000-0000-00000000ABCD})
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=UninstallString,Value=#%MsiExec.exe /X{12345678-0000-0000-0000-00000000ABCD})
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=Version,Value=#16908291)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=VersionMajor,Value=#1)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=VersionMinor,Value=#2)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=Language,Value=#1033)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=EstimatedSize,Value=#0)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=InstallDate,Value=20261124)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\{12345678-0000-0000-0000-00000000ABCD},Name=WindowsInstaller,Value=#1)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UpgradeCodes\F0000000000000000000000000000010,Name=8765432100000000000000000000BADC,Value=)
            "#]],
        );
    }

    #[test]
    fn a_registered_product_is_registered_again_only_with_its_package() {
        check(
            r"
            value HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties|LocalPackage|C:\windows\Installer\old.msi
            run RegisterProduct",
            expect![[""]],
        );
    }

    #[test]
    fn registration_comes_and_goes() {
        check_comes_and_goes(
            r"
            set ARPPRODUCTICON app.ico
            set ProductID none
            Icon app.ico|Icon.app.ico
            Media 1|9|Disk one|#a.cab|LABEL|
            run ProcessComponents
            run RegisterUser
            run RegisterProduct
            run PublishFeatures
            run UnpublishFeatures
            run PublishProduct",
        );
    }

    #[test]
    fn a_users_registration_comes_and_goes() {
        check_comes_and_goes(
            r"
            set ALLUSERS 0
            set ARPPRODUCTICON app.ico
            Icon app.ico|Icon.app.ico
            run ProcessComponents
            run RegisterProduct
            run PublishFeatures
            run UnpublishFeatures
            run PublishProduct",
        );
    }
}
