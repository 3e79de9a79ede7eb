//! What `Writer` writes, `extract` gives back.

mod collect;

use std::io::Cursor;
use std::time::{Duration, SystemTime};

use cabinet::{Attributes, Compression, NoVolumes, Verdict, Writer, list};
use collect::{Collect, extract_all, noise, text};
use proptest::prelude::*;

/// Builds a cabinet of one folder for each list.
fn build(folders: &[(Compression, Vec<Vec<u8>>)]) -> Vec<u8> {
    let mut writer = Writer::new(Compression::Stored);
    for (index, (compression, files)) in folders.iter().enumerate() {
        writer.begin_folder(*compression);
        for (number, file) in files.iter().enumerate() {
            let name = format!("{index}.{number}");
            writer
                .add(&name, Attributes::default(), None, &mut file.as_slice())
                .unwrap();
        }
    }
    let mut bytes = Vec::new();
    assert_eq!(writer.finish(&mut bytes).unwrap(), bytes.len() as u64);
    bytes
}

fn check(folders: &[(Compression, Vec<Vec<u8>>)]) {
    let mut expected = Vec::new();
    for (index, (_, files)) in folders.iter().enumerate() {
        for (number, file) in files.iter().enumerate() {
            expected.push((format!("{index}.{number}"), file.clone()));
        }
    }
    // Files of folders without data come in another place.
    let mut found = extract_all(build(folders)).unwrap();
    found.sort();
    expected.sort();
    assert!(found == expected);
}

#[test]
fn files_of_many_sizes_come_back() {
    let sizes = [0, 1, 32_767, 0, 32_768, 32_769, 100_000, 0];
    for contents in [text, noise] {
        let files: Vec<_> = sizes.iter().map(|size| contents(*size)).collect();
        check(&[(Compression::Mszip, files.clone())]);
        check(&[(Compression::Stored, files.clone())]);
        check(&[
            (Compression::Mszip, files.clone()),
            (Compression::Stored, files),
        ]);
    }
}

#[test]
fn cabinets_without_files_or_data() {
    check(&[]);
    check(&[(Compression::Mszip, vec![])]);
    check(&[(Compression::Mszip, vec![vec![], vec![]])]);
    let one = vec![text(1)];
    let none = vec![vec![]];
    check(&[
        (Compression::Mszip, none.clone()),
        (Compression::Stored, one.clone()),
        (Compression::Stored, none),
        (Compression::Mszip, one),
    ]);
}

#[test]
fn history_reaches_into_the_block_before() {
    let one = noise(20_000);
    let bytes = build(&[(
        Compression::Mszip,
        vec![one.clone(), one.clone(), one.clone()],
    )]);
    assert!(bytes.len() < 24_000, "{}", bytes.len());
    check(&[(Compression::Mszip, vec![one.clone(), one.clone(), one])]);
}

#[test]
fn names_attributes_and_times_come_back() {
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_732_594_764);
    let long = "n".repeat(255);
    let mut writer = Writer::new(Compression::Mszip);
    let plain = Attributes(Attributes::READ_ONLY | Attributes::EXECUTE);
    writer
        .add("plain", plain, Some(modified), &mut &b"a"[..])
        .unwrap();
    writer
        .add(
            "\u{e4}\u{5d0}",
            Attributes(Attributes::ARCHIVE),
            None,
            &mut &b"b"[..],
        )
        .unwrap();
    writer
        .add(&long, Attributes::default(), None, &mut &b"c"[..])
        .unwrap();
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).unwrap();
    let members = list(Box::new(Cursor::new(bytes)), &mut NoVolumes).unwrap();
    assert_eq!(members.len(), 3);
    assert_eq!(
        (members[0].name.as_str(), members[0].attributes),
        ("plain", plain)
    );
    assert_eq!((members[0].modified, members[0].size), (Some(modified), 1));
    assert_eq!(
        (members[1].name.as_str(), members[1].modified),
        ("\u{e4}\u{5d0}", None)
    );
    assert!(members[1].attributes.name_is_utf8() && members[1].attributes.archive());
    assert_eq!(
        (members[2].name.as_str(), members[2].offset),
        (long.as_str(), 2)
    );
}

#[test]
fn names_that_do_not_fit_are_refused() {
    for name in ["", "a\0", "n".repeat(256).as_str()] {
        let mut writer = Writer::new(Compression::Stored);
        let added = writer.add(name, Attributes::default(), None, &mut &b""[..]);
        assert!(matches!(added, Err(cabinet::WriteError::Name { .. })));
    }
}

#[test]
fn skipped_members_do_not_shift_the_others() {
    let files: Vec<_> = (0..9).map(|number| text(20_000 + number)).collect();
    for compression in [Compression::Stored, Compression::Mszip] {
        let bytes = build(&[(compression, files.clone())]);
        let mut sink = Collect::choosing(|member| match member.name.as_str() {
            "0.3" | "0.5" => Verdict::Take,
            "0.7" => Verdict::Stop,
            _ => Verdict::Skip,
        });
        cabinet::extract(Box::new(Cursor::new(bytes)), &mut NoVolumes, &mut sink).unwrap();
        let expected = [
            ("0.3".to_owned(), files[3].clone()),
            ("0.5".to_owned(), files[5].clone()),
        ];
        assert!(sink.files == expected);
        assert_eq!(
            sink.offered,
            ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"]
        );
    }
}

fn contents() -> impl Strategy<Value = Vec<u8>> {
    (0usize..80_000, any::<bool>())
        .prop_map(|(size, plain)| if plain { text(size) } else { noise(size) })
}

fn folder() -> impl Strategy<Value = (Compression, Vec<Vec<u8>>)> {
    let compression = prop_oneof![Just(Compression::Stored), Just(Compression::Mszip)];
    (compression, proptest::collection::vec(contents(), 0..4))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_files_in_any_folders_come_back(folders in proptest::collection::vec(folder(), 0..4)) {
        check(&folders);
    }
}
