//! Many processes at one gate, in small: `.ci/gate_stress.py` does the same with more of them.

use std::collections::BTreeSet;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::world::World;

const PRODUCTS: usize = 4;
const ROUNDS: usize = 6;

/// Kills whoever holds the gate once it is stopped and seen to hold; returns whether that succeeded.
fn kill_a_holder(world: &World, live: &[Child]) -> bool {
    let status = world.status();
    let holder = live
        .iter()
        .find(|child| status["holder"]["pid"] == child.id());
    let Some(holder) = holder.map(Pid::from_child) else {
        return false;
    };
    kill_process(holder, Signal::STOP).unwrap();
    // Stopped: what is seen now stays so.
    let status = world.status();
    let holds = status["holder"]["pid"] == holder.as_raw_nonzero().get();
    let signal = if holds { Signal::KILL } else { Signal::CONT };
    assert!(!holds || status["state"] == "held", "{status}");
    kill_process(holder, signal).unwrap();
    holds
}

#[test]
fn whoever_is_killed_the_others_come_in_one_by_one() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let packages: Vec<String> = (0..PRODUCTS)
        .map(|number| {
            let name = format!("Product{number}");
            let text = format!("product {name} 1.0.0\nfile {name}.txt in {name}: {name}");
            world.package(&name, &text).to_str().unwrap().to_owned()
        })
        .collect();
    let mut killed = 0;
    for round in 0..ROUNDS {
        let verb = ["install", "remove"][round % 2];
        let start = |package: &String| world.spawn(&[verb, package.as_str(), "--wait"]);
        let live: Vec<Child> = packages.iter().chain(&packages).map(start).collect();
        killed += (0..20)
            .filter(|_| killed < 2 * (round + 1) && kill_a_holder(&world, &live))
            .count()
            .min(2);
        for child in live {
            let ran = world.end(child);
            assert!([0, 69, -1].contains(&ran.status), "{ran:?}");
        }
    }
    assert!(killed > 0, "nobody was killed");
    one_by_one(&world);
    assert_eq!(world.msikit(&["recover"]).status, 0);
    for package in &packages {
        let removed = world.msikit(&["remove", package]);
        assert!([0, 69].contains(&removed.status), "{removed:?}");
    }
    assert_eq!(world.snapshot(), before);
    let left = |folder: &str| {
        std::fs::read_dir(world.machine().join(folder))
            .unwrap()
            .count()
    };
    assert_eq!(left(".msikit/gate/queue"), 2, "the lock and ticket 0");
    assert_eq!(left(".msikit/journal"), 0);
}

/// Only who holds the gate writes events: those of one transaction come without others' between them.
fn one_by_one(world: &World) {
    let events = world.msikit(&["events", "--json"]);
    let events = events
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut transactions: Vec<String> = events
        .filter_map(|event| Some(event["transaction"].as_str()?.to_owned()))
        .collect();
    transactions.dedup();
    let different: BTreeSet<&String> = transactions.iter().collect();
    assert_eq!(transactions.len(), different.len(), "{transactions:?}");
    assert!(different.len() >= PRODUCTS);
}
