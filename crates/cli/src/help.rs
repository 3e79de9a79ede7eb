//! What `-h` and `--help` say beyond the options: the verbs in the order of the flow, and examples for every verb.

mod examples;
pub mod msiexec;

use clap::builder::{StyledStr, Styles};
use clap::{Command, CommandFactory};

use crate::arguments::Arguments;
use examples::EXAMPLES;

/// The verbs, in the order in which a package goes its way.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Look before",
        &["plan", "inspect", "check", "report", "extract", "db"],
    ),
    (
        "Install, change, remove",
        &[
            "install",
            "advertise",
            "admin",
            "patch",
            "repair",
            "remove",
            "msiexec",
        ],
    ),
    ("Make packages", &["new"]),
    ("What is installed", &["list", "show", "events"]),
    (
        "One at a time",
        &["status", "wait", "run", "recover", "service"],
    ),
    ("The machine", &["machine"]),
    ("This program", &["completions", "man", "help"]),
];
/// The whole command line with its help.
pub fn command() -> Command {
    let mut command = explained(Arguments::command(), "");
    // The verb `help` is made now, so that it is among the others.
    command.build();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{{options}}{{after-help}}",
        groups(&command)
    );
    command.help_template(StyledStr::from(template))
}

/// Gives a verb and those below it their examples. `path`: the words that lead to it.
fn explained(mut command: Command, path: &str) -> Command {
    if path == "msiexec" {
        return command.override_help(msiexec::text());
    }
    if let Some((_, text)) = EXAMPLES.iter().find(|(verb, _)| *verb == path) {
        let header = *Styles::styled().get_header();
        let text = format!("{header}Examples:{header:#}\n{}", text.trim_matches('\n'));
        command = command.after_long_help(StyledStr::from(text));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    names.iter().fold(command, |command, name| {
        let path = format!("{path} {name}").trim_start().to_owned();
        command.mut_subcommand(name, |verb| explained(verb, &path))
    })
}

/// The verbs below their headings, with what each is for.
fn groups(command: &Command) -> String {
    let styles = Styles::styled();
    let (header, literal) = (*styles.get_header(), *styles.get_literal());
    let mut text = String::new();
    for (heading, verbs) in GROUPS {
        text.push_str(&format!("{header}{heading}:{header:#}\n"));
        for verb in verbs
            .iter()
            .filter_map(|verb| command.find_subcommand(verb))
        {
            let name = verb.get_name();
            let about = verb.get_about().map(ToString::to_string);
            let about = about.unwrap_or_default();
            text.push_str(&format!("  {literal}{name:<11}{literal:#}  {about}\n"));
        }
        text.push('\n');
    }
    text + &format!("{header}Options:{header:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All verbs that do something, as words from the root; hidden ones are for this program itself.
    fn verbs(command: &Command, path: &str) -> Vec<String> {
        let below = command
            .get_subcommands()
            .filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
        let below: Vec<String> = below
            .flat_map(|verb| verbs(verb, format!("{path} {}", verb.get_name()).trim_start()))
            .collect();
        match below.is_empty() {
            true => vec![path.to_owned()],
            false => below,
        }
    }

    /// Splits a line of a shell: words, with single or double quotes around spaces.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for c in line.chars() {
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None, ' ') => words.extend(word.take()),
                (_, c) => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        words
    }

    #[test]
    fn every_verb_has_examples_and_every_example_has_a_verb() {
        let mut all = verbs(&Arguments::command(), "");
        let mut told: Vec<&str> = EXAMPLES.iter().map(|(verb, _)| *verb).collect();
        told.retain(|verb| !["", "db", "machine", "machine reg"].contains(verb));
        all.sort();
        told.sort();
        assert_eq!(told, all, "examples for each verb are in help/examples.rs");
    }

    /// Verbs that only read, or print, or hold and end something as long as they run.
    const WRITE_NOTHING: &[&str] = &[
        "plan",
        "inspect",
        "list",
        "show",
        "status",
        "wait",
        "events",
        "machine show",
        "machine reg query",
        "db info",
        "db tables",
        "db streams",
        "db diff",
        "db validate",
        "service run",
        "service query",
        "service stop",
        "completions",
    ];

    #[test]
    fn every_verb_that_writes_can_be_tried_without() {
        let root = Arguments::command();
        for path in verbs(&root, "") {
            let below = path
                .split(' ')
                .try_fold(&root, |command, name| command.find_subcommand(name));
            let verb = below.unwrap();
            let is_later = verb
                .get_about()
                .is_some_and(|about| about.to_string().starts_with("Not yet"));
            let has_it = verb
                .get_arguments()
                .any(|argument| argument.get_id() == "dry_run");
            let writes_nothing = WRITE_NOTHING.contains(&path.as_str());
            assert!(
                is_later || has_it || writes_nothing,
                "{path} needs --dry-run, or writes nothing"
            );
        }
    }

    #[test]
    fn every_example_is_understood_and_fits_a_terminal() {
        for (verb, text) in EXAMPLES {
            let mut has_its_own = false;
            for line in text.trim_matches('\n').lines() {
                assert!(line.chars().count() <= 80, "{verb}: {line}");
                let line = line.trim_start();
                let line = line
                    .split(" | ")
                    .next()
                    .unwrap()
                    .split(" > ")
                    .next()
                    .unwrap();
                let Some(line) = line.strip_prefix("msikit ") else {
                    assert!(
                        line.is_empty() || line.starts_with('#') || line.starts_with("$ "),
                        "{verb}: {line}"
                    );
                    continue;
                };
                let typed = words(line.trim_end_matches(" &"));
                let parsed =
                    command().try_get_matches_from(["msikit".to_owned()].into_iter().chain(typed));
                let parsed = parsed.map(drop).map_err(|error| error.to_string());
                assert_eq!(parsed, Ok(()), "{verb}: {line}");
                has_its_own |= line.starts_with(verb);
            }
            assert!(has_its_own, "{verb} has no example of its own");
        }
    }

    #[test]
    fn every_verb_is_in_one_group() {
        let command = command();
        let mut all: Vec<&str> = command
            .get_subcommands()
            .filter(|verb| !verb.is_hide_set())
            .map(Command::get_name)
            .collect();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, verbs)| verbs.iter().copied())
            .collect();
        all.sort();
        grouped.sort();
        assert_eq!(grouped, all, "the groups of verbs are in help.rs");
        for line in groups(&command).lines() {
            let plain = StyledStr::from(line.to_owned()).to_string();
            assert!(plain.chars().count() <= 80, "say it shorter: {plain}");
        }
        for line in msiexec::text().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
