//! Patches and transforms: what they say of themselves, and packages as patches make them.

mod lines;

use std::path::PathBuf;

use database::{
    Applicability, Database, ErrorConditions, Exclusion, Patch, PatchOutcome, Patched, Transform,
    UpdateKind, Validation,
};
use installer::{Package, code};
use serde_json::{Map, Value as Json, json};

pub use self::lines::lines;
use super::unreadable;
use crate::commands::Context;
use crate::output::Failure;

type Told = Map<String, Json>;

/// Opens the database of a package as patches make it: [`patched`].
pub fn open_patched(
    package: &str,
    files: &[PathBuf],
    context: &mut Context<'_>,
) -> Result<Database, Failure> {
    Ok(patched(package, files, context)?.database)
}

/// Opens a package as patches make it. Patches that are left out are named.
///
/// Errors: 1642 where none of them fits; 1648 where they say no order.
pub fn patched(
    package: &str,
    files: &[PathBuf],
    context: &mut Context<'_>,
) -> Result<Package, Failure> {
    let (package, patched) = read_patched(package, files, context)?;
    let left_out = files.iter().zip(&patched.outcomes);
    let left_out = left_out.filter_map(|(file, outcome)| match outcome {
        PatchOutcome::Applied(_) => None,
        PatchOutcome::Excluded(why) => Some((file, why)),
    });
    let left_out: Vec<String> = left_out
        .map(|(file, why)| format!("{} is not applied: {}", file.display(), reason(why, files)))
        .collect();
    if !files.is_empty() && left_out.len() == files.len() {
        return Err(failure(code::PATCH_TARGET_NOT_FOUND, left_out.join("; ")));
    }
    left_out.iter().for_each(|line| context.output.note(line));
    Ok(package)
}

/// Opens a package as patches make it, be it that none of them fits.
pub fn read_patched(
    package: &str,
    files: &[PathBuf],
    context: &mut Context<'_>,
) -> Result<(Package, Patched), Failure> {
    let mut package = context.package(package)?;
    let mut patches = Vec::new();
    for file in files {
        let patch = installer::Package::open_on_host(file)?.database;
        let patch = Patch::new(patch).map_err(|error| {
            let mut failure = unreadable(error);
            failure.message = format!("{}: {}", file.display(), failure.message);
            failure
        })?;
        patches.push(patch);
    }
    let patches: Vec<&Patch> = patches.iter().collect();
    let patched = package
        .database
        .apply_patches(&patches)
        .map_err(unreadable)?;
    if patched.sequence.contradiction {
        let what = "the families of the patches contradict each other: there is no order for them";
        return Err(failure(code::PATCH_NO_SEQUENCE, what.to_owned()));
    }
    Ok((package, patched))
}

fn failure(code: u32, message: String) -> Failure {
    Failure {
        code,
        message,
        more: Map::new(),
    }
}

/// Why a patch is not applied, in words.
fn reason(why: &Exclusion, files: &[PathBuf]) -> String {
    let names = |patches: &[usize]| {
        let names = patches.iter().filter_map(|&patch| files.get(patch));
        let names: Vec<String> = names.map(|file| file.display().to_string()).collect();
        names.join(", ")
    };
    match why {
        Exclusion::OtherProduct => "it is for other products".to_owned(),
        Exclusion::NotApplicable(reasons) => {
            let mut reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            reasons.dedup();
            reasons.join("; ")
        }
        Exclusion::Obsolete(by) => format!("{} makes it obsolete", names(&[*by])),
        Exclusion::Superseded(by) => format!("{} supersedes it", names(by)),
    }
}

/// Tells what the patched package is, and what became of each patch.
pub fn tell_patched(
    package: &Database,
    files: &[PathBuf],
    patched: &Patched,
    told: &mut Told,
) -> Result<(), Failure> {
    let product = package.product_properties().map_err(unreadable)?;
    told.insert("product_code".to_owned(), json!(product.code));
    told.insert("version".to_owned(), json!(product.version));
    let order: Vec<usize> = patched
        .sequence
        .applied
        .iter()
        .map(|applied| applied.patch)
        .collect();
    let mut patches = Vec::new();
    for (number, (file, outcome)) in files.iter().zip(&patched.outcomes).enumerate() {
        let place = order.iter().position(|&patch| patch == number);
        let (transform, why) = match outcome {
            PatchOutcome::Applied(name) => (Some(name), None),
            PatchOutcome::Excluded(why) => (None, Some(reason(why, files))),
        };
        patches.push(json!({
            "file": file.display().to_string(),
            "applied": transform.is_some(),
            "place": place.map(|place| place + 1),
            "transform": transform,
            "reason": why,
        }));
    }
    told.insert("patches".to_owned(), json!(patches));
    Ok(())
}

/// Tells what a patch says of itself.
pub fn tell_patch(database: Database, told: &mut Told) -> Result<(), Failure> {
    let patch = Patch::new(database).map_err(unreadable)?;
    let outline = patch.outline();
    told.insert("patch_code".to_owned(), json!(outline.code));
    told.insert("obsoletes".to_owned(), json!(outline.obsoletes));
    told.insert("targets".to_owned(), json!(outline.targets));
    told.insert(
        "sources".to_owned(),
        json!(patch.sources().map_err(unreadable)?),
    );
    let transforms = patch.transforms().iter().zip(&outline.transforms);
    let transforms = transforms.map(|(pair, applicability)| {
        let mut transform = transform(&pair.change, applicability);
        transform.insert("name".to_owned(), json!(pair.name));
        transform.insert("complete".to_owned(), json!(pair.registration.is_some()));
        transform
    });
    told.insert(
        "transforms".to_owned(),
        json!(transforms.collect::<Vec<_>>()),
    );
    let families = outline.families.iter().map(|family| {
        json!({
            "family": family.name,
            "product_code": Some(&family.product_code).filter(|code| !code.is_empty()),
            "sequence": family.sequence,
            "supersedes_earlier": family.supersedes_earlier,
        })
    });
    told.insert("sequence".to_owned(), json!(families.collect::<Vec<_>>()));
    let metadata = patch.metadata().map_err(unreadable)?;
    let metadata = metadata.iter().map(|one| {
        let company = Some(&one.company).filter(|company| !company.is_empty());
        json!({"company": company, "property": one.property, "value": one.value})
    });
    told.insert("metadata".to_owned(), json!(metadata.collect::<Vec<_>>()));
    let media = patch.media().map_err(unreadable)?;
    let media = media.iter().map(|disk| {
        json!({
            "transform": disk.transform,
            "disk_id": disk.disk_id,
            "last_sequence": disk.last_sequence,
            "cabinet": disk.cabinet,
            "volume_label": disk.volume_label,
            "source": disk.source,
        })
    });
    told.insert("media".to_owned(), json!(media.collect::<Vec<_>>()));
    Ok(())
}

/// Tells what a transform is for.
pub fn tell_transform(database: Database, told: &mut Told) -> Result<(), Failure> {
    let change = Transform::new(database).map_err(unreadable)?;
    let transform = transform(&change, &change.applicability());
    told.insert("transforms".to_owned(), json!([transform]));
    Ok(())
}

fn transform(change: &Transform, applicability: &Applicability) -> Told {
    let kind = match applicability.kind() {
        UpdateKind::Small => "small",
        UpdateKind::Minor => "minor",
        UpdateKind::Major => "major",
    };
    let product = |product: &database::ProductProperties| json!({"product_code": product.code, "version": product.version, "language": product.language});
    let mut told = Map::new();
    told.insert("name".to_owned(), Json::Null);
    told.insert("kind".to_owned(), json!(kind));
    told.insert("from".to_owned(), product(&applicability.original));
    told.insert("to".to_owned(), product(&applicability.result));
    let upgrade_code = applicability.original.upgrade_code.as_str();
    told.insert("upgrade_code".to_owned(), json!(upgrade_code));
    told.insert(
        "validation".to_owned(),
        json!(validation(applicability.validation)),
    );
    told.insert(
        "suppress".to_owned(),
        json!(suppressed(change.suppressed())),
    );
    told
}

fn validation(flags: Validation) -> Vec<&'static str> {
    let names = [
        (Validation::LANGUAGE, "language"),
        (Validation::PRODUCT, "product"),
        (Validation::MAJOR_VERSION, "major-version"),
        (Validation::MINOR_VERSION, "minor-version"),
        (Validation::UPDATE_VERSION, "update-version"),
        (Validation::LESS, "less"),
        (Validation::LESS_OR_EQUAL, "less-or-equal"),
        (Validation::EQUAL, "equal"),
        (Validation::GREATER_OR_EQUAL, "greater-or-equal"),
        (Validation::GREATER, "greater"),
        (Validation::UPGRADE_CODE, "upgrade-code"),
    ];
    let set = names.into_iter().filter(|(flag, _)| flags.contains(*flag));
    set.map(|(_, name)| name).collect()
}

fn suppressed(conditions: ErrorConditions) -> Vec<&'static str> {
    let names = [
        (ErrorConditions::ADD_EXISTING_ROW, "add-existing-row"),
        (ErrorConditions::DELETE_MISSING_ROW, "delete-missing-row"),
        (ErrorConditions::ADD_EXISTING_TABLE, "add-existing-table"),
        (
            ErrorConditions::DELETE_MISSING_TABLE,
            "delete-missing-table",
        ),
        (ErrorConditions::UPDATE_MISSING_ROW, "update-missing-row"),
        (ErrorConditions::CHANGE_CODE_PAGE, "change-code-page"),
    ];
    let set = names
        .into_iter()
        .filter(|(one, _)| conditions.contains(*one));
    set.map(|(_, name)| name).collect()
}
