//! What is said of the product as a whole, and the end: cabinets, summary information, the database.

use std::time::{Duration, SystemTime};

use cabinet::{Attributes, Compression, Writer};
use database::{Database, Kind, SummaryInformation, SummaryValue, Value, word_count};
use sha2::{Digest, Sha256};

use crate::codes::guid;
use crate::files::{Laid, LaidFiles};
use crate::folders::INSTALLDIR;
use crate::manifest::{Feature, Platform};
use crate::{Error, Source, Work};

/// The most files and bytes in one cabinet; the format's own limits are 65,535 and 2 GiB.
const FILES_MAX: usize = 60_000;
const BYTES_MAX: u64 = 1 << 30;
/// 1980-01-01, the first day that a cabinet can tell: builds of the same files are the same.
const FIRST_DAY: Duration = Duration::from_secs(315_532_800);
/// Upgrade.Attributes. "Upgrade Table".
const MIGRATE_FEATURES: i32 = 1;
const ONLY_DETECT: i32 = 2;
/// Feature.Attributes: nobody may leave it out. "Feature Table".
const DISALLOW_ABSENT: i32 = 16;
const OLDER: &str = "OLDERVERSIONFOUND";
const NEWER: &str = "NEWERVERSIONFOUND";

impl Work<'_> {
    /// Properties, features, and the rules of upgrades.
    pub(crate) fn product(&mut self) {
        self.properties();
        self.features();
        self.upgrades();
    }

    fn product_code(&self) -> String {
        let package = &self.manifest.package;
        let language = package.language.to_string();
        let platform = format!("{:?}", package.platform);
        let upgrade_code = package.upgrade_code.to_uppercase();
        let made = || {
            guid(&[
                "product",
                &upgrade_code,
                &package.version,
                &platform,
                &language,
            ])
        };
        package
            .product_code
            .as_ref()
            .map_or_else(made, |code| code.to_uppercase())
    }

    fn properties(&mut self) {
        let package = &self.manifest.package;
        let mut rows: Vec<(&str, Option<String>)> = vec![
            ("ProductName", Some(package.name.clone())),
            ("ProductVersion", Some(package.version.clone())),
            ("ProductCode", Some(self.product_code())),
            ("UpgradeCode", Some(package.upgrade_code.to_uppercase())),
            ("ProductLanguage", Some(package.language.to_string())),
            ("Manufacturer", Some(package.manufacturer.clone())),
            ("ARPCOMMENTS", package.comments.clone()),
            ("ARPURLINFOABOUT", package.url.clone()),
            ("ARPHELPLINK", package.help_url.clone()),
            ("SecureCustomProperties", Some(format!("{NEWER};{OLDER}"))),
        ];
        if !self.manifest.is_per_user() {
            rows.push(("ALLUSERS", Some("1".to_owned())));
        }
        for (name, value) in rows {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.tables.add("Property", [name.into(), value.into()]);
            }
        }
    }

    fn features(&mut self) {
        let only = [Feature {
            name: "Main".to_owned(),
            title: None,
            description: None,
            parent: None,
            default: true,
            required: true,
        }];
        let manifest = self.manifest;
        let features = if manifest.feature.is_empty() {
            &only[..]
        } else {
            &manifest.feature
        };
        for (number, feature) in (0_i32..).zip(features) {
            let title = feature
                .title
                .as_deref()
                .unwrap_or(match manifest.feature.is_empty() {
                    true => &manifest.package.name,
                    false => &feature.name,
                });
            let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
            let level = if feature.default { 1 } else { 200 };
            let attributes = if feature.required { DISALLOW_ABSENT } else { 0 };
            self.tables.add(
                "Feature",
                [
                    feature.name.as_str().into(),
                    text(&feature.parent),
                    title.into(),
                    text(&feature.description),
                    (2 * number + 1).into(),
                    level.into(),
                    INSTALLDIR.into(),
                    attributes.into(),
                ],
            );
        }
    }

    fn upgrades(&mut self) {
        let manifest = self.manifest;
        let code = manifest.package.upgrade_code.to_uppercase();
        let version = Value::from(manifest.package.version.as_str());
        if manifest.upgrade.remove_older {
            let row = [
                code.as_str().into(),
                Value::Null,
                version.clone(),
                Value::Null,
                MIGRATE_FEATURES.into(),
                Value::Null,
                OLDER.into(),
            ];
            self.tables.add("Upgrade", row);
        }
        let row = [
            code.into(),
            version,
            Value::Null,
            Value::Null,
            ONLY_DETECT.into(),
            Value::Null,
            NEWER.into(),
        ];
        self.tables.add("Upgrade", row);
        let condition = format!("NOT {NEWER} OR Installed");
        self.tables.add(
            "LaunchCondition",
            [condition.into(), manifest.upgrade.message.as_str().into()],
        );
    }

    /// Writes the cabinets and the database.
    pub(crate) fn finish(
        mut self,
        laid: &LaidFiles,
        source: &dyn Source,
    ) -> Result<Database, Error> {
        if let Some(icon) = self.manifest.package.icon.clone() {
            let key = self.icon(&icon, "[package]", source)?;
            self.tables
                .add("Property", ["ARPPRODUCTICON".into(), key.into()]);
        }
        // Features name it, whether or not anything lies there.
        self.folders.folder(&mut self.tables, "", "[package]")?;
        let mut database = Database::create(Kind::Package);
        let mut contents = Sha256::new();
        self.cabinets(laid, source, &mut database, &mut contents)?;
        let icons = std::mem::take(&mut self.icons);
        for (name, bytes) in icons {
            contents.update(&bytes);
            database.replace_stream(&format!("Icon.{name}"), bytes);
        }
        let Work {
            tables, manifest, ..
        } = self;
        tables.write(&mut database);
        let mut is_ascii = true;
        for table in database
            .table_names()
            .map(str::to_owned)
            .collect::<Vec<_>>()
        {
            for row in &database.rows(&table)?.rows {
                contents.update(format!("{table}{row:?}"));
                is_ascii &= row.iter().all(|value| value.to_string().is_ascii());
            }
        }
        database.set_code_page(if is_ascii { 1252 } else { 65001 });
        let hash: String = contents
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        database.replace_summary(summary(manifest, &guid(&["package", &hash]), is_ascii));
        Ok(database)
    }

    fn cabinets(
        &mut self,
        laid: &LaidFiles,
        source: &dyn Source,
        database: &mut Database,
        contents: &mut Sha256,
    ) -> Result<(), Error> {
        let mut last = 0;
        for (number, files) in media(&laid.files).into_iter().enumerate() {
            let name = format!("files{}.cab", number + 1);
            let mut writer = Writer::new(Compression::Mszip);
            for file in files {
                let failed = |error| Error::File {
                    path: file.from.clone(),
                    source: error,
                };
                let mut opened = source.open(&file.from).map_err(failed)?;
                let modified = SystemTime::UNIX_EPOCH + FIRST_DAY;
                writer.add(&file.key, Attributes(0x20), Some(modified), &mut opened)?;
            }
            let mut bytes = Vec::new();
            writer.finish(&mut bytes)?;
            contents.update(&bytes);
            last += i32::try_from(files.len()).unwrap_or(i32::MAX);
            let disk = i32::try_from(number + 1).unwrap_or(i32::MAX);
            self.tables.add(
                "Media",
                [
                    disk.into(),
                    last.into(),
                    Value::Null,
                    format!("#{name}").into(),
                ],
            );
            database.replace_stream(&name, bytes);
        }
        if !self.tables.has("Media") {
            self.tables.add("Media", [1.into(), 0.into()]);
        }
        Ok(())
    }
}

/// The files of each cabinet.
fn media(files: &[Laid]) -> Vec<&[Laid]> {
    let mut media = Vec::new();
    let mut begin = 0;
    let mut bytes = 0;
    for (at, file) in files.iter().enumerate() {
        if at > begin && (at - begin >= FILES_MAX || bytes + file.size > BYTES_MAX) {
            media.push(&files[begin..at]);
            (begin, bytes) = (at, 0);
        }
        bytes += file.size;
    }
    if begin < files.len() {
        media.push(&files[begin..]);
    }
    media
}

/// "Summary Property Descriptions".
fn summary(manifest: &crate::Manifest, package_code: &str, is_ascii: bool) -> SummaryInformation {
    let package = &manifest.package;
    let (platform, schema) = match package.platform {
        Platform::X86 => ("Intel", 200),
        Platform::X64 => ("x64", 200),
        Platform::Arm64 => ("Arm64", 500),
    };
    let text = |text: &str| SummaryValue::Text(text.into());
    let mut words = word_count::COMPRESSED;
    if manifest.is_per_user() {
        words |= word_count::NO_ELEVATION;
    }
    let mut summary = SummaryInformation::default();
    // 65001 as the signed 16-bit number that it is stored as.
    summary.set(1, SummaryValue::Integer(if is_ascii { 1252 } else { -535 }));
    summary.set(2, text("Installation Database"));
    summary.set(3, text(&package.name));
    summary.set(4, text(&package.manufacturer));
    summary.set(5, text("Installer"));
    summary.set(6, text(&format!("{} {}", package.name, package.version)));
    summary.set(7, text(&format!("{platform};{}", package.language)));
    summary.set(9, text(package_code));
    summary.set(14, SummaryValue::Integer(schema));
    summary.set(15, SummaryValue::Integer(words));
    summary.set(18, text("msikit"));
    summary.set(19, SummaryValue::Integer(2));
    summary
}
