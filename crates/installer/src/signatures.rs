//! The signatures that a package asks of the cabinets beside it.
//!
//! A cabinet is opened only when its signature holds, is by the certificate that the package has, and is of the hash that
//! the package tells, where it tells one. Who stands behind the certificate is not asked: the package names it.
//! Follows: Microsoft, "Digital Signatures and External Cabinet Files", "MsiDigitalSignature Table".

use std::io::{Read, Seek};

use authenticode::{CabinetFault, check_cabinet};
use database::{Database, Record, Value};
use script::SourceError;

/// The most that a certificate or hash may have; real ones have some thousand bytes.
const CELL_MAX: u64 = 1 << 20;
/// What WinVerifyTrust answers for contents that were changed (TRUST_E_BAD_DIGEST), and for a signature that is not its
/// certificate's (TRUST_E_CERT_SIGNATURE).
const BAD_DIGEST: u32 = 0x8009_6010;
const BAD_SIGNATURE: u32 = 0x8009_6004;

/// Checks a cabinet beside the package, by its name in the Media table. One of which the package asks nothing is fine.
///
/// Errors: [`SourceError::NotSigned`], [`SourceError::BadSignature`]; it cannot be read.
pub(crate) fn check(
    database: &Database,
    cabinet: &str,
    file: &mut (impl Read + Seek),
) -> Result<(), SourceError> {
    let refused = |why: String, trust| SourceError::BadSignature {
        cabinet: cabinet.to_owned(),
        why,
        trust,
    };
    let demands = demands(database, cabinet).map_err(|error| refused(error.to_string(), None))?;
    for demand in demands {
        let Some(certificate) = demand.certificate else {
            let why = format!("the package has no certificate {}", demand.named);
            return Err(refused(why, None));
        };
        check_cabinet(file, &certificate, demand.hash.as_deref()).map_err(|fault| {
            let why = fault.to_string();
            match fault {
                CabinetFault::NotSigned => SourceError::NotSigned {
                    cabinet: cabinet.to_owned(),
                },
                CabinetFault::Changed => refused(why, Some(BAD_DIGEST)),
                CabinetFault::BadSignature(_) => refused(why, Some(BAD_SIGNATURE)),
                // WinVerifyTrust has nothing against these.
                CabinetFault::OtherCertificate(_) | CabinetFault::OtherHash => refused(why, None),
                CabinetFault::Io(source) => SourceError::Io {
                    what: format!("cabinet {cabinet}"),
                    source,
                },
            }
        })?;
    }
    Ok(())
}

/// Does the package ask for a signature of a cabinet? Not where its tables cannot be read.
pub(crate) fn is_asked(database: &Database, cabinet: &str) -> bool {
    demands(database, cabinet).is_ok_and(|demands| !demands.is_empty())
}

/// What a package asks of a cabinet.
struct Demand {
    /// The certificate's key.
    named: String,
    /// The signer's certificate; none: the package does not have it.
    certificate: Option<Vec<u8>>,
    /// The hash of the cabinet, where it counts.
    hash: Option<Vec<u8>>,
}

fn demands(database: &Database, cabinet: &str) -> Result<Vec<Demand>, database::Error> {
    if !database.has_table("MsiDigitalSignature") {
        return Ok(Vec::new());
    }
    let media = database.rows("Media")?;
    let disks: Vec<String> = media
        .records()
        .filter(|row| row.text("Cabinet").eq_ignore_ascii_case(cabinet))
        .map(|row| row.key())
        .collect();
    let signatures = database.rows("MsiDigitalSignature")?;
    let certificates = database.rows("MsiDigitalCertificate")?;
    let asked = signatures.records().filter(|row| {
        row.text("Table") == "Media" && disks.iter().any(|disk| disk == row.text("SignObject"))
    });
    asked
        .map(|row| {
            let named = row.text("DigitalCertificate_");
            let certificate = certificates.find(&[named.into()]);
            Ok(Demand {
                named: named.to_owned(),
                certificate: match certificate {
                    Some(row) => bytes(database, &row, "CertData")?,
                    None => None,
                },
                hash: bytes(database, &row, "Hash")?,
            })
        })
        .collect()
}

/// The bytes of a binary cell; none: it is null.
fn bytes(
    database: &Database,
    row: &Record<'_>,
    column: &str,
) -> Result<Option<Vec<u8>>, database::Error> {
    let Value::Stream(name) = row.value(column) else {
        return Ok(None);
    };
    let Some(stream) = database.stream(name)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    let read = stream.take(CELL_MAX).read_to_end(&mut bytes);
    read.map_err(|source| database::Error::Io {
        what: format!("stream {name}"),
        source,
    })?;
    Ok(Some(bytes))
}
