//! `[[shortcut]]`, and icons. "Shortcut Table", "Icon Table".

use database::Value;

use crate::components::KeyPath;
use crate::files::LaidFiles;
use crate::folders::parts;
use crate::manifest::Place;
use crate::{Error, Source, Work};

impl Work<'_> {
    /// Makes the shortcuts, and checks that their icons can be read.
    pub(crate) fn shortcuts(&mut self, laid: &LaidFiles, source: &dyn Source) -> Result<(), Error> {
        let manifest = self.manifest;
        for (number, shortcut) in manifest.shortcut.iter().enumerate() {
            let place = format!("[[shortcut]] {}", shortcut.name);
            if let Some(why) = crate::names::refusal(&shortcut.name) {
                return Err(Error::value(place, format!("its name: {why}")));
            }
            let target = laid.find(&shortcut.target, &place)?;
            let root = match shortcut.place {
                Place::Menu => "[ProgramMenuFolder]",
                Place::Desktop => "[DesktopFolder]",
                Place::Startup => "[StartupFolder]",
            };
            let path = format!("{root}{}", shortcut.folder.as_deref().unwrap_or(""));
            let folder = self.folders.folder(&mut self.tables, &path, &place)?;
            let identity = format!("shortcut {path} {}", shortcut.name);
            let name = format!("Shortcut.{}", shortcut.name);
            let component = self.component(
                &name,
                &identity,
                &folder,
                &target.feature,
                KeyPath::UserValue,
            );
            let icon = match &shortcut.icon {
                Some(path) => Value::from(self.icon(path, &place, source)?),
                None => Value::Null,
            };
            let index = if icon == Value::Null {
                Value::Null
            } else {
                0.into()
            };
            let names = self
                .folders
                .file_name(&folder.key, &format!("{}.lnk", shortcut.name));
            let names = names.replace(".lnk", "").replace(".LNK", "");
            let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
            self.tables.add(
                "Shortcut",
                [
                    format!("Shortcut{}", number + 1).into(),
                    folder.key.as_str().into(),
                    names.into(),
                    component.into(),
                    format!("[{}]{}", target.folder, target.name).into(),
                    text(&shortcut.arguments),
                    text(&shortcut.description),
                    Value::Null,
                    icon,
                    index,
                    Value::Null,
                    target.folder.as_str().into(),
                ],
            );
        }
        Ok(())
    }

    /// Adds an icon once, and returns its key: the file's name.
    pub(crate) fn icon(
        &mut self,
        path: &str,
        place: &str,
        source: &dyn Source,
    ) -> Result<String, Error> {
        let name = parts(path).last().unwrap_or(path).to_owned();
        let good = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
        let ending = name.to_ascii_lowercase();
        if !good || !(ending.ends_with(".ico") || ending.ends_with(".exe")) {
            return Err(Error::value(
                place,
                format!(
                    "the icon {path:?} must be an .ico or .exe with a name of letters, digits, _ and ."
                ),
            ));
        }
        if !self.icons.contains_key(&name) {
            let mut bytes = Vec::new();
            let failed = |error| Error::File {
                path: path.to_owned(),
                source: error,
            };
            let mut file = source.open(path).map_err(failed)?;
            std::io::Read::read_to_end(&mut *file, &mut bytes).map_err(failed)?;
            self.tables.add(
                "Icon",
                [
                    name.as_str().into(),
                    Value::Stream(format!("Icon.{name}").into()),
                ],
            );
            self.icons.insert(name.clone(), bytes);
        }
        Ok(name)
    }
}
