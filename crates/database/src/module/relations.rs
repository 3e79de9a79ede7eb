//! Modules among each other: which are in a package, which need others, which exclude others.
//!
//! Follows: Microsoft, "ModuleSignature Table", "ModuleDependency Table", "ModuleExclusion Table".

use super::{MergeProblem, primary};
use crate::{Database, Error, Record};

/// What a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSignature {
    /// Its name and GUID.
    pub id: String,
    /// Its language: a decimal number, 0 for neutral.
    pub language: i32,
    /// Its version.
    pub version: String,
}

/// A module that another one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleDependency {
    /// The name and GUID of the module that is needed.
    pub id: String,
    /// The language that is needed; 0 for any, a language group for all of it.
    pub language: i32,
    /// The lowest version that will do; "" for any.
    pub version: String,
}

pub(super) fn signatures(database: &Database) -> Result<Vec<ModuleSignature>, Error> {
    let rows = database.rows("ModuleSignature")?;
    let signature = |record: Record<'_>| {
        Ok(ModuleSignature {
            id: record.required("ModuleID")?.to_string(),
            language: record.required_integer("Language")?,
            version: record.text("Version").to_string(),
        })
    };
    rows.records().map(signature).collect()
}

pub(super) fn dependencies(database: &Database) -> Result<Vec<ModuleDependency>, Error> {
    let rows = database.rows("ModuleDependency")?;
    let dependency = |record: Record<'_>| ModuleDependency {
        id: record.text("RequiredID").to_string(),
        language: record.integer("RequiredLanguage").unwrap_or(0),
        version: record.text("RequiredVersion").to_string(),
    };
    Ok(rows.records().map(dependency).collect())
}

/// Returns the dependencies that no module of the package satisfies.
pub(super) fn missing(
    needed: Vec<ModuleDependency>,
    there: &[ModuleSignature],
) -> Vec<ModuleDependency> {
    let satisfies = |needed: &ModuleDependency, module: &ModuleSignature| {
        let language = needed.language == 0 || covers(needed.language, module.language);
        let new_enough =
            needed.version.is_empty() || fields(&module.version) >= fields(&needed.version);
        module.id == needed.id && language && new_enough
    };
    needed
        .into_iter()
        .filter(|needed| !there.iter().any(|module| satisfies(needed, module)))
        .collect()
}

/// Returns what speaks against a module beside those that a package has: exclusions, of either side.
pub(super) fn exclusions(
    package: &Database,
    module: &Database,
    signature: &ModuleSignature,
) -> Result<Vec<MergeProblem>, Error> {
    let there = signatures(package)?;
    let mut problems = excluded(module, &there)?;
    problems.extend(excluded(package, std::slice::from_ref(signature))?);
    Ok(problems)
}

fn excluded(database: &Database, modules: &[ModuleSignature]) -> Result<Vec<MergeProblem>, Error> {
    let mut problems = Vec::new();
    for record in database.rows("ModuleExclusion")?.records() {
        for module in modules.iter().filter(|module| excludes(&record, module)) {
            problems.push(MergeProblem::Exclusion {
                by: record.text("ModuleID").to_string(),
                excluded: module.id.clone(),
                language: module.language,
            });
        }
    }
    Ok(problems)
}

fn excludes(record: &Record<'_>, module: &ModuleSignature) -> bool {
    let language = match record.integer("ExcludedLanguage").unwrap_or(0) {
        0 => false,
        excluded if excluded > 0 => covers(excluded, module.language),
        kept => !covers(-kept, module.language),
    };
    let (lowest, highest) = (
        record.text("ExcludedMinVersion"),
        record.text("ExcludedMaxVersion"),
    );
    let version = fields(&module.version);
    let in_range = (lowest.is_empty() || version >= fields(lowest))
        && (highest.is_empty() || version <= fields(highest));
    record.text("ExcludedID") == module.id && language && in_range
}

/// Is a language this one, or one of this group?
fn covers(wanted: i32, language: i32) -> bool {
    wanted == language || wanted == primary(language)
}

fn fields(version: &str) -> [u32; 4] {
    let mut fields = version
        .split('.')
        .map(|field| field.trim().parse().unwrap_or(0));
    std::array::from_fn(|_| fields.next().unwrap_or(0))
}
