//! Disks and several processes: locks between them, and their end in the middle
//! of their work.
//!
//! A process that is just being started holds the locks of the one that starts
//! it until it has become another program. So the tests here run one after the
//! other.

mod kill;
mod others;
#[path = "../disk/support.rs"]
mod support;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits until no other test runs.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that has failed leaves nothing behind that matters.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
