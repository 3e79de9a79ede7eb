//! The package of an administrative image, made while it is written: the package's own streams without its cabinets,
//! and a summary that says what it is.
//!
//! Follows: Microsoft, "InstallAdminPackage Action", "Last Printed Summary", "Last Saved By Summary", "Last Saved
//! Time/Date Summary".

use std::io::{self, Write};

use database::{Database, SummaryValue};
use script::{PackageImage, ReceiveError, Receiver, SourceError};
use sequence::admin_properties;

/// Numbers of summary properties. "Summary Information Stream Property Set".
const LAST_SAVED_BY: u32 = 8;
const LAST_PRINTED: u32 = 11;
const LAST_SAVED: u32 = 13;
const WORD_COUNT: u32 = 15;

/// Hands the image of a package on, as the file `index`. `package` is as it was before any transform.
///
/// Errors: the package cannot be read, or not be written; the receiver stops.
pub(crate) fn hand_on(
    mut package: Database,
    image: &PackageImage,
    index: usize,
    receiver: &mut dyn Receiver,
) -> Result<(), SourceError> {
    change(&mut package, image).map_err(unreadable)?;
    receiver.begin(index, image.made)?;
    let mut writer = Handing {
        receiver,
        stopped: false,
    };
    let saved = package.save(&mut writer);
    if writer.stopped {
        return Err(ReceiveError.into());
    }
    saved.map_err(unreadable)?;
    receiver.end()?;
    Ok(())
}

fn unreadable(error: database::Error) -> SourceError {
    SourceError::Io {
        what: "the package".to_owned(),
        source: io::Error::other(error),
    }
}

fn change(package: &mut Database, image: &PackageImage) -> Result<(), database::Error> {
    for stream in &image.without {
        package.remove_stream(stream);
    }
    let properties = admin_properties::encode(&image.properties);
    if image.properties.is_empty() {
        package.remove_stream(admin_properties::STREAM);
    } else {
        package.replace_stream(admin_properties::STREAM, properties);
    }
    let mut summary = package.summary()?.clone();
    summary.set(WORD_COUNT, SummaryValue::Integer(image.word_count));
    let made_by = image.made_by.as_str();
    summary.set(LAST_SAVED_BY, SummaryValue::Text(made_by.into()));
    if let Some(made) = image.made {
        for number in [LAST_PRINTED, LAST_SAVED] {
            summary.set(number, SummaryValue::Time(made.into()));
        }
    }
    package.replace_summary(summary);
    Ok(())
}

/// A receiver as a writer.
struct Handing<'a> {
    receiver: &'a mut dyn Receiver,
    stopped: bool,
}

impl Write for Handing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.receiver.write(bytes).map_err(|error| {
            self.stopped = true;
            io::Error::other(error)
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
