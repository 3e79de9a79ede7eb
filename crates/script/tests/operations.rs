//! Every operation as JSON and as a line of the log: what docs/operations.md promises.

use std::time::{Duration, UNIX_EPOCH};

use expect_test::{Expect, expect};
use machine::{Attributes, Data, KeyPath, MachinePath, Root};
use script::{Contents, FileMetadata, Operation, PackageImage, Shortcut};

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn key() -> KeyPath {
    KeyPath::new(Root::LocalMachine, "Software\\Contoso")
}

fn copy(from: Contents, metadata: FileMetadata) -> Operation {
    Operation::FileCopy {
        from,
        to: path("C:\\A\\b.exe"),
        metadata,
    }
}

fn add(data: Data) -> Operation {
    Operation::RegAddValue {
        key: key(),
        name: "N".to_owned(),
        data,
    }
}

fn image() -> PackageImage {
    PackageImage {
        without: vec!["a.cab".into()],
        word_count: 4,
        made_by: "alice".into(),
        made: None,
        properties: vec![("P".into(), "hidden".into())],
    }
}

fn files() -> Vec<Operation> {
    let cabinet = Contents::Cabinet {
        cabinet: "#a.cab".into(),
        disk: 1,
        member: "b".into(),
    };
    let metadata = FileMetadata {
        size: Some(3),
        attributes: Attributes {
            read_only: true,
            hidden: true,
            system: false,
        },
        modified: Some(UNIX_EPOCH + Duration::from_secs(86_400)),
        version: Some("1.2.3.4".into()),
        language: Some("1033".into()),
    };
    let source = Contents::SourceFile {
        path: vec!["A".into(), "b.exe".into()],
        disk: 2,
    };
    let none = FileMetadata::default;
    vec![
        Operation::FolderCreate {
            folder: path("C:\\A"),
        },
        Operation::FolderRemove {
            folder: path("C:\\A"),
        },
        copy(cabinet, metadata),
        copy(source, none()),
        copy(Contents::Stream("Icon.b.exe".into()), none()),
        copy(Contents::Package, none()),
        copy(Contents::Given(0), none()),
        copy(Contents::Bytes(vec![0, 255]), none()),
        copy(Contents::Image(image()), none()),
        Operation::FileDuplicate {
            from: path("C:\\A\\b"),
            to: path("C:\\A\\c"),
        },
        Operation::FileMove {
            from: path("C:\\A\\b"),
            to: path("C:\\A\\c"),
        },
        Operation::FileRemove {
            file: path("C:\\A\\b"),
        },
    ]
}

fn links_and_lines() -> Vec<Operation> {
    let shortcut = Shortcut {
        target: "C:\\A\\b.exe".into(),
        arguments: Some("/x".into()),
        icon: Some(("C:\\A\\b.ico".into(), 1)),
        show: 1,
        ..Shortcut::default()
    };
    let (file, section, key) = (path("C:\\A\\b.ini"), "S".to_owned(), "K".to_owned());
    vec![
        Operation::ShortcutCreate {
            file: path("C:\\A\\b.lnk"),
            shortcut,
        },
        Operation::ShortcutRemove {
            file: path("C:\\A\\b.lnk"),
        },
        Operation::IniWriteValue {
            file: file.clone(),
            section: section.clone(),
            key: key.clone(),
            value: "V\r\n".into(),
        },
        Operation::IniRemoveValue { file, section, key },
    ]
}

fn registry() -> Vec<Operation> {
    vec![
        Operation::RegCreateKey { key: key() },
        add(Data::Sz("text".into())),
        add(Data::ExpandSz("%x%".into())),
        add(Data::MultiSz(vec!["a".into(), "b".into()])),
        add(Data::Dword(7)),
        add(Data::Qword(8)),
        add(Data::Binary(vec![0x0a, 0xff])),
        add(Data::Other(0, vec![1])),
        Operation::RegRemoveValue {
            key: key(),
            name: "N".into(),
        },
        Operation::RegRemoveKey { key: key() },
    ]
}

fn check(operations: Vec<Operation>, line: fn(&Operation) -> String, expected: &Expect) {
    let lines: Vec<String> = operations.iter().map(line).collect();
    expected.assert_eq(&lines.join("\n"));
}

fn json(operation: &Operation) -> String {
    serde_json::to_string(operation).unwrap()
}

#[test]
fn files_as_json() {
    check(
        files(),
        json,
        &expect![[r##"
            {"op":"FolderCreate","folder":"C:\\A"}
            {"op":"FolderRemove","folder":"C:\\A"}
            {"op":"FileCopy","from":{"kind":"cabinet","cabinet":"#a.cab","disk":1,"member":"b"},"to":"C:\\A\\b.exe","size":3,"attributes":["read_only","hidden"],"modified":"1970-01-02T00:00:00Z","version":"1.2.3.4","language":"1033"}
            {"op":"FileCopy","from":{"kind":"source_file","path":["A","b.exe"],"disk":2},"to":"C:\\A\\b.exe","size":null,"attributes":[],"modified":null,"version":null,"language":null}
            {"op":"FileCopy","from":{"kind":"stream","name":"Icon.b.exe"},"to":"C:\\A\\b.exe","size":null,"attributes":[],"modified":null,"version":null,"language":null}
            {"op":"FileCopy","from":{"kind":"package"},"to":"C:\\A\\b.exe","size":null,"attributes":[],"modified":null,"version":null,"language":null}
            {"op":"FileCopy","from":{"kind":"given","index":0},"to":"C:\\A\\b.exe","size":null,"attributes":[],"modified":null,"version":null,"language":null}
            {"op":"FileCopy","from":{"kind":"bytes","bytes":"00ff"},"to":"C:\\A\\b.exe","size":null,"attributes":[],"modified":null,"version":null,"language":null}
            {"op":"FileCopy","from":{"kind":"image","without":["a.cab"],"word_count":4,"properties":["P"]},"to":"C:\\A\\b.exe","size":null,"attributes":[],"modified":null,"version":null,"language":null}
            {"op":"FileDuplicate","from":"C:\\A\\b","to":"C:\\A\\c"}
            {"op":"FileMove","from":"C:\\A\\b","to":"C:\\A\\c"}
            {"op":"FileRemove","file":"C:\\A\\b"}"##]],
    );
}

#[test]
fn links_and_lines_as_json() {
    check(
        links_and_lines(),
        json,
        &expect![[r#"
        {"op":"ShortcutCreate","file":"C:\\A\\b.lnk","target":"C:\\A\\b.exe","advertised":false,"arguments":"/x","description":null,"working_folder":null,"icon":{"file":"C:\\A\\b.ico","index":1},"hotkey":0,"show":1}
        {"op":"ShortcutRemove","file":"C:\\A\\b.lnk"}
        {"op":"IniWriteValue","file":"C:\\A\\b.ini","section":"S","key":"K","value":"V\r\n"}
        {"op":"IniRemoveValue","file":"C:\\A\\b.ini","section":"S","key":"K"}"#]],
    );
}

#[test]
fn registry_as_json() {
    check(
        registry(),
        json,
        &expect![[r#"
        {"op":"RegCreateKey","key":"HKLM\\Software\\Contoso"}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_SZ","data":"text"}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_EXPAND_SZ","data":"%x%"}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_MULTI_SZ","data":["a","b"]}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_DWORD","data":7}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_QWORD","data":8}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_BINARY","data":"0aff"}
        {"op":"RegAddValue","key":"HKLM\\Software\\Contoso","name":"N","type":"REG_NONE","data":"01"}
        {"op":"RegRemoveValue","key":"HKLM\\Software\\Contoso","name":"N"}
        {"op":"RegRemoveKey","key":"HKLM\\Software\\Contoso"}"#]],
    );
}

#[test]
fn all_as_lines_of_the_log() {
    let all = [files(), links_and_lines(), registry()].concat();
    check(
        all,
        Operation::to_string,
        &expect![[r#"
            FolderCreate(Folder=C:\A)
            FolderRemove(Folder=C:\A)
            FileCopy(SourceCabKey=b,DestName=C:\A\b.exe,FileSize=3,Version=1.2.3.4,Language=1033)
            FileCopy(SourceName=A|b.exe,DestName=C:\A\b.exe)
            FileCopy(SourceStream=Icon.b.exe,DestName=C:\A\b.exe)
            FileCopy(SourceName=the package,DestName=C:\A\b.exe)
            FileCopy(SourceName=file 0 of the command line,DestName=C:\A\b.exe)
            FileCopy(SourceBytes=2,DestName=C:\A\b.exe)
            FileCopy(SourceName=the package without its cabinets,DestName=C:\A\b.exe)
            FileDuplicate(SourceName=C:\A\b,DestName=C:\A\c)
            FileMove(SourceName=C:\A\b,DestName=C:\A\c)
            FileRemove(FileName=C:\A\b)
            ShortcutCreate(Name=C:\A\b.lnk,Target=C:\A\b.exe)
            ShortcutRemove(FileName=C:\A\b.lnk)
            IniWriteValue(FileName=C:\A\b.ini,Section=S,Key=K,Value=V\r\n)
            IniRemoveValue(FileName=C:\A\b.ini,Section=S,Key=K)
            RegCreateKey(Key=HKLM\Software\Contoso)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=text)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=#%%x%)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=a[~]b)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=#7)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=#8)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=#x0aff)
            RegAddValue(Key=HKLM\Software\Contoso,Name=N,Value=#x01)
            RegRemoveValue(Key=HKLM\Software\Contoso,Name=N)
            RegRemoveKey(Key=HKLM\Software\Contoso)"#]],
    );
}

/// Every operation of the tests above is described in docs/operations.md.
#[test]
fn the_document_names_every_operation() {
    let document = include_str!("../../../docs/operations.md");
    for operation in [files(), links_and_lines(), registry()].concat() {
        let heading = format!("`{}`", operation.name());
        assert!(
            document.contains(&heading),
            "docs/operations.md lacks {heading}"
        );
    }
}
