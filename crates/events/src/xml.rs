//! Events as Windows exports them: XML in the form of its event log.
//!
//! Follows: Microsoft, "Event Schema" (Windows Event Log). Where this log knows a user's name and Windows a SID,
//! the name stands; what this log has besides (the transaction) is left out.

use crate::event::{Event, Level};
use std::fmt::Write;

/// The first line of an export, and the last one.
pub const XML_ENDS: [&str; 2] = [
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>",
    "</Events>",
];

impl Event {
    /// Returns the event as one `Event` element on one line. `computer` is the host's name, `record` the event's
    /// place in what is exported, from 1.
    pub fn to_xml(&self, computer: &str, record: u64) -> String {
        let level = match self.level {
            Level::Information => 4,
            Level::Warning => 3,
            Level::Error => 2,
        };
        let mut xml = String::from(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>",
        );
        let system = write!(
            xml,
            "<Provider Name=\"{}\"/><EventID Qualifiers=\"0\">{}</EventID><Level>{level}</Level><Task>0</Task>\
             <Keywords>0x80000000000000</Keywords><TimeCreated SystemTime=\"{}\"/>\
             <EventRecordID>{record}</EventRecordID><Channel>Application</Channel><Computer>{}</Computer>\
             <Security UserID=\"{}\"/></System><EventData>",
            escaped(&self.source),
            self.id,
            self.time,
            escaped(computer),
            escaped(&self.user),
        );
        // Text in memory takes everything.
        debug_assert!(system.is_ok());
        for text in &self.strings {
            xml.push_str(&format!("<Data>{}</Data>", escaped(text)));
        }
        // Windows has the product's code there, as letters.
        if let Some(code) = &self.product_code {
            let digits = code.bytes().map(|byte| format!("{byte:02X}"));
            xml.push_str(&format!("<Binary>{}</Binary>", digits.collect::<String>()));
        }
        xml.push_str(&format!(
            "</EventData><RenderingInfo Culture=\"en-US\"><Message>{}</Message></RenderingInfo></Event>",
            escaped(&self.message)
        ));
        xml
    }
}

/// Text in XML; what XML cannot hold, not even as a reference, becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // One element stays on one line.
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", letter as u32)),
            letter if (letter as u32) < 0x20 || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}');
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Product, Stamp};
    use expect_test::expect;

    #[test]
    fn an_event_as_windows_exports_it() {
        let stamp = Stamp {
            time: "2026-01-02T12:01:07Z".parse().unwrap(),
            user: "alice".to_owned(),
            transaction: None,
            ordinal: 0,
        };
        let product = Product {
            code: Some("{C0}".to_owned()),
            name: "A & B <\u{1}\n\"quoted\">".to_owned(),
            ..Product::default()
        };
        let event = Event::install_failed(stamp, &product);
        expect![[r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="MsiInstaller"/><EventID Qualifiers="0">11708</EventID><Level>2</Level><Task>0</Task><Keywords>0x80000000000000</Keywords><TimeCreated SystemTime="2026-01-02T12:01:07Z"/><EventRecordID>7</EventRecordID><Channel>Application</Channel><Computer>build</Computer><Security UserID="alice"/></System><EventData><Data>A &amp; B &lt;�&#10;&quot;quoted&quot;&gt;</Data><Binary>7B43307D</Binary></EventData><RenderingInfo Culture="en-US"><Message>Product: A &amp; B &lt;�&#10;&quot;quoted&quot;&gt; -- Installation failed.</Message></RenderingInfo></Event>"#]]
            .assert_eq(&event.to_xml("build", 7));
    }
}
