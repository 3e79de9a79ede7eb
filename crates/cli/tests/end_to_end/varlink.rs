//! A client of the service in a few lines: JSON objects with a zero byte behind them.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::world::World;

/// A connection to the service of a world's machine.
pub struct Varlink(BufReader<UnixStream>);

impl Varlink {
    pub fn connect(world: &World) -> Varlink {
        let socket = world.machine().join(".msikit/service.socket");
        Varlink(BufReader::new(UnixStream::connect(socket).unwrap()))
    }

    /// Calls a method that has more than one reply.
    pub fn begin(&mut self, method: &str, parameters: &Value) {
        let method = format!("org.msikit.service.{method}");
        let call = json!({ "method": method, "parameters": parameters, "more": true });
        let bytes = format!("{call}\0");
        self.0.get_mut().write_all(bytes.as_bytes()).unwrap();
    }

    /// The next reply; null: the service has closed the connection.
    pub fn reply(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.0.read_until(0, &mut bytes).unwrap();
        match bytes.pop() {
            Some(_) => serde_json::from_slice(&bytes).unwrap(),
            None => Value::Null,
        }
    }

    /// The first reply that has such a member, and that member.
    #[track_caller]
    pub fn await_member(&mut self, name: &str) -> Value {
        loop {
            let reply = self.reply();
            let member = &reply["parameters"][name];
            if !member.is_null() {
                return member.clone();
            }
            assert_eq!(reply["continues"], true, "{reply}");
        }
    }

    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.begin(method, parameters);
        self.reply()
    }
}
