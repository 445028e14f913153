//! How large a terminal is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The size of a terminal, which another thread may change. Clones are the same
/// terminal's.
#[derive(Clone, Debug, Default)]
pub struct Window(Arc<AtomicU32>);

/// Columns and rows.
pub(super) type Size = [u16; 2];

impl Window {
    /// The terminal has this size now.
    pub fn resize(&self, columns: u16, rows: u16) {
        let both = u32::from(columns) << 16 | u32::from(rows);
        self.0.store(both, Ordering::Relaxed);
    }

    /// Its size, if it is known.
    pub(super) fn size(&self) -> Option<Size> {
        let both = self.0.load(Ordering::Relaxed);
        (both != 0).then_some([(both >> 16) as u16, both as u16])
    }
}
