//! Cabinets that are rare or wrong, built for the purpose.

mod collect;
mod craft;

use std::io::Cursor;

use cabinet::{Error, ExtractError, NoVolumes, Verdict, extract, list};
use collect::{Collect, extract_all, noise, text};
use craft::lzx::{self, Options};
use craft::quantum;
use craft::{
    Craft, CraftFolder, FROM_PREVIOUS, FROM_PREVIOUS_INTO_NEXT, INTO_NEXT, Later, MSZIP, STORED,
    file, mszip_blocks, stored_blocks,
};
use proptest::prelude::*;

type Files = Vec<(String, Vec<u8>)>;

fn extract_set(first: Vec<u8>, later: &mut Later, sink: &mut Collect) -> Result<(), Error> {
    match extract(Box::new(Cursor::new(first)), later, sink) {
        Ok(()) => Ok(()),
        Err(ExtractError::Cabinet(error)) => Err(error),
        Err(ExtractError::Sink(never)) => match never {},
    }
}

/// How many kinds `folder_of_kind` knows.
const KINDS: usize = 6;

/// A folder with these bytes: stored, MSZIP, both in odd blocks too, LZX, Quantum.
fn folder_of_kind(kind: usize, bytes: &[u8]) -> CraftFolder {
    let lzx = Options {
        window: 16,
        translation: Some(1 << 20),
        seed: 5,
    };
    let quantum = quantum::Options {
        window: 16,
        seed: 5,
    };
    let (kind, blocks) = match kind {
        0 => (STORED, stored_blocks(bytes, 32_768)),
        1 => (STORED, stored_blocks(bytes, 777)),
        2 => (MSZIP, mszip_blocks(bytes, 32_768)),
        3 => (MSZIP, mszip_blocks(bytes, 9_999)),
        4 => (lzx.kind(), lzx::blocks(bytes, lzx)),
        _ => (quantum.kind(), quantum::blocks(bytes, quantum)),
    };
    CraftFolder { kind, blocks }
}

/// A folder of each kind with these bytes.
fn folders(bytes: &[u8]) -> [CraftFolder; KINDS] {
    std::array::from_fn(|kind| folder_of_kind(kind, bytes))
}

fn with_one_file(folder: CraftFolder, size: usize) -> Craft {
    Craft {
        folders: vec![folder],
        files: vec![file("f", 0, 0, size)],
        ..Craft::default()
    }
}

#[test]
fn reserved_areas_are_passed_over() {
    let bytes = text(50_000);
    for folder in folders(&bytes) {
        for reserve in [
            (0, 0, 0),
            (1, 2, 3),
            (60_000, 255, 255),
            (0, 0, 5),
            (7, 0, 0),
        ] {
            let mut craft = with_one_file(folder.clone(), bytes.len());
            craft.reserve = Some(reserve);
            assert!(extract_all(craft.build()).unwrap() == [("f".to_owned(), bytes.clone())]);
        }
    }
}

#[test]
fn a_wrong_checksum_is_found_and_none_is_no_error() {
    let bytes = noise(70_000);
    let mut craft = with_one_file(folders(&bytes)[0].clone(), bytes.len());
    let mut built = craft.build();
    let last = built.len() - 1;
    built[last] ^= 1;
    let error = extract_all(built).unwrap_err();
    let Error::Checksum { place, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (place.folder, place.block, error.message_number()),
        (0, 2, 1335)
    );
    craft.without_checksums = true;
    let mut built = craft.build();
    built[last] ^= 1;
    assert_eq!(extract_all(built).unwrap()[0].1[69_999], bytes[69_999] ^ 1);
}

#[test]
fn what_is_not_taken_is_not_decoded() {
    let bytes = noise(100_000);
    let broken = vec![(b"broken".to_vec(), 32_768); 2];
    for good in folders(&bytes) {
        let kind = good.kind;
        let mut blocks = good.blocks.clone();
        blocks.extend(broken.clone());
        let craft = Craft {
            folders: vec![
                CraftFolder {
                    kind: 0xf,
                    blocks: vec![],
                },
                CraftFolder {
                    kind,
                    blocks: broken.clone(),
                },
                CraftFolder { kind, blocks },
            ],
            files: vec![
                file("unknown", 0, 0, 10),
                file("broken", 1, 0, 10),
                file("empty", 1, 99_999, 0),
                file("good", 2, 5, 99_995),
                file("behind", 2, 100_000, 10),
            ],
            ..Craft::default()
        };
        let choose = |name: &str| {
            if ["good", "empty"].contains(&name) {
                Verdict::Take
            } else {
                Verdict::Skip
            }
        };
        let mut sink = Collect::choosing(|member| choose(&member.name));
        extract_set(craft.build(), &mut Later::default(), &mut sink).unwrap();
        assert_eq!(sink.files[0], ("empty".to_owned(), vec![]));
        assert!(sink.files[1].1 == bytes[5..]);
        assert_eq!(
            sink.offered,
            ["unknown", "broken", "empty", "good", "behind"]
        );
        assert!(matches!(
            extract_all(craft.build()),
            Err(Error::Compression {
                folder: 0,
                kind: 15
            })
        ));
    }
}

/// Cuts `blocks` into a set of three: the cuts lie in the middle of blocks or between them.
fn set_of_three(kind: u16, blocks: &[(Vec<u8>, u16)], size: usize) -> [Vec<u8>; 3] {
    let half = |(data, size): &(Vec<u8>, u16)| {
        let (left, right) = data.split_at(data.len() / 2);
        ((left.to_vec(), 0), (right.to_vec(), *size))
    };
    let (left, right) = half(&blocks[1]);
    let third = blocks.len() - 1;
    let parts = [
        vec![blocks[0].clone(), left],
        std::iter::once(right)
            .chain(blocks[2..third].iter().cloned())
            .collect(),
        vec![blocks[third].clone()],
    ];
    let small = |kind| CraftFolder {
        kind,
        blocks: stored_blocks(b"own", 3),
    };
    let spanning = |folder| file("long", folder, 10, size - 20);
    let names = [None, Some("two"), Some("three"), None];
    let mut number = 0;
    parts.map(|blocks| {
        let mut craft = Craft {
            set_id: 77,
            number,
            reserve: Some((1, 1, 1)),
            ..Craft::default()
        };
        let part = CraftFolder { kind, blocks };
        (craft.folders, craft.files) = match number {
            0 => (
                vec![small(STORED), part],
                vec![
                    file("first", 0, 0, 3),
                    file("head", 1, 0, 10),
                    spanning(INTO_NEXT),
                ],
            ),
            1 => (vec![part], vec![spanning(FROM_PREVIOUS_INTO_NEXT)]),
            _ => (
                vec![part, small(STORED)],
                vec![
                    spanning(FROM_PREVIOUS),
                    file("tail", 0, size - 10, 10),
                    file("last", 1, 0, 3),
                ],
            ),
        };
        craft.previous =
            (number > 0).then(|| names[number as usize - 1].unwrap_or("one").to_owned());
        craft.next = names[number as usize + 1].map(str::to_owned);
        number += 1;
        craft.build()
    })
}

fn set_files(bytes: &[u8]) -> Files {
    let own = b"own".to_vec();
    let end = bytes.len() - 10;
    [
        ("first", own.clone()),
        ("head", bytes[..10].to_vec()),
        ("long", bytes[10..end].to_vec()),
        ("tail", bytes[end..].to_vec()),
        ("last", own),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into()
}

#[test]
fn files_and_blocks_that_span_cabinets_come_whole() {
    let bytes = text(5 * 32_768 + 9);
    for folder in folders(&bytes) {
        let [one, two, three] = set_of_three(folder.kind, &folder.blocks, bytes.len());
        let later = || Later::new([("two", two.clone()), ("three", three.clone())]);
        let mut sink = Collect::all();
        extract_set(one.clone(), &mut later(), &mut sink).unwrap();
        assert!(sink.files == set_files(&bytes));
        // Only the last member of the folder: all of its cabinets are needed all the same.
        let mut sink = Collect::choosing(|member| match member.name.as_str() {
            "tail" => Verdict::Take,
            _ => Verdict::Skip,
        });
        extract_set(one.clone(), &mut later(), &mut sink).unwrap();
        assert!(sink.files == set_files(&bytes)[3..4]);
        let names: Vec<_> = list(Box::new(Cursor::new(one)), &mut later()).unwrap();
        assert_eq!(names.len(), 5);
        // From the second on: what began before is refused when it is taken, not when it is skipped.
        let mut sink = Collect::choosing(|member| match member.name.as_str() {
            "last" => Verdict::Take,
            _ => Verdict::Skip,
        });
        extract_set(two.clone(), &mut later(), &mut sink).unwrap();
        assert_eq!(sink.offered, ["long", "tail", "last"]);
        let refused = extract_set(
            two,
            &mut Later::new([("three", three)]),
            &mut Collect::all(),
        );
        assert!(
            matches!(refused, Err(Error::NeedsPrevious { member, previous }) if member == "long" && previous == "one")
        );
    }
}

#[test]
fn stop_opens_no_further_cabinet() {
    let bytes = text(5 * 32_768);
    let [one, _, _] = set_of_three(STORED, &stored_blocks(&bytes, 32_768), bytes.len());
    let mut later = Later::default();
    let mut sink = Collect::choosing(|member| match member.name.as_str() {
        "long" => Verdict::Stop,
        _ => Verdict::Take,
    });
    extract_set(one, &mut later, &mut sink).unwrap();
    assert_eq!((sink.files.len(), later.opened), (2, 0));
}

#[test]
fn cabinets_that_do_not_belong_are_refused() {
    let bytes = text(5 * 32_768);
    let [one, two, three] = set_of_three(STORED, &stored_blocks(&bytes, 32_768), bytes.len());
    let mut other_set = two.clone();
    other_set[32] ^= 1;
    let mut other_kind = two.clone();
    let kind = 36 + 4 + 1 + "one\0disk\0three\0disk\0".len() + 6;
    other_kind[kind] = 1;
    let alone = Craft {
        set_id: 77,
        number: 1,
        ..Craft::default()
    }
    .build();
    for (second, message) in [
        (other_set, "it is of another set"),
        (other_kind, "its folder is compressed otherwise"),
        (three, "its number in the set is not the next"),
        (one.clone(), "its number in the set is not the next"),
        (alone, "it has no folder"),
    ] {
        let error = extract_set(
            one.clone(),
            &mut Later::new([("two", second)]),
            &mut Collect::all(),
        );
        let Err(Error::WrongVolume { name, why }) = &error else {
            panic!("{error:?}")
        };
        assert_eq!((name.as_str(), *why), ("two", message));
    }
    let error = extract_set(one, &mut Later::default(), &mut Collect::all()).unwrap_err();
    assert!(matches!(&error, Error::Volume { name, .. } if name == "two"));
    assert_eq!(error.message_number(), 1311);
}

#[test]
fn a_member_that_comes_too_late_is_refused() {
    let bytes = text(3 * 100);
    let part = |blocks: &[u8]| CraftFolder {
        kind: STORED,
        blocks: stored_blocks(blocks, 100),
    };
    let one = Craft {
        next: Some("two".into()),
        folders: vec![part(&bytes[..200])],
        files: vec![file("long", INTO_NEXT, 50, 200)],
        ..Craft::default()
    };
    let two = Craft {
        number: 1,
        previous: Some("one".into()),
        folders: vec![part(&bytes[200..])],
        files: vec![
            file("long", FROM_PREVIOUS, 50, 200),
            file("late", 0, 20, 10),
        ],
        ..Craft::default()
    };
    let mut later = Later::new([("two", two.build())]);
    let error = extract_set(one.build(), &mut later, &mut Collect::all()).unwrap_err();
    assert!(matches!(error, Error::OutOfOrder { member } if member == "late"));
}

#[test]
fn wrong_headers_name_what_is_wrong() {
    let craft = |files| Craft {
        folders: vec![CraftFolder {
            kind: STORED,
            blocks: stored_blocks(b"bytes", 5),
        }],
        files,
        ..Craft::default()
    };
    let check = |craft: Craft, message: &str| {
        let error = extract_all(craft.build()).unwrap_err().to_string();
        assert_eq!(error, message);
    };
    let long = |length: usize| craft(vec![file(&"n".repeat(length), 0, 0, 5)]);
    extract_all(long(255).build()).unwrap();
    check(
        long(256),
        "the cabinet's header is damaged at offset 60: a name is longer than 255 bytes",
    );
    check(
        craft(vec![file("f", 1, 0, 5)]),
        "the cabinet's header is damaged at offset 44: a file's folder is not there",
    );
    check(
        Craft {
            files: vec![file("f", INTO_NEXT, 0, 5)],
            ..Craft::default()
        },
        "the cabinet's header is damaged at offset 36: a file's folder is not there",
    );
    check(
        craft(vec![file("f", 0, 0, 6)]),
        "member `f` lies behind the end of its folder's data",
    );
    check(
        craft(vec![file("f", 0, u32::MAX as usize, u32::MAX as usize)]),
        "member `f` lies behind the end of its folder's data",
    );
    check(
        craft(vec![file("f", INTO_NEXT, 0, 6)]),
        "the cabinet's header is damaged at offset 0: a file goes on in the next cabinet, and none is named",
    );
    for (kind, data, size, why) in [
        (
            STORED,
            &b"abc"[..],
            4,
            "its two sizes differ, and it is stored",
        ),
        (STORED, b"", 0, "it is empty"),
        (MSZIP, b"KC\x03\0", 1, "it does not begin with CK"),
        (MSZIP, b"CK\x03\0", 32_769, "it claims more than 32 KiB"),
        (MSZIP, b"CK\x03\0", 1, "it is shorter than it claims"),
        (MSZIP, b"CK\x4b\x4c\x04\0", 1, "it is longer than it claims"),
        (MSZIP, b"CK\x4b", 4, "its deflate stream ends too early"),
        (MSZIP, b"CK\x07\0", 1, "it is no deflate stream"),
        (0xf03, b"\0\0", 32_769, "it claims more than 32 KiB"),
        (0xf03, b"\0\0", 1, "a block is of no known type"),
        (0xf03, b"\0\x10\0\0", 1, "a block is empty"),
    ] {
        let folder = CraftFolder {
            kind,
            blocks: vec![(data.to_vec(), size)],
        };
        let place = "damaged data at folder 0, block 0, offset 62: ";
        check(with_one_file(folder, 1), &format!("{place}{why}"));
    }
}

/// Ranges of one folder as members, and which of them to take.
fn ranges() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    let range = (
        0usize..200_000,
        prop_oneof![0usize..50, 0usize..200_000],
        any::<bool>(),
    );
    let once = proptest::collection::vec(range, 1..6);
    // Some of them twice, as tools do with equal files.
    (
        once,
        proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
    )
        .prop_map(|(mut ranges, again)| {
            for index in again {
                ranges.push(*index.get(&ranges));
            }
            ranges
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn members_that_overlap_come_whole(ranges in ranges(), kind in 0..KINDS) {
        let bytes = text(200_000);
        let folder = folder_of_kind(kind, &bytes);
        let ranges: Vec<_> = ranges.into_iter().map(|(at, size, take)| (at, size.min(200_000 - at), take)).collect();
        let files = ranges.iter().enumerate().map(|(index, (at, size, _))| file(&index.to_string(), 0, *at, *size));
        let craft = Craft { folders: vec![folder], files: files.collect(), ..Craft::default() };
        let index = |name: &str| name.parse::<usize>().unwrap();
        let mut sink = Collect::choosing(|member| if ranges[index(&member.name)].2 { Verdict::Take } else { Verdict::Skip });
        extract_set(craft.build(), &mut Later::default(), &mut sink).unwrap();
        prop_assert_eq!(sink.files.len(), ranges.iter().filter(|(_, _, take)| *take).count());
        for (name, found) in &sink.files {
            let (at, size, _) = ranges[index(name)];
            prop_assert!(*found == bytes[at..at + size]);
        }
    }

    #[test]
    fn lzx_streams_of_every_kind_come_back(
        seed in any::<u64>(),
        window in 15u32..22,
        size in prop_oneof![1usize..300, 1usize..150_000],
        translation in proptest::option::of(prop_oneof![0i32..100_000, any::<i32>()]),
        plain in any::<bool>(),
    ) {
        let mut bytes = if plain { text(size) } else { noise(size / 2) };
        bytes.extend_from_within(..(size - bytes.len()).min(bytes.len()));
        for at in (0..bytes.len()).step_by(91) {
            bytes[at] = 0xe8;
        }
        let translation = translation.map(|size| size.max(0));
        let options = Options { window, translation, seed };
        let folder = CraftFolder { kind: options.kind(), blocks: lzx::blocks(&bytes, options) };
        let found = extract_all(with_one_file(folder, bytes.len()).build()).unwrap();
        prop_assert!(found[0].1 == bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn quantum_streams_come_back(
        seed in any::<u64>(),
        window in 10u32..22,
        size in prop_oneof![1usize..300, 1usize..150_000],
        plain in any::<bool>(),
    ) {
        let mut bytes = if plain { text(size) } else { noise(size / 2 + 1) };
        bytes.extend_from_within(..);
        let options = quantum::Options { window, seed };
        let folder = CraftFolder { kind: options.kind(), blocks: quantum::blocks(&bytes, options) };
        let found = extract_all(with_one_file(folder, bytes.len()).build()).unwrap();
        prop_assert!(found[0].1 == bytes);
    }
}

#[test]
fn lzx_reaches_back_over_its_whole_window() {
    for window in 15..22 {
        let unique = noise((1 << window) - 3);
        let bytes = [&unique[..], &unique[..100_000.min(unique.len())]].concat();
        let options = Options {
            window,
            translation: None,
            seed: 3,
        };
        let folder = CraftFolder {
            kind: options.kind(),
            blocks: lzx::blocks(&bytes, options),
        };
        let found = extract_all(with_one_file(folder, bytes.len()).build()).unwrap();
        assert!(found[0].1 == bytes, "{window}");
    }
}

#[test]
fn nothing_that_is_changed_makes_it_panic() {
    let bytes = text(40_000);
    let mut samples: Vec<_> = folders(&bytes)
        .into_iter()
        .map(|folder| Craft {
            without_checksums: true,
            ..with_one_file(folder, bytes.len())
        })
        .map(|craft| (craft.build(), Later::default()))
        .collect();
    for folder in folders(&text(5 * 32_768)) {
        let [one, two, three] = set_of_three(folder.kind, &folder.blocks, 5 * 32_768);
        samples.push((one, Later::new([("two", two.clone()), ("three", three)])));
        samples.push((two.clone(), Later::new([("three", two)])));
    }
    let mut random = collect::Random(99);
    for (sample, mut later) in samples {
        for round in 0..300 {
            let mut changed = sample.clone();
            for _ in 0..=round % 4 {
                // Half of the changes hit the headers.
                let range = if random.next().is_multiple_of(2) {
                    changed.len()
                } else {
                    changed.len().min(120)
                };
                let at = (random.next() >> 8) as usize % range;
                changed[at] = (random.next() >> 16) as u8;
            }
            if round % 7 == 0 {
                changed.truncate((random.next() >> 8) as usize % changed.len());
            }
            // A member may now claim 4 GiB; take only what a test can hold.
            let mut sink = Collect::choosing(|member| match member.size {
                0..200_000 => Verdict::Take,
                _ => Verdict::Skip,
            });
            let _ = extract_set(changed, &mut later, &mut sink);
        }
    }
}

#[test]
fn a_block_that_is_cut_short_is_refused() {
    let bytes = [vec![0; 20_000], text(10_000)].concat();
    for folder in folders(&bytes) {
        let length = folder.blocks[0].0.len();
        for left in [0, 1, 3, length / 50, length / 10, length / 2, length - 4] {
            let mut cut = folder.clone();
            cut.blocks[0].0.truncate(left);
            let found = extract_all(with_one_file(cut, bytes.len()).build());
            assert!(
                matches!(found, Err(Error::Block { .. })),
                "{} {left}",
                folder.kind
            );
        }
    }
}

#[test]
fn windows_that_no_method_has_are_refused() {
    for kind in [0x0e03, 0x1603, 0x0902, 0x1602, 0x0004] {
        let blocks = vec![(vec![0; 9], 9)];
        let error =
            extract_all(with_one_file(CraftFolder { kind, blocks }, 9).build()).unwrap_err();
        assert!(matches!(error, Error::Compression { folder: 0, kind: found } if found == kind));
    }
    assert!(list(Box::new(Cursor::new(b"MZ".to_vec())), &mut NoVolumes).is_err());
}
