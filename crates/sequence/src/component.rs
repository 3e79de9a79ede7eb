//! Components as a run knows them.

use machine::Bitness;

use crate::State;

/// A row of the Component table with its states.
#[derive(Clone, Debug)]
pub struct Component {
    /// `Component.Component`.
    pub name: String,
    /// `Component.ComponentId`, upper case; none: never registered.
    pub id: Option<String>,
    /// `Component.Directory_`.
    pub directory: String,
    /// `Component.Attributes`.
    pub attributes: i32,
    /// `Component.KeyPath`.
    pub key_path: Option<String>,
    /// `Component.Condition` held (or is empty).
    pub enabled: bool,
    /// State before this run.
    pub installed: State,
    /// State asked for by the features that have it: `Absent` takes the product off its clients, `Local` and
    /// `Source` keep it there, whatever `action` says.
    pub request: State,
    /// State that this run brings about; `Unknown`: none, as of a component that another product still has.
    pub action: State,
}

impl Component {
    /// Attribute bit 1: runs from source only.
    pub const SOURCE_ONLY: i32 = 1;
    /// Attribute bit 2: runs locally or from source.
    pub const OPTIONAL: i32 = 2;
    /// Attribute bit 4: KeyPath is a Registry row.
    pub const REGISTRY_KEY_PATH: i32 = 4;
    /// Attribute bit 8: always counted in SharedDLLs.
    pub const SHARED_DLL_REF_COUNT: i32 = 8;
    /// Attribute bit 16: never removed.
    pub const PERMANENT: i32 = 16;
    /// Attribute bit 32: KeyPath is an ODBCDataSource row.
    pub const ODBC_DATA_SOURCE: i32 = 32;
    /// Attribute bit 64: its condition is evaluated again on reinstall.
    pub const TRANSITIVE: i32 = 64;
    /// Attribute bit 128: left alone where its key path exists.
    pub const NEVER_OVERWRITE: i32 = 128;
    /// Attribute bit 256: 64-bit.
    pub const BITS_64: i32 = 256;

    /// Is an attribute bit set?
    pub fn has(&self, bit: i32) -> bool {
        self.attributes & bit != 0
    }

    /// The view of the registry that it writes to.
    pub fn bitness(&self) -> Bitness {
        if self.has(Self::BITS_64) {
            Bitness::Bits64
        } else {
            Bitness::Bits32
        }
    }
}
