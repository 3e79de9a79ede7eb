//! Media, and what is signed. "Media Table", "MsiDigitalSignature Table".

use std::collections::HashSet;

use database::Value;

use crate::finding::{Findings, cell, row, table as whole};
use crate::package::Package;

/// There are not too many media.
pub(super) fn ice58(package: &Package<'_>, found: &mut Findings) {
    let count = package.rows("Media").count();
    if count > 80 && package.schema() < 150 {
        let what = format!("{count} media are more than 80, which needs a schema of 150");
        found.warning(whole("Media"), what);
    }
}

/// There is a medium 1.
pub(super) fn ice71(package: &Package<'_>, found: &mut Findings) {
    let media = package
        .table("Media")
        .filter(|media| !media.rows.is_empty());
    match media {
        None => found.warning(whole("Media"), "there is no medium at all"),
        Some(media) if media.find(&[Value::from(1)]).is_none() => {
            found.error(
                whole("Media"),
                "there is no medium 1, which the package itself is on",
            );
        }
        Some(_) => {}
    }
}

/// Certificates are used, and what is signed is there.
pub(super) fn ice81(package: &Package<'_>, found: &mut Findings) {
    let mut used = HashSet::new();
    for table in [
        "MsiDigitalSignature",
        "MsiPackageCertificate",
        "MsiPatchCertificate",
    ] {
        used.extend(
            package
                .rows(table)
                .map(|row| row.text("DigitalCertificate_")),
        );
    }
    for certificate in package.rows("MsiDigitalCertificate") {
        if !used.contains(certificate.text("DigitalCertificate")) {
            found.warning(row(&certificate), "nothing refers to the certificate");
        }
    }
    for signature in package.rows("MsiDigitalSignature") {
        if signature.text("Table") != "Media" {
            continue;
        }
        let object = signature.text("SignObject");
        let medium = object.parse::<i32>().ok().and_then(|disk| {
            package
                .table("Media")
                .and_then(|media| media.find(&[Value::from(disk)]))
        });
        match medium {
            None => found.error(
                cell(&signature, "SignObject"),
                format!("there is no medium {object}"),
            ),
            Some(medium) if medium.text("Cabinet").starts_with('#') => {
                found.error(
                    cell(&medium, "Cabinet"),
                    "a signed cabinet cannot be inside the package",
                );
            }
            Some(_) => {}
        }
    }
}
