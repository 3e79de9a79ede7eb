//! Small updates of one version in the order that their families say.
//!
//! Follows: Microsoft, "MsiPatchSequence Table".

use std::collections::BTreeMap;

use super::PatchOutline;

/// One to four numbers; what is missing or no number is 0.
pub(super) type Place = [u32; 4];

/// A patch's place in each of its families, and whether it supersedes what is before it there.
pub(super) type Places<'a> = BTreeMap<&'a str, (Place, bool)>;

/// Returns a patch's places for a product: rows that name the product go before those that name none; rows of other
/// products do not count.
pub(super) fn places<'a>(patch: &'a PatchOutline, product_code: &str) -> Places<'a> {
    let mut places = Places::new();
    let named = |code: &str| code.eq_ignore_ascii_case(product_code);
    let families = patch.families.iter();
    let (null, own): (Vec<_>, Vec<_>) = families
        .filter(|family| family.product_code.is_empty() || named(&family.product_code))
        .partition(|family| family.product_code.is_empty());
    for family in null.into_iter().chain(own) {
        let place = (place(&family.sequence), family.supersedes_earlier);
        places.insert(&family.name, place);
    }
    places
}

fn place(text: &str) -> Place {
    let mut fields = text
        .split('.')
        .map(|field| field.trim().parse().unwrap_or(0));
    std::array::from_fn(|_| fields.next().unwrap_or(0))
}

/// Does the first patch come before the other: lower in a family that both are in?
fn before(one: &Places<'_>, other: &Places<'_>) -> bool {
    one.iter().any(|(family, (place, _))| {
        let place_of_other = other.get(family).map(|(place, _)| place);
        place_of_other.is_some_and(|other| place < other)
    })
}

/// Orders patches, given by their numbers, so that each comes after those that are lower in its families; the order
/// stays where nothing is said. None where families contradict each other.
pub(super) fn ordered(patches: &[usize], places: &[Places<'_>]) -> Option<Vec<usize>> {
    let mut left = patches.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = |&patch: &usize| {
            let mut others = left.iter().filter(|&&other| other != patch);
            !others.any(|&other| before(&places[other], &places[patch]))
        };
        let next = left.iter().position(free)?;
        order.push(left.remove(next));
    }
    Some(order)
}
