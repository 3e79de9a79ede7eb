//! The events that an install causes: id, level, fields and text of each ("Event Logging").
//!
//! The texts are English; a general error brings its text from the package's `Error` table.

use crate::event::{Event, Level, SOURCE, Stamp};

/// What events tell about a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// `ProductCode`, where known.
    pub code: Option<String>,
    /// `ProductName`.
    pub name: String,
    /// `ProductVersion`.
    pub version: String,
    /// `ProductLanguage`, a LANGID.
    pub language: u16,
    /// `Manufacturer`.
    pub manufacturer: String,
}

/// When a restart comes: field 4 of event 1038.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// At once.
    Immediate,
    /// When the user likes.
    Deferred,
}

/// Why a restart is needed: field 5 of event 1038.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartReason {
    /// Not known.
    Unknown,
    /// A file in use was to be replaced or removed.
    FilesInUse,
    /// The `ScheduleReboot` action.
    ScheduleReboot,
    /// The `ForceReboot` action.
    ForceReboot,
    /// A custom action called `MsiSetMode`.
    CustomAction,
}

impl Event {
    /// 1033: an install has ended with `status` (0 or an error code).
    pub fn install_finished(stamp: Stamp, product: &Product, status: u32) -> Event {
        finished(stamp, product, status, 1033, "installed", "Installation")
    }

    /// 1034: a removal has ended with `status`.
    pub fn removal_finished(stamp: Stamp, product: &Product, status: u32) -> Event {
        finished(stamp, product, status, 1034, "removed", "Removal")
    }

    /// 1035: a change or repair has ended with `status`.
    pub fn configuration_finished(stamp: Stamp, product: &Product, status: u32) -> Event {
        finished(
            stamp,
            product,
            status,
            1035,
            "reconfigured",
            "Reconfiguration",
        )
    }

    /// 1005: a restart has begun for `product`.
    pub fn restart_begun(stamp: Stamp, product: &Product) -> Event {
        let message = format!(
            "The system is restarted to complete or continue the configuration of '{}'.",
            product.name
        );
        let fields = [product.name.clone()];
        let level = Level::Information;
        event(stamp, Some(product), 1005, level, message, fields)
    }

    /// 1029: a restart is needed for `product` and was put off.
    pub fn restart_put_off(stamp: Stamp, product: &Product) -> Event {
        let message = format!(
            "Product: {}. A restart is required to complete the installation or removal; it was put off \
             to a later time.",
            product.name
        );
        let fields = [product.name.clone()];
        event(stamp, Some(product), 1029, Level::Warning, message, fields)
    }

    /// 1038: the machine must be restarted.
    pub fn restart_required(
        stamp: Stamp,
        product: &Product,
        restart: Restart,
        reason: RestartReason,
    ) -> Event {
        let restart = match restart {
            Restart::Immediate => 1,
            Restart::Deferred => 2,
        };
        let reason = match reason {
            RestartReason::Unknown => 0,
            RestartReason::FilesInUse => 1,
            RestartReason::ScheduleReboot => 2,
            RestartReason::ForceReboot => 3,
            RestartReason::CustomAction => 4,
        };
        let message = format!(
            "Windows Installer requires a system restart. {} Manufacturer: {}. \
             Type of System Restart: {restart}. Reason for Restart: {reason}.",
            identity(product),
            product.manufacturer,
        );
        let fields = [
            product.name.clone(),
            product.version.clone(),
            product.language.to_string(),
            restart.to_string(),
            reason.to_string(),
            product.manufacturer.clone(),
        ];
        event(
            stamp,
            Some(product),
            1038,
            Level::Information,
            message,
            fields,
        )
    }

    /// 1040: the transaction of `package` (its path, or a product code) begins for process `client`.
    pub fn transaction_begins(stamp: Stamp, package: &str, client: u32) -> Event {
        transaction(stamp, package, client, 1040, "Beginning")
    }

    /// 1042: the transaction of `package` ends.
    pub fn transaction_ends(stamp: Stamp, package: &str, client: u32) -> Event {
        transaction(stamp, package, client, 1042, "Ending")
    }

    /// 11707: the install succeeded.
    pub fn installed(stamp: Stamp, product: &Product) -> Event {
        succeeded(stamp, product, 11707, "Installation")
    }

    /// 11708: the install failed.
    pub fn install_failed(stamp: Stamp, product: &Product) -> Event {
        failed(stamp, product, 11708, "Installation")
    }

    /// 11724: the removal succeeded.
    pub fn removed(stamp: Stamp, product: &Product) -> Event {
        succeeded(stamp, product, 11724, "Removal")
    }

    /// 11725: the removal failed.
    pub fn removal_failed(stamp: Stamp, product: &Product) -> Event {
        failed(stamp, product, 11725, "Removal")
    }

    /// 11728: the change or repair succeeded.
    pub fn configured(stamp: Stamp, product: &Product) -> Event {
        succeeded(stamp, product, 11728, "Configuration")
    }

    /// 11729: the change or repair failed.
    pub fn configuration_failed(stamp: Stamp, product: &Product) -> Event {
        failed(stamp, product, 11729, "Configuration")
    }

    /// `number` + 10000: an error of the package's `Error` table, or the installer's own, ended the install;
    /// `text` is its formatted text.
    pub fn error(stamp: Stamp, product: &Product, number: u32, text: &str) -> Event {
        let message = format!("Product: {} -- Error {number}. {text}", product.name);
        let id = number.saturating_add(10_000);
        let fields = [product.name.clone(), number.to_string(), text.to_owned()];
        event(stamp, Some(product), id, Level::Error, message, fields)
    }

    /// 10005: an unexpected error of the package, the internal message `number` with its `fields`, ended the install.
    /// `text` is that of the package's Error row 5, formatted, where it has one.
    pub fn package_error(
        stamp: Stamp,
        product: &Product,
        number: u32,
        fields: &[String],
        text: Option<&str>,
    ) -> Event {
        let own = format!(
            "An unexpected error ended the install; the package may be wrong. Error code: {number}. Arguments: {}",
            fields.join(", ")
        );
        let text = text.unwrap_or(&own);
        let message = format!("Product: {} -- {text}", product.name);
        let level = Level::Error;
        let mut event = event(stamp, Some(product), 10_005, level, message, []);
        event.strings = std::iter::once(product.name.clone())
            .chain([number.to_string()])
            .chain(fields.iter().cloned())
            .collect();
        event
    }

    /// 1013: the installer itself broke off; `report` says where.
    pub fn broken_off(stamp: Stamp, report: &str) -> Event {
        let message = format!("The installer broke off: {report}");
        let fields = [report.to_owned()];
        event(stamp, None, 1013, Level::Error, message, fields)
    }

    /// 1015: the service was there and could not be used; `code` is Windows' code for that.
    pub fn no_server(stamp: Stamp, code: u32) -> Event {
        let message =
            format!("The client has lost the service, or could not reach it. Error: {code}.");
        let fields = [code.to_string()];
        event(stamp, None, 1015, Level::Information, message, fields)
    }

    /// 11500: the install was refused because another one is in progress. `text` is error 1500's of the
    /// package, where it has one; `holder` describes the other install, where known.
    pub fn refused(
        stamp: Stamp,
        product: &Product,
        text: Option<&str>,
        holder: Option<&str>,
    ) -> Event {
        let mut text = text
            .unwrap_or(
                "Another installation is in progress and must end before this one can begin.",
            )
            .to_owned();
        if let Some(holder) = holder {
            text.push_str(" In progress: ");
            text.push_str(holder);
            text.push('.');
        }
        Event::error(stamp, product, 1500, &text)
    }
}

fn finished(
    stamp: Stamp,
    product: &Product,
    status: u32,
    id: u32,
    done: &str,
    operation: &str,
) -> Event {
    let message = format!(
        "Windows Installer {done} the product. {} Manufacturer: {}. \
         {operation} success or error status: {status}.",
        identity(product),
        product.manufacturer,
    );
    let fields = [
        product.name.clone(),
        product.version.clone(),
        product.language.to_string(),
        status.to_string(),
        product.manufacturer.clone(),
    ];
    event(
        stamp,
        Some(product),
        id,
        Level::Information,
        message,
        fields,
    )
}

fn identity(product: &Product) -> String {
    let Product {
        name,
        version,
        language,
        ..
    } = product;
    format!("Product Name: {name}. Product Version: {version}. Product Language: {language}.")
}

fn transaction(stamp: Stamp, package: &str, client: u32, id: u32, what: &str) -> Event {
    let message =
        format!("{what} a Windows Installer transaction: {package}. Client Process Id: {client}.");
    let fields = [package.to_owned(), client.to_string()];
    event(stamp, None, id, Level::Information, message, fields)
}

fn succeeded(stamp: Stamp, product: &Product, id: u32, operation: &str) -> Event {
    let message = format!(
        "Product: {} -- {operation} completed successfully.",
        product.name
    );
    let fields = [product.name.clone()];
    event(
        stamp,
        Some(product),
        id,
        Level::Information,
        message,
        fields,
    )
}

fn failed(stamp: Stamp, product: &Product, id: u32, operation: &str) -> Event {
    let message = format!("Product: {} -- {operation} failed.", product.name);
    let fields = [product.name.clone()];
    event(stamp, Some(product), id, Level::Error, message, fields)
}

fn event<const FIELDS: usize>(
    stamp: Stamp,
    product: Option<&Product>,
    id: u32,
    level: Level,
    message: String,
    fields: [String; FIELDS],
) -> Event {
    Event {
        time: stamp.time,
        id,
        level,
        source: SOURCE.to_owned(),
        user: stamp.user,
        message,
        strings: fields.into(),
        transaction: stamp.transaction,
        ordinal: stamp.ordinal,
        product_code: product.and_then(|product| product.code.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn stamp() -> Stamp {
        Stamp {
            time: "2026-01-02T12:01:07Z".parse().unwrap(),
            user: "alice".to_owned(),
            transaction: Some("T1".to_owned()),
            ordinal: 0,
        }
    }

    fn contoso() -> Product {
        Product {
            code: Some("{C0FFEE00-0000-4000-8000-000000000001}".to_owned()),
            name: "Contoso Tools".to_owned(),
            version: "1.2".to_owned(),
            language: 1033,
            manufacturer: "Contoso".to_owned(),
        }
    }

    #[test]
    fn every_event() {
        let contoso = contoso();
        let events = [
            Event::transaction_begins(stamp(), r"C:\contoso.msi", 4711),
            Event::install_finished(stamp(), &contoso, 0),
            Event::removal_finished(stamp(), &contoso, 1603),
            Event::configuration_finished(stamp(), &contoso, 0),
            Event::restart_required(
                stamp(),
                &contoso,
                Restart::Deferred,
                RestartReason::ScheduleReboot,
            ),
            Event::restart_begun(stamp(), &contoso),
            Event::restart_put_off(stamp(), &contoso),
            Event::installed(stamp(), &contoso),
            Event::install_failed(stamp(), &contoso),
            Event::removed(stamp(), &contoso),
            Event::removal_failed(stamp(), &contoso),
            Event::configured(stamp(), &contoso),
            Event::configuration_failed(stamp(), &contoso),
            Event::refused(stamp(), &contoso, None, Some("Fabrikam 1 (pid 7)")),
            Event::refused(stamp(), &contoso, Some("Wait."), None),
            Event::error(stamp(), &contoso, 1704, "Fabrikam is suspended."),
            Event::package_error(stamp(), &contoso, 2715, &["f1".to_owned()], None),
            Event::package_error(stamp(), &contoso, 2715, &[], Some("Its own words: 2715.")),
            Event::broken_off(stamp(), "panicked at walk.rs:7"),
            Event::no_server(stamp(), 1601),
            Event::transaction_ends(stamp(), r"C:\contoso.msi", 4711),
        ];
        let mut lines = String::new();
        for event in events {
            lines.push_str(&format!(
                "{} {:?}: {} {:?}\n",
                event.id, event.level, event.message, event.strings
            ));
        }
        expect![[r#"
            1040 Information: Beginning a Windows Installer transaction: C:\contoso.msi. Client Process Id: 4711. ["C:\\contoso.msi", "4711"]
            1033 Information: Windows Installer installed the product. Product Name: Contoso Tools. Product Version: 1.2. Product Language: 1033. Manufacturer: Contoso. Installation success or error status: 0. ["Contoso Tools", "1.2", "1033", "0", "Contoso"]
            1034 Information: Windows Installer removed the product. Product Name: Contoso Tools. Product Version: 1.2. Product Language: 1033. Manufacturer: Contoso. Removal success or error status: 1603. ["Contoso Tools", "1.2", "1033", "1603", "Contoso"]
            1035 Information: Windows Installer reconfigured the product. Product Name: Contoso Tools. Product Version: 1.2. Product Language: 1033. Manufacturer: Contoso. Reconfiguration success or error status: 0. ["Contoso Tools", "1.2", "1033", "0", "Contoso"]
            1038 Information: Windows Installer requires a system restart. Product Name: Contoso Tools. Product Version: 1.2. Product Language: 1033. Manufacturer: Contoso. Type of System Restart: 2. Reason for Restart: 2. ["Contoso Tools", "1.2", "1033", "2", "2", "Contoso"]
            1005 Information: The system is restarted to complete or continue the configuration of 'Contoso Tools'. ["Contoso Tools"]
            1029 Warning: Product: Contoso Tools. A restart is required to complete the installation or removal; it was put off to a later time. ["Contoso Tools"]
            11707 Information: Product: Contoso Tools -- Installation completed successfully. ["Contoso Tools"]
            11708 Error: Product: Contoso Tools -- Installation failed. ["Contoso Tools"]
            11724 Information: Product: Contoso Tools -- Removal completed successfully. ["Contoso Tools"]
            11725 Error: Product: Contoso Tools -- Removal failed. ["Contoso Tools"]
            11728 Information: Product: Contoso Tools -- Configuration completed successfully. ["Contoso Tools"]
            11729 Error: Product: Contoso Tools -- Configuration failed. ["Contoso Tools"]
            11500 Error: Product: Contoso Tools -- Error 1500. Another installation is in progress and must end before this one can begin. In progress: Fabrikam 1 (pid 7). ["Contoso Tools", "1500", "Another installation is in progress and must end before this one can begin. In progress: Fabrikam 1 (pid 7)."]
            11500 Error: Product: Contoso Tools -- Error 1500. Wait. ["Contoso Tools", "1500", "Wait."]
            11704 Error: Product: Contoso Tools -- Error 1704. Fabrikam is suspended. ["Contoso Tools", "1704", "Fabrikam is suspended."]
            10005 Error: Product: Contoso Tools -- An unexpected error ended the install; the package may be wrong. Error code: 2715. Arguments: f1 ["Contoso Tools", "2715", "f1"]
            10005 Error: Product: Contoso Tools -- Its own words: 2715. ["Contoso Tools", "2715"]
            1013 Error: The installer broke off: panicked at walk.rs:7 ["panicked at walk.rs:7"]
            1015 Information: The client has lost the service, or could not reach it. Error: 1601. ["1601"]
            1042 Information: Ending a Windows Installer transaction: C:\contoso.msi. Client Process Id: 4711. ["C:\\contoso.msi", "4711"]
        "#]].assert_eq(&lines);
    }

    #[test]
    fn the_line_of_the_log() {
        let event = Event::installed(stamp(), &contoso());
        let line = serde_json::to_string(&event).unwrap();
        expect![[r#"{"time":"2026-01-02T12:01:07Z","id":11707,"level":"information","source":"MsiInstaller","user":"alice","message":"Product: Contoso Tools -- Installation completed successfully.","strings":["Contoso Tools"],"transaction":"T1","ordinal":0,"product_code":"{C0FFEE00-0000-4000-8000-000000000001}"}"#]].assert_eq(&line);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
