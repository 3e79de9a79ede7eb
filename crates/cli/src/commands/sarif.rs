//! Findings as SARIF 2.1.0, which code hosts and editors show.

use std::path::Path;

use serde_json::{Value, json};

use super::Context;
use crate::files;
use crate::output::Failure;

/// A document in the making: one run of this program over one package.
pub struct Sarif {
    package: String,
    rules: Vec<Value>,
    results: Vec<Value>,
}

impl Sarif {
    /// Begins a document about a package.
    pub fn new(package: &str) -> Sarif {
        Sarif {
            package: package.replace('\\', "/"),
            rules: Vec::new(),
            results: Vec::new(),
        }
    }

    /// Adds a rule: its name, what it asks for, and the address of its page; "": it has none.
    pub fn rule(&mut self, id: &str, about: &str, page: &str) {
        let mut rule = json!({"id": id, "shortDescription": {"text": about}});
        if !page.is_empty() {
            rule["helpUri"] = json!(page);
        }
        self.rules.push(rule);
    }

    /// Adds a result: its level is `error`, `warning` or `note`; `place`: table, key and column, joined by `/`.
    pub fn result(&mut self, rule: &str, level: &str, message: &str, place: &str) {
        let mut location = json!({
            "physicalLocation": {"artifactLocation": {"uri": self.package}},
        });
        if !place.is_empty() {
            location["logicalLocations"] = json!([{"fullyQualifiedName": place, "kind": "member"}]);
        }
        self.results.push(json!({
            "ruleId": rule,
            "level": level,
            "message": {"text": message},
            "locations": [location],
        }));
    }

    /// The whole document.
    pub fn document(self) -> Value {
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "msikit",
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": self.rules,
                }},
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        })
    }
}

/// Writes a document to a file of the host, or to standard output for `-`.
pub fn write(document: &Value, file: &Path, context: &mut Context<'_>) -> Result<(), Failure> {
    if file.as_os_str() == "-" {
        context.output.value(document);
        return Ok(());
    }
    let text = format!("{document:#}\n");
    let failed = |error| Failure::file("write", file, &error);
    files::replace(
        file,
        &(context.world.host.id)(),
        |out| out.write_all(text.as_bytes()).map_err(failed),
        failed,
    )
}
