//! A plan as a picture for people: what comes and goes, where, and what does not and why.
//!
//! The columns are for 80 characters; a longer name or path is never cut, what belongs to it goes to the next line.

pub mod changes;
pub mod features;

use indicatif::BinaryBytes;
use installer::{Plan, Reboot};

/// The columns of a terminal that pictures are made for.
const WIDTH: usize = 80;
/// Longer lists are folded unless all is asked for.
const SHOWN_MAX: usize = 24;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What fits on a screen or two: long lists are counted.
    Folded,
    /// Everything, one by one.
    Whole,
}

/// One line, with what becomes of what it tells: `+` new, `~` another, `-` gone, `!` left out; `#` is a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The mark; a blank for none.
    pub mark: char,
    /// The text; without colours.
    pub text: String,
}

/// The lines of a picture under way.
struct Lines {
    depth: Depth,
    lines: Vec<Line>,
    /// Something was counted that could be told one by one.
    has_folded: bool,
}

impl Lines {
    /// A heading, with what it comes to on the right.
    fn heading(&mut self, title: &str, sum: &str) {
        self.plain(String::new());
        let gap = WIDTH
            .saturating_sub(title.len() + sum.chars().count())
            .max(2);
        let text = match sum {
            "" => title.to_owned(),
            sum => format!("{title}{:gap$}{sum}", ""),
        };
        self.lines.push(Line { mark: '#', text });
    }

    fn plain(&mut self, text: String) {
        self.lines.push(Line { mark: ' ', text });
    }

    /// A name and what is said of it; a note for which there is no room gets a line of its own.
    fn entry(&mut self, mark: char, indent: usize, name: &str, column: usize, note: &str) {
        let start = format!("{:indent$}{mark} {name}", "");
        let used = start.chars().count();
        let fits = used < column && column + note.chars().count() <= WIDTH;
        let short = used + 2 + note.chars().count() <= WIDTH;
        let gap = if fits { column - used } else { 2 };
        if note.is_empty() || fits || short {
            let text = format!("{start}{:gap$}{note}", "").trim_end().to_owned();
            self.lines.push(Line { mark, text });
        } else {
            self.noted(mark, start, indent + 6, note);
        }
    }

    /// A line, and what is said of it: behind it where there is room, else below.
    fn noted(&mut self, mark: char, start: String, indent: usize, note: &str) {
        let fits = start.chars().count() + 2 + note.chars().count() <= WIDTH;
        let below = format!("{:indent$}{note}", "");
        let texts = match fits {
            true => vec![format!("{start}  {note}")],
            false => vec![start, below],
        };
        let texts = texts.into_iter().map(|text| text.trim_end().to_owned());
        self.lines.extend(texts.map(|text| Line { mark, text }));
    }

    fn is_whole(&self) -> bool {
        self.depth == Depth::Whole
    }

    /// Are so many things told one by one?
    fn shows_each(&mut self, count: usize) -> bool {
        let shows = self.is_whole() || count <= SHOWN_MAX;
        self.has_folded |= !shows;
        shows
    }
}

/// Returns the picture of a plan.
pub fn lines(plan: &Plan, depth: Depth) -> Vec<Line> {
    let mut lines = Lines {
        depth,
        lines: Vec::new(),
        has_folded: false,
    };
    head(plan, &mut lines);
    features::features(plan, &mut lines);
    features::components(plan, &mut lines);
    nested(plan, &mut lines);
    changes::sections(plan, &mut lines);
    left_out(plan, &mut lines);
    launch_conditions(plan, &mut lines);
    if plan.report.is_success() {
        foot(plan, &mut lines);
    }
    lines.lines
}

fn head(plan: &Plan, lines: &mut Lines) {
    let report = &plan.report;
    let name = report.product_name.as_deref().unwrap_or("no name");
    let version = report.version.as_deref().unwrap_or_default();
    let whom = match (plan.verb, plan.per_machine) {
        ("admin", _) => "",
        (_, true) => ", for all users",
        (_, false) => ", for the current user",
    };
    let text = format!("{}: {name} {version}{whom}", plan.verb);
    lines.lines.push(Line { mark: '#', text });
    for code in report.product_code.iter() {
        lines.plain(format!("  {code}"));
    }
    if let (false, Some(message)) = (report.is_success(), &report.message) {
        let text = format!("  ! it would fail, and nothing would be changed: {message}");
        lines.lines.push(Line { mark: '!', text });
    }
    properties(plan, lines);
}

/// Properties that are given, and those that steer what an installation does.
fn properties(plan: &Plan, lines: &mut Lines) {
    const STEERING: [&str; 10] = [
        "ALLUSERS",
        "INSTALLLEVEL",
        "MSIINSTALLPERUSER",
        "REINSTALL",
        "REINSTALLMODE",
        "REMOVE",
        "REBOOT",
        "TARGETDIR",
        "INSTALLDIR",
        "TRANSFORMS",
    ];
    let is_told = |name: &str| {
        let is_public = !name.contains(|c: char| c.is_lowercase());
        STEERING.contains(&name)
            || plan.given_properties.iter().any(|given| given == name)
            || (lines.is_whole() && is_public)
    };
    let told: Vec<_> = plan
        .properties
        .iter()
        .filter(|(name, _)| is_told(name))
        .collect();
    for (name, value) in told {
        let value = changes::on_one_line(value);
        lines.plain(format!("  {name}={value}"));
    }
}

/// Runs inside this one: products that are replaced, and concurrent installations.
fn nested(plan: &Plan, lines: &mut Lines) {
    if plan.report.nested.is_empty() {
        return;
    }
    lines.heading("Other products", "");
    for nested in &plan.report.nested {
        let mark = match nested.command {
            "remove" => '-',
            _ => '+',
        };
        lines.entry(mark, 2, &nested.describe(), 42, &nested.product_code);
    }
}

/// What would be left out of an installation, by name, and what it is.
pub fn what_is_left_out(plan: &Plan) -> Vec<(&str, String)> {
    let report = &plan.report;
    let custom = report.skipped_custom_actions.iter().map(|name| {
        let what = plan.custom_actions.get(name);
        let what = what.map_or("Windows code", |what| what);
        (name.as_str(), format!("custom action: {what}"))
    });
    let chainers = report.skipped_chainers.iter().map(|chainer| {
        let runs = format!("{} {}", chainer.source, chainer.command_line);
        let note = format!("embedded chainer: {}", runs.trim_end());
        (chainer.name.as_str(), note)
    });
    let actions = report.unsupported.iter();
    let actions = actions.map(|what| (what.as_str(), "not done, or not all of it".to_owned()));
    custom.chain(chainers).chain(actions).collect()
}

fn left_out(plan: &Plan, lines: &mut Lines) {
    let all = what_is_left_out(plan);
    if !all.is_empty() {
        lines.heading("Left out", &all.len().to_string());
    }
    for (name, what) in all {
        lines.entry('!', 2, name, 32, &what);
    }
}

fn launch_conditions(plan: &Plan, lines: &mut Lines) {
    let all = &plan.launch_conditions;
    let failing = all.iter().filter(|row| !row.holds).count();
    let sum = match failing {
        0 => format!("{} hold", all.len()),
        failing => format!("{failing} of {} do not hold", all.len()),
    };
    if !all.is_empty() {
        lines.heading("Launch conditions", &sum);
    }
    for row in all
        .iter()
        .filter(|row| lines.is_whole() || !row.holds)
        .cloned()
        .collect::<Vec<_>>()
    {
        let mark = if row.holds { ' ' } else { '!' };
        lines.entry(
            mark,
            2,
            &row.condition,
            40,
            &changes::on_one_line(&row.text),
        );
    }
}

fn foot(plan: &Plan, lines: &mut Lines) {
    lines.heading("Disk space and restart", "");
    for space in &plan.drives {
        let mark = if space.needed > space.free { '!' } else { ' ' };
        let note = format!(
            "{} needed, {} free",
            BinaryBytes(space.needed),
            BinaryBytes(space.free)
        );
        lines.entry(mark, 2, &format!("{}:", space.drive), 8, &note);
    }
    let restart = match plan.report.reboot {
        Reboot::None => "no restart is asked for",
        Reboot::Required => "the machine must be restarted (3010)",
        Reboot::Initiated => "the machine restarts (1641)",
    };
    let operations = plan.operations.len();
    lines.plain(format!("    {restart}; {operations} operations"));
    if lines.has_folded {
        lines.plain(String::new());
        lines.plain("-v shows each file and value, not only how many there are".to_owned());
    }
}
