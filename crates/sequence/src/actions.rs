//! Every documented standard action, and what this engine does about it: one line each, one file each.

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

use Support::Stub;

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
    action("CreateFolders", Stub, &["CreateFolder"], not_done),
    action("CreateShortcuts", Stub, &["Shortcut"], not_done),
    action("DeleteServices", Stub, &["ServiceControl"], not_done),
    action("DisableRollback", Stub, &[], not_done),
    action("DuplicateFiles", Stub, &["DuplicateFile"], not_done),
    action("ExecuteAction", Stub, &[], not_done),
    action("FileCost", Stub, &[], not_done),
    action("FindRelatedProducts", Stub, &["Upgrade"], not_done),
    action("ForceReboot", Stub, &[], not_done),
    action("INSTALL", Stub, &[], not_done),
    action("InstallAdminPackage", Stub, &[], not_done),
    action("InstallExecute", Stub, &[], not_done),
    action("InstallExecuteAgain", Stub, &[], not_done),
    action("InstallFiles", Stub, &["File"], not_done),
    action("InstallFinalize", Stub, &[], not_done),
    action("InstallInitialize", Stub, &[], not_done),
    action("InstallODBC", Stub, &["ODBCDriver", "ODBCTranslator", "ODBCDataSource"], not_done),
    action("InstallServices", Stub, &["ServiceInstall"], not_done),
    action("InstallSFPCatalogFile", Stub, &["SFPCatalog", "FileSFPCatalog"], not_done),
    action("InstallValidate", Stub, &[], not_done),
    action("IsolateComponents", Stub, &["IsolatedComponent"], not_done),
    action("LaunchConditions", Stub, &["LaunchCondition"], not_done),
    action("MigrateFeatureStates", Stub, &["Upgrade"], not_done),
    action("MoveFiles", Stub, &["MoveFile"], not_done),
    action("MsiConfigureServices", Stub, &["MsiServiceConfig", "MsiServiceConfigFailureActions"], not_done),
    action("MsiPublishAssemblies", Stub, &["MsiAssembly"], not_done),
    action("MsiUnpublishAssemblies", Stub, &["MsiAssembly"], not_done),
    action("PatchFiles", Stub, &["Patch"], not_done),
    action("ProcessComponents", Stub, &["Component"], not_done),
    action("PublishComponents", Stub, &["PublishComponent"], not_done),
    action("PublishFeatures", Stub, &["Feature"], not_done),
    action("PublishProduct", Stub, &[], not_done),
    action("RegisterClassInfo", Stub, &["Class", "AppId"], not_done),
    action("RegisterComPlus", Stub, &["Complus"], not_done),
    action("RegisterExtensionInfo", Stub, &["Extension", "Verb"], not_done),
    action("RegisterFonts", Stub, &["Font"], not_done),
    action("RegisterMIMEInfo", Stub, &["MIME"], not_done),
    action("RegisterProduct", Stub, &[], not_done),
    action("RegisterProgIdInfo", Stub, &["ProgId"], not_done),
    action("RegisterTypeLibraries", Stub, &["TypeLib"], not_done),
    action("RegisterUser", Stub, &[], not_done),
    action("RemoveDuplicateFiles", Stub, &["DuplicateFile"], not_done),
    action("RemoveEnvironmentStrings", Stub, &["Environment"], not_done),
    action("RemoveExistingProducts", Stub, &["Upgrade"], not_done),
    action("RemoveFiles", Stub, &["RemoveFile", "File"], not_done),
    action("RemoveFolders", Stub, &["CreateFolder"], not_done),
    action("RemoveIniValues", Stub, &["RemoveIniFile", "IniFile"], not_done),
    action("RemoveODBC", Stub, &["ODBCDriver", "ODBCTranslator", "ODBCDataSource"], not_done),
    action("RemoveRegistryValues", Stub, &["Registry", "RemoveRegistry"], not_done),
    action("RemoveShortcuts", Stub, &["Shortcut"], not_done),
    action("ResolveSource", Stub, &[], not_done),
    action("RMCCPSearch", Stub, &["CCPSearch"], not_done),
    action("ScheduleReboot", Stub, &[], not_done),
    action("SelfRegModules", Stub, &["SelfReg"], not_done),
    action("SelfUnregModules", Stub, &["SelfReg"], not_done),
    action("SEQUENCE", Stub, &[], not_done),
    action("SetODBCFolders", Stub, &["ODBCDriver", "ODBCTranslator"], not_done),
    action("StartServices", Stub, &["ServiceControl"], not_done),
    action("StopServices", Stub, &["ServiceControl"], not_done),
    action("UnpublishComponents", Stub, &["PublishComponent"], not_done),
    action("UnpublishFeatures", Stub, &["FeatureComponents"], not_done),
    action("UnregisterClassInfo", Stub, &["Class", "AppId"], not_done),
    action("UnregisterComPlus", Stub, &["Complus"], not_done),
    action("UnregisterExtensionInfo", Stub, &["Extension", "Verb"], not_done),
    action("UnregisterFonts", Stub, &["Font"], not_done),
    action("UnregisterMIMEInfo", Stub, &["MIME"], not_done),
    action("UnregisterProgIdInfo", Stub, &["ProgId"], not_done),
    action("UnregisterTypeLibraries", Stub, &["TypeLib"], not_done),
    action("ValidateProductID", Stub, &[], not_done),
    action("WriteEnvironmentStrings", Stub, &["Environment"], not_done),
    action("WriteIniValues", Stub, &["IniFile"], not_done),
    action("WriteRegistryValues", Stub, &["Registry"], not_done),
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
