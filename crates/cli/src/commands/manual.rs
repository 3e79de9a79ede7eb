//! `completions` and `man`: what shells and `man` want to know, made from the command line itself.

use std::io;
use std::path::Path;

use serde_json::json;

use super::Context;
use crate::arguments::{Completions, Man};
use crate::files;
use crate::help;
use crate::output::{End, Failure};

/// Prints a shell's completions.
pub fn completions(typed: &Completions, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(typed.shell, &mut help::command(), "msikit", &mut text);
    let _ = context
        .output
        .line(String::from_utf8_lossy(&text).trim_end());
    Ok(End::OK)
}

/// Prints the page of the program, or writes it and those of all verbs into a folder.
pub fn man(typed: &Man, context: &mut Context<'_>) -> Result<End, Failure> {
    let pages = pages(&help::command())
        .map_err(|error| Failure::file("make", Path::new("msikit.1"), &error))?;
    let Some(folder) = &typed.output else {
        let text = pages.first().map_or("", |(_, text)| text.as_str());
        let _ = context.output.line(text.trim_end());
        return Ok(End::OK);
    };
    let mut names = Vec::new();
    for (name, text) in &pages {
        let path = folder.join(name);
        let failed = |error| Failure::file("write", &path, &error);
        if !typed.dry_run.dry_run {
            files::Folder::open(folder, typed.dry_run).map_err(failed)?;
            let id = (context.world.host.id)();
            files::replace(
                &path,
                &id,
                |to| to.write_all(text.as_bytes()).map_err(failed),
                failed,
            )?;
        }
        names.push(path.display().to_string());
    }
    if context.output.json {
        context.output.value(&json!({ "pages": names }));
        return Ok(End::OK);
    }
    for name in &names {
        let _ = context.output.line(name);
    }
    Ok(End::OK)
}

/// The page of a verb and those of the verbs below it, with the names of their files.
fn pages(command: &clap::Command) -> io::Result<Vec<(String, String)>> {
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text)?;
    let text = String::from_utf8_lossy(&text).replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n");
    let mut all = vec![(page.get_filename(), text)];
    let below = command.get_subcommands();
    for verb in below.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        all.extend(pages(verb)?);
    }
    Ok(all)
}
