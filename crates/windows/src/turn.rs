//! Starting a program when the gate is free, and again when it was refused all the same (1618).
//!
//! The gate is never held for the program: between the look and the program's own try anyone may come in. So the program's
//! own answer decides, and the look only saves tries. "_MSIExecute Mutex".

use std::time::Duration;

use crate::answer::State;

/// ERROR_INSTALL_ALREADY_RUNNING
const ALREADY_RUNNING: u32 = 1618;

/// So often is a held gate looked at: a wait for the mutex itself would take it.
const LOOK: Duration = Duration::from_millis(250);
/// The pause before a refused program is started again, doubled each time up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(16);

/// How a rest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It is over.
    Rested,
    /// The deadline came first.
    Deadline,
    /// The user called it off.
    Stopped,
}

/// What the attempts need of the world.
pub trait Door {
    /// Is an installation under way?
    fn look(&mut self) -> State;

    /// Rests so long, but not beyond the deadline.
    fn rest(&mut self, time: Duration) -> Rest;

    /// Runs the program to its end, and returns its code.
    ///
    /// Errors: it cannot be started.
    fn start(&mut self) -> std::io::Result<u32>;
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The program ran, and ended with this code: not 1618, or 1618 once more when the time was over.
    Program(u32),
    /// The time was over before the program could be started.
    Deadline,
    /// The user called it off while the program did not run.
    Stopped,
}

/// How it ended, and after how many starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How it ended.
    pub end: End,
    /// How often the program was started.
    pub starts: u32,
}

/// Starts the program when the gate is free, or cannot be asked, until it answers anything but 1618.
///
/// Errors: the program cannot be started.
pub fn attempts(door: &mut dyn Door) -> std::io::Result<Attempts> {
    let (mut starts, mut pause, mut refused) = (0, PAUSE, None);
    let ended = |end, starts| Ok(Attempts { end, starts });
    loop {
        while door.look() == State::Held {
            match (door.rest(LOOK), refused) {
                (Rest::Rested, _) => {}
                (Rest::Deadline, Some(code)) => return ended(End::Program(code), starts),
                (Rest::Deadline, None) => return ended(End::Deadline, starts),
                (Rest::Stopped, _) => return ended(End::Stopped, starts),
            }
        }
        let code = door.start()?;
        starts += 1;
        if code != ALREADY_RUNNING {
            return ended(End::Program(code), starts);
        }
        match door.rest(pause) {
            Rest::Rested => {}
            Rest::Deadline => return ended(End::Program(code), starts),
            Rest::Stopped => return ended(End::Stopped, starts),
        }
        refused = Some(code);
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A world of which the looks and the program's codes are known, and time is a number.
    struct Scene {
        looks: Vec<State>,
        codes: Vec<u32>,
        now: Duration,
        deadline: Duration,
        stop: Duration,
    }

    impl Door for Scene {
        fn look(&mut self) -> State {
            match self.looks.len() {
                0 => State::Free,
                _ => self.looks.remove(0),
            }
        }

        fn rest(&mut self, time: Duration) -> Rest {
            self.now += time;
            match self.now {
                now if now >= self.stop => Rest::Stopped,
                now if now >= self.deadline => Rest::Deadline,
                _ => Rest::Rested,
            }
        }

        fn start(&mut self) -> std::io::Result<u32> {
            Ok(self.codes.remove(0))
        }
    }

    const LONG: Duration = Duration::from_secs(1_000_000);

    fn check(looks: &[State], codes: &[u32], deadline: Duration, end: End, starts: u32) {
        let mut scene = Scene {
            looks: looks.to_vec(),
            codes: codes.to_vec(),
            now: Duration::ZERO,
            deadline,
            stop: LONG,
        };
        let got = attempts(&mut scene).unwrap();
        assert_eq!((got.end, got.starts), (end, starts), "{looks:?} {codes:?}");
    }

    #[test]
    fn a_program_is_started_when_the_gate_is_free_and_again_when_it_was_refused() {
        use State::{Free, Held, Suspended, Unknown};
        check(&[], &[0], LONG, End::Program(0), 1);
        check(&[Held, Held, Free], &[3010], LONG, End::Program(3010), 1);
        check(&[Unknown], &[1603], LONG, End::Program(1603), 1);
        check(&[Suspended], &[0], LONG, End::Program(0), 1);
        check(
            &[Free, Held, Free],
            &[1618, 1618, 7],
            LONG,
            End::Program(7),
            3,
        );
    }

    #[test]
    fn a_deadline_is_1618_and_nothing_else() {
        let short = Duration::from_millis(300);
        check(&[State::Held; 9], &[], short, End::Deadline, 0);
        check(&[], &[1618, 0], short, End::Program(1618), 1);
        let held_later = [State::Free, State::Held, State::Held, State::Held];
        let between = Duration::from_millis(1300);
        check(&held_later, &[1618, 0], between, End::Program(1618), 1);
    }

    #[test]
    fn a_stop_ends_the_wait() {
        let mut scene = Scene {
            looks: vec![State::Held; 3],
            codes: Vec::new(),
            now: Duration::ZERO,
            deadline: LONG,
            stop: Duration::from_millis(400),
        };
        assert_eq!(attempts(&mut scene).unwrap().end, End::Stopped);
    }
}
