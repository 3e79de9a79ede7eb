//! Symbolic links in a machine: followed where they stay inside, refused by name where they lead out.

#![allow(
    clippy::disallowed_methods,
    reason = "tests look at the directory from outside"
)]

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;

use machine::{
    Disk, Error, Facts, Machine, MachinePath, MemoryDisk, OsDisk, Saved, Tree, View, leads_out,
};

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

/// A machine in a folder with a folder `outside` beside it, over each way of opening.
fn on_disks(test: impl Fn(&Path, &mut Tree<OsDisk>)) {
    for kernel in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("machine");
        let disk = OsDisk::create(&root).unwrap();
        let disk = if kernel { disk } else { disk.without_openat2() };
        std::fs::create_dir(folder.path().join("outside")).unwrap();
        std::fs::write(folder.path().join("outside/secret"), "secret").unwrap();
        test(
            folder.path(),
            &mut Tree::create(disk, Facts::default()).unwrap(),
        );
        assert_eq!(
            std::fs::read(folder.path().join("outside/secret")).unwrap(),
            b"secret"
        );
        assert_eq!(
            std::fs::read_dir(folder.path().join("outside"))
                .unwrap()
                .count(),
            1
        );
    }
}

fn refused<T>(result: Result<T, Error>) {
    match result {
        Err(Error::LinkLeadsOut(_)) => {}
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a link that leads out was followed"),
    }
}

#[test]
fn links_that_lead_out_are_refused_by_name() {
    on_disks(|folder, tree| {
        let drive = folder.join("machine/drive_c");
        let outside = folder.join("outside");
        for (name, target) in [
            ("absolute", outside.as_path()),
            ("up", Path::new("../../outside")),
        ] {
            symlink(target, drive.join(name)).unwrap();
            tree.refresh();
            let (inside, secret) = (
                path(&format!("C:\\{name}\\new")),
                path(&format!("C:\\{name}\\secret")),
            );
            refused(tree.metadata(&secret));
            refused(tree.open(&secret));
            refused(tree.list(&path(&format!("C:\\{name}"))));
            refused(tree.create_file(&inside));
            refused(tree.create_folder(&inside));
            refused(tree.remove_file(&secret));
            refused(tree.set_metadata(&secret, Default::default(), None));
            assert_eq!(
                tree.metadata(&secret).unwrap_err().to_string(),
                format!("C:\\{name} is a symbolic link that leads out of the machine")
            );
            assert!(
                !tree
                    .list(&path("C:\\"))
                    .unwrap()
                    .unwrap()
                    .iter()
                    .any(|entry| entry.name == name)
            );
            tree.begin_journal().unwrap();
            refused(tree.set_aside(&secret, Saved(1)));
            tree.set_aside(&path(&format!("C:\\{name}")), Saved(2))
                .unwrap();
            assert!(
                tree.put_back(Saved(2), &path(&format!("C:\\{name}")))
                    .unwrap()
            );
            assert_eq!(std::fs::read_link(drive.join(name)).unwrap(), target);
            tree.close_journal("undone", name).unwrap();
            tree.remove_file(&path(&format!("C:\\{name}"))).unwrap();
        }
    });
}

#[test]
fn a_link_that_is_swapped_in_after_the_lookup_is_refused() {
    on_disks(|folder, tree| {
        let place = folder.join("machine/drive_c/place");
        tree.create_folder(&path("C:\\place")).unwrap();
        tree.create_file(&path("C:\\place\\secret"))
            .unwrap()
            .write_all(b"mine")
            .unwrap();
        assert!(tree.is_file(&path("C:\\place\\secret")).unwrap());
        std::fs::remove_file(place.join("secret")).unwrap();
        std::fs::remove_dir(&place).unwrap();
        symlink(folder.join("outside"), &place).unwrap();
        refused(tree.metadata(&path("C:\\place\\secret")));
        refused(tree.open(&path("C:\\place\\secret")));
        refused(tree.create_file(&path("C:\\place\\new")));
        refused(tree.remove_file(&path("C:\\place\\secret")));
        refused(tree.set_metadata(&path("C:\\place\\secret"), Default::default(), None));
        tree.begin_journal().unwrap();
        refused(tree.set_aside(&path("C:\\place\\secret"), Saved(1)));
        refused(tree.create_folder(&path("C:\\place\\folder")));
    });
}

#[test]
fn a_file_is_not_made_through_a_link_in_its_place() {
    on_disks(|folder, tree| {
        symlink(
            folder.join("outside/new"),
            folder.join("machine/drive_c/new"),
        )
        .unwrap();
        tree.refresh();
        assert!(matches!(
            tree.create_file(&path("C:\\NEW")).err(),
            Some(Error::AlreadyThere(_))
        ));
    });
}

#[test]
fn the_journal_and_the_hives_are_not_written_through_links() {
    on_disks(|folder, tree| {
        symlink(
            folder.join("outside"),
            folder.join("machine/.msikit/journal"),
        )
        .unwrap();
        refused(tree.begin_journal());
        refused(tree.append_journal(b"x"));
    });
}

#[test]
fn links_inside_are_followed() {
    on_disks(|folder, tree| {
        let drive = folder.join("machine/drive_c");
        tree.create_folder(&path("C:\\Real")).unwrap();
        symlink("Real", drive.join("Link")).unwrap();
        symlink("../drive_c/Link", drive.join("Second")).unwrap();
        tree.refresh();
        tree.create_file(&path("C:\\second\\A.txt"))
            .unwrap()
            .write_all(b"x")
            .unwrap();
        for text in ["C:\\real\\a.txt", "C:\\link\\A.TXT", "C:\\Second\\a.txt"] {
            let mut bytes = Vec::new();
            tree.open(&path(text))
                .unwrap()
                .read_to_end(&mut bytes)
                .unwrap();
            assert_eq!(bytes, b"x");
        }
        tree.remove_file(&path("C:\\Link\\a.txt")).unwrap();
        assert!(!tree.is_file(&path("C:\\Second\\a.txt")).unwrap());
        symlink("circle", drive.join("circle")).unwrap();
        tree.refresh();
        refused(tree.metadata(&path("C:\\circle")));
    });
}

#[test]
fn links_from_user_folders_are_followed_when_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (root, home) = (folder.path().join("machine"), folder.path().join("home"));
    std::fs::create_dir(&home).unwrap();
    drop(Tree::create(OsDisk::create(&root).unwrap(), Facts::default()).unwrap());
    let documents = root.join("drive_c/users/user/Documents");
    std::fs::remove_dir(&documents).unwrap();
    symlink(&home, &documents).unwrap();
    symlink(&home, root.join("drive_c/elsewhere")).unwrap();
    let file = path("C:\\Users\\User\\documents\\a.txt");
    let templates = path("C:\\users\\user\\AppData\\Roaming\\Microsoft\\Windows\\Templates");
    let deep = root.join("drive_c/users/user/AppData/Roaming/Microsoft/Windows/Templates");
    let _ = std::fs::remove_dir(&deep);
    symlink(&home, &deep).unwrap();
    let mut tree = Tree::open(OsDisk::open(&root).unwrap()).unwrap();
    for (refused, link) in [
        (tree.create_file(&file).err(), "C:\\users\\user\\Documents"),
        (tree.list(&templates).err(), &templates.to_string()),
    ] {
        assert_eq!(
            refused.unwrap().to_string(),
            format!(
                "{link} is a symbolic link that leads out of the machine, into the home directory: --follow-user-links allows it"
            )
        );
    }
    let mut disk = OsDisk::open(&root).unwrap();
    disk.follow_user_links();
    let mut tree = Tree::open(disk).unwrap();
    tree.follow_user_links();
    tree.create_file(&file).unwrap().write_all(b"x").unwrap();
    assert_eq!(std::fs::read(home.join("a.txt")).unwrap(), b"x");
    assert_eq!(
        tree.list(&file.parent().unwrap()).unwrap().unwrap().len(),
        1
    );
    assert!(tree.is_file(&templates.join("A.TXT").unwrap()).unwrap());
    tree.begin_journal().unwrap();
    tree.set_aside(&file, Saved(1)).unwrap();
    assert!(tree.put_back(Saved(1), &file).unwrap() && tree.is_file(&file).unwrap());
    refused(tree.create_file(&path("C:\\elsewhere\\a.txt")));
    symlink("/etc", home.join("out")).unwrap();
    tree.refresh();
    refused(tree.metadata(&path("C:\\users\\user\\Documents\\out\\passwd")));
}

#[test]
fn a_disk_in_memory_has_the_same_rules() {
    let mut disk = MemoryDisk::new();
    disk.put_file("drive_c/Real/a", b"x");
    disk.put_link("drive_c/in", "Real");
    disk.put_link("drive_c/out", "../../outside");
    disk.put_link("drive_c/absolute", "/etc");
    assert!(disk.stat("drive_c/in/a").unwrap().is_some());
    assert!(leads_out(&disk.stat("drive_c/out/a").unwrap_err()));
    assert!(leads_out(
        &disk.create_new("drive_c/absolute/a").err().unwrap()
    ));
    let mut tree = Tree::open(disk).unwrap();
    assert!(tree.is_file(&path("C:\\IN\\A")).unwrap());
    refused(tree.create_file(&path("C:\\out\\new")));
}
