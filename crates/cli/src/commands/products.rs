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
    if typed.verify {
        return Err(Failure::not_yet("show --verify"));
    }
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    let shown = installer::show(machine.site(), &typed.product, &context.world.host)?;
    if context.output.json {
        context.output.value(&shown);
        return Ok(End::OK);
    }
    for line in shown.lines() {
        let _ = context.output.line(&line);
    }
    Ok(End::OK)
}
