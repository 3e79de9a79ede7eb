//! The properties that the installer sets by itself, and who wins where several set one.
//!
//! Follows: Microsoft, "Order of Property Precedence", "Property Reference". Values are those of the machine's
//! facts; what a machine in a folder has none of (screen, memory) is set to what a plain desktop has.

use std::collections::HashMap;

use database::word_count;
use machine::{Architecture, Data, Folder, KeyPath, Root, View, special_folder};

use crate::properties::is_public;
use crate::{Error, Outer, Run, TopLevel, UiLevel, admin_properties};

/// Properties that every package must have.
const REQUIRED: [&str; 5] = [
    "ProductCode",
    "ProductName",
    "ProductVersion",
    "ProductLanguage",
    "Manufacturer",
];

/// Properties of selection: any of them makes Preselected true.
pub(crate) const SELECTION: [&str; 12] = [
    "ADDLOCAL",
    "REMOVE",
    "ADDSOURCE",
    "ADDDEFAULT",
    "REINSTALL",
    "ADVERTISE",
    "COMPADDLOCAL",
    "COMPADDSOURCE",
    "COMPADDDEFAULT",
    "FILEADDLOCAL",
    "FILEADDSOURCE",
    "FILEADDDEFAULT",
];

/// Sets all properties that a run begins with: Property table, what an administrative image keeps, command line,
/// then what the machine gives.
///
/// Errors: one of the required properties is missing; the machine or the package cannot be read.
pub(crate) fn set_all(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    for record in run.table("Property")?.records() {
        run.properties
            .set(record.required("Property")?, record.text("Value"));
    }
    for (name, value) in admin_properties::read(&run.database)? {
        run.properties.set(&name, &value);
    }
    for (name, value) in run.request.properties.clone() {
        run.properties.set(&name, &value);
    }
    if let Some(missing) = REQUIRED
        .into_iter()
        .find(|name| run.property(name).is_empty())
    {
        return Err(Error::NoProperty(missing));
    }
    for name in ["ProductCode", "UpgradeCode"] {
        let upper = run.property(name).to_uppercase();
        run.properties.set(name, &upper);
    }
    run.environment = environment(run, view)?;
    set_package(run)?;
    resolve_context(run);
    set_system(run);
    set_reboot_pending(run, view)?;
    set_user(run, view)?;
    crate::registration::set_installed(run, view)?;
    set_folders(run, view)?;
    set_defaults(run, view)?;
    crate::actions::disable_rollback::obey_property_and_policy(run, view)?;
    Ok(())
}

/// What is known of the package and of the request.
fn set_package(run: &mut Run) -> Result<(), Error> {
    let source = run.request.source.clone();
    let limited = !run.property("LIMITUI").is_empty();
    let level = match run.request.ui_level {
        UiLevel::Reduced | UiLevel::Full if limited => "3",
        UiLevel::None => "2",
        UiLevel::Basic => "3",
        UiLevel::Reduced => "4",
        UiLevel::Full => "5",
    };
    let action = match run.request.top_level {
        TopLevel::Install => "INSTALL",
        TopLevel::Admin => "ADMIN",
        TopLevel::Advertise => "ADVERTISE",
    };
    let clock = run.request.clock.clone();
    let bits = run.database.summary()?.word_count().unwrap_or(0);
    let image = bits & word_count::ADMINISTRATIVE != 0;
    for (name, value) in [
        ("IsAdminPackage", if image { "1" } else { "" }),
        ("UILevel", level),
        ("OriginalDatabase", &source.original),
        ("DATABASE", &source.original),
        (
            "SourceDir",
            &crate::directory::with_backslash(&source.folder),
        ),
        ("Date", &clock.date),
        ("Time", &clock.time),
    ] {
        run.properties.set(name, value);
    }
    if let Outer::Parent {
        product_code,
        original_database,
    } = run.request.outer.clone()
    {
        run.properties.set("ParentProductCode", &product_code);
        run.properties
            .set("ParentOriginalDatabase", &original_database);
    }
    run.properties.set_missing("ACTION", action);
    let preselected = SELECTION.iter().any(|name| !run.property(name).is_empty());
    let resumes = !run.property("RESUME").is_empty();
    run.properties
        .set("Preselected", if preselected || resumes { "1" } else { "" });
    Ok(())
}

/// ALLUSERS=2 becomes 1 or nothing. "ALLUSERS Property", "MSIINSTALLPERUSER Property".
///
/// From Windows Vista on a user without the rights is refused; before, the installation was for that user alone.
fn resolve_context(run: &mut Run) {
    if run.property("ALLUSERS") == "2" {
        let per_user = run.property("MSIINSTALLPERUSER") == "1";
        let falls_back = run.facts.windows_version.0 < 6 && !run.request.elevation.is_privileged();
        let value = if per_user || falls_back { "" } else { "1" };
        run.properties.set("ALLUSERS", value);
        run.chosen_per_user = per_user;
    }
}

fn set_system(run: &mut Run) {
    let facts = run.facts.clone();
    let (major, minor, build) = facts.windows_version;
    // Windows 8.1 and later tell the installer 6.3.
    let version = (major.saturating_mul(100).saturating_add(minor)).min(603);
    let x64 = facts.architecture == Architecture::X64;
    let version_text = version.to_string();
    let installer = format!(
        "{}.{:02}",
        facts.installer_version.0, facts.installer_version.1
    );
    let set: [(&str, &str); 17] = [
        ("VersionNT", &version_text),
        ("VersionNT64", if x64 { &version_text } else { "" }),
        ("Version9X", ""),
        ("WindowsBuild", &build.to_string()),
        ("ServicePackLevel", &facts.service_pack.to_string()),
        (
            "ServicePackLevelMinor",
            if facts.service_pack > 0 { "0" } else { "" },
        ),
        ("MsiNTProductType", "1"),
        ("Intel", "6"),
        ("Msix64", if x64 { "6" } else { "" }),
        ("VersionMsi", &installer),
        ("ComputerName", &facts.computer_name),
        ("SystemLanguageID", &facts.system_language.to_string()),
        ("RedirectedDllSupport", "2"),
        ("TTCSupport", "1"),
        ("OLEAdvtSupport", "1"),
        ("ShellAdvtSupport", "1"),
        ("PhysicalMemory", "4096"),
    ];
    for (name, value) in set {
        run.properties.set(name, value);
    }
    set_screen(run);
}

/// Files wait for a restart to be renamed, as programs have asked for. "MsiSystemRebootPending Property".
fn set_reboot_pending(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let session = "System\\CurrentControlSet\\Control\\Session Manager";
    let key = KeyPath::new(Root::LocalMachine, session);
    let pending = match view.value(&key, "PendingFileRenameOperations")? {
        Some(Data::MultiSz(names)) => names.iter().any(|name| !name.is_empty()),
        _ => false,
    };
    let value = if pending { "1" } else { "" };
    run.properties.set("MsiSystemRebootPending", value);
    Ok(())
}

fn set_screen(run: &mut Run) {
    for (name, value) in [
        ("VirtualMemory", "8192"),
        ("ScreenX", "1920"),
        ("ScreenY", "1080"),
        ("ColorBits", "32"),
        ("BorderTop", "1"),
        ("BorderSide", "1"),
        ("CaptionHeight", "19"),
        ("TextHeight", "16"),
    ] {
        run.properties.set(name, value);
    }
}

fn set_user(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let facts = run.facts.clone();
    for (name, value) in [
        ("LogonUser", facts.user_name.as_str()),
        ("UserSID", &facts.user_sid),
        ("UserLanguageID", &facts.user_language.to_string()),
    ] {
        run.properties.set(name, value);
    }
    for (name, value) in run.request.elevation.clone().properties(run) {
        run.properties.set(name, value);
    }
    let registered = KeyPath::new(
        Root::LocalMachine,
        "Software\\Microsoft\\Windows NT\\CurrentVersion",
    );
    for (property, suppressed_by, value) in [
        ("USERNAME", "NOUSERNAME", "RegisteredOwner"),
        ("COMPANYNAME", "NOCOMPANYNAME", "RegisteredOrganization"),
    ] {
        if run.property(suppressed_by).is_empty() {
            let data = view.value(&registered, value)?;
            let text = data.as_ref().and_then(Data::as_text).unwrap_or_default();
            run.properties.set_missing(property, text);
        }
    }
    Ok(())
}

/// The folder properties; 64-bit ones only on a 64-bit machine, per-user ones by context. A package that is
/// asked to install for the user (MSIINSTALLPERUSER) finds the program folders in the user's own data.
fn set_folders(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let per_machine = run.per_machine();
    for folder in Folder::ALL {
        let path = special_folder(view, folder, per_machine)?;
        let text = path.map(|path| path.as_folder()).unwrap_or_default();
        run.properties.set(&folder.property(), &text);
    }
    if run.chosen_per_user {
        let programs = format!("{}Programs\\", run.property("LocalAppDataFolder"));
        let common = format!("{programs}Common\\");
        for (name, folder) in [
            ("ProgramFilesFolder", &programs),
            ("ProgramFiles64Folder", &programs),
            ("CommonFilesFolder", &common),
            ("CommonFiles64Folder", &common),
        ] {
            if !run.property(name).is_empty() {
                run.properties.set(name, folder);
            }
        }
    }
    Ok(())
}

/// Is a property one of the special folders?
pub(crate) fn is_special_folder(name: &str) -> bool {
    Folder::ALL.iter().any(|folder| folder.property() == name)
}

/// What has a default where nobody said anything.
fn set_defaults(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    run.properties.set_missing("INSTALLLEVEL", "1");
    if run.property("ROOTDRIVE").is_empty() {
        let mut best = ('C', 0);
        for &drive in &run.facts.drives {
            let free = view.free_bytes(drive)?;
            if free > best.1 {
                best = (drive, free);
            }
        }
        run.properties.set("ROOTDRIVE", &format!("{}:\\", best.0));
    }
    Ok(())
}

/// The variables that conditions and formatted text see: the machine's, the user's, the caller's; names in upper case.
fn environment(run: &Run, view: &dyn View) -> Result<HashMap<String, String>, Error> {
    let mut variables = HashMap::new();
    let machine = "System\\CurrentControlSet\\Control\\Session Manager\\Environment";
    for key in [
        KeyPath::new(Root::LocalMachine, machine),
        KeyPath::new(Root::CurrentUser, "Environment"),
    ] {
        for (name, data) in view.key(&key)?.map(|key| key.values).unwrap_or_default() {
            if let Data::Sz(text) | Data::ExpandSz(text) = data {
                variables.insert(name.to_uppercase(), text);
            }
        }
    }
    for (name, value) in &run.request.environment {
        variables.insert(name.to_uppercase(), value.clone());
    }
    Ok(variables)
}

/// Forgets private properties that the UI sequence set: only public ones go over to the execute sequence, and of a
/// user whose public properties are restricted, only those.
pub(crate) fn forget_private(run: &mut Run) {
    let initial = run.initial_properties.clone();
    let mut properties = initial.clone();
    let elevation = run.request.elevation.clone();
    let goes_over = |name: &str| is_public(name) && elevation.lets_pass(name);
    for (name, value) in run.properties.all() {
        if goes_over(name) {
            properties.set(name, value);
        }
    }
    for (name, _) in initial.all().filter(|(name, _)| goes_over(name)) {
        properties.set(name, run.properties.get(name));
    }
    run.properties.replace(properties);
}
