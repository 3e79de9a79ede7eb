//! DrLocator: the folder tree.

use std::collections::VecDeque;

use database::Record;
use machine::{EntryKind, MachinePath, View};

use super::signature::Signature;
use super::{Search, rows};
use crate::{Error, Run};

/// Folders that one search looks into: a whole drive has more, an honest package asks for less.
const FOLDERS_MAX: usize = 200_000;

impl Search<'_> {
    /// DrLocator: a path below a parent's place, a full path, or a path on every drive.
    pub(super) fn folders(
        &self,
        signature: &str,
        file: Option<&Signature>,
    ) -> Result<Option<String>, Error> {
        for record in rows(&*self.run.table("DrLocator")?, signature) {
            for base in self.bases(record)? {
                if let Some(found) = self.look(&base, depth(record), file)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// The folders that a row's search begins in.
    fn bases(&self, record: Record<'_>) -> Result<Vec<MachinePath>, Error> {
        let path = self.path_text(record.text("Path"));
        let parent = record.text("Parent");
        let roots: Vec<MachinePath> = if !parent.is_empty() {
            let search = Search {
                run: self.run,
                view: self.view,
                depth: self.depth + 1,
            };
            let found = search.find(parent)?;
            found
                .map(|found| self.as_folder(&found))
                .transpose()?
                .flatten()
                .into_iter()
                .collect()
        } else if let Ok(full) = self.view.path(&path) {
            return Ok(vec![full]);
        } else {
            self.run
                .facts
                .drives
                .iter()
                .filter_map(|drive| self.view.path(&format!("{drive}:\\")).ok())
                .collect()
        };
        let below = |root: &MachinePath| {
            self.view
                .path(&format!(
                    "{}{}",
                    root.as_folder(),
                    path.trim_start_matches('\\')
                ))
                .ok()
        };
        Ok(roots.iter().filter_map(below).collect())
    }

    /// Looks in a folder and so many levels below it.
    fn look(
        &self,
        base: &MachinePath,
        depth: usize,
        file: Option<&Signature>,
    ) -> Result<Option<String>, Error> {
        let Some(signature) = file else {
            return Ok(if self.view.is_folder(base)? {
                Some(base.as_folder())
            } else {
                None
            });
        };
        let mut waiting = VecDeque::from([(base.clone(), 0)]);
        let mut looked = 0;
        while let Some((folder, level)) = waiting.pop_front() {
            looked += 1;
            if let Some(found) = self.file_in(&folder, signature)? {
                return Ok(Some(found));
            }
            if level == depth || looked > FOLDERS_MAX {
                continue;
            }
            for entry in self.view.list(&folder)?.unwrap_or_default() {
                if entry.metadata.kind == EntryKind::Folder {
                    waiting.extend(
                        folder
                            .join(&entry.name)
                            .ok()
                            .map(|folder| (folder, level + 1)),
                    );
                }
            }
        }
        Ok(None)
    }
}

fn depth(record: Record<'_>) -> usize {
    record
        .integer("Depth")
        .and_then(|depth| usize::try_from(depth).ok())
        .unwrap_or(0)
}

/// Looks for a signature's DrLocator rows below a root, whatever their parents: RMCCPSearch.
///
/// Errors: the machine cannot be read.
pub(crate) fn below(
    run: &Run,
    view: &dyn View,
    signature: &str,
    root: &MachinePath,
) -> Result<Option<String>, Error> {
    let search = Search::new(run, view);
    let file = Signature::read(run, signature)?;
    for record in rows(&*run.table("DrLocator")?, signature) {
        let path = search.path_text(record.text("Path"));
        let Ok(base) = view.path(&format!(
            "{}{}",
            root.as_folder(),
            path.trim_start_matches('\\')
        )) else {
            continue;
        };
        if let Some(found) = search.look(&base, depth(record), file.as_ref())? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
