//! Elevation: whether an installation runs with an administrator's rights, and what its user may decide then.
//!
//! Of a machine in a folder every change is made with one user's rights. What is left of elevation is what packages see of
//! it, what is refused without it, and which properties a user who is no administrator may hand over with it.
//! Follows: Microsoft, "Restricted Public Properties", "AlwaysInstallElevated", "EnableUserControl", "Privileged Property",
//! "AdminUser Property", "Installing a Package with Elevated Privileges for a Non-Admin". Limits: a per-user
//! installation without elevation is not kept out of places for all users; a prompt for credentials is never shown.

use std::collections::BTreeSet;

use database::Database;
use machine::{Data, KeyPath, Root, View};

use crate::properties::is_public;
use crate::{Error, Failure, Run};

const POLICIES: &str = "Software\\Policies\\Microsoft\\Windows\\Installer";

/// Public properties that every user may hand over. "Restricted Public Properties".
const RESTRICTED: [&str; 28] = [
    "ACTION",
    "AFTERREBOOT",
    "ALLUSERS",
    "EXECUTEACTION",
    "EXECUTEMODE",
    "FILEADDDEFAULT",
    "FILEADDLOCAL",
    "FILEADDSOURCE",
    "INSTALLLEVEL",
    "LIMITUI",
    "LOGACTION",
    "MSIENFORCEUPGRADECOMPONENTRULES",
    "MSIINSTANCEGUID",
    "MSINEWINSTANCE",
    "MSIPATCHREMOVE",
    "NOCOMPANYNAME",
    "NOUSERNAME",
    "PATCH",
    "PRIMARYFOLDER",
    "PROMPTROLLBACKCOST",
    "REBOOT",
    "REINSTALL",
    "REINSTALLMODE",
    "RESUME",
    "SEQUENCE",
    "SHORTFILENAMES",
    "TRANSFORMS",
    "TRANSFORMSATSOURCE",
];

/// With whose rights an installation runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    /// The user is an administrator.
    administrator: bool,
    /// The policy AlwaysInstallElevated is set for the machine and for the user.
    always: bool,
    /// An administrator has installed or advertised the product.
    managed: bool,
    /// The public properties that the user may hand over; none: all.
    passing: Option<BTreeSet<String>>,
}

impl Default for Elevation {
    /// That of an administrator.
    fn default() -> Elevation {
        Elevation {
            administrator: true,
            always: false,
            managed: false,
            passing: None,
        }
    }
}

impl Elevation {
    /// Finds out whether an installation of this package is elevated. `managed`: an administrator has installed or
    /// advertised its product, and the package is the one that the machine knows.
    ///
    /// Errors: the package or the machine cannot be read.
    pub fn of(
        administrator: bool,
        managed: bool,
        database: &Database,
        view: &dyn View,
    ) -> Result<Elevation, Error> {
        let mut elevation = Elevation {
            administrator,
            always: always_elevated(view)?,
            managed,
            passing: None,
        };
        let restricts = !administrator && elevation.is_privileged();
        if restricts && !is_set(view, Root::LocalMachine, "EnableUserControl")? {
            elevation.passing = passing(database)?;
        }
        Ok(elevation)
    }

    /// Is it elevated?
    pub fn is_privileged(&self) -> bool {
        self.administrator || self.always || self.managed
    }

    /// May the user only hand some of the public properties over?
    pub fn is_restricted(&self) -> bool {
        self.passing.is_some()
    }

    /// May the user hand this property over?
    pub fn lets_pass(&self, name: &str) -> bool {
        let passing = self.passing.as_ref();
        passing.is_none_or(|passing| passing.contains(name))
    }

    /// The names of the properties that say so, with their values; "": it is not set.
    pub(crate) fn properties(&self, run: &Run) -> [(&'static str, &'static str); 4] {
        let flag = |is_set: bool| if is_set { "1" } else { "" };
        let privileged = self.is_privileged();
        // From Windows Vista on the two are the same, unless a package wants to know.
        let same = run.facts.windows_version.0 >= 6;
        let real = run.property("MSIUSEREALADMINDETECTION") == "1";
        let admin = self.administrator || (privileged && same && !real);
        [
            ("AdminUser", flag(admin)),
            ("Privileged", flag(privileged)),
            ("MsiRunningElevated", flag(privileged)),
            ("RestrictedUserControl", flag(self.is_restricted())),
        ]
    }
}

/// Is AlwaysInstallElevated set for the machine and for the user?
///
/// Errors: the machine cannot be read.
pub fn always_elevated(view: &dyn View) -> Result<bool, Error> {
    let name = "AlwaysInstallElevated";
    Ok(is_set(view, Root::LocalMachine, name)? && is_set(view, Root::CurrentUser, name)?)
}

/// Why a run that is not elevated cannot go on: it would change the machine for all users (1925), or remove what an
/// administrator has put there (1730).
pub(crate) fn refusal(run: &Run) -> Option<Failure> {
    let elevation = &run.request.elevation;
    if run.removes_product() {
        let may_remove = elevation.administrator || elevation.always;
        let text = "only an administrator can remove this product";
        let refused = !may_remove && (run.per_machine() || elevation.managed);
        return refused.then(|| Failure::numbered(1730, [], text.to_owned()));
    }
    let text = "only an administrator can do this for all users of the machine";
    let refused = !elevation.is_privileged() && run.per_machine();
    refused.then(|| Failure::numbered(1925, [], text.to_owned()))
}

fn is_set(view: &dyn View, root: Root, policy: &str) -> Result<bool, Error> {
    let value = view.value(&KeyPath::new(root, POLICIES), policy)?;
    Ok(value == Some(Data::Dword(1)))
}

/// The properties that a package lets pass; none: all.
fn passing(database: &Database) -> Result<Option<BTreeSet<String>>, Error> {
    let mut passing: BTreeSet<String> = RESTRICTED.map(str::to_owned).into();
    for record in database.rows("Property")?.records() {
        match (record.text("Property"), record.text("Value")) {
            ("EnableUserControl", "1") => return Ok(None),
            ("SecureCustomProperties", list) => {
                let names = list.split(';').map(str::trim);
                passing.extend(names.filter(|name| is_public(name)).map(str::to_owned));
            }
            _ => {}
        }
    }
    Ok(Some(passing))
}
