//! Packages from a `package.toml`: `db build` of a folder that has one, and `new`, which makes such a folder.

use std::path::Path;

use authoring::guid;
use database::Database;
use serde_json::json;

use crate::arguments::New;
use crate::commands::Context;
use crate::files::{self, HostFiles};
use crate::output::{End, Failure};

/// What `new` writes; the words in capital letters are put in.
const MANIFEST: &str = include_str!("authored/package.toml");
const README: &str = "Hello from NAME.\r\n";

/// Builds the package of a manifest; paths in it begin at its folder.
pub fn build(manifest: &Path) -> Result<Database, Failure> {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let failed = |error| Failure::file("read", manifest, &error);
    let bytes = files::read(manifest).map_err(failed)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{} is no UTF-8", manifest.display())))?;
    authoring::build(&text, &HostFiles::new(folder))
        .map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))
}

pub fn new(typed: &New, context: &mut Context<'_>) -> Result<End, Failure> {
    let folder = &typed.folder;
    let last = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = typed.name.clone().unwrap_or_else(|| last.into_owned());
    let manufacturer = typed
        .manufacturer
        .clone()
        .unwrap_or_else(|| "Contoso".to_owned());
    let manifest = folder.join("package.toml");
    if manifest.exists() {
        let what = format!("{} is there already: it is left alone", manifest.display());
        return Err(Failure::usage(what));
    }
    // A code of its own for each new product, whatever others call theirs.
    let id = (context.world.host.id)();
    let upgrade_code = guid(&["upgrade", &manufacturer, &name, &id]);
    let quoted = |text: &str| json!(text).to_string();
    let text = MANIFEST
        .replace("\"NAME\"", &quoted(&name))
        .replace("\"MANUFACTURER\"", &quoted(&manufacturer))
        .replace("UPGRADE-CODE", &upgrade_code);
    let written = [
        ("package.toml", text),
        ("files/readme.txt", README.replace("NAME", &name)),
    ];
    for (path, text) in &written {
        if typed.dry_run.dry_run {
            context
                .output
                .note(&format!("would write {}", folder.join(path).display()));
            continue;
        }
        let path = folder.join(path);
        let failed = |error| Failure::file("write", &path, &error);
        files::write_new(&path, &id, text.as_bytes()).map_err(failed)?;
    }
    if context.output.json {
        context
            .output
            .value(&json!({"folder": folder.to_string_lossy(), "upgrade_code": upgrade_code}));
    } else if !typed.dry_run.dry_run {
        let shown = folder.display();
        let _ = context.output.line(&format!(
            "{shown}/package.toml and {shown}/files: put your files there, then"
        ));
        let _ = context.output.line(&format!(
            "  msikit db build {shown} -o {}.msi",
            name.replace(' ', "-")
        ));
    }
    Ok(End::OK)
}
