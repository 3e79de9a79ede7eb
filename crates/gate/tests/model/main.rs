//! The gate proved in small: every order of steps of a few processes, with kills between any two of them.
//!
//! What holds: one at a time, first come first served, nobody waits for ever or for the dead, everybody ends,
//! an unfinished install is undone before the next begins, a probe tells the truth and refuses nobody. A
//! model that cannot fail proves nothing: each planted mistake must be found.
#![allow(
    clippy::print_stderr,
    reason = "the size of the search is worth telling"
)]

mod checker;
mod protocol;

use checker::{Broken, explore};
use protocol::{Mistake, Protocol, Step};

const CASES: [Protocol; 3] = [
    // Three that wait, and any of them dies.
    Protocol {
        waits: &[true, true, true],
        lives: 1,
        kills: 2,
        probes: false,
        mistake: Mistake::None,
    },
    // One without patience, and somebody who probes.
    Protocol {
        waits: &[true, true, false],
        lives: 1,
        kills: 1,
        probes: true,
        mistake: Mistake::None,
    },
    // Those who come again get numbers that others had.
    Protocol {
        waits: &[true, true],
        lives: 2,
        kills: 2,
        probes: false,
        mistake: Mistake::None,
    },
];

#[test]
fn every_order_of_steps_keeps_every_promise() {
    for case in CASES {
        match explore(&case) {
            Ok(explored) => {
                eprintln!("{case:?}: {explored:?}");
                assert!(
                    explored.states > 5_000 && explored.ends > 10,
                    "{explored:?}"
                );
            }
            Err(broken) => panic!("{case:?}: {} after {:?}", broken.promise, broken.way),
        }
    }
}

/// Returns how a mistake breaks a promise, in the first case that shows it.
fn broken_by(mistake: Mistake) -> Option<Broken<Step>> {
    CASES.iter().find_map(|case| {
        let case = Protocol { mistake, ..*case };
        explore(&case).err()
    })
}

#[test]
fn planted_mistakes_are_found() {
    for (mistake, promise) in [
        (
            Mistake::TicketGoesFirst,
            "who has its turn finds the gate free",
        ),
        (Mistake::SweepsTheLiving, "first come, first served"),
        (Mistake::DrawsWithoutLock, "first come, first served"),
        (Mistake::LowestFreeNumber, "first come, first served"),
        (Mistake::EntersPastWaiters, "first come, first served"),
        (
            Mistake::QueueOpensTooSoon,
            "who has its turn finds the gate free",
        ),
        (Mistake::SleepsWithoutReading, "nobody waits for ever"),
        (Mistake::LooksOnce, "who has its turn finds the gate free"),
        (Mistake::AsksThenBegins, "never a wrong `free`"),
        (
            Mistake::SkipsRecovery,
            "an unfinished install is undone first",
        ),
        (
            Mistake::ProbeTakesTheLock,
            "no refusal without another install",
        ),
        (
            Mistake::BelievesTheRecord,
            "the holder that is named is the holder",
        ),
    ] {
        let broken = broken_by(mistake);
        let found = broken.as_ref().map(|broken| broken.promise);
        assert_eq!(found, Some(promise), "{mistake:?}: {broken:?}");
    }
    let unasked = Protocol {
        probes: false,
        mistake: Mistake::AsksThenBegins,
        ..CASES[1]
    };
    let broken = explore(&unasked).err();
    assert_eq!(broken.map(|broken| broken.promise), Some("one at a time"));
}
