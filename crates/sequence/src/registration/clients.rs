//! The clients of components: which product keeps which component where.

use machine::View;

use super::{guid, installer};
use crate::{Error, State};

/// One client of a component.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Client {
    /// The packed product code; 32 zeros stand for the system, which keeps permanent components.
    pub product: String,
    /// The key path: a path, or `02:\key\` for a registry key.
    pub key_path: String,
}

impl Client {
    /// The state that the key path's text tells: what runs from source begins with two digits of a disk.
    pub(crate) fn state(&self) -> State {
        let mut characters = self.key_path.chars();
        let digits = characters
            .by_ref()
            .take(2)
            .filter(char::is_ascii_digit)
            .count()
            == 2;
        match characters.next() {
            Some(':') | None => State::Local,
            Some(_) if digits => State::Source,
            Some(_) => State::Local,
        }
    }
}

/// Returns the clients of a component in all contexts.
///
/// Errors: the machine cannot be read.
pub(crate) fn clients(view: &dyn View, component_id: &str) -> Result<Vec<Client>, Error> {
    let Some(packed) = guid::pack(component_id) else {
        return Ok(Vec::new());
    };
    let users = installer().join("UserData");
    let mut clients = Vec::new();
    for sid in view.key(&users)?.map(|key| key.subkeys).unwrap_or_default() {
        let key = users.join(&sid).join("Components").join(&packed);
        for (product, data) in view.key(&key)?.map(|key| key.values).unwrap_or_default() {
            let key_path = data.as_text().unwrap_or_default().to_owned();
            clients.push(Client { product, key_path });
        }
    }
    Ok(clients)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_paths_tell_local_from_source() {
        let state = |key_path: &str| {
            Client {
                product: String::new(),
                key_path: key_path.to_owned(),
            }
            .state()
        };
        assert_eq!(state("C:\\a\\b.exe"), State::Local);
        assert_eq!(state("02:\\Software\\A\\"), State::Local);
        assert_eq!(state("01\\folder\\b.exe"), State::Source);
        assert_eq!(state(""), State::Local);
    }
}
