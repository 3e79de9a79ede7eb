//! systemd's units for the service: templates, one instance for each machine.
//!
//! Follows: systemd's manual, systemd.unit(5) (`%f`, the instance as a path), systemd.socket(5), systemd.service(5).

use std::path::Path;

/// The socket unit's file name.
pub const SOCKET_UNIT: &str = "msikit@.socket";
/// The service unit's file name.
pub const SERVICE_UNIT: &str = "msikit@.service";
/// The longest path of a socket, in bytes.
const SOCKET_PATH_MAX: usize = 107;

/// Returns the socket unit.
pub fn socket_unit() -> String {
    format!(
        "\
[Unit]
Description=Windows Installer service of %f
Documentation=man:systemd.socket(5)
ConditionPathIsDirectory=%f/.msikit

[Socket]
ListenStream=%f/.msikit/{}
SocketMode=0666
RemoveOnStop=yes

[Install]
WantedBy=sockets.target
",
        crate::SOCKET
    )
}

/// Returns the service unit. `program`: the program's absolute path.
pub fn service_unit(program: &str) -> String {
    format!(
        "\
[Unit]
Description=Windows Installer service of %f

[Service]
Type=notify
ExecStart={} service run --machine %f
# The service lets an installation come to its end. Its processes are not ended before it.
KillMode=mixed
TimeoutStopSec=15min
",
        quoted(program)
    )
}

/// A word of a command line: quoted, and without specifiers.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if word.chars().all(plain) {
        return word.to_owned();
    }
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('%', "%%").replace('$', "$$"))
}

/// Returns the name of the socket unit of one machine. "systemd-escape".
///
/// None: its socket's path is too long for systemd.
pub fn instance(machine: &Path) -> Option<String> {
    let path = machine.to_str()?;
    if path.len() + "/.msikit/".len() + crate::SOCKET.len() > SOCKET_PATH_MAX {
        return None;
    }
    let parts = path.split('/').filter(|part| !part.is_empty());
    let path = parts.collect::<Vec<_>>().join("/");
    let mut name = String::new();
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'/' => name.push('-'),
            b'.' if at == 0 => name.push_str("\\x2e"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => {
                name.push(char::from(byte));
            }
            byte => name.push_str(&format!("\\x{byte:02x}")),
        }
    }
    if name.is_empty() {
        name.push('-');
    }
    Some(format!("msikit@{name}.socket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_named_as_systemd_escape_names_them() {
        for (path, name) in [
            (
                "/srv/a b/mä.chine-x/",
                "srv-a\\x20b-m\\xc3\\xa4.chine\\x2dx",
            ),
            ("/.x//y", "\\x2ex-y"),
            ("/", "-"),
        ] {
            let expected = format!("msikit@{name}.socket");
            assert_eq!(instance(Path::new(path)), Some(expected), "{path}");
        }
        let long = format!("/{}", "x".repeat(100));
        assert_eq!(instance(Path::new(&long)), None);
    }

    #[test]
    fn a_program_with_odd_letters_is_quoted() {
        assert_eq!(quoted("/usr/bin/msikit"), "/usr/bin/msikit");
        assert_eq!(quoted("/a b/50%\"$x"), "\"/a b/50%%\\\"$$x\"");
    }
}
