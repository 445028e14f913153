//! Where things are in structures of the kernel.
//!
//! Source: Linux 6.12, `include/uapi/asm-generic/siginfo.h`,
//! `include/uapi/linux/resource.h`, `arch/riscv/include/uapi/asm/ucontext.h` and
//! `sigcontext.h`.

/// `siginfo_t`: offset of `si_code`.
pub(crate) const SIGINFO_CODE: usize = 8;
/// `siginfo_t`: offset of `si_addr`.
pub(crate) const SIGINFO_ADDRESS: usize = 16;
/// `ucontext_t`: offset of the integer registers: `pc`, then `x1` to `x31`.
pub(crate) const UCONTEXT_REGISTERS: usize = 176;
/// `struct rusage`: how many words it has.
pub(crate) const RUSAGE_WORDS: usize = 18;
/// `struct rusage`: index of `ru_minflt`.
pub(crate) const RUSAGE_MINOR: usize = 8;
/// `struct rusage`: index of `ru_majflt`.
pub(crate) const RUSAGE_MAJOR: usize = 9;
/// `sigset_t`: its bytes.
pub(crate) const SIGSET_BYTES: u64 = 8;
