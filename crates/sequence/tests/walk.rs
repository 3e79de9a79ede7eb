//! The walk over the sequence tables: packages in a few lines, and the steps that come of them.

mod plan;

use database::Database;
use expect_test::{Expect, expect};
use plan::{Planned, World, fixture, request};
use sequence::{
    ActionResult, Answer, CustomActions, Failure, MessageKind, Request, Step, Transforms, UiLevel,
};

fn package(text: &str) -> Database {
    let base = Database::from_text_str(&format!("{}{}", fixture::EMPTY, fixture::COSTED)).unwrap();
    plan::with_rows(base, text)
}

fn log(planned: &Planned) -> String {
    let mut text = String::new();
    for message in planned
        .messages
        .iter()
        .filter(|message| message.kind != MessageKind::Verbose)
    {
        text += &format!("{}\n", message.text);
    }
    let outcome = &planned.outcome;
    text + &format!(
        "{:?} {} {}\n",
        outcome.result,
        outcome.code,
        outcome.message.as_deref().unwrap_or("-")
    )
}

fn check(package_text: &str, request: Request, answer: impl Fn(&Step) -> Answer, expect: Expect) {
    let planned = World::new().run_with(package(package_text), request, answer);
    expect.assert_eq(&format!("{}{}\n", log(&planned), planned.steps.join("\n")));
}

fn go(_: &Step) -> Answer {
    Answer::Go
}

fn full_ui() -> Request {
    Request {
        transforms: Transforms::default(),
        ui_level: UiLevel::Full,
        ..request(&[])
    }
}

const TWO_TABLES: &str = "
    InstallUISequence CostInitialize||800
    InstallUISequence FileCost||900
    InstallUISequence CostFinalize||1000
    InstallUISequence SetPublic||1100
    InstallUISequence SetPrivate||1101
    InstallUISequence WelcomeDlg|NOT Installed|1230
    InstallUISequence MaintenanceDlg|Installed|1240
    InstallUISequence ExecuteAction||1300
    InstallUISequence ExitDlg||-1
    InstallUISequence CancelDlg||-2
    InstallUISequence FatalDlg||-3
    InstallExecuteSequence CostInitialize||800
    InstallExecuteSequence FileCost||900
    InstallExecuteSequence CostFinalize||1000
    InstallExecuteSequence Wrong|Private OR NOT PUBLIC|1350
    InstallExecuteSequence InstallValidate||1400
    InstallExecuteSequence InstallInitialize||1500
    InstallExecuteSequence InstallFinalize||6600
    CustomAction SetPublic|51|PUBLIC|yes
    CustomAction SetPrivate|51|Private|yes
    CustomAction Wrong|19||private values came over
    Dialog WelcomeDlg|50
    Dialog MaintenanceDlg|50
    Dialog ExitDlg|50
    Dialog CancelDlg|50
    Dialog FatalDlg|50
    ActionText CostFinalize|Computing space|
";

#[test]
fn the_ui_sequence_calls_the_execute_sequence() {
    check(
        TWO_TABLES,
        full_ui(),
        go,
        expect![[r#"
        Action start: INSTALL.
        Action start: CostInitialize.
        Action ended: CostInitialize. Return value 1.
        Action start: FileCost.
        Action ended: FileCost. Return value 1.
        Action start: CostFinalize. Computing space
        Action ended: CostFinalize. Return value 1.
        Action start: SetPublic.
        Action ended: SetPublic. Return value 1.
        Action start: SetPrivate.
        Action ended: SetPrivate. Return value 1.
        Action start: WelcomeDlg.
        Action ended: WelcomeDlg. Return value 1.
        Action start: ExecuteAction.
        Action start: INSTALL.
        Action start: CostInitialize.
        Action ended: CostInitialize. Return value 1.
        Action start: FileCost.
        Action ended: FileCost. Return value 1.
        Action start: CostFinalize. Computing space
        Action ended: CostFinalize. Return value 1.
        Action start: InstallValidate.
        Action ended: InstallValidate. Return value 1.
        Action start: InstallInitialize.
        Action ended: InstallInitialize. Return value 1.
        Action start: InstallFinalize.
        Action ended: InstallFinalize. Return value 1.
        Action ended: INSTALL. Return value 1.
        Action ended: ExecuteAction. Return value 1.
        Action start: ExitDlg.
        Action ended: ExitDlg. Return value 1.
        Action ended: INSTALL. Return value 1.
        Success 0 -
        Dialog("WelcomeDlg")
        EnterExecute(InstallExecuteSequence)
        Begin { rollback: true }
        Finalize
        LeaveExecute(InstallExecuteSequence)
        Dialog("ExitDlg")
    "#]],
    );
}

#[test]
fn without_dialogs_only_the_execute_sequence_runs() {
    check(
        TWO_TABLES.replace("NOT PUBLIC", "0").as_str(),
        request(&[]),
        go,
        expect![[r#"
            Action start: INSTALL.
            Action start: CostInitialize.
            Action ended: CostInitialize. Return value 1.
            Action start: FileCost.
            Action ended: FileCost. Return value 1.
            Action start: CostFinalize. Computing space
            Action ended: CostFinalize. Return value 1.
            Action start: InstallValidate.
            Action ended: InstallValidate. Return value 1.
            Action start: InstallInitialize.
            Action ended: InstallInitialize. Return value 1.
            Action start: InstallFinalize.
            Action ended: InstallFinalize. Return value 1.
            Action ended: INSTALL. Return value 1.
            Success 0 -
            EnterExecute(InstallExecuteSequence)
            Begin { rollback: true }
            Finalize
            LeaveExecute(InstallExecuteSequence)
        "#]],
    );
}

#[test]
fn a_cancelled_dialog_ends_with_the_dialog_for_that() {
    let cancel = |step: &Step| match step {
        Step::Dialog(name) if name == "WelcomeDlg" => Answer::Action(ActionResult::UserExit),
        _ => Answer::Go,
    };
    check(
        TWO_TABLES,
        full_ui(),
        cancel,
        expect![[r#"
        Action start: INSTALL.
        Action start: CostInitialize.
        Action ended: CostInitialize. Return value 1.
        Action start: FileCost.
        Action ended: FileCost. Return value 1.
        Action start: CostFinalize. Computing space
        Action ended: CostFinalize. Return value 1.
        Action start: SetPublic.
        Action ended: SetPublic. Return value 1.
        Action start: SetPrivate.
        Action ended: SetPrivate. Return value 1.
        Action start: WelcomeDlg.
        Action ended: WelcomeDlg. Return value 2.
        Action start: CancelDlg.
        Action ended: CancelDlg. Return value 1.
        Action ended: INSTALL. Return value 2.
        UserExit 1602 a dialog ended the installation
        Dialog("WelcomeDlg")
        Dialog("CancelDlg")
    "#]],
    );
}

#[test]
fn a_failure_in_the_script_leaves_the_execute_sequence_first() {
    let fail = |step: &Step| match step {
        Step::Finalize => Answer::Failed(Failure::new(1603, "the disk broke")),
        _ => Answer::Go,
    };
    check(
        TWO_TABLES,
        full_ui(),
        fail,
        expect![[r#"
            Action start: INSTALL.
            Action start: CostInitialize.
            Action ended: CostInitialize. Return value 1.
            Action start: FileCost.
            Action ended: FileCost. Return value 1.
            Action start: CostFinalize. Computing space
            Action ended: CostFinalize. Return value 1.
            Action start: SetPublic.
            Action ended: SetPublic. Return value 1.
            Action start: SetPrivate.
            Action ended: SetPrivate. Return value 1.
            Action start: WelcomeDlg.
            Action ended: WelcomeDlg. Return value 1.
            Action start: ExecuteAction.
            Action start: INSTALL.
            Action start: CostInitialize.
            Action ended: CostInitialize. Return value 1.
            Action start: FileCost.
            Action ended: FileCost. Return value 1.
            Action start: CostFinalize. Computing space
            Action ended: CostFinalize. Return value 1.
            Action start: InstallValidate.
            Action ended: InstallValidate. Return value 1.
            Action start: InstallInitialize.
            Action ended: InstallInitialize. Return value 1.
            Action start: InstallFinalize.
            the disk broke
            Action ended: InstallFinalize. Return value 3.
            Action ended: INSTALL. Return value 3.
            Action ended: ExecuteAction. Return value 3.
            Action start: FatalDlg.
            Action ended: FatalDlg. Return value 1.
            Action ended: INSTALL. Return value 3.
            Failure 1603 the disk broke
            Dialog("WelcomeDlg")
            EnterExecute(InstallExecuteSequence)
            Begin { rollback: true }
            Finalize
            LeaveExecute(InstallExecuteSequence)
            Dialog("FatalDlg")
        "#]],
    );
}

#[test]
fn a_refusal_at_the_gate_runs_nothing_of_the_table() {
    let refuse = |step: &Step| match step {
        Step::EnterExecute(_) => Answer::Refused,
        _ => Answer::Go,
    };
    check(
        TWO_TABLES,
        request(&[]),
        refuse,
        expect![[r#"
            Action start: INSTALL.
            another installation is in progress
            Action ended: INSTALL. Return value 8.
            AlreadyRunning 1618 another installation is in progress [message 1500]
            EnterExecute(InstallExecuteSequence)
        "#]],
    );
}

#[test]
fn a_condition_that_does_not_parse_is_bad_data() {
    check(
        "InstallExecuteSequence CostInitialize|1 ==|800",
        request(&[]),
        go,
        expect![[r#"
            Action start: INSTALL.
            table InstallExecuteSequence, row CostInitialize: the condition `1 ==` does not parse at character 4
            Action ended: INSTALL. Return value 7.
            InvalidData 1603 table InstallExecuteSequence, row CostInitialize: the condition `1 ==` does not parse at character 4 [message 2717]
            EnterExecute(InstallExecuteSequence)
            LeaveExecute(InstallExecuteSequence)
        "#]],
    );
}

#[test]
fn what_is_not_done_is_named() {
    let text = "
        InstallExecuteSequence BindImage||1
        InstallExecuteSequence SelfRegModules||2
        InstallExecuteSequence NobodyKnows||3
        BindImage f1|
    ";
    let planned = World::new().run_with(package(text), request(&[]), go);
    assert_eq!(planned.outcome.unsupported, ["BindImage", "NobodyKnows"]);
    let warnings = planned
        .messages
        .iter()
        .filter(|message| message.kind == MessageKind::Warning)
        .count();
    assert_eq!((planned.outcome.code, warnings), (0, 2));
}

#[test]
fn changes_outside_of_a_transaction_are_an_error() {
    let text = "
        InstallExecuteSequence CostInitialize||800
        InstallExecuteSequence FileCost||900
        InstallExecuteSequence CostFinalize||1000
        InstallExecuteSequence ProcessComponents||1600
    ";
    let planned = World::new().run_with(package(text), request(&[]), go);
    assert!(planned.outcome.message.unwrap().contains("2762") && planned.operations.is_empty());
}

#[test]
fn executemode_none_changes_nothing() {
    let text = "
        InstallExecuteSequence CostInitialize||800
        InstallExecuteSequence FileCost||900
        InstallExecuteSequence CostFinalize||1000
        InstallExecuteSequence InstallInitialize||1500
        InstallExecuteSequence ProcessComponents||1600
        InstallExecuteSequence InstallFinalize||6600
    ";
    let planned = World::new().run(package(text), &[("EXECUTEMODE", "none")]);
    assert_eq!(planned.outcome.code, 0);
    assert_eq!(
        planned.steps,
        [
            "EnterExecute(InstallExecuteSequence)",
            "LeaveExecute(InstallExecuteSequence)"
        ]
    );
}

#[test]
fn custom_actions_set_folders_and_end_with_errors() {
    let text = "
        InstallExecuteSequence SetRoot||700
        InstallExecuteSequence CostInitialize||800
        InstallExecuteSequence FileCost||900
        InstallExecuteSequence CostFinalize||1000
        InstallExecuteSequence Move||1100
        InstallExecuteSequence Stop|TARGETDIR = \"C:\\Moved\\\"|1200
        CustomAction SetRoot|51|ROOTDRIVE|C:\\First\\
        CustomAction Move|35|TARGETDIR|C:\\Moved
        CustomAction Stop|19||[ProductName] is in [TARGETDIR]
    ";
    let planned = World::new().run_with(package(text), request(&[]), go);
    assert_eq!(
        planned.outcome.message.as_deref(),
        Some("Fixture is in C:\\Moved\\")
    );
}

#[test]
fn windows_code_is_skipped_or_refused() {
    let text = "
        InstallExecuteSequence Early|0|10
        InstallExecuteSequence InstallInitialize||1500
        InstallExecuteSequence Late|1|1600
        InstallExecuteSequence InstallFinalize||6600
        CustomAction Early|1|Binary|Entry
        CustomAction Late|3073|Binary|Entry
    ";
    let skipped = World::new().run_with(package(text), request(&[]), go);
    assert_eq!(skipped.outcome.skipped_custom_actions, ["Late"]);
    let refused = Request {
        custom_actions: CustomActions::Fail,
        ..request(&[])
    };
    check(
        text,
        refused,
        go,
        expect![[r#"
            Action start: INSTALL.
            Action start: InstallInitialize.
            InstallInitialize: custom action Late (type 1) runs Windows code, which was not allowed
            Action ended: InstallInitialize. Return value 3.
            Action ended: INSTALL. Return value 3.
            Failure 1603 InstallInitialize: custom action Late (type 1) runs Windows code, which was not allowed
            EnterExecute(InstallExecuteSequence)
            LeaveExecute(InstallExecuteSequence)
        "#]],
    );
}

const UPGRADE: &str = "
    Property UpgradeCode|{0000000F-0000-0000-0000-000000000001}
    Upgrade {0000000F-0000-0000-0000-000000000001}||2.0||256||OLD
    Upgrade {0000000F-0000-0000-0000-000000000002}||2.0||2||SEEN
";

/// What RemoveExistingProducts does in each place, with a product that was given to it.
#[test]
fn removal_of_old_products_by_its_place() {
    let places = [
        ("1450", "own transaction"),
        ("1501", "the outer transaction"),
        ("1700", "message 2613"),
        ("6550", "the outer transaction"),
        ("6700", "own transaction"),
    ];
    for (number, expected) in places {
        let text = format!(
            "{UPGRADE}
            InstallExecuteSequence CostInitialize||800
            InstallExecuteSequence FileCost||900
            InstallExecuteSequence CostFinalize||1000
            InstallExecuteSequence InstallValidate||1400
            InstallExecuteSequence InstallInitialize||1500
            InstallExecuteSequence ProcessComponents||1600
            InstallExecuteSequence InstallExecute||6500
            InstallExecuteSequence InstallFinalize||6600
            InstallExecuteSequence RemoveExistingProducts||{number}"
        );
        let planned = World::new().run(package(&text), &[("OLD", "{A}"), ("SEEN", "{B}")]);
        let nested: Vec<&String> = planned
            .steps
            .iter()
            .filter(|step| step.starts_with("Nested"))
            .collect();
        let found = match (&planned.outcome.message, nested.as_slice()) {
            (Some(message), []) if message.contains("2613") => "message 2613",
            (None, [one]) if one.contains("shares_transaction: true") => "the outer transaction",
            (None, [one]) if one.contains("shares_transaction: false") => "own transaction",
            other => panic!("{number}: {other:?}"),
        };
        assert_eq!(found, expected, "{number}");
        assert!(
            nested
                .iter()
                .all(|step| step.contains("{A}") && step.contains("UPGRADINGPRODUCTCODE"))
        );
    }
}

#[test]
fn a_failed_removal_ends_the_installation_unless_it_may_fail() {
    for (attributes, code) in [("256", 1603), ("260", 0)] {
        let text = format!(
            "{}
            InstallExecuteSequence RemoveExistingProducts||100",
            UPGRADE.replace("256", attributes)
        );
        let fail = |step: &Step| match step {
            Step::Nested(_) => Answer::Action(ActionResult::Failure),
            _ => Answer::Go,
        };
        let planned = World::new().run_with(package(&text), request(&[("OLD", "{A}")]), fail);
        assert_eq!(planned.outcome.code, code, "{attributes}");
    }
}

#[test]
fn an_action_that_looks_into_files_is_begun_again_with_them() {
    let text = "
        InstallExecuteSequence CostInitialize||1
        InstallExecuteSequence FileCost||2
        InstallExecuteSequence CostFinalize||3
        InstallExecuteSequence InstallInitialize||4
        InstallExecuteSequence InstallFiles||5
        InstallExecuteSequence RegisterFonts||6
        InstallExecuteSequence InstallFinalize||7
        Media 1|10|#one.cab
        Font f1|
        Font f6|Sans
    ";
    let asked = |bytes: Vec<Option<Vec<u8>>>| {
        let answer = move |step: &Step| match step {
            Step::Read(_) => Answer::Bytes(bytes.clone()),
            _ => Answer::Go,
        };
        let mut request = request(&[("ADDLOCAL", "Alpha,Advert")]);
        request.transforms = Transforms::default();
        let planned = World::new().run_with(package(text), request, answer);
        let fonts: Vec<String> = planned
            .operations
            .iter()
            .filter(|operation| matches!(operation, script::Operation::RegAddValue { .. }))
            .map(ToString::to_string)
            .collect();
        let warnings = planned
            .messages
            .iter()
            .filter(|message| message.kind == MessageKind::Warning);
        let warnings: Vec<String> = warnings.map(|message| message.text.clone()).collect();
        let read = planned.steps.iter().filter(|step| step.starts_with("Read"));
        (read.count(), fonts, warnings, planned.outcome.code)
    };
    let key = "RegAddValue(Key=HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Fonts";
    let authored = format!("{key},Name=Sans,Value=C:\\file6.txt)");
    let without = "font C:\\file1.txt is not registered: it has no title".to_owned();
    for bytes in [
        vec![],
        vec![None, None],
        vec![Some(b"no font".to_vec()), None],
    ] {
        let unread = (1, vec![authored.clone()], vec![without.clone()], 0);
        assert_eq!(asked(bytes), unread);
    }
    let named = format!("{key},Name=F (TrueType),Value=C:\\file1.txt)");
    let read = vec![Some(font_of_name_f()), None];
    assert_eq!(asked(read), (1, vec![named, authored], vec![], 0));
}

/// A font with nothing but a table of names: one, the full name, for Windows, in American English: `F`.
fn font_of_name_f() -> Vec<u8> {
    let mut font = b"\0\x01\0\0\0\x01\0\0\0\0\0\0name\0\0\0\0\0\0\0\x1c\0\0\0\x14".to_vec();
    font.extend(b"\0\0\0\x01\0\x12");
    font.extend(b"\0\x03\0\x01\x04\x09\0\x04\0\x02\0\0");
    font.extend(b"\0F");
    font
}
