//! An explicit-state checker: every state that any order of steps can reach, each looked at once.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

/// A step, and where it leads or what it breaks.
pub type Following<M> = (
    <M as Model>::Step,
    Result<<M as Model>::State, &'static str>,
);

/// Something that goes on in steps, one at a time, in any order.
pub trait Model {
    /// All that matters about a moment.
    type State: Clone + Eq + Hash + Debug;
    /// One step's name.
    type Step: Copy + Debug;

    /// Where it begins.
    fn first(&self) -> Self::State;

    /// The steps that can come next.
    fn steps(&self, state: &Self::State) -> Vec<Following<Self>>
    where
        Self: Sized;

    /// Whether a step comes even if nobody comes in from outside, gives up or kills.
    fn comes_by_itself(&self, step: Self::Step) -> bool;

    /// Says what is wrong with a state in which nothing happens by itself any more; none: all is done.
    fn stuck(&self, state: &Self::State) -> Option<&'static str>;
}

/// What the search found.
#[derive(Debug)]
pub struct Explored {
    /// How many states there are.
    pub states: usize,
    /// In how many of them all is done.
    pub ends: usize,
}

/// A broken promise.
#[derive(Debug)]
pub struct Broken<S> {
    /// What does not hold.
    pub promise: &'static str,
    /// A shortest way to it.
    pub way: Vec<S>,
}

/// Looks at every reachable state, nearest first. Also breaks the promise "it ends": a state that can be
/// reached from itself is a way that never ends.
///
/// # Errors
/// The first broken promise.
pub fn explore<M: Model>(model: &M) -> Result<Explored, Broken<M::Step>> {
    let mut search = Search::<M> {
        numbers: HashMap::new(),
        reached_by: Vec::new(),
        next: Vec::new(),
    };
    let mut states = vec![model.first()];
    search.numbers.insert(model.first(), 0);
    search.reached_by.push(None);
    let mut ends = 0;
    while search.next.len() < states.len() {
        let number = search.next.len();
        let steps = model.steps(&states[number]);
        if !steps.iter().any(|(step, _)| model.comes_by_itself(*step)) {
            if let Some(promise) = model.stuck(&states[number]) {
                return Err(search.broken(promise, number, None));
            }
            ends += 1;
        }
        let mut next = Vec::with_capacity(steps.len());
        for (step, after) in steps {
            let after = match after {
                Ok(after) => after,
                Err(promise) => return Err(search.broken(promise, number, Some(step))),
            };
            let fresh = states.len();
            let there = *search.numbers.entry(after.clone()).or_insert(fresh);
            if there == fresh {
                states.push(after);
                search.reached_by.push(Some((number, step)));
            }
            next.push(there);
        }
        search.next.push(next);
    }
    match search.cycle() {
        Some(number) => Err(search.broken("it ends", number, None)),
        None => Ok(Explored {
            states: states.len(),
            ends,
        }),
    }
}

struct Search<M: Model> {
    numbers: HashMap<M::State, usize>,
    /// The step by which a state was found first, and from where.
    reached_by: Vec<Option<(usize, M::Step)>>,
    /// Where the steps of a state lead.
    next: Vec<Vec<usize>>,
}

impl<M: Model> Search<M> {
    fn broken(
        &self,
        promise: &'static str,
        mut number: usize,
        last: Option<M::Step>,
    ) -> Broken<M::Step> {
        let mut way: Vec<M::Step> = last.into_iter().collect();
        while let Some((from, step)) = self.reached_by[number] {
            way.push(step);
            number = from;
        }
        way.reverse();
        Broken { promise, way }
    }

    /// Returns a state on a cycle: states are taken away once all that leads to them is; a cycle stays.
    fn cycle(&self) -> Option<usize> {
        let mut leading_here = vec![0_usize; self.next.len()];
        self.next
            .iter()
            .flatten()
            .for_each(|there| leading_here[*there] += 1);
        let is_free = |number: &usize| leading_here[*number] == 0;
        let mut free: Vec<usize> = (0..self.next.len()).filter(is_free).collect();
        let mut taken = 0;
        while let Some(number) = free.pop() {
            taken += 1;
            for there in &self.next[number] {
                leading_here[*there] -= 1;
                if leading_here[*there] == 0 {
                    free.push(*there);
                }
            }
        }
        match taken == self.next.len() {
            true => None,
            false => leading_here.iter().position(|count| *count > 0),
        }
    }
}
