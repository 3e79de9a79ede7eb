//! This computer, where Windows is what packages are looked at for.

use std::path::PathBuf;

use installer::Site;
use machine::{MachinePath, View};

/// This computer, with its files where programs find them.
pub struct Computer(windows::Computer);

impl Computer {
    /// Looks at what it is.
    pub fn look() -> Computer {
        Computer(windows::Computer::look())
    }
}

impl Site for Computer {
    fn as_view(&self) -> &dyn View {
        &self.0
    }

    fn host_path(&self, path: &MachinePath) -> Option<PathBuf> {
        Some(windows::Computer::host_path(path))
    }
}
