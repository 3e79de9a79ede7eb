//! `RemoveShortcuts`: advertised links of features going away, plain ones of components going away; with the
//! folders that this leaves empty.
//!
//! Wine puts the links of a per-machine installation into the user's own menu and desktop. What it installed is removed
//! from there: a link of the row's name that points where the row points.
//! Follows: Microsoft, "RemoveShortcuts Action", "Shortcut Table".

use std::io::Read;

use machine::{Folder, MachinePath, View, fold, special_folder};
use script::{Operation, shell_link};

use crate::actions::Flow;
use crate::actions::create_shortcuts::target;
use crate::emptied::EmptiedFolders;
use crate::shortcut_rows::ShortcutRow;
use crate::{Error, Run, State};

pub(crate) fn remove_shortcuts(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let table = run.database().rows("Shortcut")?;
    let mut emptied = EmptiedFolders::new(run, view);
    let mut operations = Vec::new();
    for record in table.records() {
        let row = ShortcutRow::read(run, record)?;
        // With DISABLEADVTSHORTCUTS in either run the link may have been made for the one reason or the other.
        let goes = row
            .feature
            .is_some_and(|feature| feature.action == State::Absent)
            || row.component.action == State::Absent;
        if !goes {
            continue;
        }
        let file = row.file(run)?;
        emptied.file_gone(&file);
        if view.is_file(&file)? {
            operations.push(Operation::ShortcutRemove { file });
        } else if let Some((folder, file)) = in_the_users_folder(run, view, &row, &file)? {
            emptied.keep(folder);
            emptied.file_gone(&file);
            operations.push(Operation::ShortcutRemove { file });
        }
    }
    operations.extend(emptied.operations()?);
    Ok(Flow::script("RemoveShortcuts", operations))
}

/// Folders that a user has, and all users together.
const SHARED_FOLDERS: [Folder; 6] = [
    Folder::AdminTools,
    Folder::Startup,
    Folder::ProgramMenu,
    Folder::StartMenu,
    Folder::Desktop,
    Folder::Template,
];

/// More than this no shell link of an installation has.
const LINK_BYTES_MAX: u64 = 1 << 16;

/// The same link in the user's folder instead of all users', where it is one of this product's; that folder first.
fn in_the_users_folder(
    run: &Run,
    view: &dyn View,
    row: &ShortcutRow<'_>,
    file: &MachinePath,
) -> Result<Option<(MachinePath, MachinePath)>, Error> {
    if !run.per_machine() {
        return Ok(None);
    }
    for folder in SHARED_FOLDERS {
        let (all, own) = (
            special_folder(view, folder, true)?,
            special_folder(view, folder, false)?,
        );
        let Some((all, own)) = all.zip(own).filter(|(all, _)| file.is_within(all)) else {
            continue;
        };
        let mut other = own.clone();
        for name in &file.names()[all.names().len()..] {
            other = other.join(name).map_err(machine::Error::from)?;
        }
        return Ok(points_there(run, view, row, &other)?.then_some((own, other)));
    }
    Ok(None)
}

fn points_there(
    run: &Run,
    view: &dyn View,
    row: &ShortcutRow<'_>,
    file: &MachinePath,
) -> Result<bool, Error> {
    // A user's folder may be a link to the home directory: what is there is nobody's business.
    if !view.is_file(file).unwrap_or(false) {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    let read = view
        .open(file)?
        .take(LINK_BYTES_MAX)
        .read_to_end(&mut bytes);
    let link = read.ok().and_then(|_| shell_link::decode(&bytes).ok());
    let wanted = target(run, view, row)?;
    Ok(link.is_some_and(|link| fold(&link.target) == fold(&wanted)))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn links_come_and_go_with_their_folders() {
        check_comes_and_goes(
            r"
            set MENU C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Maker\App
            Shortcut s1|MENU|App|Tool|[INSTALLDIR]app.exe|||||||
            Shortcut s2|MENU|Advertised|Tool|Main|||||||
            run CreateShortcuts
            run RemoveShortcuts",
        );
    }

    #[test]
    fn what_wine_put_into_the_users_menu_goes_where_it_points_at_the_product() {
        check(
            r"
            set MENU C:\ProgramData\Microsoft\Windows\Start Menu\Programs\App
            state Tool local absent
            Shortcut s1|MENU|App|Tool|[INSTALLDIR]app.exe|||||||
            Shortcut s2|MENU|Mine|Tool|[INSTALLDIR]app.exe|||||||
            Shortcut s3|SUB|Sub|Tool|[INSTALLDIR]app.exe|||||||
            set SUB C:\ProgramData\Microsoft\Windows\Start Menu\Programs\App\Sub
            link C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\App\Sub\Sub.lnk=C:\Program Files\App\app.exe
            link C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\App\App.lnk=C:\Program Files\App\APP.exe
            link C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\App\Mine.lnk=C:\Program Files\App\other.exe
            run RemoveShortcuts",
            expect![[r#"
                ShortcutRemove(FileName=C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\App\App.lnk)
                ShortcutRemove(FileName=C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\App\Sub\Sub.lnk)
                FolderRemove(Folder=C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\App\Sub)
            "#]],
        );
    }

    #[test]
    fn the_users_own_menu_stays_when_it_is_empty() {
        check(
            r"
            set MENU C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Administrative Tools
            state Tool local absent
            Shortcut s1|MENU|App|Tool|[INSTALLDIR]app.exe|||||||
            link C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Administrative Tools\App.lnk=C:\Program Files\App\app.exe
            run RemoveShortcuts",
            expect![[r#"
                ShortcutRemove(FileName=C:\users\user\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Administrative Tools\App.lnk)
                FolderRemove(Folder=C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Administrative Tools)
            "#]],
        );
    }
}
