//! Which patches are applied to a product, and in which order.
//!
//! Patches without `MsiPatchSequence`, and major upgrades, come first, as given; then minor upgrades by the version
//! that they make; each small update goes to the highest version that it fits. A patch that is superseded in all its
//! families goes, and then all is placed anew, since what fitted its result may fit no longer.
//! Follows: Microsoft, "Sequencing Patches", "Eliminating Patches", "MsiPatchSequence Table", "MsiPatchMetadata Table";
//! `MsiDetermineApplicablePatches`, `MsiDeterminePatchSequence`.

use super::PatchOutline;
use super::order::{Places, ordered, places};
use crate::transform::validation::version;
use crate::transform::{Applicability, ProductProperties, TransformError, UpdateKind};

/// What is applied, in order, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchSequence {
    /// The patches that are applied, in order.
    pub applied: Vec<AppliedPatch>,
    /// The patches that are not, as they were given, each with the reason.
    pub excluded: Vec<(usize, Exclusion)>,
    /// Do the families contradict each other? Windows' code is then 1648, and the small updates are as given.
    pub contradiction: bool,
}

/// A patch that is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppliedPatch {
    /// Its number among the patches that were given.
    pub patch: usize,
    /// The number of its transform that is applied.
    pub transform: usize,
    /// What it does.
    pub kind: UpdateKind,
}

/// Why a patch is not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// It is for other products. Windows' code is 1642.
    OtherProduct,
    /// None of its transforms fits what the patches before it make: the reason of each. Windows' code is 1642.
    NotApplicable(Vec<TransformError>),
    /// A patch, by its number, says that it is obsolete.
    Obsolete(usize),
    /// Patches, by their numbers, supersede it in all its families.
    Superseded(Vec<usize>),
}

/// Returns which of these patches are applied to a product, and in which order: those that are installed first, in
/// the order of their installation, then new ones.
pub fn sequence_patches(product: &ProductProperties, patches: &[&PatchOutline]) -> PatchSequence {
    let mut sequencing = Sequencing {
        places: patches
            .iter()
            .map(|patch| places(patch, &product.code))
            .collect(),
        product,
        patches,
        excluded: vec![None; patches.len()],
    };
    sequencing.exclude_other_products();
    sequencing.exclude_obsolete();
    loop {
        let (levels, left_out) = sequencing.place();
        if sequencing.exclude_superseded(&levels) {
            continue;
        }
        for (patch, why) in left_out {
            sequencing.excluded[patch].get_or_insert(why);
        }
        return sequencing.finish(levels);
    }
}

struct Sequencing<'a> {
    product: &'a ProductProperties,
    patches: &'a [&'a PatchOutline],
    places: Vec<Places<'a>>,
    excluded: Vec<Option<Exclusion>>,
}

/// A version of the product: the patches that make it, and the small updates of it.
struct Level {
    product: ProductProperties,
    made_by: Vec<AppliedPatch>,
    updates: Vec<AppliedPatch>,
}

impl Level {
    fn new(product: ProductProperties, made_by: Vec<AppliedPatch>) -> Level {
        Level {
            product,
            made_by,
            updates: Vec::new(),
        }
    }
}

type LeftOut = Vec<(usize, Exclusion)>;

impl Sequencing<'_> {
    fn exclude_other_products(&mut self) {
        let majors = self.patches.iter().flat_map(|patch| &patch.transforms);
        let majors = majors.filter(|transform| transform.kind() == UpdateKind::Major);
        let mut codes: Vec<&str> = majors.map(|major| major.result.code.as_str()).collect();
        codes.push(&self.product.code);
        for (patch, excluded) in self.patches.iter().zip(&mut self.excluded) {
            let is_for =
                |target: &String| codes.iter().any(|code| code.eq_ignore_ascii_case(target));
            if !patch.targets.iter().any(is_for) {
                *excluded = Some(Exclusion::OtherProduct);
            }
        }
    }

    /// Only patches that say no order make others of that kind obsolete.
    fn exclude_obsolete(&mut self) {
        let legacy = |patch: usize| {
            self.excluded[patch].is_none() && self.patches[patch].families.is_empty()
        };
        let legacy: Vec<usize> = (0..self.patches.len()).filter(|&n| legacy(n)).collect();
        for &patch in &legacy {
            let code = &self.patches[patch].code;
            let by = legacy.iter().copied().find(|&other| {
                let mut obsolete = self.patches[other].obsoletes.iter();
                other != patch && obsolete.any(|obsolete| obsolete.eq_ignore_ascii_case(code))
            });
            if let Some(by) = by {
                self.excluded[patch] = Some(Exclusion::Obsolete(by));
            }
        }
    }

    /// Does it have a transform of this kind for one of the products that are met here?
    fn has(&self, patch: usize, kind: UpdateKind) -> bool {
        let mut transforms = self.patches[patch].transforms.iter();
        transforms.any(|transform| transform.kind() == kind)
    }

    /// Places all patches that are not excluded. Returns the versions, and those that fit nowhere.
    fn place(&self) -> (Vec<Level>, LeftOut) {
        let mut left_out = Vec::new();
        let (mut first, mut minors, mut small) = (Vec::new(), Vec::new(), Vec::new());
        for patch in (0..self.patches.len()).filter(|&patch| self.excluded[patch].is_none()) {
            let unordered = self.patches[patch].families.is_empty();
            if unordered || self.has(patch, UpdateKind::Major) {
                first.push(patch);
            } else if self.has(patch, UpdateKind::Minor) {
                minors.push(patch);
            } else {
                small.push(patch);
            }
        }
        let base = self.apply_in_order(&first, &mut left_out);
        let levels = self.add_minors(base, minors, &mut small, &mut left_out);
        (self.add_small(levels, small, &mut left_out), left_out)
    }

    fn apply_in_order(&self, patches: &[usize], left_out: &mut LeftOut) -> Level {
        let mut level = Level::new(self.product.clone(), Vec::new());
        for &patch in patches {
            match self.fit(patch, &level.product, |_| true) {
                Ok((applied, product)) => {
                    level.made_by.push(applied);
                    level.product = product;
                }
                Err(why) => left_out.push((patch, Exclusion::NotApplicable(why))),
            }
        }
        level
    }

    /// Adds minor upgrades by rising version. One that fits only as a small update of what is there is one.
    fn add_minors(
        &self,
        base: Level,
        mut minors: Vec<usize>,
        small: &mut Vec<usize>,
        left_out: &mut LeftOut,
    ) -> Vec<Level> {
        let highest = |patch: &usize| {
            let transforms = self.patches[*patch].transforms.iter();
            let results = transforms.filter(|transform| transform.kind() == UpdateKind::Minor);
            results.map(|minor| version(&minor.result.version)).max()
        };
        minors.sort_by_key(highest);
        let mut levels = vec![base];
        for patch in minors {
            let minor = |transform: &Applicability| transform.kind() == UpdateKind::Minor;
            let from_first = self.patches[patch].targets_first_version;
            let bottom = &levels[0].product;
            let on_first = from_first.then(|| self.fit(patch, bottom, minor));
            if let Some(Ok((applied, product))) = on_first {
                for gone in levels.drain(1..).flat_map(|level| level.made_by) {
                    left_out.push((gone.patch, Exclusion::Superseded(vec![patch])));
                }
                levels.push(Level::new(product, vec![applied]));
                continue;
            }
            let there = &levels[levels.len() - 1].product;
            match self.fit(patch, there, minor) {
                Ok((applied, product)) => levels.push(Level::new(product, vec![applied])),
                Err(_) if self.has(patch, UpdateKind::Small) => small.push(patch),
                Err(why) => left_out.push((patch, Exclusion::NotApplicable(why))),
            }
        }
        levels
    }

    fn add_small(
        &self,
        mut levels: Vec<Level>,
        small: Vec<usize>,
        left_out: &mut LeftOut,
    ) -> Vec<Level> {
        let is_small = |transform: &Applicability| transform.kind() == UpdateKind::Small;
        // What is below a minor upgrade that takes the place of all before it is not applied.
        let cover = levels.get(1).and_then(|level| level.made_by.first());
        let cover = cover.filter(|minor| self.patches[minor.patch].targets_first_version);
        let cover = cover.map(|minor| minor.patch);
        for patch in small {
            let fits = |level: &Level| self.fit(patch, &level.product, is_small);
            let found = levels.iter().rposition(|level| fits(level).is_ok());
            match (found, cover) {
                (Some(0), Some(cover)) => {
                    left_out.push((patch, Exclusion::Superseded(vec![cover])));
                }
                (Some(place), _) => {
                    let level = &mut levels[place];
                    if let Ok((applied, _)) = self.fit(patch, &level.product, is_small) {
                        level.updates.push(applied);
                    }
                }
                (None, _) => {
                    let top = &levels[levels.len() - 1];
                    let why = fits(top).err().unwrap_or_default();
                    left_out.push((patch, Exclusion::NotApplicable(why)));
                }
            }
        }
        levels
    }

    /// Returns the first transform of a patch that fits a product and is wanted, and what it makes.
    ///
    /// Errors: why each of its transforms does not fit.
    fn fit(
        &self,
        patch: usize,
        product: &ProductProperties,
        wanted: impl Fn(&Applicability) -> bool,
    ) -> Result<(AppliedPatch, ProductProperties), Vec<TransformError>> {
        let outline = self.patches[patch];
        let mut why = Vec::new();
        let is_target = |target: &String| target.eq_ignore_ascii_case(&product.code);
        if !outline.targets.iter().any(is_target) {
            return Err(vec![TransformError::Product {
                expected: outline.targets.join(", "),
                found: product.code.clone(),
            }]);
        }
        for (transform, applicability) in outline.transforms.iter().enumerate() {
            match applicability.check(product) {
                Ok(()) if wanted(applicability) => {
                    let kind = applicability.kind();
                    let applied = AppliedPatch {
                        patch,
                        transform,
                        kind,
                    };
                    return Ok((applied, applicability.after(product)));
                }
                Ok(()) => {}
                Err(error) => why.push(error),
            }
        }
        Err(why)
    }

    /// Takes out the patches that later ones supersede in all their families. Were there any?
    fn exclude_superseded(&mut self, levels: &[Level]) -> bool {
        let mut order: Vec<AppliedPatch> = Vec::new();
        let mut superseded = Vec::new();
        for level in levels {
            order.extend(&level.made_by);
            order.extend(self.small_in_order(&level.updates).0);
        }
        for (at, one) in order.iter().enumerate() {
            let by = self.superseding(*one, &order[at + 1..]);
            if !by.is_empty() {
                superseded.push((one.patch, by));
            }
        }
        for (patch, by) in &superseded {
            self.excluded[*patch] = Some(Exclusion::Superseded(by.clone()));
        }
        !superseded.is_empty()
    }

    /// The patches that together supersede one in all its families; none where a family is left.
    fn superseding(&self, one: AppliedPatch, later: &[AppliedPatch]) -> Vec<usize> {
        let mut by = Vec::new();
        for (family, (place, _)) in &self.places[one.patch] {
            let supersedes = |other: &&AppliedPatch| {
                let stronger = other.kind != UpdateKind::Small || one.kind == UpdateKind::Small;
                let there = self.places[other.patch].get(family);
                let later = there.is_some_and(|(other, supersedes)| *supersedes && other > place);
                stronger && later && other.kind != UpdateKind::Major
            };
            match later.iter().find(supersedes) {
                Some(other) => by.push(other.patch),
                None => return Vec::new(),
            }
        }
        by.sort_unstable();
        by.dedup();
        by
    }

    /// Small updates in the order that their families say, and whether these contradict each other.
    fn small_in_order(&self, updates: &[AppliedPatch]) -> (Vec<AppliedPatch>, bool) {
        let patches: Vec<usize> = updates.iter().map(|update| update.patch).collect();
        let Some(order) = ordered(&patches, &self.places) else {
            return (updates.to_vec(), true);
        };
        let of = |patch| updates.iter().find(|update| update.patch == patch);
        (order.into_iter().filter_map(of).copied().collect(), false)
    }

    fn finish(self, levels: Vec<Level>) -> PatchSequence {
        let mut sequence = PatchSequence::default();
        for level in levels {
            let (updates, contradiction) = self.small_in_order(&level.updates);
            sequence.contradiction |= contradiction;
            sequence.applied.extend(level.made_by);
            sequence.applied.extend(updates);
        }
        let excluded = self.excluded.into_iter().enumerate();
        sequence.excluded = excluded
            .filter_map(|(patch, why)| why.map(|why| (patch, why)))
            .collect();
        sequence
    }
}
