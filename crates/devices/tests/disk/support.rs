//! Files to try.

use std::fs;
use std::path::{Path, PathBuf};

use pagewalk_devices::disk::SECTOR_SIZE;

/// Bytes in a sector, as a length.
pub(crate) const SECTOR: usize = SECTOR_SIZE as usize;

/// A directory of one test, empty at its start, gone at its end.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("disk-{test}"));
        if path.exists() {
            fs::remove_dir_all(&path).expect("what an earlier run has left can be removed");
        }
        fs::create_dir_all(&path).expect("the directory can be made");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).expect("the file can be written");
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        // The next run removes it if this fails.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Bytes that differ from sector to sector, and within one.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len)
        .map(|i| (i / SECTOR * 31 + i % 251 + 1) as u8)
        .collect()
}
