//! Trace points, for a watcher outside.
//!
//! [`probe!`] keeps its arguments in registers, and writes an ELF note that says in
//! which, and at which address. pagewalk-guest-abi has the table of names and
//! arguments; systemtap's `sdt.h` has the idea. On the host, where the paging core is
//! tested, it is nothing.

/// `probe!("cow_reuse", space, page, frame)`: a trace point of the table. Arguments are
/// integers, best those that are in registers anyway: they may be wider than they need
/// to be, and upper bits may be anything.
///
/// It costs one `nop`, which gives the place an address of its own: if nothing stood
/// there, code that comes from elsewhere could go on at the same address. `probe!(free
/// "fault", …)` costs nothing. It is for places that are passed all the time, and that
/// more code of the same straight run follows, so that nobody jumps there.
macro_rules! probe {
    (free $name:literal $(, $argument:expr)* $(,)?) => {
        $crate::probe::probe!(@at "", $name $(, $argument)*)
    };
    ($name:literal $(, $argument:expr)* $(,)?) => {
        $crate::probe::probe!(@at "nop", $name $(, $argument)*)
    };
    (@at $place:literal, $name:literal $(, $argument:expr)*) => {{
        const {
            let probe = pagewalk_guest_abi::probe::find($name).expect("a name of the table");
            let count = [$(stringify!($argument)),*].len();
            assert!(probe.arguments.len() == count, "as many arguments as in the table");
        }
        #[cfg(target_os = "none")]
        #[allow(unsafe_code, reason = "the place of an instruction needs assembly language")]
        // SAFETY: there is no instruction that does anything.
        unsafe {
            core::arch::asm!(
                concat!("3: ", $place),
                ".pushsection .note.pagewalk, \"\", @note",
                ".balign 4",
                ".4byte 9, 5f - 4f, {kind}",
                ".asciz \"Pagewalk\"",
                ".balign 4",
                "4: .8byte 3b",
                concat!(".asciz \"", $name, "\""),
                concat!(".asciz \"", $($crate::probe::probe!(@register $argument),)* "\""),
                "5: .balign 4",
                ".popsection",
                $(in(reg) $argument,)*
                kind = const pagewalk_guest_abi::probe::TRACE_POINT,
                options(readonly, nostack, preserves_flags),
            );
        }
        #[cfg(not(target_os = "none"))]
        {
            $(let _ = $argument;)*
        }
    }};
    (@register $argument:expr) => { "{} " };
}
pub(crate) use probe;
