//! Why something could not be done, with Windows' code: the one place that turns a cause into a number.

use std::path::PathBuf;

use crate::code;

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no package where one was named.
    #[error("cannot open the package {place}: {why}")]
    NoPackage {
        /// Its path as given.
        place: String,
        /// What the system said.
        why: String,
    },
    /// A file is there and is no package.
    #[error("{place}: {source}")]
    NotPackage {
        /// Its path as given.
        place: String,
        /// Where reading ended.
        source: database::Error,
    },
    /// A file of another kind, that is carried elsewhere.
    #[error("{place} is {what}, and no package: {instead}")]
    OtherFile {
        /// Its path as given.
        place: String,
        /// What it is.
        what: &'static str,
        /// What to do with it.
        instead: String,
    },
    /// A package lacks what every package must have.
    #[error("{place} is no whole package: {what}")]
    Incomplete {
        /// Its path as given.
        place: String,
        /// What is missing.
        what: &'static str,
    },
    /// The machine has no such product.
    #[error("{name} is not installed in this machine")]
    UnknownProduct {
        /// A product code, a name or a package, as given.
        name: String,
    },
    /// More products than one have this name.
    #[error("{count} products are named `{name}`: use the product code ({codes})")]
    AmbiguousProduct {
        /// The name as given.
        name: String,
        /// How many.
        count: usize,
        /// Their product codes.
        codes: String,
    },
    /// A transform cannot be found, or cannot be applied to the package.
    #[error("cannot apply the transform {name}: {why}")]
    Transform {
        /// The transform as given.
        name: String,
        /// What is wrong with it, or between it and the package.
        why: String,
    },
    /// The command line does not make sense.
    #[error("{0}")]
    Usage(String),
    /// Part of the command line's contract that is not there yet.
    #[error("{0} is not there yet")]
    NotYet(String),
    /// The package is for another processor.
    #[error("{place} is for {platform}: this machine is {architecture}")]
    Platform {
        /// The package.
        place: String,
        /// The platform of its Template.
        platform: String,
        /// The machine's processor.
        architecture: &'static str,
    },
    /// The package needs a newer Windows Installer.
    #[error("{place} needs Windows Installer {needs}: this machine has {has}")]
    TooNew {
        /// The package.
        place: String,
        /// The version that it needs.
        needs: String,
        /// The machine's version.
        has: String,
    },
    /// This process is processing a UI sequence: the second case of "_MSIExecute Mutex".
    #[error("this process is in the user interface of another installation")]
    UiSequence,
    /// The gate was not taken.
    #[error(transparent)]
    Gate(#[from] gate::TakeError),
    /// An installation waits for a restart, and what is kept of it is not understood.
    #[error(
        "an installation waits for a restart and cannot be gone on with ({0}): undo it with `msikit recover --undo-suspended`"
    )]
    Suspended(String),
    /// Hidden properties were not kept over a restart.
    #[error(
        "{product} waits for a restart, and hidden properties are not kept: give {names} again, as in `msikit recover --resume NAME=VALUE`"
    )]
    Withheld {
        /// The product.
        product: String,
        /// The names of the properties.
        names: String,
    },
    /// A wineserver has the registry of the machine, a Wine prefix, in its memory.
    #[error("{}", machine::Error::WineserverRuns)]
    Wineserver,
    /// The wait for a wineserver was called off.
    #[error("the wait for the wineserver of this prefix was cancelled")]
    WaitCancelled,
    /// A process cannot be waited for.
    #[error("cannot wait for the wineserver of this prefix: {0}")]
    WineserverWait(std::io::Error),
    /// The gate cannot be asked.
    #[error("cannot tell whether an installation is in progress: {0}")]
    Probe(String),
    /// The machine cannot be read or changed.
    #[error("{0}")]
    Machine(#[from] machine::Error),
    /// The script or its journal failed.
    #[error("{0}")]
    Script(#[from] script::Error),
    /// The package makes no sense.
    #[error("{0}")]
    Sequence(#[from] sequence::Error),
    /// The package could not be read further on.
    #[error("{0}")]
    Database(#[from] database::Error),
    /// The event log.
    #[error("event log: {0}")]
    Events(#[from] events::Error),
    /// The log file.
    #[error("cannot write the log {path}: {source}", path = .path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A run ended with a code of its own.
    #[error("{message}")]
    Failed {
        /// Windows' code.
        code: u32,
        /// One line that says why.
        message: String,
    },
}

impl Error {
    /// What a run is told of it: with the number of Windows' message, where it has one.
    pub(crate) fn failure(&self) -> sequence::Failure {
        let mut failure = sequence::Failure::new(self.code(), self.to_string());
        if let Error::Script(error) = self {
            failure.number = error.code();
            failure.fields = error.fields();
        }
        failure
    }

    /// Returns Windows' code. "Error Codes".
    pub fn code(&self) -> u32 {
        match self {
            Error::NoPackage { .. } => code::PACKAGE_OPEN_FAILED,
            // A damaged text table makes a package that is none.
            Error::NotPackage {
                source: database::Error::Text { .. },
                ..
            } => code::PACKAGE_INVALID,
            Error::NotPackage { source, .. } | Error::Database(source) => source.code(),
            Error::OtherFile { .. } | Error::Incomplete { .. } => code::PACKAGE_INVALID,
            Error::UnknownProduct { .. } => code::UNKNOWN_PRODUCT,
            Error::AmbiguousProduct { .. }
            | Error::Usage(_)
            | Error::NotYet(_)
            | Error::Withheld { .. } => code::COMMAND_LINE,
            Error::Transform { .. } => code::TRANSFORM_FAILURE,
            Error::Platform { .. } => code::PLATFORM_UNSUPPORTED,
            Error::TooNew { .. } => code::PACKAGE_VERSION,
            Error::UiSequence | Error::Wineserver => code::ALREADY_RUNNING,
            Error::WaitCancelled => code::USER_EXIT,
            Error::Gate(error) => error.code(),
            Error::Probe(_) => code::SERVICE_FAILURE,
            Error::Sequence(_) => code::PACKAGE_INVALID,
            Error::Script(error) => error.exit_code(),
            Error::Machine(_)
            | Error::Events(_)
            | Error::WineserverWait(_)
            | Error::Suspended(_) => code::FAILURE,
            Error::Log { .. } => code::LOG_FAILURE,
            Error::Failed { code, .. } => *code,
        }
    }
}
