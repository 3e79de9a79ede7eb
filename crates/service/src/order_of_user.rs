//! What a user who is no administrator may order where the machine's policies elevate it: a package or a product, and
//! properties.
//!
//! The worker has the rights of the machine's owner, so that nothing may reach it that those rights would be used for: no other path
//! than those of files that the client has opened, no environment, no folder, and no output that could block it.

use std::os::fd::OwnedFd;

use rustix::fs::{FileType, fstat};

use crate::order::Order;

/// Verbs that are elevated.
const VERBS: [&str; 3] = ["install", "repair", "remove"];

impl Order {
    /// Returns what is to be installed, repaired or removed, where a user may order this at all: a product code, or a path for
    /// which a file comes along.
    ///
    /// Errors: the name of the parameter that such a user may not give.
    pub(crate) fn target_of_user(&self, opened: &[OwnedFd]) -> Result<&str, &'static str> {
        let [verb, target, rest @ ..] = self.arguments.as_slice() else {
            return Err("arguments");
        };
        let is_handed = self.files.iter().any(|file| file.path == *target);
        let is_known = VERBS.contains(&verb.as_str()) && (is_handed || is_code(target));
        if !is_known || !rest.iter().all(|word| is_plain(word)) {
            return Err("arguments");
        }
        for (is_given, name) in [
            (!self.environment.is_empty(), "environment"),
            (self.folder.is_some(), "folder"),
            (self.input.is_some(), "input"),
            (self.output.is_some(), "output"),
            (self.error.is_some(), "error"),
            (!opened.iter().all(is_regular), "files"),
        ] {
            if is_given {
                return Err(name);
            }
        }
        Ok(target)
    }
}

/// Is it `{…}`, as a product code is?
fn is_code(target: &str) -> bool {
    target.len() == 38 && target.starts_with('{') && target.ends_with('}')
}

/// Is it a property, or an option about waiting?
fn is_plain(word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let is_property = word
        .split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_name));
    is_property || matches!(word, "--wait" | "--no-wait") || word.starts_with("--wait=")
}

/// A pipe, or what else may never end, would hold everybody up.
fn is_regular(file: &OwnedFd) -> bool {
    fstat(file).is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::RegularFile)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests open files")]
mod tests {
    use super::*;
    use crate::OpenFile;

    const CODE: &str = "{00000000-0000-0000-0000-000000000000}";

    fn order(words: &[&str]) -> Order {
        Order {
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            files: vec![OpenFile {
                path: "/home/eve/x.msi".to_owned(),
                descriptor: 0,
            }],
            ..Order::default()
        }
    }

    #[test]
    fn packages_that_come_along_products_and_properties_and_nothing_else() {
        for words in [
            &["install", "/home/eve/x.msi"][..],
            &["install", CODE, "COLOUR=red", "--wait=2m"],
            &["remove", CODE, "--no-wait"],
            &["repair", CODE, "--wait"],
        ] {
            assert!(order(words).target_of_user(&[]).is_ok(), "{words:?}");
        }
        for words in [
            &[][..],
            &["install"],
            &["install", "/home/alice/secret.msi"],
            &["install", "Tools"],
            &["install", "C:\\x.msi"],
            &[
                "install",
                "/home/eve/x.msi",
                "--log",
                "/home/alice/.profile",
            ],
            &["install", "/home/eve/x.msi", "/home/alice/other.msi"],
            &["install", "/home/eve/x.msi", "--custom-actions=wine"],
            &["--json", "install", CODE],
            &["admin", "/home/eve/x.msi", "TARGETDIR=/home/alice"],
            &["advertise", "/home/eve/x.msi"],
            &["msiexec", "/i", "/home/eve/x.msi"],
            &["install", CODE, "=x"],
        ] {
            assert_eq!(
                order(words).target_of_user(&[]),
                Err("arguments"),
                "{words:?}"
            );
        }
    }

    #[test]
    fn what_would_act_on_the_owners_rights_is_refused_by_name() {
        let good = || order(&["install", CODE]);
        let rows: [(Order, &str); 5] = [
            (
                Order {
                    environment: vec!["LD_PRELOAD=/home/eve/x.so".to_owned()],
                    ..good()
                },
                "environment",
            ),
            (
                Order {
                    folder: Some(0),
                    ..good()
                },
                "folder",
            ),
            (
                Order {
                    input: Some(0),
                    ..good()
                },
                "input",
            ),
            (
                Order {
                    output: Some(0),
                    ..good()
                },
                "output",
            ),
            (
                Order {
                    error: Some(0),
                    ..good()
                },
                "error",
            ),
        ];
        for (order, name) in rows {
            assert_eq!(order.target_of_user(&[]), Err(name));
        }
        let (pipe, _other) = std::io::pipe().unwrap();
        assert_eq!(good().target_of_user(&[pipe.into()]), Err("files"));
        let file = tempfile::tempfile().unwrap();
        assert_eq!(good().target_of_user(&[file.into()]), Ok(CODE));
    }
}
