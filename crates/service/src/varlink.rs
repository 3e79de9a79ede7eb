//! Varlink's calls, replies and errors, and the interface that every service has, `org.varlink.service`.
//!
//! Follows: the Varlink documentation, "Interface Definition", "Service" and "Protocol" (varlink.org).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The interface of this service.
pub const INTERFACE: &str = "org.msikit.service";
/// Its description, as it is published.
pub const DESCRIPTION: &str = include_str!("../../../docs/org.msikit.service.varlink");
/// The interface of every service.
const STANDARD: &str = "org.varlink.service";
const STANDARD_DESCRIPTION: &str = include_str!("org.varlink.service.varlink");

/// A call, as it is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// `interface.Method`.
    pub method: String,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// No reply is wanted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub oneway: bool,
    /// More than one reply is taken.
    #[serde(default, skip_serializing_if = "is_false")]
    pub more: bool,
    /// The connection is to become something else; no method here does that.
    #[serde(default, skip_serializing_if = "is_false")]
    pub upgrade: bool,
}

/// A reply, as it is sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reply {
    /// What comes of it, or what belongs to the error.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// More replies to the same call follow.
    #[serde(default, skip_serializing_if = "is_false")]
    pub continues: bool,
    /// `interface.Error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Call {
    /// A call with one reply.
    pub fn new(method: &str, parameters: Map<String, Value>) -> Call {
        Call {
            method: format!("{INTERFACE}.{method}"),
            parameters,
            oneway: false,
            more: false,
            upgrade: false,
        }
    }

    /// Returns the interface and the method.
    pub fn names(&self) -> (&str, &str) {
        self.method.rsplit_once('.').unwrap_or(("", &self.method))
    }
}

impl Reply {
    /// The last reply to a call.
    pub fn last(parameters: Value) -> Reply {
        Reply {
            parameters: object(parameters),
            ..Reply::default()
        }
    }

    /// A reply that others follow.
    pub fn one_of_more(parameters: Map<String, Value>) -> Reply {
        Reply {
            parameters,
            continues: true,
            ..Reply::default()
        }
    }

    /// An error of this service's interface.
    pub fn error(name: &str, parameters: Value) -> Reply {
        Reply {
            parameters: object(parameters),
            error: Some(format!("{INTERFACE}.{name}")),
            ..Reply::default()
        }
    }

    /// An error of the interface of every service.
    pub fn standard_error(name: &str, parameters: Value) -> Reply {
        Reply {
            parameters: object(parameters),
            error: Some(format!("{STANDARD}.{name}")),
            ..Reply::default()
        }
    }

    /// `InvalidParameter`.
    pub fn invalid_parameter(name: &str) -> Reply {
        Reply::standard_error("InvalidParameter", json!({ "parameter": name }))
    }

    /// Returns the error's name without this service's interface before it.
    pub fn error_name(&self) -> Option<&str> {
        let error = self.error.as_deref()?;
        let own = error.strip_prefix(INTERFACE);
        Some(own.and_then(|rest| rest.strip_prefix('.')).unwrap_or(error))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Answers a call of the interface of every service; none: it is of another interface.
pub fn standard(call: &Call, version: &str) -> Option<Reply> {
    let (interface, method) = call.names();
    if interface != STANDARD {
        return None;
    }
    Some(match method {
        "GetInfo" => Reply::last(json!({
            "vendor": "msikit",
            "product": "msikit",
            "version": version,
            "url": env!("CARGO_PKG_REPOSITORY"),
            "interfaces": [STANDARD, INTERFACE],
        })),
        "GetInterfaceDescription" => describe(call),
        _ => no_method(call),
    })
}

fn describe(call: &Call) -> Reply {
    let Some(Value::String(interface)) = call.parameters.get("interface") else {
        return Reply::invalid_parameter("interface");
    };
    match interface.as_str() {
        STANDARD => Reply::last(json!({ "description": STANDARD_DESCRIPTION })),
        INTERFACE => Reply::last(json!({ "description": DESCRIPTION })),
        _ => no_interface(interface),
    }
}

/// `MethodNotFound`.
pub fn no_method(call: &Call) -> Reply {
    Reply::standard_error("MethodNotFound", json!({ "method": call.method }))
}

/// `InterfaceNotFound`.
pub fn no_interface(interface: &str) -> Reply {
    Reply::standard_error("InterfaceNotFound", json!({ "interface": interface }))
}
