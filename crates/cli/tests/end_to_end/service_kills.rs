//! The service, its worker, or both are killed at each file of an installation: the machine is as before.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};

use crate::service::serve;
use crate::world::{World, named_pipe};

const FILES: [&str; 3] = ["first.txt", "second.txt", "third.txt"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Killed {
    Worker,
    Service,
    Both,
}

/// A package of three files, of which one is a pipe: what reads it stands still there.
fn parking_at(world: &World, name: &str) -> String {
    // A pipe of the time before.
    std::fs::remove_dir_all(world.path(&format!("at-{name}"))).ok();
    let files = FILES.map(|file| format!("file {file} in Main: {file}"));
    let text = format!("product Parked 1.0.0\n{}", files.join("\n"));
    let folder = world.package(&format!("at-{name}"), &text);
    let file = folder.join("Parked").join(name);
    std::fs::remove_file(&file).unwrap();
    named_pipe(&file);
    folder.to_str().unwrap().to_owned()
}

/// Waits until somebody reads a pipe. Its end is reached once this is dropped.
fn await_reader(world: &World, pipe: &Path) -> File {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    for _ in 0..4000 {
        if let Ok(end) = open(pipe, flags, Mode::empty()) {
            return File::from(end);
        }
        world.status();
    }
    panic!("nobody reads {}", pipe.display());
}

fn kill(process: u64) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    kill_process(process, Signal::KILL).unwrap();
}

/// Kills at one file; returns the client's exit status.
fn kill_at(world: &World, service: &mut Child, file: &str, killed: Killed) -> i32 {
    let package = parking_at(world, file);
    let mut client = world.spawn(&["install", &package]);
    let pipe = await_reader(world, &Path::new(&package).join("Parked").join(file));
    let worker = world.status()["holder"]["pid"].as_u64().unwrap();
    assert_ne!(worker, u64::from(client.id()));
    if killed != Killed::Worker {
        service.kill().unwrap();
        service.wait().unwrap();
    }
    if killed != Killed::Service {
        kill(worker);
    } else {
        // The worker is called off; it has the client's output open until it is gone.
        let mut lines = BufReader::new(client.stderr.take().unwrap()).lines();
        let mut told = String::new();
        while !told.contains("the service has gone") {
            let line = lines.next().unwrap_or_else(|| panic!("{told}"));
            told.push_str(&line.unwrap());
        }
        drop(pipe);
        lines.for_each(drop);
    }
    world.end(client).status
}

/// Does the event log tell of a lost service (1015)? It is empty afterwards.
fn lost(world: &World) -> bool {
    let told = world.msikit(&["events", "--id", "1015", "--json"]).out;
    std::fs::remove_file(world.machine().join(".msikit/events.jsonl")).unwrap();
    told.contains("1601")
}

#[test]
fn whoever_is_killed_at_whichever_file_the_machine_is_as_before() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let mut service = serve(&world);
    for killed in [Killed::Worker, Killed::Service, Killed::Both] {
        for file in FILES {
            let status = kill_at(&world, &mut service, file, killed);
            let expected = if killed == Killed::Worker { 67 } else { 65 };
            assert_eq!(status, expected, "{killed:?} {file}");
            assert_eq!(lost(&world), killed != Killed::Worker, "{killed:?} {file}");
            // What was only called off has undone itself.
            let recovered = world.msikit(&["recover", "--no-service"]);
            assert_eq!(recovered.status, 0, "{recovered:?}");
            let told = recovered.out.contains("nothing to recover");
            assert_eq!(told, killed == Killed::Service, "{killed:?} {file}");
            assert_eq!(world.snapshot(), before, "{killed:?} {file}");
            if killed != Killed::Worker {
                service = serve(&world);
            }
        }
    }
    assert_eq!(world.msikit(&["service", "stop"]).status, 0);
    assert_eq!(world.end(service).status, 0);
}
