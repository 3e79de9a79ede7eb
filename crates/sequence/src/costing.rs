//! What costing knows of the package's tables: features, components and files, read at CostInitialize.
//!
//! Follows: Microsoft, "File Costing", "CostInitialize Action", "Feature Table", "Component Table".

use std::collections::{BTreeMap, HashMap};

use database::{Database, Table};

use crate::directory::{Directories, Name};
use crate::registration::guid;
use crate::run::no_such;
use crate::{Component, Error, Feature, Run, State};

/// A row of the File table.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// `File.File`.
    pub key: String,
    /// `File.Component_`.
    pub component: String,
    /// `File.FileName`.
    pub name: Name,
    /// `File.FileSize` in bytes.
    pub size: u64,
    /// `File.Version`: a version, a companion's file key, or "".
    pub version: String,
    /// `File.Language`.
    pub language: String,
    /// `File.Attributes`.
    pub attributes: i32,
    /// `File.Sequence`.
    pub sequence: i32,
    /// The row of MsiFileHash, as the 16 bytes of the hash.
    pub hash: Option<[u8; 16]>,
}

/// What costing has found out.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    /// The File table in table order.
    pub files: Vec<File>,
    index: HashMap<String, usize>,
    by_component: HashMap<String, Vec<usize>>,
    /// FileCost was run: files count.
    pub counts_files: bool,
    /// CostFinalize is done.
    pub complete: bool,
    /// The source's names are short (Word Count bit 0).
    pub short_source_names: bool,
    /// Bytes that the components' local installation takes, by component.
    pub local: HashMap<String, u64>,
    /// Bytes needed on each drive for what was decided.
    pub drives: BTreeMap<char, u64>,
}

impl Costs {
    /// Returns a row of the File table by its key.
    pub(crate) fn file(&self, key: &str) -> Option<&File> {
        self.index.get(key).map(|&at| &self.files[at])
    }

    /// Returns the files of a component in table order.
    pub(crate) fn files_of(&self, component: &str) -> impl Iterator<Item = &File> {
        let places = self
            .by_component
            .get(component)
            .map(Vec::as_slice)
            .unwrap_or_default();
        places.iter().map(|&at| &self.files[at])
    }
}

/// A feature inside features inside features: more is error 2701.
const FEATURE_DEPTH_MAX: usize = 16;

/// Reads the tables that costing needs into the run.
///
/// Errors: rows that refer to what is not there, or to themselves.
pub(crate) fn load(run: &mut Run) -> Result<(), Error> {
    run.directories = Directories::read(&run.database)?;
    run.components = components(&*run.table("Component")?)?;
    run.component_index = index(
        run.components
            .iter()
            .map(|component| component.name.as_str()),
    );
    run.features = features(&*run.table("Feature")?)?;
    run.feature_index = index(run.features.iter().map(|feature| feature.name.as_str()));
    feature_components(run)?;
    let short_source_names = run.costs.short_source_names;
    run.costs = Costs {
        short_source_names,
        ..Costs::default()
    };
    run.costs.files = files(run)?;
    run.costs.index = index(run.costs.files.iter().map(|file| file.key.as_str()));
    for (at, file) in run.costs.files.iter().enumerate() {
        run.costs
            .by_component
            .entry(file.component.clone())
            .or_default()
            .push(at);
    }
    run.costs.local = local_costs(&run.costs.files);
    Ok(())
}

fn index<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<String, usize> {
    names
        .enumerate()
        .map(|(at, name)| (name.to_owned(), at))
        .collect()
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn components(table: &Table) -> Result<Vec<Component>, Error> {
    let component = |record: database::Record<'_>| {
        Ok(Component {
            name: record.required("Component")?.to_owned(),
            id: guid::normal(record.text("ComponentId")),
            directory: record.required("Directory_")?.to_owned(),
            attributes: record.integer("Attributes").unwrap_or(0),
            key_path: optional(record.text("KeyPath")),
            enabled: true,
            installed: State::Absent,
            request: State::Unknown,
            action: State::Unknown,
        })
    };
    table.records().map(component).collect()
}

fn features(table: &Table) -> Result<Vec<Feature>, Error> {
    let mut features = Vec::new();
    for record in table.records() {
        features.push(Feature {
            name: record.required("Feature")?.to_owned(),
            parent: optional(record.text("Feature_Parent")),
            title: optional(record.text("Title")),
            display: record.integer("Display").filter(|display| *display != 0),
            level: record.integer("Level").unwrap_or(0),
            attributes: record.integer("Attributes").unwrap_or(0),
            directory: optional(record.text("Directory_")),
            components: Vec::new(),
            installed: State::Absent,
            request: State::Unknown,
            action: State::Unknown,
        });
    }
    parents_first(features)
}

fn parents_first(features: Vec<Feature>) -> Result<Vec<Feature>, Error> {
    let parents: HashMap<String, Option<String>> = features
        .iter()
        .map(|feature| (feature.name.clone(), feature.parent.clone()))
        .collect();
    let mut leveled = Vec::with_capacity(features.len());
    for feature in features {
        let mut depth = 0;
        let mut at = &feature;
        let mut above = at.parent.as_ref();
        while let Some(parent) = above {
            depth += 1;
            if depth >= FEATURE_DEPTH_MAX {
                return Err(Error::Cycle {
                    table: "Feature",
                    row: feature.name,
                });
            }
            above = parents
                .get(parent)
                .ok_or_else(|| no_such("Feature", &at.name, "feature", parent))?
                .as_ref();
            at = &feature;
        }
        leveled.push((depth, feature));
    }
    leveled.sort_by_key(|(depth, _)| *depth);
    Ok(leveled.into_iter().map(|(_, feature)| feature).collect())
}

fn feature_components(run: &mut Run) -> Result<(), Error> {
    for record in run.table("FeatureComponents")?.records() {
        let (feature, component) = (record.required("Feature_")?, record.required("Component_")?);
        run.component("FeatureComponents", &record.key(), component)?;
        let at = run.feature_index.get(feature).copied();
        let at =
            at.ok_or_else(|| no_such("FeatureComponents", &record.key(), "feature", feature))?;
        run.features[at].components.push(component.to_owned());
    }
    Ok(())
}

fn files(run: &Run) -> Result<Vec<File>, Error> {
    let files = read_files(&run.database)?;
    for file in &files {
        run.component("File", &file.key, &file.component)?;
    }
    Ok(files)
}

/// Reads the File table with MsiFileHash, in table order.
///
/// Errors: a file without key, component or name.
pub(crate) fn read_files(database: &Database) -> Result<Vec<File>, Error> {
    let mut hashes = file_hashes(&*database.rows("MsiFileHash")?);
    let mut files = Vec::new();
    for record in database.rows("File")?.records() {
        let key = record.required("File")?;
        files.push(File {
            key: key.to_owned(),
            component: record.required("Component_")?.to_owned(),
            name: Name::parse(record.required("FileName")?),
            size: record
                .integer("FileSize")
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0),
            version: record.text("Version").to_owned(),
            language: record.text("Language").to_owned(),
            attributes: record.integer("Attributes").unwrap_or(0),
            sequence: record.integer("Sequence").unwrap_or(0),
            hash: hashes.remove(key),
        });
    }
    Ok(files)
}

fn file_hashes(table: &Table) -> HashMap<String, [u8; 16]> {
    let mut hashes = HashMap::new();
    for record in table.records() {
        let mut hash = [0; 16];
        let parts = ["HashPart1", "HashPart2", "HashPart3", "HashPart4"];
        for (part, bytes) in parts.iter().zip(hash.chunks_exact_mut(4)) {
            bytes.copy_from_slice(&record.integer(part).unwrap_or(0).to_le_bytes());
        }
        hashes.insert(record.text("File_").to_owned(), hash);
    }
    hashes
}

/// Bytes of a cluster; what a file takes is a multiple of it.
const CLUSTER: u64 = 4096;

/// Returns what a file of so many bytes takes on a disk.
pub(crate) fn clustered(size: u64) -> u64 {
    size.div_ceil(CLUSTER).saturating_mul(CLUSTER)
}

fn local_costs(files: &[File]) -> HashMap<String, u64> {
    let mut costs: HashMap<String, u64> = HashMap::new();
    for file in files {
        let cost = costs.entry(file.component.clone()).or_default();
        *cost = cost.saturating_add(clustered(file.size));
    }
    costs
}
