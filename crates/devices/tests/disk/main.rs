//! Disks on real files of the host, and on one that fails on demand.
//!
//! Nothing here starts a process: one that is just being started holds the
//! locks of all others for a moment. `tests/processes` is for those.

mod faults;
mod locks;
mod logged;
mod model;
mod opening;
mod support;
