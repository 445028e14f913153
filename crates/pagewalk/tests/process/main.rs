//! Programs that run as processes of the guest kernel, from the command line.

#[allow(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/support.rs"]
mod support;

#[allow(dead_code, reason = "shared with the tests of the console")]
#[path = "../console/pty.rs"]
mod pty;

mod bad;
mod demo;
mod files;
mod guide;
mod streams;
mod swap;
mod terminal;
mod ways;

use pagewalk_guest_images::image;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use support::Dir;

/// A program of ours as a file of the user's.
fn program(dir: &Dir, path: &str) -> PathBuf {
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    let file = dir.file(path, image(name).expect("it was built").bytes);
    set_mode(&file, 0o755);
    file
}

/// Who may do what with a file.
fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).expect("it is ours");
}
