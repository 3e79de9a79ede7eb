//! What a package says that it should not: the internal consistency evaluators (ICE), over tables alone.
//!
//! A [`Rule`] is one evaluator by its documented number; [`validate`] runs rules over a database and returns
//! findings with table, row and column. Nothing is changed, nothing of the package is run, and a table that
//! cannot be read is itself a finding.
//! Follows: Microsoft, "ICE Reference", "Merge Module ICE Reference", "_Validation Table", "Column Data Types".

mod category;
mod columns;
mod finding;
mod formatted;
mod package;
mod record;
mod rules;

pub use self::category::is_guid;
pub use self::columns::{DocumentedColumn, documented_columns, is_documented};
pub use self::finding::{Finding, Level};
pub use self::record::{FieldError, FieldFault, RecordCheck, check_record};
pub use self::rules::{RULES, Rule};

use database::Database;

use self::finding::Findings;
use self::package::Package;
use self::rules::Subject;

/// Runs rules over a package or merge module, and returns what they found, in the order of the rules.
///
/// A rule that is not meant for this kind of database is passed over.
pub fn validate<'a>(
    database: &Database,
    rules: impl IntoIterator<Item = &'a Rule>,
) -> Vec<Finding> {
    let (package, mut found) = Package::read(database);
    for rule in rules {
        let meant = match rule.subject {
            Subject::Any => true,
            Subject::Package => !package.is_module(),
            Subject::Module => package.is_module(),
        };
        if meant {
            let mut findings = Findings::new(rule.name);
            (rule.check)(&package, &mut findings);
            found.extend(findings.into_found());
        }
    }
    found
}
