//! What a step that was handed out asks to be told, and what the answer means.

use machine::View;
use script::Contents;

use super::rows::take_flow;
use super::{Activity, Waiting, code_of, goes_on};
use crate::step::{ActionResult, Step};
use crate::{Answer, Failure, Run, actions, custom_action};

pub(super) fn waiting_for(step: &Step, before: &Waiting) -> Waiting {
    match (step, before) {
        (Step::EnterExecute(_), _) => Waiting::Enter,
        (Step::Nested(nested), _) => Waiting::Nested {
            action: nested.action.clone(),
            ignore_failure: nested.ignore_failure,
        },
        (Step::Dialog(_), _) => Waiting::Dialog,
        (Step::Suspend, _) => Waiting::Suspend,
        (Step::Read(wanted), _) => Waiting::Read(wanted.clone()),
        (Step::CustomAction(action), _) => Waiting::CustomAction {
            go_on: action.kind & custom_action::CONTINUE != 0,
        },
        _ => Waiting::Nothing,
    }
}

/// Begins the action under way once more, with what it asked for.
pub(super) fn begin_again(run: &mut Run, view: &dyn View, wanted: Vec<Contents>, answer: Answer) {
    run.walk.waiting = Waiting::Nothing;
    let mut read = match answer {
        Answer::Bytes(read) => read.into_iter(),
        _ => Vec::new().into_iter(),
    };
    for contents in wanted {
        let bytes = read.next().flatten();
        run.walk.read.insert(contents, bytes);
    }
    let action = match run.walk.activities.last() {
        Some(Activity::Action(name)) => actions::find(name),
        _ => None,
    };
    let Some(action) = action else {
        return;
    };
    let begun = (action.act)(run, view).and_then(|flow| take_flow(run, action.name, flow));
    if let Err(error) = begun {
        let failure = Failure::from(&error).of(action.name);
        run.walk.fail(ActionResult::Failure, failure);
    }
}

pub(super) fn take_answer(run: &mut Run, answer: Answer) {
    let waiting = std::mem::take(&mut run.walk.waiting);
    match (answer, waiting) {
        (Answer::Go, Waiting::Suspend) => {
            run.walk.transaction = false;
            run.walk.fail(ActionResult::Suspend, waits(run));
        }
        (Answer::Go | Answer::Bytes(_), _) => {}
        (Answer::Refused, _) => {
            let failure = Failure {
                number: Some(1500),
                ..Failure::new(1618, "another installation is in progress")
            };
            run.walk.fail(ActionResult::AlreadyRunning, failure);
        }
        (Answer::Failed(failure), _) => run.walk.fail(ActionResult::Failure, failure),
        (Answer::Cancelled, _) => run.walk.fail(
            ActionResult::UserExit,
            Failure::new(1602, "the user cancelled"),
        ),
        (
            Answer::Action(result),
            Waiting::Nested {
                action,
                ignore_failure,
            },
        ) => {
            if !goes_on(result) && !ignore_failure {
                let failure = Failure::new(code_of(result), "the run inside this one failed");
                run.walk.fail(result, failure.of(&action));
            }
        }
        (Answer::Action(result), Waiting::CustomAction { go_on }) => {
            if !goes_on(result) && !go_on {
                run.walk.fail(
                    result,
                    Failure::new(code_of(result), "a custom action failed"),
                );
            }
        }
        (Answer::Action(result), _) => {
            if !goes_on(result) {
                run.walk.fail(
                    result,
                    Failure::new(code_of(result), "a dialog ended the installation"),
                );
            }
        }
    }
}

fn waits(run: &Run) -> Failure {
    let [name, version] = ["ProductName", "ProductVersion"].map(|name| run.property(name));
    let text = format!(
        "{name} {version} waits for a restart: `msikit recover --resume` goes on with it, `msikit recover --undo-suspended` undoes it"
    );
    Failure::new(code_of(ActionResult::Suspend), text)
}
