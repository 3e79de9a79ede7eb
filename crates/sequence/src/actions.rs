//! Every documented standard action, and what this engine does about it: one line each, one file each.

mod allocate_registry_space;
mod app_search;
mod ccp_search;
mod cost_finalize;
mod cost_initialize;
mod create_folders;
mod create_shortcuts;
mod delete_services;
pub(crate) mod disable_rollback;
mod duplicate_files;
mod execute_action;
mod file_cost;
mod find_related_products;
#[cfg(test)]
mod fixture;
mod install_admin_package;
mod install_execute;
pub(crate) mod install_files;
mod install_finalize;
mod install_initialize;
mod install_odbc;
mod install_services;
mod install_validate;
mod launch_conditions;
mod migrate_feature_states;
mod move_files;
mod msi_configure_services;
mod msi_publish_assemblies;
mod msi_unpublish_assemblies;
mod process_components;
mod publish_components;
mod publish_features;
mod publish_product;
mod reboot;
mod register_class_info;
mod register_extension_info;
mod register_fonts;
mod register_mime_info;
mod register_product;
mod register_prog_id_info;
mod register_type_libraries;
mod register_user;
mod remove_duplicate_files;
mod remove_environment_strings;
mod remove_existing_products;
mod remove_files;
mod remove_folders;
mod remove_ini_values;
mod remove_odbc;
mod remove_registry_values;
mod remove_shortcuts;
mod resolve_source;
mod set_odbc_folders;
mod start_services;
mod stop_services;
mod unpublish_components;
mod unpublish_features;
mod unregister_class_info;
mod unregister_extension_info;
mod unregister_fonts;
mod unregister_mime_info;
mod unregister_prog_id_info;
mod unregister_type_libraries;
mod validate_product_id;
mod write_environment_strings;
mod write_ini_values;
mod write_registry_values;

use machine::View;
use script::{Contents, Operation};

use crate::{ActionResult, Error, Failure, Run, Step};

/// How far an action is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As its page says.
    Done,
    /// Some of it; what is missing is named in the action's file, and by the action in the outcome of a run that
    /// needs it.
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
    /// The action looks into these files, which are not in place yet, and is begun again with [`Run::contents`].
    Read(Vec<Contents>),
    /// The sequence ends here with a result, Windows' code and a line that says why.
    Stop(ActionResult, u32, String),
    /// The sequence ends here with a text of the package's own.
    Quit(String),
    /// The sequence ends here with a failure that has a message of Windows'.
    Fail(Failure),
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

    /// The same with other steps first.
    pub(crate) fn after(self, mut steps: Vec<Step>) -> Flow {
        match self {
            Flow::Continue(own) => {
                steps.extend(own);
                Flow::Continue(steps)
            }
            other => other,
        }
    }
}

use Support::{Done, Partly, Stub};

/// Every documented standard action, in the order of the alphabet.
#[rustfmt::skip]
pub static STANDARD_ACTIONS: &[StandardAction] = &[
    action("ADMIN", Done, &[], top_level),
    action("ADVERTISE", Done, &[], top_level),
    action("AllocateRegistrySpace", Done, &[], allocate_registry_space::allocate_registry_space),
    action("AppSearch", Done, &["AppSearch"], app_search::app_search),
    action("BindImage", Stub, &["BindImage"], not_done),
    action("CCPSearch", Done, &["CCPSearch"], ccp_search::ccp_search),
    action("CostFinalize", Done, &[], cost_finalize::cost_finalize),
    action("CostInitialize", Done, &[], cost_initialize::cost_initialize),
    action("CreateFolders", Done, &["CreateFolder"], create_folders::create_folders),
    action("CreateShortcuts", Done, &["Shortcut"], create_shortcuts::create_shortcuts),
    action("DeleteServices", Done, &["ServiceControl"], delete_services::delete_services),
    action("DisableRollback", Done, &[], disable_rollback::disable_rollback),
    action("DuplicateFiles", Done, &["DuplicateFile"], duplicate_files::duplicate_files),
    action("ExecuteAction", Done, &[], execute_action::execute_action),
    action("FileCost", Done, &[], file_cost::file_cost),
    action("FindRelatedProducts", Done, &["Upgrade"], find_related_products::find_related_products),
    action("ForceReboot", Done, &[], reboot::force_reboot),
    action("INSTALL", Done, &[], top_level),
    action("InstallAdminPackage", Done, &[], install_admin_package::install_admin_package),
    action("InstallExecute", Done, &[], install_execute::install_execute),
    action("InstallExecuteAgain", Done, &[], install_execute::install_execute),
    action("InstallFiles", Done, &["File"], install_files::install_files),
    action("InstallFinalize", Done, &[], install_finalize::install_finalize),
    action("InstallInitialize", Done, &[], install_initialize::install_initialize),
    action("InstallODBC", Partly, &["ODBCDriver", "ODBCTranslator", "ODBCDataSource"], install_odbc::install_odbc),
    action("InstallServices", Partly, &["ServiceInstall"], install_services::install_services),
    action("InstallSFPCatalogFile", Stub, &["SFPCatalog", "FileSFPCatalog"], not_done),
    action("InstallValidate", Done, &[], install_validate::install_validate),
    action("IsolateComponents", Stub, &["IsolatedComponent"], not_done),
    action("LaunchConditions", Done, &["LaunchCondition"], launch_conditions::launch_conditions),
    action("MigrateFeatureStates", Done, &["Upgrade"], migrate_feature_states::migrate_feature_states),
    action("MoveFiles", Done, &["MoveFile"], move_files::move_files),
    action("MsiConfigureServices", Partly, &["MsiServiceConfig", "MsiServiceConfigFailureActions"], msi_configure_services::msi_configure_services),
    action("MsiPublishAssemblies", Partly, &["MsiAssembly"], msi_publish_assemblies::msi_publish_assemblies),
    action("MsiUnpublishAssemblies", Partly, &["MsiAssembly"], msi_unpublish_assemblies::msi_unpublish_assemblies),
    action("PatchFiles", Stub, &["Patch"], not_done),
    action("ProcessComponents", Done, &["Component"], process_components::process_components),
    action("PublishComponents", Done, &["PublishComponent"], publish_components::publish_components),
    action("PublishFeatures", Done, &["Feature"], publish_features::publish_features),
    action("PublishProduct", Done, &[], publish_product::publish_product),
    action("RegisterClassInfo", Done, &["Class", "AppId"], register_class_info::register_class_info),
    action("RegisterComPlus", Stub, &["Complus"], not_done),
    action("RegisterExtensionInfo", Partly, &["Extension", "Verb"], register_extension_info::register_extension_info),
    action("RegisterFonts", Done, &["Font"], register_fonts::register_fonts),
    action("RegisterMIMEInfo", Done, &["MIME"], register_mime_info::register_mime_info),
    action("RegisterProduct", Done, &[], register_product::register_product),
    action("RegisterProgIdInfo", Done, &["ProgId"], register_prog_id_info::register_prog_id_info),
    action("RegisterTypeLibraries", Partly, &["TypeLib"], register_type_libraries::register_type_libraries),
    action("RegisterUser", Done, &[], register_user::register_user),
    action("RemoveDuplicateFiles", Done, &["DuplicateFile"], remove_duplicate_files::remove_duplicate_files),
    action("RemoveEnvironmentStrings", Done, &["Environment"], remove_environment_strings::remove_environment_strings),
    action("RemoveExistingProducts", Done, &["Upgrade"], remove_existing_products::remove_existing_products),
    action("RemoveFiles", Done, &["RemoveFile", "File"], remove_files::remove_files),
    action("RemoveFolders", Done, &["CreateFolder"], remove_folders::remove_folders),
    action("RemoveIniValues", Done, &["RemoveIniFile", "IniFile"], remove_ini_values::remove_ini_values),
    action("RemoveODBC", Done, &["ODBCDriver", "ODBCTranslator", "ODBCDataSource"], remove_odbc::remove_odbc),
    action("RemoveRegistryValues", Done, &["Registry", "RemoveRegistry"], remove_registry_values::remove_registry_values),
    action("RemoveShortcuts", Done, &["Shortcut"], remove_shortcuts::remove_shortcuts),
    action("ResolveSource", Done, &[], resolve_source::resolve_source),
    action("RMCCPSearch", Done, &["CCPSearch"], ccp_search::rmccp_search),
    action("ScheduleReboot", Done, &[], reboot::schedule_reboot),
    action("SelfRegModules", Stub, &["SelfReg"], not_done),
    action("SelfUnregModules", Stub, &["SelfReg"], not_done),
    action("SEQUENCE", Done, &[], execute_action::sequence),
    action("SetODBCFolders", Done, &["ODBCDriver", "ODBCTranslator"], set_odbc_folders::set_odbc_folders),
    action("StartServices", Partly, &["ServiceControl"], start_services::start_services),
    action("StopServices", Done, &["ServiceControl"], stop_services::stop_services),
    action("UnpublishComponents", Done, &["PublishComponent"], unpublish_components::unpublish_components),
    action("UnpublishFeatures", Done, &["FeatureComponents"], unpublish_features::unpublish_features),
    action("UnregisterClassInfo", Done, &["Class", "AppId"], unregister_class_info::unregister_class_info),
    action("UnregisterComPlus", Stub, &["Complus"], not_done),
    action("UnregisterExtensionInfo", Done, &["Extension", "Verb"], unregister_extension_info::unregister_extension_info),
    action("UnregisterFonts", Done, &["Font"], unregister_fonts::unregister_fonts),
    action("UnregisterMIMEInfo", Done, &["MIME"], unregister_mime_info::unregister_mime_info),
    action("UnregisterProgIdInfo", Done, &["ProgId"], unregister_prog_id_info::unregister_prog_id_info),
    action("UnregisterTypeLibraries", Partly, &["TypeLib"], unregister_type_libraries::unregister_type_libraries),
    action("ValidateProductID", Done, &[], validate_product_id::validate_product_id),
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

/// The walk begins these; as rows of a sequence table they mean nothing.
fn top_level(_: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    Ok(Flow::Continue(Vec::new()))
}

/// Nothing: the walk names the action where the package needs it.
fn not_done(_: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    Ok(Flow::Continue(Vec::new()))
}

/// Returns the standard action of a name.
pub(crate) fn find(name: &str) -> Option<&'static StandardAction> {
    STANDARD_ACTIONS.iter().find(|action| action.name == name)
}

/// Does an action put a product on the machine's records, or take one off? An administrative installation installs
/// nothing: it does none of these. "RegisterProduct Action", "RegisterUser Action".
pub(crate) fn registers(name: &str) -> bool {
    const ACTIONS: [&str; 10] = [
        "MsiPublishAssemblies",
        "ProcessComponents",
        "PublishComponents",
        "PublishFeatures",
        "PublishProduct",
        "RegisterProduct",
        "RegisterUser",
        "RemoveExistingProducts",
        "UnpublishComponents",
        "UnpublishFeatures",
    ];
    ACTIONS.contains(&name)
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
    // An administrative image has nothing to do with what is installed: its run knows of no product.
    if &ours == theirs || ours.is_empty() || recaches {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions of "Standard Actions Reference" and of the pages beside it.
    const DOCUMENTED: &str = "ADMIN ADVERTISE AllocateRegistrySpace AppSearch BindImage CCPSearch CostFinalize \
        CostInitialize CreateFolders CreateShortcuts DeleteServices DisableRollback DuplicateFiles \
        ExecuteAction FileCost FindRelatedProducts ForceReboot INSTALL InstallAdminPackage \
        InstallExecute InstallExecuteAgain InstallFiles InstallFinalize InstallInitialize \
        InstallODBC InstallServices InstallSFPCatalogFile InstallValidate IsolateComponents \
        LaunchConditions MigrateFeatureStates MoveFiles MsiConfigureServices MsiPublishAssemblies \
        MsiUnpublishAssemblies PatchFiles ProcessComponents PublishComponents PublishFeatures \
        PublishProduct RegisterClassInfo RegisterComPlus RegisterExtensionInfo RegisterFonts \
        RegisterMIMEInfo RegisterProduct RegisterProgIdInfo RegisterTypeLibraries RegisterUser \
        RemoveDuplicateFiles RemoveEnvironmentStrings RemoveExistingProducts RemoveFiles \
        RemoveFolders RemoveIniValues RemoveODBC RemoveRegistryValues RemoveShortcuts \
        ResolveSource RMCCPSearch ScheduleReboot SelfRegModules SelfUnregModules SEQUENCE \
        SetODBCFolders StartServices StopServices UnpublishComponents UnpublishFeatures \
        UnregisterClassInfo UnregisterComPlus UnregisterExtensionInfo UnregisterFonts \
        UnregisterMIMEInfo UnregisterProgIdInfo UnregisterTypeLibraries ValidateProductID \
        WriteEnvironmentStrings WriteIniValues WriteRegistryValues";

    #[test]
    fn every_documented_action_is_listed_once_and_in_order() {
        let listed: Vec<&str> = STANDARD_ACTIONS.iter().map(|action| action.name).collect();
        let documented: Vec<&str> = DOCUMENTED.split_whitespace().collect();
        assert_eq!(listed, documented);
    }

    #[test]
    fn what_is_a_stub_does_nothing_and_says_so() {
        for action in STANDARD_ACTIONS {
            let nothing = std::ptr::fn_addr_eq(action.act, not_done as Act);
            assert_eq!(action.support == Stub, nothing, "{}", action.name);
        }
    }
}
