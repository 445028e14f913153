//! The guest programs of this workspace as bytes.
//!
//! The build script compiles the guest packages (`riscv-tests/programs`,
//! `test-programs`, `test-programs/user`, `firmware/sbi`, `firmware/kernel`) for
//! `riscv64gc-unknown-none-elf` with the Rust toolchain alone, and this crate embeds
//! every program it finds as an ELF file:
//!
//! ```no_run
//! let image = pagewalk_guest_images::image("ui-arith")?;
//! println!("{} bytes", image.bytes.len());
//! # Ok::<(), pagewalk_guest_images::Missing>(())
//! ```
//!
//! Where the guests could not be built this crate still compiles; [`image`]
//! then returns an error that names the command to type, and [`problem`] says
//! the same for those that want all images.

use std::error::Error;
use std::fmt;

/// One guest program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// The name of the program, which is that of its cargo target.
    pub name: &'static str,
    /// The folder of the guest package, relative to the workspace.
    pub group: &'static str,
    /// The ELF file.
    pub bytes: &'static [u8],
}

/// The group of the instruction set and privilege tests.
pub const RISCV_TESTS: &str = "riscv-tests/programs";

/// The group of the other bare-metal programs.
pub const TEST_PROGRAMS: &str = "test-programs";

/// The group of the programs that run as processes of the guest kernel.
pub const USER_PROGRAMS: &str = "test-programs/user";

/// The group of the M-mode firmware, `pagewalk-sbi`.
pub const FIRMWARE: &str = "firmware/sbi";

/// The group of the guest kernel, `pagewalk-kernel`.
pub const KERNEL: &str = "firmware/kernel";

include!(concat!(env!("OUT_DIR"), "/images.rs"));

/// All programs that were built, sorted by group and name.
pub fn images() -> &'static [Image] {
    IMAGES
}

/// Why programs are missing, and the command to type; `None` where all were
/// built.
pub fn problem() -> Option<&'static str> {
    PROBLEM
}

/// Looks a program up by its name.
///
/// # Errors
///
/// [`Missing`] where no such program was built.
pub fn image(name: &str) -> Result<&'static Image, Missing> {
    let found = images().iter().find(|image| image.name == name);
    found.ok_or_else(|| Missing {
        name: name.to_owned(),
    })
}

/// The error of [`image`]: there is no such program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    name: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no guest program is called `{}`", self.name)?;
        match problem() {
            Some(problem) => write!(f, ": {problem}"),
            None => Ok(()),
        }
    }
}

impl Error for Missing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guest_package_was_built() {
        assert_eq!(problem(), None);
        for group in [RISCV_TESTS, TEST_PROGRAMS, USER_PROGRAMS, FIRMWARE, KERNEL] {
            assert!(images().iter().any(|image| image.group == group), "{group}");
        }
    }

    #[test]
    fn images_are_riscv_elf_files() {
        for image in images() {
            assert_eq!(&image.bytes[..4], b"\x7fELF", "{}", image.name);
            assert_eq!(image.bytes[18], 243, "machine of {}", image.name);
        }
    }

    #[test]
    fn names_are_unique() {
        for (i, image) in images().iter().enumerate() {
            let later = &images()[i + 1..];
            assert!(later.iter().all(|other| other.name != image.name));
        }
    }

    #[test]
    fn an_unknown_name_is_named_in_the_error() {
        let error = image("no-such-program").unwrap_err();
        assert!(error.to_string().contains("no-such-program"));
    }
}
