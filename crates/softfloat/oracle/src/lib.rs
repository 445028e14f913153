//! Nothing but tests: see `tests/berkeley.rs`.
