//! What a client asks to be carried out: msikit's own command line, with what it stands on.
//!
//! The words are those that the client would carry out by itself, so that the two come to the same. What belongs to the
//! client's process comes as descriptors that the client has opened.

use std::collections::HashMap;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

/// The parameters of `Run`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The command line without the program's name: `install`, `/srv/tools.msi`, …
    pub arguments: Vec<String>,
    /// The client's environment, `NAME=VALUE`.
    #[serde(default)]
    pub environment: Vec<String>,
    /// The number of the descriptor of the client's working folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<usize>,
    /// The number of the descriptor that is standard input, for answers to questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<usize>,
    /// The number of the descriptor that is standard output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<usize>,
    /// The number of the descriptor that is standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<usize>,
    /// Files that the client has opened.
    #[serde(default)]
    pub files: Vec<OpenFile>,
    /// The installation is called off when the client goes.
    #[serde(default)]
    pub cancel_with_client: bool,
    /// The client answers questions.
    #[serde(default)]
    pub answers: bool,
}

/// A file that the client has opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFile {
    /// The absolute path that it stands for.
    pub path: String,
    /// The number of its descriptor.
    pub descriptor: usize,
}

/// An order with its descriptors in their places.
#[derive(Debug)]
pub struct Start {
    /// The command line without the program's name.
    pub arguments: Vec<String>,
    /// Names and values.
    pub environment: Vec<(String, String)>,
    /// The working folder.
    pub folder: Option<OwnedFd>,
    /// Standard output.
    pub output: Option<OwnedFd>,
    /// Standard error.
    pub error: Option<OwnedFd>,
    /// The client's process.
    pub client: crate::Peer,
    /// The client is no administrator of the machine.
    pub as_user: bool,
    /// Files were handed over.
    pub has_files: bool,
}

/// What is handed over to a worker when it begins.
#[derive(Debug)]
pub(crate) struct Handed {
    /// Files, and the absolute paths that they stand for.
    pub(crate) files: Vec<(String, OwnedFd)>,
    /// Standard input.
    pub(crate) input: Option<OwnedFd>,
}

/// Verbs that a service carries out.
const VERBS: [&str; 8] = [
    "install",
    "remove",
    "uninstall",
    "repair",
    "admin",
    "advertise",
    "patch",
    "msiexec",
];

impl Order {
    /// Puts the descriptors in their places. Returns what to start, and what to hand over.
    ///
    /// Errors: the name of the parameter that makes no sense.
    pub(crate) fn start(
        self,
        descriptors: Vec<OwnedFd>,
        client: crate::Peer,
        as_user: bool,
    ) -> Result<(Start, Handed), &'static str> {
        let verb = self.arguments.iter().find(|word| !word.starts_with('-'));
        let has_zero = self.arguments.iter().any(|word| word.contains('\0'));
        if has_zero || !verb.is_some_and(|verb| VERBS.contains(&verb.as_str())) {
            return Err("arguments");
        }
        let mut descriptors: HashMap<usize, OwnedFd> =
            descriptors.into_iter().enumerate().collect();
        let mut take = |number: Option<usize>, name: &'static str| match number {
            Some(number) => descriptors.remove(&number).map(Some).ok_or(name),
            None => Ok(None),
        };
        let (folder, output) = (take(self.folder, "folder")?, take(self.output, "output")?);
        let (error, input) = (take(self.error, "error")?, take(self.input, "input")?);
        let mut files = Vec::new();
        for file in self.files {
            if !file.path.starts_with('/') {
                return Err("files");
            }
            files.extend(take(Some(file.descriptor), "files")?.map(|opened| (file.path, opened)));
        }
        let pairs = self
            .environment
            .iter()
            .filter_map(|pair| pair.split_once('='));
        let environment: Vec<_> = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let is_odd = |text: &String| text.contains('\0');
        if environment
            .iter()
            .any(|(name, value)| name.is_empty() || is_odd(name) || is_odd(value))
        {
            return Err("environment");
        }
        let start = Start {
            arguments: self.arguments,
            environment,
            folder,
            output,
            error,
            client,
            as_user,
            has_files: !files.is_empty(),
        };
        Ok((start, Handed { files, input }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: crate::Peer = crate::Peer {
        pid: 1,
        user: 0,
        group: 0,
    };

    fn refused(order: Order) -> Option<&'static str> {
        order.start(Vec::new(), CLIENT, false).err()
    }

    #[test]
    fn verbs_that_change_a_machine_are_carried_out_and_no_others() {
        let order = |words: &[&str]| Order {
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            ..Order::default()
        };
        for words in [
            &["install", "x.msi"][..],
            &["--json", "remove", "x"],
            &["msiexec", "/i"],
        ] {
            assert_eq!(refused(order(words)), None, "{words:?}");
        }
        for words in [
            &[][..],
            &["run", "--", "sh"],
            &["service", "run"],
            &["--machine", "run", "install"],
            &["install", "a\0b"],
        ] {
            assert_eq!(refused(order(words)), Some("arguments"), "{words:?}");
        }
    }

    #[test]
    fn descriptors_that_did_not_come_and_names_that_cannot_be_are_refused() {
        let install = Order {
            arguments: vec!["install".to_owned()],
            ..Order::default()
        };
        let folder = Order {
            folder: Some(0),
            ..install.clone()
        };
        assert_eq!(refused(folder), Some("folder"));
        for path in ["relative", "/absolute"] {
            let files = vec![OpenFile {
                path: path.to_owned(),
                descriptor: 7,
            }];
            let order = Order {
                files,
                ..install.clone()
            };
            assert_eq!(refused(order), Some("files"));
        }
        let order = Order {
            environment: vec!["=x".to_owned()],
            ..install
        };
        assert_eq!(refused(order), Some("environment"));
    }
}
