//! `list` and `show`: what is installed.

use installer::ProductReport;

use super::Context;
use super::install::hint_at_product;
use crate::arguments::Show;
use crate::output::{End, Failure};
use crate::screen;

pub fn list(context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    let products = installer::list(machine.view())?;
    if context.output.json {
        context.output.value(&products);
        return Ok(End::OK);
    }
    if products.is_empty() {
        context.output.note("no products are installed");
    }
    let row = |product: &ProductReport| {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            product.product_code.clone(),
            text(&product.name),
            text(&product.version),
            match product.state {
                "installed" => String::new(),
                state => format!("[{state}]"),
            },
        ]
    };
    let rows: Vec<Vec<String>> = products.iter().map(row).collect();
    for line in screen::table(&rows) {
        if context.output.line(&line).is_err() {
            break;
        }
    }
    Ok(End::OK)
}

pub fn show(typed: &Show, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    let mut shown = match installer::show(machine.site(), &typed.product) {
        Ok(shown) => shown,
        Err(error) => {
            hint_at_product(&typed.product, &error, machine.site(), context);
            return Err(error.into());
        }
    };
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
