//! The rules, in the order of their numbers; each is a function in the file of what it looks at.

mod advertising;
mod basic_data;
mod classes;
mod components;
mod custom_actions;
mod dialogs;
mod directories;
mod environment;
mod features;
mod files;
mod media;
mod merge_modules;
mod permissions;
mod properties;
mod registry;
mod required_dialogs;
mod schema;
mod sequences;
mod services;
mod shortcuts;
mod summary;
mod upgrades;

use crate::finding::Findings;
use crate::package::Package;

/// What a rule is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Packages.
    Package,
    /// Merge modules.
    Module,
    /// Both.
    Any,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name, such as `ICE03`.
    pub name: &'static str,
    /// What it asks for, in a line.
    pub about: &'static str,
    pub(crate) subject: Subject,
    pub(crate) check: fn(&Package<'_>, &mut Findings),
}

impl Rule {
    /// The address of its page.
    pub fn page(&self) -> String {
        let name = self.name.to_ascii_lowercase();
        // The pages from ICE100 on have a hyphen in their names.
        let page = match name.strip_prefix("ice1").filter(|rest| rest.len() == 2) {
            Some(rest) => format!("ice-1{rest}"),
            None => name,
        };
        format!("https://learn.microsoft.com/windows/win32/msi/{page}")
    }
}

const fn rule(
    name: &'static str,
    subject: Subject,
    check: fn(&Package<'_>, &mut Findings),
    about: &'static str,
) -> Rule {
    Rule {
        name,
        about,
        subject,
        check,
    }
}

use Subject::{Any, Module, Package as Only};

/// Every rule that is there. "ICE Reference", "Merge Module ICE Reference".
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule("ICE02", Any, components::ice02, "a key path belongs to its component"),
    rule("ICE03", Any, basic_data::ice03, "data fits its column: types, ranges, sets, keys and foreign keys"),
    rule("ICE04", Only, files::ice04, "the last medium has the last file"),
    rule("ICE05", Only, properties::ice05, "required rows are there"),
    rule("ICE06", Any, basic_data::ice06, "columns of _Validation are in the database"),
    rule("ICE07", Any, files::ice07, "fonts go to the fonts folder"),
    rule("ICE08", Any, components::ice08, "each component has its own GUID"),
    rule("ICE09", Any, components::ice09, "components in the system folder are permanent"),
    rule("ICE10", Only, features::ice10, "a feature and its parent agree on advertising"),
    rule("ICE11", Any, custom_actions::ice11, "nested installs name another product's code"),
    rule("ICE12", Any, custom_actions::ice12, "folders are set on the right side of CostFinalize"),
    rule("ICE13", Only, sequences::ice13, "dialogs are in no execute table"),
    rule("ICE14", Only, features::ice14, "a root feature follows no parent, and none is its own"),
    rule("ICE15", Any, classes::ice15, "MIME types and extensions refer to each other"),
    rule("ICE16", Only, properties::ice16, "the product's name has at most 63 characters"),
    rule("ICE17", Any, dialogs::ice17, "controls have what their types need"),
    rule("ICE18", Any, components::ice18, "a folder as key path is created"),
    rule("ICE19", Any, advertising::ice19, "what is advertised has a component with a GUID and a key path"),
    rule("ICE20", Only, required_dialogs::ice20, "the dialogs that a user interface needs are there"),
    rule("ICE21", Only, components::ice21, "every component belongs to a feature"),
    rule("ICE22", Only, advertising::ice22, "published components belong to their features"),
    rule("ICE23", Any, dialogs::ice23, "the tab order of a dialog is one loop"),
    rule("ICE24", Only, properties::ice24, "product code, version and language are well formed"),
    rule("ICE25", Only, merge_modules::ice25, "merged modules have what they depend on, and nothing that they exclude"),
    rule("ICE26", Only, sequences::ice26, "sequence tables have what they must, and nothing that they must not"),
    rule("ICE27", Only, sequences::ice27, "actions exist and stand in an order that works"),
    rule("ICE28", Only, sequences::ice28, "ForceReboot parts no group of actions"),
    rule("ICE29", Any, schema::ice29, "names of streams stay apart when they are cut"),
    rule("ICE30", Any, files::ice30, "no file is installed twice in one folder by several components"),
    rule("ICE31", Any, dialogs::ice31, "text styles are there"),
    rule("ICE32", Any, schema::ice32, "keys and foreign keys have the same type and size"),
    rule("ICE34", Any, dialogs::ice34, "every group of radio buttons has a default"),
    rule("ICE35", Any, files::ice35, "files in cabinets do not run from the source"),
    rule("ICE36", Only, advertising::ice36, "icons are used"),
    rule("ICE38", Any, components::ice38, "components in the profile have a key path in HKEY_CURRENT_USER"),
    rule("ICE39", Any, summary::ice39, "the summary information is well formed"),
    rule("ICE40", Only, properties::ice40, "REINSTALLMODE is not authored; RemoveIniFile has what it removes"),
    rule("ICE41", Any, classes::ice41, "classes and extensions belong to their features"),
    rule("ICE42", Any, classes::ice42, "servers in process are no programs"),
    rule("ICE43", Any, shortcuts::ice43, "shortcuts that are not advertised have a key path in HKEY_CURRENT_USER"),
    rule("ICE44", Any, dialogs::ice44, "dialogs that are opened are there"),
    rule("ICE45", Any, schema::ice45, "reserved bits are not set"),
    rule("ICE46", Any, properties::ice46, "no property differs from one of the installer's by case alone"),
    rule("ICE47", Only, features::ice47, "a feature has fewer than 1600 components"),
    rule("ICE48", Only, directories::ice48, "no folder is fixed to a local drive"),
    rule("ICE49", Any, registry::ice49, "default values are text"),
    rule("ICE50", Any, shortcuts::ice50, "icons fit the files that they are for"),
    rule("ICE51", Any, files::ice51, "fonts have the titles that they need"),
    rule("ICE52", Only, properties::ice52, "searches set public properties"),
    rule("ICE53", Any, registry::ice53, "the installer's own data and policies are not written"),
    rule("ICE54", Any, files::ice54, "no key path has its version from another file"),
    rule("ICE55", Any, permissions::ice55, "what is locked exists, and says how"),
    rule("ICE56", Only, directories::ice56, "there is one root folder: TARGETDIR, from SourceDir"),
    rule("ICE57", Any, components::ice57, "no component mixes data of a user and of the machine"),
    rule("ICE58", Only, media::ice58, "there are not too many media"),
    rule("ICE59", Only, shortcuts::ice59, "advertised shortcuts belong to the feature that they start"),
    rule("ICE60", Any, files::ice60, "files with a version have a language, and no hash"),
    rule("ICE61", Only, upgrades::ice61, "the Upgrade table works"),
    rule("ICE62", Any, components::ice62, "isolated components work"),
    rule("ICE63", Only, upgrades::ice63, "RemoveExistingProducts stands where it may"),
    rule("ICE64", Any, directories::ice64, "new folders in the profile are removed"),
    rule("ICE65", Any, environment::ice65, "values of variables have no separator too many"),
    rule("ICE66", Only, schema::ice66, "the schema that is told is the one that the tables need"),
    rule("ICE67", Any, shortcuts::ice67, "a shortcut's target does not move without it"),
    rule("ICE68", Any, custom_actions::ice68, "types of custom actions are valid"),
    rule("ICE69", Any, components::ice69, "no text refers to another component"),
    rule("ICE70", Any, registry::ice70, "numbers for the registry are numbers"),
    rule("ICE71", Only, media::ice71, "there is a medium 1"),
    rule("ICE72", Only, custom_actions::ice72, "advertising runs only custom actions of types 19, 35 and 51"),
    rule("ICE74", Only, properties::ice74, "FASTOEM is not authored; there is an upgrade code"),
    rule("ICE75", Only, custom_actions::ice75, "custom actions from installed files come after CostFinalize"),
    rule("ICE76", Any, files::ice76, "files of catalogs are not bound"),
    rule("ICE77", Only, custom_actions::ice77, "deferred custom actions are in the script"),
    rule("ICE78", Only, sequences::ice78, "advertising has no user interface"),
    rule("ICE79", Any, schema::ice79, "conditions refer to components and features that are there"),
    rule("ICE80", Only, summary::ice80, "64-bit parts and the platform agree; so do languages"),
    rule("ICE81", Any, media::ice81, "certificates are used, and what is signed is there"),
    rule("ICE82", Only, sequences::ice82, "products are registered as a whole; no two actions share a number"),
    rule("ICE83", Any, components::ice83, "assemblies are published, and their manifests are no key paths"),
    rule("ICE84", Only, sequences::ice84, "required actions have no conditions"),
    rule("ICE85", Any, files::ice85, "files are moved by a valid name"),
    rule("ICE86", Any, schema::ice86, "conditions ask for Privileged, not for AdminUser"),
    rule("ICE87", Only, properties::ice87, "what a command line selects is not authored"),
    rule("ICE88", Any, directories::ice88, "folders of .ini files are known"),
    rule("ICE89", Any, classes::ice89, "parents of programmatic identifiers are there"),
    rule("ICE90", Any, shortcuts::ice90, "no shortcut's folder is a public property in the profile"),
    rule("ICE91", Any, directories::ice91, "nothing goes to folders of one user only"),
    rule("ICE92", Any, components::ice92, "permanent components have a GUID, and are not removed when superseded"),
    rule("ICE93", Any, custom_actions::ice93, "no custom action has a standard action's name"),
    rule("ICE94", Any, shortcuts::ice94, "no plain shortcut goes to an assembly in the global cache"),
    rule("ICE95", Any, dialogs::ice95, "what is on billboards fits"),
    rule("ICE96", Only, sequences::ice96, "advertising publishes features and product"),
    rule("ICE97", Any, components::ice97, "no two components isolate a component in one folder"),
    rule("ICE98", Any, registry::ice98, "names of data sources are valid"),
    rule("ICE99", Any, directories::ice99, "no folder has the name of one of the installer's properties"),
    rule("ICE100", Only, dialogs::ice100, "embedded user interface and chainers work"),
    rule("ICE101", Only, features::ice101, "a feature's name has at most 38 characters"),
    rule("ICE102", Any, services::ice102, "services are configured with values that exist"),
    rule("ICE103", Any, dialogs::ice103, "printing has a text to print, starting a program has one to start"),
    rule("ICE104", Any, permissions::ice104, "there is one table of permissions, and what it locks exists"),
    rule("ICE105", Only, components::ice105, "a package for one user stays within what a user may change"),
    rule("ICEM02", Module, merge_modules::icem02, "dependencies and exclusions are the module's own"),
    rule("ICEM03", Module, merge_modules::icem03, "actions come from base actions"),
    rule("ICEM04", Module, merge_modules::icem04, "tables that must be empty are"),
    rule("ICEM05", Module, merge_modules::icem05, "components belong to the module"),
    rule("ICEM06", Module, merge_modules::icem06, "features are left to the package"),
    rule("ICEM07", Module, merge_modules::icem07, "files are in the order of their cabinet"),
    rule("ICEM08", Module, merge_modules::icem08, "no module is both needed and excluded"),
    rule("ICEM09", Module, merge_modules::icem09, "folders of Windows are not used directly"),
    rule("ICEM10", Module, merge_modules::icem10, "a module has no product's properties"),
    rule("ICEM11", Module, merge_modules::icem11, "tables of configuration are not merged"),
    rule("ICEM12", Module, merge_modules::icem12, "rows of module sequences have a number or a base action"),
];
