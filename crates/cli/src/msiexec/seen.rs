//! What was seen of a command line, and what goes together in one.

use super::{CommandLine, Display, Log, Main, Refused, refused};

/// What was seen so far.
#[derive(Default)]
pub(super) struct Seen {
    pub mains: Vec<(String, Main)>,
    pub display: Option<Display>,
    pub log: Option<Log>,
    pub instance: Option<String>,
    pub status_file: Option<String>,
    pub transforms: Option<String>,
    pub language: Option<String>,
    pub new_instance: bool,
    pub properties: Vec<(String, String)>,
    pub implied: Vec<(&'static str, &'static str)>,
    pub quiet: bool,
    pub prompt_restart: bool,
}

impl Seen {
    /// Joins it into a command line.
    ///
    /// Errors: [`Refused`] names an option that does not go with another.
    pub fn finish(mut self) -> Result<CommandLine, Refused> {
        if self.quiet && self.prompt_restart {
            return refused("/promptrestart", "cannot be used with /quiet");
        }
        let (word, main) = self.one_main()?;
        let main = self.advertised(&word, main)?;
        // "/f and /j ignore properties on the command line".
        if matches!(main, Main::Repair { .. } | Main::Advertise { .. }) {
            self.properties.clear();
        }
        let implied = self
            .implied
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.properties.extend(implied);
        Ok(CommandLine {
            main,
            display: self.display,
            log: self.log,
            instance: self.instance,
            status_file: self.status_file,
            properties: self.properties,
        })
    }

    /// The main option. Two exclude each other, save /p with /a, and /package with patches.
    fn one_main(&mut self) -> Result<(String, Main), Refused> {
        if let Some(help) = self.mains.iter().position(|(_, main)| *main == Main::Help) {
            return Ok(self.mains.swap_remove(help));
        }
        let mut mains = std::mem::take(&mut self.mains).into_iter();
        let Some((word, first)) = mains.next() else {
            return refused("msiexec", "needs one of /i /f /a /x /j /p (see /?)");
        };
        let Some((other, second)) = mains.next() else {
            return Ok((word, first));
        };
        if let Some((third, _)) = mains.next() {
            return refused(&third, "is one main option too many");
        }
        match joined(&first, &second).or_else(|| joined(&second, &first)) {
            Some(main) => Ok((word, main)),
            None => refused(&other, format!("cannot be used with {word}")),
        }
    }

    fn advertised(&mut self, word: &str, main: Main) -> Result<Main, Refused> {
        let extras = self.transforms.is_some() || self.language.is_some() || self.new_instance;
        match main {
            Main::Advertise {
                package, all_users, ..
            } => {
                if self.new_instance && self.transforms.is_none() {
                    return refused("/c", "needs /t with it");
                }
                let (transforms, language) = (self.transforms.take(), self.language.take());
                Ok(Main::Advertise {
                    package,
                    all_users,
                    transforms,
                    language,
                    new_instance: self.new_instance,
                })
            }
            _ if extras => refused(word, "/t, /g and /c are for /j only"),
            other => Ok(other),
        }
    }
}

/// Joins the two pairs of main options that go together.
fn joined(first: &Main, second: &Main) -> Option<Main> {
    match (first, second) {
        (
            Main::Admin {
                package,
                patches: None,
            },
            Main::Patch {
                patches,
                product: None,
            },
        ) => Some(Main::Admin {
            package: package.clone(),
            patches: Some(patches.clone()),
        }),
        (
            Main::RemovePatches {
                patches,
                product: None,
            },
            Main::Install(product),
        ) => Some(Main::RemovePatches {
            patches: patches.clone(),
            product: Some(product.clone()),
        }),
        _ => None,
    }
}
