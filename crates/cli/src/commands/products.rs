//! `list` and `show`: what is installed.

use super::Context;
use crate::arguments::Show;
use crate::output::{End, Failure};

pub fn list(context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    let products = installer::list(machine.view())?;
    if context.output.json {
        context.output.value(&products);
        return Ok(End::OK);
    }
    for product in &products {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let state = if product.state == "installed" {
            String::new()
        } else {
            format!("  [{}]", product.state)
        };
        let line = format!(
            "{}  {} {}{state}",
            product.product_code,
            text(&product.name),
            text(&product.version)
        );
        let _ = context.output.line(&line);
    }
    Ok(End::OK)
}

pub fn show(typed: &Show, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    let mut shown = installer::show(machine.site(), &typed.product)?;
    if typed.verify {
        let code = &shown.product.product_code;
        shown.verification = Some(installer::verify(
            machine.site(),
            code,
            &context.world.host,
        )?);
    }
    // As with `check`: 1 is findings.
    let found = shown
        .verification
        .as_ref()
        .is_some_and(|told| !told.problems.is_empty());
    let end = if found { End::Status(1) } else { End::OK };
    if context.output.json {
        context.output.value(&shown);
        return Ok(end);
    }
    for line in shown.lines() {
        let _ = context.output.line(&line);
    }
    Ok(end)
}
