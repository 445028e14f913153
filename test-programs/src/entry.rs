//! How a program names its main function.

/// Makes a function of type `fn() -> u64`, which returns the exit status, the
/// main function of this program: on the guest the one that the start code
/// calls, on a host an ordinary `main`.
#[macro_export]
macro_rules! entry {
    ($program:ident) => {
        #[cfg(target_os = "none")]
        #[allow(
            unsafe_code,
            reason = "the start code calls this function by a fixed name"
        )]
        const _: () = {
            // SAFETY: a program has one entry, with the type that the runtime
            // declares.
            #[unsafe(no_mangle)]
            fn pagewalk_program_main() -> u64 {
                $program()
            }
        };

        #[cfg(not(target_os = "none"))]
        fn main() {
            // A host's status has 8 bits at most; what does not fit is a failure.
            std::process::exit(u8::try_from($program()).unwrap_or(u8::MAX).into())
        }
    };
}
