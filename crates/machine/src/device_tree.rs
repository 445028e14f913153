//! The device tree.

use std::convert::Infallible;

use crate::Config;

/// What the tree says in `/chosen` and `/reserved-memory`.
#[derive(Clone, Copy, Debug, Default)]
#[expect(dead_code, reason = "nothing writes it yet")]
pub(crate) struct Chosen<'a> {
    /// The kernel's command line.
    pub(crate) bootargs: Option<&'a str>,
    /// First address of the initial RAM disk, and the one behind its last.
    pub(crate) initrd: Option<(u64, u64)>,
    /// Memory that the kernel leaves alone.
    pub(crate) reserved: &'a [Reserved],
}

/// Memory that the kernel leaves alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reserved;

pub(crate) fn write(_config: &Config, _chosen: &Chosen<'_>) -> Result<Vec<u8>, Infallible> {
    Ok(vec![0; 8])
}
