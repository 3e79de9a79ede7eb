//! Every documented standard action, and what this engine does about it: one line each, one file each.

mod create_folders;
mod create_shortcuts;
mod duplicate_files;
#[cfg(test)]
mod fixture;
mod install_files;
mod move_files;
mod process_components;
mod publish_components;
mod publish_features;
mod publish_product;
mod register_product;
mod register_user;
mod remove_duplicate_files;
mod remove_environment_strings;
mod remove_files;
mod remove_folders;
mod remove_ini_values;
mod remove_registry_values;
mod remove_shortcuts;
mod unpublish_components;
mod unpublish_features;
mod write_environment_strings;
mod write_ini_values;
mod write_registry_values;

use machine::View;
use script::Operation;

use crate::{ActionResult, Error, Run, Step, TopLevel};

/// How far an action is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As its page says.
    Done,
    /// Some of it; what is missing is named in the action's file.
    Partly,
    /// Nothing; named in the outcome wherever a package needs it.
    Stub,
}

/// One standard action.
pub struct StandardAction {
    /// Its name.
    pub name: &'static str,
    /// How far it is done.
    pub support: Support,
    /// Tables that give it something to do; none: it always acts.
    pub tables: &'static [&'static str],
    pub(crate) act: Act,
}

/// What an action does: it reads, sets properties, and returns steps.
pub(crate) type Act = fn(&mut Run, &dyn View) -> Result<Flow, Error>;

/// How the sequence goes on after an action.
pub(crate) enum Flow {
    /// Success, with steps to hand out first.
    Continue(Vec<Step>),
    /// The sequence ends here with a result, Windows' code and a line that says why.
    Stop(ActionResult, u32, String),
}

impl Flow {
    /// Success, with operations for the script; none: no step.
    pub(crate) fn script(action: &str, operations: Vec<Operation>) -> Flow {
        if operations.is_empty() {
            return Flow::Continue(Vec::new());
        }
        Flow::Continue(vec![Step::Operations {
            action: action.to_owned(),
            operations,
        }])
    }
}

use Support::{Done, Partly, Stub};

/// Every documented standard action, in the order of the alphabet.
#[rustfmt::skip]
pub static STANDARD_ACTIONS: &[StandardAction] = &[
    action("ADMIN", Stub, &[], not_done),
    action("ADVERTISE", Stub, &[], not_done),
    action("AllocateRegistrySpace", Stub, &[], not_done),
    action("AppSearch", Stub, &["AppSearch"], not_done),
    action("BindImage", Stub, &["BindImage"], not_done),
    action("CCPSearch", Stub, &["CCPSearch"], not_done),
    action("CostFinalize", Stub, &[], not_done),
    action("CostInitialize", Stub, &[], not_done),
    action("CreateFolders", Done, &["CreateFolder"], create_folders::create_folders),
    action("CreateShortcuts", Partly, &["Shortcut"], create_shortcuts::create_shortcuts),
    action("DeleteServices", Stub, &["ServiceControl"], not_done),
    action("DisableRollback", Stub, &[], not_done),
    action("DuplicateFiles", Done, &["DuplicateFile"], duplicate_files::duplicate_files),
    action("ExecuteAction", Stub, &[], not_done),
    action("FileCost", Stub, &[], not_done),
    action("FindRelatedProducts", Stub, &["Upgrade"], not_done),
    action("ForceReboot", Stub, &[], not_done),
    action("INSTALL", Stub, &[], not_done),
    action("InstallAdminPackage", Stub, &[], not_done),
    action("InstallExecute", Stub, &[], not_done),
    action("InstallExecuteAgain", Stub, &[], not_done),
    action("InstallFiles", Done, &["File"], install_files::install_files),
    action("InstallFinalize", Stub, &[], not_done),
    action("InstallInitialize", Stub, &[], not_done),
    action("InstallODBC", Stub, &["ODBCDriver", "ODBCTranslator", "ODBCDataSource"], not_done),
    action("InstallServices", Stub, &["ServiceInstall"], not_done),
    action("InstallSFPCatalogFile", Stub, &["SFPCatalog", "FileSFPCatalog"], not_done),
    action("InstallValidate", Stub, &[], not_done),
    action("IsolateComponents", Stub, &["IsolatedComponent"], not_done),
    action("LaunchConditions", Stub, &["LaunchCondition"], not_done),
    action("MigrateFeatureStates", Stub, &["Upgrade"], not_done),
    action("MoveFiles", Done, &["MoveFile"], move_files::move_files),
    action("MsiConfigureServices", Stub, &["MsiServiceConfig", "MsiServiceConfigFailureActions"], not_done),
    action("MsiPublishAssemblies", Stub, &["MsiAssembly"], not_done),
    action("MsiUnpublishAssemblies", Stub, &["MsiAssembly"], not_done),
    action("PatchFiles", Stub, &["Patch"], not_done),
    action("ProcessComponents", Done, &["Component"], process_components::process_components),
    action("PublishComponents", Done, &["PublishComponent"], publish_components::publish_components),
    action("PublishFeatures", Done, &["Feature"], publish_features::publish_features),
    action("PublishProduct", Done, &[], publish_product::publish_product),
    action("RegisterClassInfo", Stub, &["Class", "AppId"], not_done),
    action("RegisterComPlus", Stub, &["Complus"], not_done),
    action("RegisterExtensionInfo", Stub, &["Extension", "Verb"], not_done),
    action("RegisterFonts", Stub, &["Font"], not_done),
    action("RegisterMIMEInfo", Stub, &["MIME"], not_done),
    action("RegisterProduct", Done, &[], register_product::register_product),
    action("RegisterProgIdInfo", Stub, &["ProgId"], not_done),
    action("RegisterTypeLibraries", Stub, &["TypeLib"], not_done),
    action("RegisterUser", Done, &[], register_user::register_user),
    action("RemoveDuplicateFiles", Done, &["DuplicateFile"], remove_duplicate_files::remove_duplicate_files),
    action("RemoveEnvironmentStrings", Done, &["Environment"], remove_environment_strings::remove_environment_strings),
    action("RemoveExistingProducts", Stub, &["Upgrade"], not_done),
    action("RemoveFiles", Done, &["RemoveFile", "File"], remove_files::remove_files),
    action("RemoveFolders", Done, &["CreateFolder"], remove_folders::remove_folders),
    action("RemoveIniValues", Done, &["RemoveIniFile", "IniFile"], remove_ini_values::remove_ini_values),
    action("RemoveODBC", Stub, &["ODBCDriver", "ODBCTranslator", "ODBCDataSource"], not_done),
    action("RemoveRegistryValues", Done, &["Registry", "RemoveRegistry"], remove_registry_values::remove_registry_values),
    action("RemoveShortcuts", Done, &["Shortcut"], remove_shortcuts::remove_shortcuts),
    action("ResolveSource", Stub, &[], not_done),
    action("RMCCPSearch", Stub, &["CCPSearch"], not_done),
    action("ScheduleReboot", Stub, &[], not_done),
    action("SelfRegModules", Stub, &["SelfReg"], not_done),
    action("SelfUnregModules", Stub, &["SelfReg"], not_done),
    action("SEQUENCE", Stub, &[], not_done),
    action("SetODBCFolders", Stub, &["ODBCDriver", "ODBCTranslator"], not_done),
    action("StartServices", Stub, &["ServiceControl"], not_done),
    action("StopServices", Stub, &["ServiceControl"], not_done),
    action("UnpublishComponents", Done, &["PublishComponent"], unpublish_components::unpublish_components),
    action("UnpublishFeatures", Done, &["FeatureComponents"], unpublish_features::unpublish_features),
    action("UnregisterClassInfo", Stub, &["Class", "AppId"], not_done),
    action("UnregisterComPlus", Stub, &["Complus"], not_done),
    action("UnregisterExtensionInfo", Stub, &["Extension", "Verb"], not_done),
    action("UnregisterFonts", Stub, &["Font"], not_done),
    action("UnregisterMIMEInfo", Stub, &["MIME"], not_done),
    action("UnregisterProgIdInfo", Stub, &["ProgId"], not_done),
    action("UnregisterTypeLibraries", Stub, &["TypeLib"], not_done),
    action("ValidateProductID", Stub, &[], not_done),
    action("WriteEnvironmentStrings", Done, &["Environment"], write_environment_strings::write_environment_strings),
    action("WriteIniValues", Done, &["IniFile"], write_ini_values::write_ini_values),
    action("WriteRegistryValues", Done, &["Registry"], write_registry_values::write_registry_values),
];

const fn action(
    name: &'static str,
    support: Support,
    tables: &'static [&'static str],
    act: Act,
) -> StandardAction {
    StandardAction {
        name,
        support,
        tables,
        act,
    }
}

/// Nothing: the walk names the action where the package needs it.
fn not_done(_: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    Ok(Flow::Continue(Vec::new()))
}

/// Returns the standard action of a name.
pub(crate) fn find(name: &str) -> Option<&'static StandardAction> {
    STANDARD_ACTIONS.iter().find(|action| action.name == name)
}

/// Does an action run once, in the UI sequence where there is one?
pub(crate) fn once(name: &str) -> bool {
    matches!(
        name,
        "AppSearch" | "CCPSearch" | "RMCCPSearch" | "FindRelatedProducts" | "MigrateFeatureStates"
    )
}

/// Says why a run does not begin: Windows' code and a line; none: it does.
pub(crate) fn refusal(run: &Run, _: &dyn View) -> Option<(u32, String)> {
    let product = run.product.as_ref()?;
    let ours = run.database.summary().ok()?.package_code().to_uppercase();
    let theirs = product.package_code.as_ref()?;
    let recaches = !run.property("REINSTALL").is_empty()
        && run.property("REINSTALLMODE").to_lowercase().contains('v');
    if run.request.top_level != TopLevel::Install || &ours == theirs || ours.is_empty() || recaches
    {
        return None;
    }
    let (name, code) = (&product.name, &product.product_code);
    Some((
        1638,
        format!(
            "another package of {name} {code} is installed: {theirs}; use REINSTALL with REINSTALLMODE=v"
        ),
    ))
}
