//! What a run is asked to do, and what it must know of the world besides package and machine.

use std::time::SystemTime;

/// The top-level action. "Standard Actions Reference".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopLevel {
    /// INSTALL: also change, repair and removal.
    Install,
    /// ADMIN
    Admin,
    /// ADVERTISE
    Advertise,
}

/// How much is shown. UI sequences run at `Reduced` and `Full` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UiLevel {
    /// UILevel 2.
    None,
    /// UILevel 3.
    Basic,
    /// UILevel 4.
    Reduced,
    /// UILevel 5.
    Full,
}

/// What happens to custom actions that run Windows code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomActions {
    /// Each is named in the outcome and left out.
    Skip,
    /// The first whose condition holds fails the install before anything is changed.
    Fail,
}

/// Where the package came from.
#[derive(Clone, Debug, Default)]
pub struct PackageSource {
    /// The package's file name, such as `putty.msi`.
    pub name: String,
    /// Its folder with a trailing backslash: a machine path, or a host path in the form `Z:\host\folder\`.
    pub folder: String,
    /// The path as the user gave it, for the event log and the OriginalDatabase property.
    pub original: String,
}

/// The transforms that the package was changed by before the run.
#[derive(Clone, Debug, Default)]
pub struct Transforms {
    /// The list, as it is registered with the product; "" where there are none.
    pub list: String,
    /// Those of the list that are files, which the product keeps; the number of one is its
    /// [`script::Contents::Given`].
    pub files: Vec<TransformFile>,
}

/// A transform that is a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformFile {
    /// The name of the file that is kept.
    pub name: String,
    /// Is it kept where the user cannot write?
    pub secured: bool,
}

/// The time, given once a run.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Property Date in the user's locale: `11/24/2026`.
    pub date: String,
    /// Property Time: `12:01:07`.
    pub time: String,
    /// InstallDate of the registry: `20261124`.
    pub install_date: String,
    /// The moment itself; none: files and packages that are made keep the times of what they are made of.
    pub now: Option<SystemTime>,
}

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// The top-level action.
    pub top_level: TopLevel,
    /// Properties from the command line, names in upper case, in order.
    pub properties: Vec<(String, String)>,
    /// The transforms that the package was changed by.
    pub transforms: Transforms,
    /// How much is shown.
    pub ui_level: UiLevel,
    /// What happens to custom actions that run Windows code.
    pub custom_actions: CustomActions,
    /// Where the package came from.
    pub source: PackageSource,
    /// The time.
    pub clock: Clock,
    /// File name for the cached package below `C:\Windows\Installer`, such as `1a2b3c.msi`.
    pub cache_name: String,
    /// Environment variables of the calling process that the run may see (`[%NAME]`), besides the machine's own.
    pub environment: Vec<(String, String)>,
    /// The run that this one is inside of: then it has no UI sequence.
    pub outer: Outer,
    /// Is it one of several packages in one transaction? "Multiple-Package Installations".
    pub together: bool,
    /// With whose rights it runs.
    pub elevation: crate::Elevation,
}

/// The run that a run is inside of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outer {
    /// It is inside of none.
    #[default]
    None,
    /// That of the product that replaces this one: RemoveExistingProducts.
    Replacing,
    /// That of the package that installs this one along: "Concurrent Installations".
    Parent {
        /// Property ParentProductCode.
        product_code: String,
        /// Property ParentOriginalDatabase.
        original_database: String,
    },
}
