//! The log's lines, as the recipes for msiexec's logs look for them; docs/log.md tells their shapes.

use expect_test::{Expect, expect};

use crate::world::{Ran, World, feed, named_pipe};

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello
    file more.txt in Extra: More
    feature More: Extra
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
    ActionText: InstallFiles | Copying new files | File: [1], Directory: [9], Size: [6]
";

/// Runs msikit with a log and returns that, one line each.
fn logged(world: &World, arguments: &[&str]) -> (Ran, Vec<String>) {
    let mut all = arguments.to_vec();
    all.extend(["--log", "log"]);
    let ran = world.msikit(&all);
    (ran, lines(world, "log"))
}

/// The lines of a log, whatever its encoding; each must end as Windows' do.
fn lines(world: &World, name: &str) -> Vec<String> {
    let bytes = std::fs::read(world.path(name)).unwrap();
    let text = match bytes.strip_prefix(&[0xFF, 0xFE]) {
        Some(rest) => {
            let units = rest.chunks_exact(2);
            let units: Vec<u16> = units
                .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
                .collect();
            String::from_utf16(&units).unwrap()
        }
        None => String::from_utf8(bytes).unwrap(),
    };
    assert!(text.ends_with("\r\n"), "{text}");
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

/// A line without what differs from run to run: digits of times and threads, and the test's folder.
fn settled(world: &World, line: &str) -> String {
    let home = world.path("").display().to_string();
    let line = line
        .replace(&home, "HOME/")
        .replace(&home.replace('/', "\\"), "HOME\\")
        .replace(env!("CARGO_BIN_EXE_msikit"), "MSIKIT");
    let mut settled = String::new();
    let mut rest = line.as_str();
    while let Some(first) = rest.chars().next() {
        let stamp = [
            ("00:00:00:000", "TIME"),
            ("00:00:00", "TIME"),
            ("00/00/0000", "DATE"),
            ("(XX:XX)", "(THREAD)"),
            ("XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "ID"),
        ]
        .into_iter()
        .find(|(shape, _)| has_shape(rest, shape));
        match stamp {
            Some((shape, name)) => {
                settled.push_str(name);
                rest = &rest[shape.len()..];
            }
            None => {
                settled.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    settled
}

/// `0` stands for a digit, `X` for a hexadecimal one.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'X' => byte.is_ascii_hexdigit(),
                shape => byte == shape,
            })
}

fn check(world: &World, lines: &[String], wanted: impl Fn(&str) -> bool, expected: Expect) {
    let lines = lines.iter().filter(|line| wanted(line));
    let lines: Vec<String> = lines.map(|line| settled(world, line) + "\n").collect();
    expected.assert_eq(&lines.concat());
}

fn named(text: &str) -> impl Fn(&str) -> bool + '_ {
    move |line| line.contains(text)
}

#[test]
fn a_log_with_a_drive_letter_is_in_the_machine() {
    let world = World::new();
    let package = world.package("greeter", "product Greeter 1.0.0\nfile a.txt in Main: a");
    let package = package.to_str().unwrap();
    let log = world.machine().join("drive_c/windows/temp/a.log");
    let dry = world.msikit(&[
        "install",
        package,
        "--log",
        "C:\\WINDOWS\\Temp\\a.log",
        "--dry-run",
    ]);
    assert_eq!(dry.status, 0, "{dry:?}");
    assert!(
        !world.machine().exists() && dry.err.contains("would write the log C:"),
        "{dry:?}"
    );
    let ran = world.msikit(&[
        "msiexec",
        "/i",
        package,
        "/qn",
        "/log",
        "C:\\WINDOWS\\Temp\\a.log",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(std::fs::metadata(&log).unwrap().len() > 100);
    let ran = world.msikit(&["remove", package, "--log", "c:\\windows\\TEMP\\A.LOG"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(
        text.contains("MsiLogFileLocation = c:\\windows\\TEMP\\A.LOG"),
        "{text}"
    );
    for (path, why) in [
        ("C:\\nowhere\\a.log", "no such folder"),
        ("C:\\windows", "no such folder"),
    ] {
        let ran = world.msikit(&["install", package, "--log", path]);
        assert_eq!(ran.status, 86, "{ran:?}");
        assert!(
            ran.err.contains("[1622 ") && ran.err.contains(why),
            "{ran:?}"
        );
    }
    // A link that leads out of the machine is not followed, be its end there or not.
    let outside = world.path("outside.log");
    std::os::unix::fs::symlink(&outside, log.with_file_name("link.log")).unwrap();
    for _ in 0..2 {
        let ran = world.msikit(&["install", package, "--log", "C:\\windows\\temp\\link.log"]);
        assert_eq!(ran.status, 86, "{ran:?}");
        let kept = std::fs::read(&outside).unwrap_or_default();
        assert!(kept.is_empty() || kept == b"mine", "{ran:?}");
        std::fs::write(&outside, "mine").unwrap();
    }
}

#[test]
fn the_shapes_of_an_install() {
    let world = World::new();
    world.package("greeter", GREETER);
    let (ran, lines) = logged(&world, &["install", "greeter", "ADDLOCAL=Complete"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let begin = lines
        .iter()
        .position(|line| line.contains("CostInitialize"));
    check(
        &world,
        &lines[..begin.unwrap()],
        |_| true,
        expect![[r#"
            === Verbose logging started: DATE  TIME  Build type: SHIP UNICODE 5.00  Calling process: MSIKIT ===
            MSI (c) (THREAD) [TIME]: ******* RunEngine:
                       ******* Product: greeter
                       ******* Action: 
                       ******* CommandLine: /i "greeter" ADDLOCAL=Complete
            MSI (c) (THREAD) [TIME]: Command Line: ADDLOCAL=Complete
            MSI (s) (THREAD) [TIME]: Doing action: INSTALL
            Action TIME: INSTALL. 
            Action start TIME: INSTALL.
            MSI (s) (THREAD) [TIME]: PROPERTY CHANGE: Adding MsiLogFileLocation property. Its value is 'Z:HOME\log'.
            MSI (s) (THREAD) [TIME]: PROPERTY CHANGE: Adding EXECUTEACTION property. Its value is 'INSTALL'.
            MSI (s) (THREAD) [TIME]: Grabbed execution mutex.
            MSI (s) (THREAD) [TIME]: Incrementing counter to disable shutdown. Counter after increment: 0
            MSI (s) (THREAD) [TIME]: Beginning the transaction of greeter.
            MSI (s) (THREAD) [TIME]: Doing action: LaunchConditions
            Action TIME: LaunchConditions. 
            Action start TIME: LaunchConditions.
            Action ended TIME: LaunchConditions. Return value 1.
            MSI (s) (THREAD) [TIME]: Doing action: FindRelatedProducts
            Action TIME: FindRelatedProducts. 
            Action start TIME: FindRelatedProducts.
            Action ended TIME: FindRelatedProducts. Return value 1.
            MSI (s) (THREAD) [TIME]: Doing action: AppSearch
            Action TIME: AppSearch. 
            Action start TIME: AppSearch.
            Action ended TIME: AppSearch. Return value 1.
            MSI (s) (THREAD) [TIME]: Doing action: ValidateProductID
            Action TIME: ValidateProductID. 
            Action start TIME: ValidateProductID.
            Action ended TIME: ValidateProductID. Return value 1.
        "#]],
    );
    let around = |line: &str| line.contains("InstallFiles") || line.contains("InstallValidate");
    check(
        &world,
        &lines,
        around,
        expect![[r#"
        MSI (s) (THREAD) [TIME]: Doing action: InstallValidate
        Action TIME: InstallValidate. 
        Action start TIME: InstallValidate.
        Action ended TIME: InstallValidate. Return value 1.
        MSI (s) (THREAD) [TIME]: Doing action: InstallFiles
        Action TIME: InstallFiles. Copying new files
        Action start TIME: InstallFiles.
        InstallFiles: File: hello.txt, Directory: C:\Program Files (x86)\Greeter\, Size: 5
        MSI (s) (THREAD) [TIME]: InstallFiles: scripted FileCopy(SourceName=Greeter|hello.txt,DestName=C:\Program Files (x86)\Greeter\hello.txt,FileSize=5)
        Action ended TIME: InstallFiles. Return value 1.
    "#]],
    );
    check(
        &world,
        &lines,
        named("; Installed: "),
        expect![[r#"
        MSI (s) (THREAD) [TIME]: Feature: More; Installed: Absent;   Request: Null;   Action: Null
        MSI (s) (THREAD) [TIME]: Feature: Complete; Installed: Absent;   Request: Local;   Action: Local
        MSI (s) (THREAD) [TIME]: Component: Main; Installed: Absent;   Request: Local;   Action: Local
        MSI (s) (THREAD) [TIME]: Component: Extra; Installed: Absent;   Request: Null;   Action: Null
    "#]],
    );
    check(
        &world,
        &lines,
        named("hello.txt"),
        expect![[r#"
            MSI (s) (THREAD) [TIME]: ProcessComponents: scripted RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\ID,Name=ID,Value=C:\Program Files (x86)\Greeter\hello.txt)
            InstallFiles: File: hello.txt, Directory: C:\Program Files (x86)\Greeter\, Size: 5
            MSI (s) (THREAD) [TIME]: InstallFiles: scripted FileCopy(SourceName=Greeter|hello.txt,DestName=C:\Program Files (x86)\Greeter\hello.txt,FileSize=5)
            MSI (s) (THREAD) [TIME]: Executing op: RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\ID,Name=ID,Value=C:\Program Files (x86)\Greeter\hello.txt)
            MSI (s) (THREAD) [TIME]: Executing op: FileCopy(SourceName=Greeter|hello.txt,DestName=C:\Program Files (x86)\Greeter\hello.txt,FileSize=5)
        "#]],
    );
    let end = lines
        .iter()
        .position(|line| line.starts_with("Property(S)"));
    check(
        &world,
        &lines[end.unwrap() - 8..],
        |line| !line.starts_with("Property(S)") || line.contains("MsiLogFileLocation"),
        expect![[r#"
            MSI (s) (THREAD) [TIME]: Executing op: RegAddValue(Key=HKLM\Software\Classes\Installer\Products\ID\SourceList\Media,Name=1,Value=;)
            MSI (s) (THREAD) [TIME]: Executing op: RegAddValue(Key=HKLM\Software\Classes\Installer\UpgradeCodes\ID,Name=ID,Value=)
            MSI (s) (THREAD) [TIME]: The transaction ID is committed.
            MSI (s) (THREAD) [TIME]: Product: Greeter -- Installation completed successfully.
            MSI (s) (THREAD) [TIME]: Windows Installer installed the product. Product Name: Greeter. Product Version: 1.0.0. Product Language: 1033. Manufacturer: Contoso. Installation success or error status: 0.
            Action ended TIME: InstallFinalize. Return value 1.
            MSI (s) (THREAD) [TIME]: Decrementing counter to disable shutdown. If counter >= 0, shutdown will be denied.  Counter after decrement: -1
            Action ended TIME: INSTALL. Return value 1.
            Property(S): MsiLogFileLocation = Z:HOME\log
            MSI (s) (THREAD) [TIME]: MainEngineThread is returning 0
            === Verbose logging stopped: DATE  TIME ===
        "#]],
    );
}

#[test]
fn the_shapes_of_a_failure() {
    let world = World::new();
    world.package("greeter", GREETER);
    std::fs::remove_file(world.path("greeter/Greeter/more.txt")).unwrap();
    let (ran, lines) = logged(&world, &["install", "greeter"]);
    assert_eq!(ran.status, 67, "{ran:?}");
    // The best known recipe: find "Return value 3"; what failed is above it.
    let at = lines
        .iter()
        .position(|line| line.contains("Return value 3"));
    let above = &lines[at.unwrap() - 4..];
    check(
        &world,
        above,
        |line| !line.starts_with("Property(S)"),
        expect![[r#"
            MSI (s) (THREAD) [TIME]: Executing op: FileCopy(SourceName=Greeter|hello.txt,DestName=C:\Program Files (x86)\Greeter\hello.txt,FileSize=5)
            MSI (s) (THREAD) [TIME]: Note: 1: 1308 2: Greeter\more.txt below HOME/greeter
            Error 1308. there is no Greeter\more.txt below HOME/greeter
            MSI (s) (THREAD) [TIME]: Product: Greeter -- Error 1308. there is no Greeter\more.txt below HOME/greeter
            Action ended TIME: InstallFinalize. Return value 3.
            MSI (s) (THREAD) [TIME]: Rolling the transaction ID back.
            MSI (s) (THREAD) [TIME]: Product: Greeter -- Installation failed.
            MSI (s) (THREAD) [TIME]: Windows Installer installed the product. Product Name: Greeter. Product Version: 1.0.0. Product Language: 1033. Manufacturer: Contoso. Installation success or error status: 1603.
            MSI (s) (THREAD) [TIME]: Decrementing counter to disable shutdown. If counter >= 0, shutdown will be denied.  Counter after decrement: -1
            Action ended TIME: INSTALL. Return value 3.
            MSI (s) (THREAD) [TIME]: MainEngineThread is returning 1603
            === Verbose logging stopped: DATE  TIME ===
        "#]],
    );
}

#[test]
fn the_recipes_find_what_they_look_for() {
    let world = World::new();
    world.package("greeter", GREETER);
    let (_, lines) = logged(&world, &["install", "greeter", "COLOUR=blue green"]);
    // A property's value at the end.
    let value = |name: &str| {
        let start = format!("Property(S): {name} = ");
        let mut values = lines.iter().filter_map(|line| line.strip_prefix(&start));
        (values.next().map(str::to_owned), values.count())
    };
    assert_eq!(value("COLOUR"), (Some("blue green".to_owned()), 0));
    assert_eq!(
        value("INSTALLDIR"),
        (Some("C:\\Program Files (x86)\\Greeter\\".to_owned()), 0)
    );
    // The state of a component: `Component: NAME; Installed: X;   Request: Y;   Action: Z`.
    let state = lines
        .iter()
        .find_map(|line| line.split_once("Component: Main; "));
    assert_eq!(
        state.unwrap().1,
        "Installed: Absent;   Request: Local;   Action: Local"
    );
    // The action that runs longest is found by the times of its start and its end.
    let starts = lines
        .iter()
        .filter(|line| line.starts_with("Action start "));
    let ends = lines
        .iter()
        .filter(|line| line.starts_with("Action ended "));
    assert_eq!(starts.count(), ends.count());
    // What was done, in order.
    let executed = lines
        .iter()
        .filter(|line| line.contains("]: Executing op: "));
    assert!(executed.count() > 5);
    // The program's end.
    assert!(
        lines
            .iter()
            .any(|line| line.ends_with("]: MainEngineThread is returning 0"))
    );
}

#[test]
fn a_condition_of_launching_and_a_message_with_a_number() {
    let world = World::new();
    let condition = "LaunchCondition: VersionNT > 9999 | [ProductName] needs a newer Windows";
    world.package("greeter", &format!("{GREETER}\n{condition}"));
    let (_, lines) = logged(&world, &["install", "greeter"]);
    let about = |line: &str| line.contains("newer Windows") || line.contains("Return value 3");
    check(
        &world,
        &lines,
        about,
        expect![[r#"
            Greeter needs a newer Windows
            MSI (s) (THREAD) [TIME]: Product: Greeter -- Greeter needs a newer Windows
            Action ended TIME: LaunchConditions. Return value 3.
            Action ended TIME: INSTALL. Return value 3.
        "#]],
    );
    world.package(
        "cycle",
        "product Cycle 1.0.0\nfolder A in B: a\nfolder B in A: b",
    );
    let (_, lines) = logged(&world, &["install", "cycle"]);
    let about = |line: &str| line.contains("2705") || line.contains("Return value 3");
    check(
        &world,
        &lines,
        about,
        expect![[r#"
        MSI (s) (THREAD) [TIME]: Note: 1: 2705 2: Directory
        Error 2705. CostInitialize: table Directory: `A` is its own ancestor
        MSI (s) (THREAD) [TIME]: Product: Cycle -- Error 2705. CostInitialize: table Directory: `A` is its own ancestor
        Action ended TIME: CostInitialize. Return value 3.
        Action ended TIME: INSTALL. Return value 3.
    "#]],
    );
}

#[test]
fn what_cannot_begin_is_told_too() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let (ran, lines) = logged(&world, &["install", "missing.msi", "PASSWORD=s3cret"]);
    assert_eq!(ran.status, 83);
    check(
        &world,
        &lines,
        |_| true,
        expect![[r#"
            === Verbose logging started: DATE  TIME  Build type: SHIP UNICODE 5.00  Calling process: MSIKIT ===
            MSI (c) (THREAD) [TIME]: ******* RunEngine:
                       ******* Product: missing.msi
                       ******* Action: 
                       ******* CommandLine: /i "missing.msi" PASSWORD=**********
            MSI (c) (THREAD) [TIME]: Command Line: PASSWORD=**********
            cannot open the package missing.msi: there is no such file
            MSI (c) (THREAD) [TIME]: MainEngineThread is returning 1619
            === Verbose logging stopped: DATE  TIME ===
        "#]],
    );
}

#[test]
fn hidden_values_are_nowhere() {
    let world = World::new();
    let package = format!(
        "{GREETER}
        property MsiHiddenProperties: PASSWORD;TOKEN
        property TOKEN: t0ken-of-the-package
        CustomAction: SetData | 8243 | Deferred | data of [PASSWORD] |
        CustomAction: Deferred | 9217 | Setup | Entry |
        InstallExecuteSequence: SetData | | 1500
        InstallExecuteSequence: Deferred | | 4100
        Registry: Reg2 | 2 | Software\\Greeter | Secret | [PASSWORD] and [TOKEN] | Main
        LaunchCondition: PASSWORD <> \"hunter2\" | [PASSWORD] is wrong"
    );
    world.package("greeter", &package);
    let (ran, lines) = logged(&world, &["install", "greeter", "PASSWORD=s3cret"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for secret in ["s3cret", "t0ken-of-the-package"] {
        let shown = lines.iter().find(|line| line.contains(secret));
        assert_eq!(shown, None);
    }
    let hidden = |line: &str| line.contains("**********") && !line.contains("scripted");
    check(
        &world,
        &lines,
        hidden,
        expect![[r#"
                   ******* CommandLine: /i "greeter" PASSWORD=**********
        MSI (c) (THREAD) [TIME]: Command Line: PASSWORD=**********
        MSI (s) (THREAD) [TIME]: PROPERTY CHANGE: Adding Deferred property. Its value is '**********'.
        MSI (s) (THREAD) [TIME]: Executing op: RegAddValue(Key=HKLM\Software\Wow6432Node\Greeter,Name=Secret,Value=********** and **********)
        Property(S): Deferred = **********
        Property(S): PASSWORD = **********
        Property(S): TOKEN = **********
    "#]],
    );
    let query = [
        "machine",
        "reg",
        "query",
        "HKLM\\Software\\Wow6432Node\\Greeter",
        "--json",
    ];
    let written = world.msikit(&query).json();
    assert!(
        written["values"]
            .to_string()
            .contains("s3cret and t0ken-of-the-package")
    );

    assert_eq!(world.msikit(&["remove", "Greeter"]).status, 0);
    let (ran, lines) = logged(&world, &["install", "greeter", "PASSWORD=hunter2"]);
    assert_eq!(ran.status, 67, "{ran:?}");
    let told = lines.iter().filter(|line| line.contains("is wrong"));
    assert!(
        told.inspect(|line| assert!(line.contains("********** is wrong")))
            .count()
            > 0
    );
}

/// What msiexec with these letters logs.
fn letters(letters: &str) -> Vec<String> {
    let world = World::new();
    world.package(
        "greeter",
        &format!(
            "{GREETER}\nCustomAction: No | 19 | | no such day\nInstallExecuteSequence: No | | 4100"
        ),
    );
    let ran = world.msikit(&["msiexec", "/i", "greeter", "/qn", letters, "log"]);
    assert_eq!(ran.status, 67, "{ran:?}");
    lines(&world, "log")
        .iter()
        .map(|line| settled(&world, line))
        .collect()
}

#[test]
fn the_letters_choose() {
    let with = |wanted: &str| {
        let lines = letters(wanted);
        let first_and_last = [lines[0].clone(), lines[lines.len() - 1].clone()];
        assert!(
            first_and_last[0].starts_with("=== Logging started: ")
                && first_and_last[1].starts_with("=== Logging stopped: "),
            "{lines:?}"
        );
        lines[1..lines.len() - 1].to_vec()
    };
    assert_eq!(with("/le"), ["no such day"]);
    assert!(
        with("/lp")
            .iter()
            .all(|line| line.starts_with("Property(S): "))
    );
    assert!(with("/la").iter().all(|line| line.starts_with("Action ")));
    assert_eq!(
        with("/lr"),
        [
            "InstallFiles: File: hello.txt, Directory: C:\\Program Files (x86)\\Greeter\\, Size: 5",
            "InstallFiles: File: more.txt, Directory: C:\\Program Files (x86)\\Greeter\\, Size: 4"
        ]
    );
    assert!(with("/l*").iter().all(|line| !line.starts_with("MSI (")));
    let verbose = letters("/l*v");
    assert!(verbose[0].starts_with("=== Verbose logging started: "));
    let has = |lines: &[String], text: &str| lines.iter().any(|line| line.contains(text));
    assert!(
        has(&verbose, "PROPERTY CHANGE: Adding INSTALLDIR property.")
            && !has(&verbose, ": scripted ")
    );
    assert!(has(&letters("/l*vx"), "InstallFiles: scripted FileCopy("));
}

#[test]
fn a_log_is_added_to() {
    let world = World::new();
    world.package("greeter", GREETER);
    for _ in 0..2 {
        assert_eq!(
            world
                .msikit(&["msiexec", "/i", "greeter", "/qn", "/l*v+", "log"])
                .status,
            0
        );
    }
    let lines = lines(&world, "log");
    let started = lines
        .iter()
        .filter(|line| line.starts_with("=== Verbose logging started: "));
    assert_eq!(started.count(), 2);
}

#[test]
fn a_package_may_ask_for_a_log() {
    let world = World::new();
    let package = format!("{GREETER}\nproperty MsiLogging: voicewarmupx");
    world.package("greeter", &package);
    std::fs::create_dir(world.path("tmp")).unwrap();
    let mut command = world.command(&["install", "greeter"]);
    let ran = command.env("TMPDIR", world.path("tmp")).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let mut logs = std::fs::read_dir(world.path("tmp")).unwrap();
    let log = logs.next().unwrap().unwrap().file_name();
    let log = log.to_str().unwrap();
    assert!(
        log.starts_with("MSI") && log.ends_with(".LOG") && logs.next().is_none(),
        "{log}"
    );
    let told = format!(
        "the package asks for a log: {}",
        world.path("tmp").join(log).display()
    );
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains(&told),
        "{ran:?}"
    );
    let lines = lines(&world, &format!("tmp/{log}"));
    let location = lines
        .iter()
        .find(|line| line.starts_with("Property(S): MsiLogFileLocation = Z:\\"));
    assert!(
        location.is_some_and(|line| line.ends_with(&format!("\\tmp\\{log}"))),
        "{location:?}"
    );
    // The command line's log is the log.
    let (ran, lines) = logged(&world, &["remove", "greeter"]);
    assert!(
        ran.status == 0 && !ran.err.contains("asks for a log"),
        "{ran:?}"
    );
    let wanted = "Property(S): MsiLogFileLocation = Z:";
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(wanted) && line.ends_with("\\log"))
    );
}

#[test]
fn both_encodings_say_the_same() {
    let world = World::new();
    world.package("greeter", &GREETER.replace("hello.txt", "grüße.txt"));
    let mut told = Vec::new();
    for encoding in ["utf-8", "utf-16le"] {
        let (ran, lines) = logged(&world, &["plan", "greeter", "--log-encoding", encoding]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(lines.iter().any(|line| line.contains("grüße.txt")));
        told.push(
            lines
                .iter()
                .map(|line| settled(&world, line))
                .collect::<Vec<_>>(),
        );
    }
    let ids = |line: &&String| !line.contains(".msi") && !line.contains("Property(S): Time");
    let [utf8, utf16] = [0, 1].map(|at| told[at].iter().filter(ids).collect::<Vec<_>>());
    assert_eq!(utf8, utf16);
}

const SEQUENCES: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello
    AdminUISequence: CostInitialize | | 800
    AdminUISequence: FileCost | | 900
    AdminUISequence: AppSearch | | 1400
    AdminExecuteSequence: CostInitialize | | 800
    AdvtExecuteSequence: CostInitialize | | 800
    InstallUISequence: AppSearch | | 1400
";

/// What is begun and ended around the mutex: `+` taken, `-` released, `(NAME` begun, `NAME)N` ended, `…` others.
fn trace(lines: &[String]) -> String {
    let mut all = Vec::new();
    for line in lines {
        if line.ends_with("]: Grabbed execution mutex.") {
            all.push("+".to_owned());
        } else if line.ends_with("Counter after decrement: -1") {
            all.push("-".to_owned());
        } else if let Some(action) = line.strip_prefix("Action start ") {
            all.push(format!("({}", action[10..].trim_end_matches('.')));
        } else if let Some(action) = line.strip_prefix("Action ended ") {
            let (name, number) = action[10..].split_once(". Return value ").unwrap();
            all.push(format!("{name}){}", number.trim_end_matches('.')));
        }
    }
    let is_mutex = |at: usize| all.get(at).is_some_and(|word| word == "+" || word == "-");
    let near = |at: usize| (at.saturating_sub(1)..=at + 1).any(is_mutex);
    let mut shown = Vec::new();
    for (at, word) in all.iter().enumerate() {
        if near(at) || at == 0 || at + 1 == all.len() {
            shown.push(word.as_str());
        } else if shown.last() != Some(&"…") {
            shown.push("…");
        }
    }
    shown.join(" ")
}

fn check_trace(world: &World, table: &str, expected: Expect) {
    let sequence = format!("SEQUENCE={table}");
    let (ran, lines) = logged(world, &["install", "greeter", "ACTION=SEQUENCE", &sequence]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expected.assert_eq(&(trace(&lines) + "\n"));
}

#[test]
fn the_mutex_is_taken_and_released_where_an_execute_table_begins_and_ends() {
    let world = World::new();
    world.package("greeter", SEQUENCES);
    check_trace(
        &world,
        "AdminExecuteSequence",
        expect![[r#"
            (INSTALL + (CostInitialize … InstallFinalize)1 - INSTALL)1
        "#]],
    );
    check_trace(
        &world,
        "AdvtExecuteSequence",
        expect![[r#"
            (INSTALL + (CostInitialize … InstallFinalize)1 - INSTALL)1
        "#]],
    );
    check_trace(
        &world,
        "InstallExecuteSequence",
        expect![[r#"
            (INSTALL + (LaunchConditions … InstallFinalize)1 - INSTALL)1
        "#]],
    );
    check_trace(
        &world,
        "AdminUISequence",
        expect![[r#"
            (INSTALL … (INSTALL + (LaunchConditions … InstallFinalize)1 - INSTALL)1 … INSTALL)1
        "#]],
    );
    check_trace(
        &world,
        "InstallUISequence",
        expect![[r#"
            (INSTALL … (INSTALL + (LaunchConditions … InstallFinalize)1 - INSTALL)1 … INSTALL)1
        "#]],
    );
}

#[test]
fn a_refusal_is_eight_for_every_action_around_it() {
    let world = World::new();
    world.package("greeter", SEQUENCES);
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    let (ran, lines) = logged(&world, &["install", "greeter", "--ui", "full", "--no-wait"]);
    assert_eq!(ran.status, 82, "{ran:?}");
    let about = |line: &str| {
        line.contains("Return value 8")
            || line.contains("execution mutex")
            || line.contains("1500")
            || line.contains("1618")
    };
    check(
        &world,
        &lines,
        about,
        expect![[r#"
        MSI (s) (THREAD) [TIME]: Failed to grab execution mutex. System error 258.
        MSI (c) (THREAD) [TIME]: Note: 1: 1500
        Error 1500. another installation is in progress
        MSI (c) (THREAD) [TIME]: Product: Greeter -- Error 1500. another installation is in progress
        Action ended TIME: INSTALL. Return value 8.
        Action ended TIME: ExecuteAction. Return value 8.
        Action ended TIME: INSTALL. Return value 8.
        MSI (c) (THREAD) [TIME]: MainEngineThread is returning 1618
    "#]],
    );
    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
}
