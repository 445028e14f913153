//! The guest kernel as a program; everything is in the library.
#![cfg_attr(target_os = "none", no_std, no_main)]

// The library begins with `_start`, which the linker looks for.
#[cfg(target_os = "none")]
use pagewalk_kernel as _;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this is a kernel for a RISC-V board: it does nothing on a host");
    std::process::exit(2);
}
