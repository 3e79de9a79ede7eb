//! Concurrent installations: custom actions that run another package inside this run (types 7, 23 and 39).
//!
//! They stand between InstallInitialize and InstallFinalize and are waited for; the run that they begin shares the
//! transaction. A product that was installed so has the product codes of its parents among its clients, and type 39
//! changes and removes no other. How clients are registered is on no page.
//! Follows: Microsoft, "Concurrent Installations", "Custom Action Type 7", "Custom Action Type 23", "Custom Action
//! Type 39", "Custom Action Return Processing Options".

use machine::View;

use crate::actions::Flow;
use crate::custom_action::{CONTINUE, KIND, Row};
use crate::registration::{self, ProductState, guid};
use crate::{Error, Failure, Nested, NestedPackage, Run, Step, TopLevel, property_settings};

const ASYNCHRONOUS: i32 = 0x80;

/// Asks for the run of the package that a custom action names.
///
/// Errors: the machine cannot be read.
pub(crate) fn begin(run: &mut Run, view: &dyn View, name: &str, row: &Row) -> Result<Flow, Error> {
    let ignore_failure = row.kind & CONTINUE != 0;
    Ok(match ask(run, view, name, row)? {
        Ok(nested) => Flow::Continue(vec![Step::Nested(Nested {
            ignore_failure,
            ..nested
        })]),
        Err(failure) if ignore_failure => {
            let text = format!("{}; the failure is ignored", failure.of(name).text);
            Flow::Continue(vec![Step::warning(text)])
        }
        Err(failure) => Flow::Fail(failure),
    })
}

/// What is asked for, or why it cannot be.
fn ask(
    run: &Run,
    view: &dyn View,
    name: &str,
    row: &Row,
) -> Result<Result<Nested, Failure>, Error> {
    if let Some(why) = misplaced(run, row) {
        return Ok(Err(Failure::new(1603, why)));
    }
    let package = match row.kind & KIND {
        7 => NestedPackage::Storage(row.source.clone()),
        23 => NestedPackage::InSource(row.source.clone()),
        _ => NestedPackage::Product(row.source.to_uppercase()),
    };
    if let NestedPackage::Product(code) = &package
        && let Some(failure) = forbidden(run, view, code)?
    {
        return Ok(Err(failure));
    }
    let settings = run.format(view, &row.target);
    Ok(match property_settings::parse(&settings) {
        Ok(properties) => Ok(Nested {
            action: name.to_owned(),
            package,
            properties,
            shares_transaction: true,
            ignore_failure: false,
        }),
        Err(rest) => Err(Failure::new(
            1639,
            format!("its Target has `{rest}` where a property is to be set"),
        )),
    })
}

/// Why no concurrent installation can be begun here; none: it can.
fn misplaced(run: &Run, row: &Row) -> Option<&'static str> {
    if run.request.top_level == TopLevel::Admin {
        return Some("an administrative installation cannot contain a concurrent installation");
    }
    if !run.walk.transaction {
        return Some(
            "a concurrent installation stands between InstallInitialize and InstallFinalize",
        );
    }
    (row.kind & ASYNCHRONOUS != 0).then_some("a concurrent installation cannot be asynchronous")
}

/// Why a product must not be run by its code; none: it may. One that is installed must have come by this package.
fn forbidden(run: &Run, view: &dyn View, code: &str) -> Result<Option<Failure>, Error> {
    let own = run.property("ProductCode");
    if guid::normal(code).is_none() {
        let why = format!("its Source `{code}` is no product code");
        return Ok(Some(Failure::new(1603, why)));
    }
    if code == own {
        let why = "a package cannot install itself concurrently";
        return Ok(Some(Failure::new(1603, why)));
    }
    let Some(product) = registration::find(view, code)? else {
        let why = format!("the product {code} is neither advertised nor installed");
        return Ok(Some(Failure::new(1605, why)));
    };
    let is_client = product
        .clients
        .iter()
        .any(|client| client.eq_ignore_ascii_case(own));
    if product.state == ProductState::Advertised || is_client {
        return Ok(None);
    }
    let why = format!(
        "{} {code} was installed by other means than this product's package",
        product.name
    );
    Ok(Some(Failure::new(1603, why)))
}
