//! How a program names its main function.
//!
//! [`entry!`] is for programs that run anywhere, [`board!`] for those that drive
//! the devices of a board.

/// Makes a function of type `fn() -> u64`, which returns the exit status, the
/// main function of this program: on the guest the one that the start code
/// calls, on a host an ordinary `main`.
#[macro_export]
macro_rules! entry {
    ($program:ident) => {
        #[cfg(target_os = "none")]
        $crate::program!(Htif, $program, None);

        #[cfg(not(target_os = "none"))]
        fn main() {
            // A host's status has 8 bits at most; what does not fit is a failure.
            std::process::exit(u8::try_from($program()).unwrap_or(u8::MAX).into())
        }
    };
}

/// Makes a function of type `fn() -> u64`, which returns the exit status, the
/// main function of this program on a board like QEMU's `virt`. `others` is an
/// `extern "C" fn(usize)`, which every other hart runs, with its number.
///
/// On a host, which has no such devices, the program says so.
#[macro_export]
macro_rules! board {
    ($program:path) => {
        $crate::board!(@ $program, None);
    };
    ($program:path, others: $others:path) => {
        $crate::board!(@ $program, Some($others));
    };
    (@ $program:path, $others:expr) => {
        #[cfg(target_os = "none")]
        $crate::program!(Virt, $program, $others);

        #[cfg(not(target_os = "none"))]
        fn main() {
            eprintln!("this is a guest program: it drives the devices of a board");
            std::process::exit(2);
        }
    };
}

/// The static that the start code looks at.
#[doc(hidden)]
#[macro_export]
macro_rules! program {
    ($host:ident, $program:path, $others:expr) => {
        #[allow(
            unsafe_code,
            reason = "the start code knows this static by a fixed name"
        )]
        const _: () = {
            // SAFETY: a program has one entry, with the type that the runtime
            // declares.
            #[unsafe(export_name = "pagewalk_program")]
            static PROGRAM: $crate::runtime::Program = $crate::runtime::Program {
                main: $program,
                others: $others,
                host: $crate::runtime::Host::$host,
            };
        };
    };
}
