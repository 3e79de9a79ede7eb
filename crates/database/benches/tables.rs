//! Large packages, and all rows of real ones beside msitools and the `msi` crate.
//!
//! `cargo bench -p msikit-database`. The second part needs the shared packages beside the repository (or
//! `MSIKIT_SHARED`), and libmsi-dev for the column of msitools. What is wanted: 200,000 files open in 0.3 s and 200 MB; a join of
//! three tables over 50,000 rows well under a second; at most half of msitools' time and not more than the crate's.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark: it reads the clock and files, starts a program over libmsi, and prints"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use database::{Database, Kind};

const FILES: i32 = 200_000;
const JOINED: i32 = 50_000;
/// The best of so many runs counts.
const RUNS: usize = 5;

/// Names the package to a process that only reads it.
const CHILD: &str = "MSIKIT_BENCH_OPEN";

fn main() {
    if let Some(path) = std::env::var_os(CHILD) {
        return child(Path::new(&path));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    large(folder.path());
    joined();
    let shared = std::env::var_os("MSIKIT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    match shared.join("packages").is_dir() {
        true => everything(&shared.join("packages")),
        false => println!("skipped: {} is not there", shared.display()),
    }
}

/// A package with so many files, components and folders, as text tables.
fn package(files: i32) -> Database {
    let mut text = String::from(
        "== Directory.idt\nDirectory\tDirectory_Parent\tDefaultDir\ns72\tS72\tl255\nDirectory\tDirectory\n",
    );
    for folder in 0..files / 50 {
        text.push_str(&format!("Dir{folder}\tTARGETDIR\tfolder{folder}\n"));
    }
    text.push_str("== Component.idt\nComponent\tComponentId\tDirectory_\ns72\tS38\ts72\nComponent\tComponent\n");
    for component in 0..files {
        text.push_str(&format!(
            "C{component}\t{{{component:08}}}\tDir{}\n",
            component / 50
        ));
    }
    text.push_str("== File.idt\nFile\tComponent_\tFileName\tFileSize\tSequence\ns72\ts72\tl255\ti4\ti4\nFile\tFile\n");
    for file in 0..files {
        text.push_str(&format!(
            "file{file}\tC{file}\tf{file}.txt|file number {file}.txt\t{file}\t{file}\n"
        ));
    }
    Database::from_text_str(&text).expect("the text is a package")
}

fn best<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let result = run();
        let took = begin.elapsed();
        if best.as_ref().is_none_or(|(time, _)| took < *time) {
            best = Some((took, result));
        }
    }
    best.expect("it ran")
}

fn large(folder: &Path) {
    let path = folder.join("large.msi");
    let mut file = File::create(&path).expect("a file");
    package(FILES).save(&mut file).expect("it is written");
    let (open, _) = best(|| Database::open(File::open(&path).unwrap()).unwrap());
    let (read, count) = best(|| {
        let database = Database::open(File::open(&path).unwrap()).unwrap();
        database.rows("File").unwrap().rows.len()
    });
    println!("{count} files: opened in {open:?}, with all rows of File in {read:?}");
    // In a process of its own: this one has written the package.
    let itself = std::env::current_exe().expect("this program");
    let mut child = Command::new(itself);
    child.env(CHILD, &path).status().expect("it starts");
}

/// Opens a package, reads its files and prints how much memory that took at most.
fn child(path: &Path) {
    let database = Database::open(File::open(path).unwrap()).unwrap();
    let files = database.rows("File").unwrap().rows.len();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    println!(
        "a process that reads {files} files: {}",
        peak.unwrap_or("memory unknown")
    );
}

fn joined() {
    let database = package(JOINED);
    let statement = "SELECT `File`, `DefaultDir` FROM `File`, `Component`, `Directory` \
        WHERE `Component_` = `Component` AND `Directory_` = `Directory`";
    let (took, rows) = best(|| database.select(statement, &[]).unwrap().rows.len());
    println!("a join of three tables, {rows} rows: {took:?}");
}

fn packages(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the packages");
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "msi" || end == "msm")
        })
        .filter(|path| {
            Database::open(File::open(path).unwrap()).is_ok_and(|one| one.kind() == Kind::Package)
        })
        .collect();
    paths.sort();
    paths
}

fn everything(folder: &Path) {
    // What the crate cannot read is left out for all.
    let by_crate = |path: &PathBuf| rows_by_crate(path).is_some();
    let paths: Vec<PathBuf> = packages(folder).into_iter().filter(by_crate).collect();
    let ours = || paths.iter().map(|path| rows(path)).sum::<usize>();
    let (own, count) = best(ours);
    let (other, _) = best(|| paths.iter().filter_map(rows_by_crate).sum::<usize>());
    println!(
        "{} packages, {count} rows: {own:?}; the msi crate {other:?}, ratio {:.2}",
        paths.len(),
        ratio(own, other)
    );
    match msitools(&paths) {
        Some((tools, rows)) => println!(
            "libmsi of msitools in one process, {rows} rows: {tools:?}, ratio {:.2}",
            ratio(own, tools)
        ),
        None => println!("skipped: libmsi needs libmsi-dev, pkg-config and cc"),
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// Reads all rows of a package.
fn rows(path: &Path) -> usize {
    let database = Database::open(File::open(path).unwrap()).unwrap();
    let names: Vec<&str> = database.table_names().collect();
    names
        .iter()
        .map(|name| database.rows(name).map_or(0, |table| table.rows.len()))
        .sum()
}

fn rows_by_crate(path: &PathBuf) -> Option<usize> {
    let mut package = msi::Package::open(File::open(path).ok()?).ok()?;
    let names: Vec<String> = package
        .tables()
        .map(|table| table.name().to_string())
        .collect();
    let mut count = 0;
    for name in names {
        count += package.select_rows(msi::Select::table(name)).ok()?.count();
    }
    Some(count)
}

/// What libmsi, the library of msitools, takes in one process; none where it or a compiler is not there.
fn msitools(paths: &[PathBuf]) -> Option<(Duration, usize)> {
    let folder = tempfile::tempdir().ok()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/rows_by_libmsi.c");
    let program = folder.path().join("rows_by_libmsi");
    let mut flags = Command::new("pkg-config");
    let flags = flags.args(["--cflags", "--libs", "libmsi-1.0"]);
    let flags = flags.stderr(Stdio::null()).output().ok()?;
    let built = Command::new("cc")
        .arg("-O2")
        .arg(source)
        .arg("-o")
        .arg(&program)
        .args(String::from_utf8_lossy(&flags.stdout).split_whitespace())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    if !flags.status.success() || !built.success() {
        return None;
    }
    let told = Command::new(program)
        .arg(RUNS.to_string())
        .args(paths)
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let (rows, seconds) = told.trim().split_once(' ')?;
    Some((
        Duration::from_secs_f64(seconds.parse().ok()?),
        rows.parse().ok()?,
    ))
}
