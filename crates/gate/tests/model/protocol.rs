//! The gate as a model: what each process does, one system call a step, and what it must never break.
//!
//! The steps and their order are those of `docs/gate.md`. Any process may be killed between any two steps;
//! the kernel then closes what it had open, one thing after the other, in any order. A sleep on a lock that
//! others keep for a moment is a step that cannot be made until the lock is free.

use crate::checker::Model;

/// How many takers a model has at most.
pub const TAKERS_MAX: usize = 4;
/// How many ticket numbers there are.
const NUMBERS: usize = 6;

/// A mistake to plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    None,
    /// Letting go: the ticket closes before the gate is unlocked.
    TicketGoesFirst,
    /// Sweeping removes every ticket but the holder's.
    SweepsTheLiving,
    /// Tickets are drawn without the queue's lock.
    DrawsWithoutLock,
    /// A ticket has the lowest number that is free.
    LowestFreeNumber,
    /// A newcomer tries the gate although others wait.
    EntersPastWaiters,
    /// Who comes in at once lets the queue go before its ticket is alive.
    QueueOpensTooSoon,
    /// A waiter sleeps on a pipe without reading it first.
    SleepsWithoutReading,
    /// A waiter that was woken does not look again.
    LooksOnce,
    /// One without patience asks whether the gate is free, and then begins.
    AsksThenBegins,
    /// A holder does not look for an unfinished install.
    SkipsRecovery,
    /// A probe takes the lock to see whether it can.
    ProbeTakesTheLock,
    /// A probe believes the record whatever the lock's generation.
    BelievesTheRecord,
}

/// What is asked of the model.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Whether each taker waits (true) or is refused when others are there.
    pub waits: &'static [bool],
    /// How often each comes.
    pub lives: u8,
    /// How many processes are killed at most.
    pub kills: u8,
    /// Whether somebody probes.
    pub probes: bool,
    pub mistake: Mistake,
}

/// One coming of one taker: its ticket's pipe, its hold's generation, its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coming {
    taker: u8,
    life: u8,
}

/// A named pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pipe {
    /// Ticket 0's, that is always there and belongs to whoever came in at once.
    First,
    Of(Coming),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Away,
    /// Has the queue's lock; has looked at the numbers below.
    Sweeps(u8),
    Judges,
    /// Nobody waits: tries the gate, under the queue's lock.
    TriesGate,
    OpensFirst,
    MakesPipe,
    NamesPipe,
    UnlocksQueue,
    ListsQueue,
    /// These numbers (bits) are still to be looked at, the highest first.
    Opens(u8),
    Reads(u8, Pipe),
    /// Sleeps; whether the pipe had a writer when it was opened.
    Sleeps(Pipe, bool),
    LocksGate,
    WritesRecord,
    LooksForJournal,
    Undoes,
    EndsUndo,
    BeginsJournal,
    Changes,
    Commits,
    UnlocksGate,
    RemovesName,
    ClosesPipe,
    /// Gives up: removes its name, then closes.
    LeavesQueue,
    /// Was killed; the kernel closes what it has.
    Dies,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Taker {
    place: Place,
    life: u8,
    /// Its ticket's pipe is open for writing.
    open: bool,
    /// Its ticket; 0: the one of those who come in at once.
    number: u8,
    /// When its ticket got its name, or it came in at once: the order in which turns are due.
    arrival: u8,
    wakes: u8,
    /// Gave up, or was killed.
    lost: bool,
    /// How many of those before it were lost while it waited.
    lost_ahead: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Prober {
    Away,
    Saw(Coming),
    HasLock,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lock {
    Free,
    Of(Coming),
    OfProber,
}

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    queue: Option<Coming>,
    gate: Lock,
    /// Ticket names, each with the pipe that it names.
    names: [Option<Coming>; NUMBERS],
    record: Option<Coming>,
    journal: Option<Coming>,
    /// The machine is changed in part.
    partial: bool,
    takers: [Taker; TAKERS_MAX],
    prober: Prober,
    arrivals: u8,
    kills: u8,
    /// Comings that were killed, as bits.
    killed: u16,
}

/// One step of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Does(usize),
    GivesUp(usize),
    IsKilled(usize),
    ClosesQueue(usize),
    ClosesGate(usize),
    ClosesTicket(usize),
    ComesAgain(usize),
    Probes,
}

type After = Result<State, &'static str>;

impl Taker {
    /// Has the gate's lock and has not let it go.
    fn is_inside(self) -> bool {
        use Place::*;
        match self.place {
            UnlocksQueue => self.number == 0,
            OpensFirst | WritesRecord | LooksForJournal | Undoes | EndsUndo | BeginsJournal
            | Changes | Commits | UnlocksGate => true,
            _ => false,
        }
    }

    /// Has a named ticket and waits for its turn.
    fn is_queued(self) -> bool {
        use Place::*;
        match self.place {
            UnlocksQueue => self.number > 0,
            ListsQueue | Opens(_) | Reads(..) | Sleeps(..) | LocksGate => true,
            _ => false,
        }
    }
}

impl State {
    fn is_open(&self, pipe: Pipe) -> bool {
        match pipe {
            Pipe::First => self
                .takers
                .iter()
                .any(|taker| taker.open && taker.number == 0),
            Pipe::Of(coming) => {
                let taker = &self.takers[usize::from(coming.taker)];
                taker.life == coming.life && taker.open
            }
        }
    }

    /// The pipe that a number names, if any.
    fn named(&self, number: usize) -> Option<Pipe> {
        match number {
            0 => Some(Pipe::First),
            number => self.names[number].map(Pipe::Of),
        }
    }

    /// Whether somebody waits who came before one that has the gate now.
    fn is_overtaken(&self, arrival: u8) -> bool {
        let is_before = |taker: &Taker| taker.is_queued() && taker.arrival < arrival;
        self.takers.iter().any(is_before)
    }

    fn coming(&self, at: usize) -> Coming {
        let life = self.takers[at].life;
        let taker = at as u8;
        Coming { taker, life }
    }

    fn bit(coming: Coming) -> u16 {
        1 << (coming.taker * 4 + coming.life)
    }

    /// A ticket closes. If it is lost, those behind it may be woken once more.
    fn close_ticket(&mut self, at: usize) {
        self.takers[at].open = false;
        let closed = self.takers[at];
        for taker in &mut self.takers {
            let is_behind = taker.is_queued() && taker.arrival > closed.arrival;
            taker.lost_ahead += u8::from(is_behind && closed.lost);
        }
    }

    fn remove_name(&mut self, at: usize) {
        self.names[usize::from(self.takers[at].number)] = None;
    }

    fn check(self) -> After {
        let inside = self.takers.iter().filter(|taker| taker.is_inside());
        if inside.count() > 1 {
            return Err("one at a time");
        }
        if self.partial && self.journal.is_none() {
            return Err("what is changed in part is in the journal");
        }
        let too_often = |taker: &Taker| taker.wakes > 1 + taker.lost_ahead;
        match self.takers.iter().any(too_often) {
            true => Err("woken once, and once for each that is lost before"),
            false => Ok(self),
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Step = Step;

    fn first(&self) -> State {
        let away = Taker {
            place: Place::Away,
            life: 0,
            open: false,
            number: 0,
            arrival: 0,
            wakes: 0,
            lost: false,
            lost_ahead: 0,
        };
        let ended = Taker {
            place: Place::Ended,
            ..away
        };
        let mut takers = [ended; TAKERS_MAX];
        takers[..self.waits.len()].fill(away);
        State {
            queue: None,
            gate: Lock::Free,
            names: [None; NUMBERS],
            record: None,
            journal: None,
            partial: false,
            takers,
            prober: match self.probes {
                true => Prober::Away,
                false => Prober::Ended,
            },
            arrivals: 0,
            kills: 0,
            killed: 0,
        }
    }

    fn steps(&self, state: &State) -> Vec<(Step, After)> {
        let mut steps = Vec::new();
        for at in 0..self.waits.len() {
            let mut add = |step, after: Option<After>| {
                steps.extend(after.map(|after| (step, after.and_then(State::check))));
            };
            match state.takers[at].place {
                Place::Dies => {
                    add(Step::ClosesQueue(at), close_queue(state, at));
                    add(Step::ClosesGate(at), close_gate(state, at));
                    add(Step::ClosesTicket(at), close_ticket(state, at));
                }
                Place::Ended => add(Step::ComesAgain(at), self.come_again(state, at)),
                _ => {
                    add(Step::Does(at), self.act(state, at));
                    add(Step::GivesUp(at), self.give_up(state, at));
                    add(Step::IsKilled(at), self.kill(state, at));
                }
            }
        }
        steps.extend(self.probe(state).map(|after| (Step::Probes, after)));
        steps
    }

    fn comes_by_itself(&self, step: Step) -> bool {
        match step {
            Step::GivesUp(at) => !self.waits[at],
            Step::IsKilled(_) | Step::ComesAgain(_) => false,
            _ => true,
        }
    }

    fn stuck(&self, state: &State) -> Option<&'static str> {
        if state.takers.iter().any(|taker| taker.place != Place::Ended) {
            return Some("nobody waits for ever");
        }
        let was_killed = |coming: Coming| state.killed & State::bit(coming) != 0;
        if state.journal.is_some_and(|journal| !was_killed(journal)) {
            return Some("only the killed leave a journal");
        }
        let names = state.names.iter().flatten();
        match names.copied().all(was_killed) && state.gate == Lock::Free && state.queue.is_none() {
            true => None,
            false => Some("only the killed leave a ticket, and nobody a lock"),
        }
    }
}

impl Protocol {
    /// The next thing that a taker does by itself; none: it cannot now.
    fn act(&self, state: &State, at: usize) -> Option<After> {
        let mut next = state.clone();
        let own = state.coming(at);
        let place = match state.takers[at].place {
            Place::Away => self.lock_queue(&mut next, own)?,
            Place::Sweeps(number) => self.sweep(&mut next, at, number),
            Place::Judges if !self.waits[at] && self.mistake == Mistake::AsksThenBegins => {
                next.queue = None;
                match state.takers[at].number {
                    1 => Place::WritesRecord,
                    _ => Place::Ended,
                }
            }
            // A number above 1: a live ticket was seen.
            Place::Judges => match state.takers[at].number {
                1 => Place::TriesGate,
                _ if self.mistake == Mistake::EntersPastWaiters => Place::TriesGate,
                _ => self.queue_up(&mut next, at),
            },
            Place::TriesGate => match self.try_gate(&mut next, at) {
                Ok(place) => place,
                Err(promise) => return Some(Err(promise)),
            },
            Place::OpensFirst => {
                next.takers[at].open = true;
                Place::UnlocksQueue
            }
            // Only its own sight changes.
            Place::MakesPipe => {
                next.takers[at].open = true;
                Place::NamesPipe
            }
            Place::NamesPipe => {
                next.arrivals += 1;
                next.takers[at].arrival = next.arrivals;
                next.names[usize::from(next.takers[at].number)] = Some(own);
                Place::UnlocksQueue
            }
            Place::UnlocksQueue => {
                next.queue = next.queue.filter(|owner| *owner != own);
                match state.takers[at].number {
                    0 => Place::WritesRecord,
                    _ => Place::ListsQueue,
                }
            }
            Place::ListsQueue => Place::Opens(below(state, at)),
            Place::Opens(0) => Place::LocksGate,
            Place::Opens(numbers) => self.open(state, numbers),
            Place::Reads(_, pipe) if state.is_open(pipe) => Place::Sleeps(pipe, true),
            Place::Reads(rest, _) => Place::Opens(rest),
            Place::Sleeps(pipe, had_writer) => {
                if !had_writer || state.is_open(pipe) {
                    return None;
                }
                next.takers[at].wakes += 1;
                match self.mistake {
                    Mistake::LooksOnce => Place::LocksGate,
                    _ => Place::ListsQueue,
                }
            }
            Place::LocksGate => match self.lock_gate(&mut next, at)? {
                Ok(place) => place,
                Err(promise) => return Some(Err(promise)),
            },
            place => match self.hold(&mut next, at, place) {
                Ok(place) => place,
                Err(promise) => return Some(Err(promise)),
            },
        };
        next.takers[at].place = place;
        Some(Ok(next))
    }

    fn lock_queue(&self, next: &mut State, own: Coming) -> Option<Place> {
        if self.mistake != Mistake::DrawsWithoutLock {
            if next.queue.is_some() {
                return None;
            }
            next.queue = Some(own);
        }
        next.takers[usize::from(own.taker)].number = 1;
        Some(Place::Sweeps(1))
    }

    /// Looks at one number: a dead ticket goes, a live one stays; the new number is above all that stay.
    fn sweep(&self, next: &mut State, at: usize, number: u8) -> Place {
        let number = usize::from(number);
        if let Some(owner) = next.names[number] {
            let is_spared = match self.mistake {
                Mistake::SweepsTheLiving => next.gate == Lock::Of(owner),
                _ => next.is_open(Pipe::Of(owner)),
            };
            match is_spared {
                true => next.takers[at].number = number as u8 + 1,
                false => next.names[number] = None,
            }
        }
        let following = number + 1;
        // Names that are not there take no step.
        match (following..NUMBERS).find(|number| next.names[*number].is_some()) {
            Some(following) => Place::Sweeps(following as u8),
            None => Place::Judges,
        }
    }

    /// Goes on to a ticket of its own, or away.
    fn queue_up(&self, next: &mut State, at: usize) -> Place {
        if !self.waits[at] {
            next.queue = None;
            return Place::Ended;
        }
        if self.mistake == Mistake::LowestFreeNumber {
            let free = (1..NUMBERS).find(|number| next.names[*number].is_none());
            next.takers[at].number = free.unwrap_or(1) as u8;
        }
        Place::MakesPipe
    }

    /// Tries to come in at once, under the queue's lock.
    fn try_gate(&self, next: &mut State, at: usize) -> Result<Place, &'static str> {
        match next.gate {
            Lock::OfProber if !self.waits[at] => {
                return Err("no refusal without another install");
            }
            Lock::OfProber | Lock::Of(_) => return Ok(self.queue_up(next, at)),
            Lock::Free => {}
        }
        next.arrivals += 1;
        if next.is_overtaken(next.arrivals) {
            return Err("first come, first served");
        }
        next.takers[at].arrival = next.arrivals;
        next.takers[at].number = 0;
        next.gate = Lock::Of(next.coming(at));
        if self.mistake == Mistake::QueueOpensTooSoon {
            next.queue = None;
        }
        Ok(Place::OpensFirst)
    }

    fn open(&self, state: &State, numbers: u8) -> Place {
        let number = 7 - numbers.leading_zeros() as usize;
        let rest = numbers & !(1 << number);
        match state.named(number) {
            None => Place::Opens(rest),
            Some(pipe) if self.mistake == Mistake::SleepsWithoutReading => {
                Place::Sleeps(pipe, state.is_open(pipe))
            }
            Some(pipe) => Place::Reads(rest, pipe),
        }
    }

    fn lock_gate(&self, next: &mut State, at: usize) -> Option<Result<Place, &'static str>> {
        match next.gate {
            Lock::Free => {}
            Lock::OfProber => return None,
            Lock::Of(other) => {
                return match next.takers[usize::from(other.taker)].place {
                    Place::Dies => None,
                    _ => Some(Err("who has its turn finds the gate free")),
                };
            }
        }
        if next.is_overtaken(next.takers[at].arrival) {
            return Some(Err("first come, first served"));
        }
        next.gate = Lock::Of(next.coming(at));
        Some(Ok(Place::WritesRecord))
    }

    /// What a holder does, up to the end of its ticket.
    fn hold(&self, next: &mut State, at: usize, place: Place) -> Result<Place, &'static str> {
        let own = next.coming(at);
        let ticket_first = self.mistake == Mistake::TicketGoesFirst;
        let ticket_goes = match next.takers[at].number {
            0 => Place::ClosesPipe,
            _ => Place::RemovesName,
        };
        Ok(match place {
            Place::WritesRecord => {
                next.record = Some(own);
                Place::LooksForJournal
            }
            Place::LooksForJournal => match next.journal {
                Some(_) if self.mistake != Mistake::SkipsRecovery => Place::Undoes,
                _ => Place::BeginsJournal,
            },
            Place::Undoes => {
                next.partial = false;
                Place::EndsUndo
            }
            Place::EndsUndo => {
                next.journal = None;
                Place::BeginsJournal
            }
            Place::BeginsJournal if next.journal.is_some() || next.partial => {
                return Err("an unfinished install is undone first");
            }
            Place::BeginsJournal => {
                next.journal = Some(own);
                Place::Changes
            }
            Place::Changes => {
                next.partial = true;
                Place::Commits
            }
            Place::Commits => {
                (next.partial, next.journal) = (false, None);
                match ticket_first {
                    true => ticket_goes,
                    false => Place::UnlocksGate,
                }
            }
            Place::UnlocksGate => {
                if next.gate == Lock::Of(own) {
                    next.gate = Lock::Free;
                }
                match ticket_first {
                    true => Place::Ended,
                    false => ticket_goes,
                }
            }
            Place::RemovesName | Place::LeavesQueue => {
                next.remove_name(at);
                Place::ClosesPipe
            }
            Place::ClosesPipe => {
                next.close_ticket(at);
                match ticket_first && next.gate == Lock::Of(own) {
                    true => Place::UnlocksGate,
                    false => Place::Ended,
                }
            }
            other => other,
        })
    }

    /// A deadline, a cancel, or no patience at all.
    fn give_up(&self, state: &State, at: usize) -> Option<After> {
        let is_kept_out = match state.takers[at].place {
            Place::Sleeps(..) => true,
            Place::LocksGate => state.gate != Lock::Free,
            _ => false,
        };
        if !is_kept_out {
            return None;
        }
        if state.gate == Lock::OfProber && !self.waits[at] {
            return Some(Err("no refusal without another install"));
        }
        let mut next = state.clone();
        next.takers[at].place = Place::LeavesQueue;
        next.takers[at].lost = true;
        Some(Ok(next))
    }

    fn kill(&self, state: &State, at: usize) -> Option<After> {
        if state.kills == self.kills || state.takers[at].place == Place::Away {
            return None;
        }
        let mut next = state.clone();
        next.kills += 1;
        next.killed |= State::bit(state.coming(at));
        next.takers[at].place = Place::Dies;
        next.takers[at].lost = true;
        Some(Ok(ended_if_closed(next, at)))
    }

    fn come_again(&self, state: &State, at: usize) -> Option<After> {
        let life = state.takers[at].life + 1;
        if life >= self.lives {
            return None;
        }
        let mut next = state.clone();
        next.takers[at] = Taker {
            life,
            ..self.first().takers[at]
        };
        Some(Ok(next))
    }

    fn probe(&self, state: &State) -> Option<After> {
        let mut next = state.clone();
        next.prober = match (state.prober, state.gate) {
            (Prober::Ended, _) => return None,
            (Prober::Away, Lock::Free) if self.mistake == Mistake::ProbeTakesTheLock => {
                next.gate = Lock::OfProber;
                Prober::HasLock
            }
            (Prober::Away, Lock::Free | Lock::OfProber) => {
                if state.takers.iter().any(|taker| taker.is_inside()) {
                    return Some(Err("never a wrong `free`"));
                }
                Prober::Ended
            }
            (Prober::Away, Lock::Of(holder)) => Prober::Saw(holder),
            (Prober::Saw(holder), _) => match state.record {
                Some(named) if named != holder && self.mistake == Mistake::BelievesTheRecord => {
                    return Some(Err("the holder that is named is the holder"));
                }
                _ => Prober::Ended,
            },
            (Prober::HasLock, _) => {
                next.gate = Lock::Free;
                Prober::Ended
            }
        };
        Some(Ok(next))
    }
}

/// The numbers below a taker's own that have names, as bits; 0 has one always.
fn below(state: &State, at: usize) -> u8 {
    let own = usize::from(state.takers[at].number);
    let there = (0..own).filter(|number| state.named(*number).is_some());
    there.fold(0, |bits, number| bits | 1 << number)
}

fn close_queue(state: &State, at: usize) -> Option<After> {
    let own = state.coming(at);
    state.queue.filter(|owner| *owner == own)?;
    let queue = None;
    let next = State {
        queue,
        ..state.clone()
    };
    Some(Ok(ended_if_closed(next, at)))
}

fn close_gate(state: &State, at: usize) -> Option<After> {
    if state.gate != Lock::Of(state.coming(at)) {
        return None;
    }
    let gate = Lock::Free;
    let next = State {
        gate,
        ..state.clone()
    };
    Some(Ok(ended_if_closed(next, at)))
}

fn close_ticket(state: &State, at: usize) -> Option<After> {
    if !state.takers[at].open {
        return None;
    }
    let mut next = state.clone();
    next.close_ticket(at);
    Some(Ok(ended_if_closed(next, at)))
}

/// A killed process is gone once everything of it is closed.
fn ended_if_closed(mut state: State, at: usize) -> State {
    let own = state.coming(at);
    let is_closed =
        state.queue != Some(own) && state.gate != Lock::Of(own) && !state.takers[at].open;
    if is_closed {
        state.takers[at].place = Place::Ended;
    }
    state
}
