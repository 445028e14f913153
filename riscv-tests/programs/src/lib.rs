//! Our own conformance programs in the style of the official suite: each
//! writes 1 to `tohost` when every case holds, or `(n << 1) | 1` when case `n`
//! does not; the number of the case at work is in `gp`.
//!
//! A program is a file of assembly in `src/asm/`, assembled by the Rust
//! toolchain, and a small file in `src/bin/` that names it by [`program!`].
//! `riscv-tests/README.md` says how to write one.

#![cfg_attr(target_os = "none", no_std)]

/// Assembles a program from `src/asm/`, with the shared macros before it. On
/// the host it defines a `main` that says what the program is for.
#[macro_export]
macro_rules! program {
    ($source:literal) => {
        #[cfg(target_os = "none")]
        #[expect(unsafe_code, reason = "the program is assembly from its first word")]
        mod assembly {
            core::arch::global_asm!(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/asm/macros.S")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/asm/tables.S")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/asm/float.S")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/asm/paging.S")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/asm/", $source)),
                options(raw)
            );
        }

        #[cfg(not(target_os = "none"))]
        fn main() {
            eprintln!(
                "{} is a guest program: build it for a riscv64 target",
                $source
            );
            std::process::exit(2);
        }
    };
}

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
