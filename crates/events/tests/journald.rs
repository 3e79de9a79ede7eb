//! What journald gets: a socket of the test's own stands in for it.

use events::{Event, Journald, Log, Product, Stamp};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::fs::File;
use std::io::{IoSliceMut, Read, Seek};
use std::mem::MaybeUninit;
use std::os::unix::net::UnixDatagram;
use tempfile::TempDir;

const FOLDER: &str = "a folder";

fn stamp(ordinal: u32) -> Stamp {
    Stamp {
        time: "2026-01-02T12:01:07Z".parse().unwrap(),
        user: "alice".to_owned(),
        transaction: Some("T".to_owned()),
        ordinal,
    }
}

fn failed(name: &str, ordinal: u32) -> Event {
    let product = Product {
        code: Some("{C0FFEE00-0000-4000-8000-000000000001}".to_owned()),
        name: name.to_owned(),
        ..Product::default()
    };
    Event::install_failed(stamp(ordinal), &product)
}

/// A journald that listens, and a log that tells it.
fn told() -> (TempDir, UnixDatagram, Log) {
    let folder = TempDir::new().expect(FOLDER);
    let path = folder.path().join("socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    // What does not come is a failure, not a hang.
    socket.set_nonblocking(true).unwrap();
    let log = Log::at(&folder.path().join("events.jsonl"));
    (folder, socket, log.and_to(Some(Journald::at(&path))))
}

/// Receives one entry, from the datagram or from the file that came with it.
fn receive(socket: &UnixDatagram) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 20];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut into = [IoSliceMut::new(&mut bytes)];
    let got = recvmsg(socket, &mut into, &mut control, RecvFlags::empty()).unwrap();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(mut files) = message {
            let mut file = File::from(files.next().unwrap());
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            assert!(std::io::Write::write(&mut file, b"x").is_err(), "sealed");
            return bytes;
        }
    }
    bytes.truncate(got.bytes);
    bytes
}

/// Takes an entry apart as journald does.
fn fields(mut entry: &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    while !entry.is_empty() {
        let end = entry.iter().position(|byte| *byte == b'\n').unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let line = &entry[..end];
        entry = &entry[end + 1..];
        if let Some(at) = line.iter().position(|byte| *byte == b'=') {
            fields.push((text(&line[..at]), text(&line[at + 1..])));
            continue;
        }
        let length = u64::from_le_bytes(entry[..8].try_into().unwrap()) as usize;
        fields.push((text(line), text(&entry[8..8 + length])));
        assert_eq!(entry[8 + length], b'\n');
        entry = &entry[9 + length..];
    }
    fields
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    let found = fields.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no {name}: {fields:?}")).1
}

#[test]
fn an_event_is_an_entry_with_fields() {
    let (_folder, socket, log) = told();
    log.append(&[failed("Contoso Tools", 3)]).unwrap();
    let path = log.path().display().to_string();
    let expected = [
        ("MESSAGE", "Product: Contoso Tools -- Installation failed."),
        ("PRIORITY", "3"),
        ("SYSLOG_IDENTIFIER", "msikit"),
        ("MSI_EVENT_ID", "11708"),
        ("MSI_EVENT_SOURCE", "MsiInstaller"),
        ("MSI_EVENT_TIME", "2026-01-02T12:01:07Z"),
        ("MSI_EVENT_USER", "alice"),
        ("MSI_EVENT_LOG", &path),
        ("MSI_EVENT_STRING", "Contoso Tools"),
        ("MSI_PRODUCT_CODE", "{C0FFEE00-0000-4000-8000-000000000001}"),
        ("MSI_TRANSACTION", "T"),
        ("MSI_TRANSACTION_ORDINAL", "3"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields(&receive(&socket)), expected);
}

#[test]
fn values_of_several_lines_and_of_any_length_arrive_whole() {
    let (_folder, socket, log) = told();
    let strange = "two\nlines, = and\0 more\nMESSAGE=not this";
    log.append(&[failed(strange, 0)]).unwrap();
    let got = fields(&receive(&socket));
    assert_eq!(value(&got, "MSI_EVENT_STRING"), strange);
    assert_eq!(value(&got, "MSI_EVENT_ID"), "11708");
    // Longer than a datagram may be.
    let long = "x".repeat(600_000);
    log.append(&[failed(&long, 1)]).unwrap();
    let got = fields(&receive(&socket));
    assert_eq!(value(&got, "MSI_EVENT_STRING"), long);
    assert_eq!(value(&got, "MSI_TRANSACTION_ORDINAL"), "1");
}

#[test]
fn what_is_in_the_log_already_is_not_told_again() {
    let (_folder, socket, log) = told();
    let events = [failed("Contoso", 0), failed("Contoso", 1)];
    log.append(&events[..1]).unwrap();
    assert_eq!(log.append_missing(&events).unwrap(), 1);
    assert_eq!(log.append_missing(&events).unwrap(), 0);
    for ordinal in ["0", "1"] {
        let got = fields(&receive(&socket));
        assert_eq!(value(&got, "MSI_TRANSACTION_ORDINAL"), ordinal);
    }
    let more = socket.recv(&mut [0; 16]);
    assert!(more.is_err(), "nothing else came");
}

#[test]
fn without_a_journald_the_log_is_written_all_the_same() {
    let (folder, socket, log) = told();
    let journald = Journald::at(&folder.path().join("socket"));
    journald.try_it().unwrap();
    drop(socket);
    assert!(journald.try_it().is_err());
    log.append(&[failed("Contoso", 0)]).unwrap();
    let read = log.read(&events::Filter::default()).unwrap();
    assert_eq!(read.events.len(), 1);
}
