//! Questions of an installation: asked of the client that ordered it, answered through a call of its own.
//!
//! A client that does not say that it answers, that goes, or that takes too long, has given the last of the answers, and so
//! has everybody once the installation is called off.

use std::time::Instant;

use installer::Buttons;
use serde_json::Value;

/// The answers to a question, as they are sent; the second one is what nobody's silence means.
pub(crate) fn answers(buttons: Buttons) -> [&'static str; 2] {
    match buttons {
        Buttons::YesNo => ["Yes", "No"],
        Buttons::RetryCancel => ["Retry", "Cancel"],
    }
}

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) number: u64,
    answers: Vec<String>,
    /// When silence is an answer.
    pub(crate) until: Instant,
}

impl Asked {
    /// Reads a worker's event; none: it makes no sense.
    pub(crate) fn read(event: &Value, until: Instant) -> Option<Asked> {
        let answers = event["answers"].as_array()?.iter();
        let answers: Option<Vec<String>> = answers
            .map(|answer| answer.as_str().map(str::to_owned))
            .collect();
        Some(Asked {
            number: event["question"].as_u64()?,
            answers: answers.filter(|answers| answers.len() == 2)?,
            until,
        })
    }

    /// Is the answer the one that agrees? None: it is none of the answers.
    pub(crate) fn agrees(&self, answer: &str) -> Option<bool> {
        let place = self.answers.iter().position(|known| known == answer)?;
        Some(place == 0)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "any time will do")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_two_answers_the_first_agrees() {
        let asked = |answers: Value| {
            let event = json!({ "question": 7, "answers": answers });
            Asked::read(&event, Instant::now())
        };
        for buttons in [Buttons::YesNo, Buttons::RetryCancel] {
            let [first, last] = answers(buttons);
            let asked = asked(json!([first, last])).unwrap();
            assert_eq!(asked.agrees(first), Some(true));
            assert_eq!(asked.agrees(last), Some(false));
            assert_eq!(asked.agrees("Ignore"), None);
        }
        for nonsense in [json!(null), json!([]), json!(["Yes"]), json!([1, 2])] {
            assert_eq!(asked(nonsense.clone()), None, "{nonsense}");
        }
    }
}
