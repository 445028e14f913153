//! Signals.

/// Declares the signals: name, number.
macro_rules! signals {
    ($($name:ident = $number:literal;)*) => {
        $(#[doc = stringify!($name)] pub const $name: u32 = $number;)*

        /// What a signal is called; `None` for those without a name.
        pub const fn name(signal: u32) -> Option<&'static str> {
            match signal {
                $($number => Some(stringify!($name)),)*
                _ => None,
            }
        }
    };
}

signals! {
    SIGHUP = 1;
    SIGINT = 2;
    SIGQUIT = 3;
    SIGILL = 4;
    SIGTRAP = 5;
    SIGABRT = 6;
    SIGBUS = 7;
    SIGFPE = 8;
    SIGKILL = 9;
    SIGUSR1 = 10;
    SIGSEGV = 11;
    SIGUSR2 = 12;
    SIGPIPE = 13;
    SIGALRM = 14;
    SIGTERM = 15;
    SIGSTKFLT = 16;
    SIGCHLD = 17;
    SIGCONT = 18;
    SIGSTOP = 19;
    SIGTSTP = 20;
    SIGTTIN = 21;
    SIGTTOU = 22;
    SIGURG = 23;
    SIGXCPU = 24;
    SIGXFSZ = 25;
    SIGVTALRM = 26;
    SIGPROF = 27;
    SIGWINCH = 28;
    SIGIO = 29;
    SIGPWR = 30;
    SIGSYS = 31;
}

/// From this one on, each signal that is sent arrives; of the others, one of each.
pub const FIRST_REALTIME: u32 = 32;
/// Signals are numbered from 1 to this.
pub const LAST: u32 = 64;

/// A process that a signal has ended has this exit status more than the signal's
/// number, as shells show it.
pub const STATUS_BASE: u32 = 128;

/// `sa_handler`: what the signal does by itself.
pub const SIG_DFL: u64 = 0;
/// `sa_handler`: nothing.
pub const SIG_IGN: u64 = 1;

/// `sa_flags`: no SIGCHLD for children that stop.
pub const SA_NOCLDSTOP: u64 = 1;
/// `sa_flags`: children leave no zombies.
pub const SA_NOCLDWAIT: u64 = 2;
/// `sa_flags`: the handler gets siginfo and context.
pub const SA_SIGINFO: u64 = 4;
/// `sa_flags`: on the alternate stack.
pub const SA_ONSTACK: u64 = 0x0800_0000;
/// `sa_flags`: interrupted calls are made again.
pub const SA_RESTART: u64 = 0x1000_0000;
/// `sa_flags`: the signal is not blocked in its own handler.
pub const SA_NODEFER: u64 = 0x4000_0000;
/// `sa_flags`: the handler is for once.
pub const SA_RESETHAND: u64 = 0x8000_0000;

/// `si_code` of SIGSEGV: nothing is mapped there.
pub const SEGV_MAPERR: i32 = 1;
/// `si_code` of SIGSEGV: what is mapped there may not be accessed like that.
pub const SEGV_ACCERR: i32 = 2;
/// `si_code` of SIGBUS: no such page in the file.
pub const BUS_ADRERR: i32 = 2;
/// `si_code` of SIGBUS: the page could not be read.
pub const BUS_OBJERR: i32 = 3;
/// `si_code` of SIGBUS: a misaligned access.
pub const BUS_ADRALN: i32 = 1;
/// `si_code` of SIGILL: no such instruction.
pub const ILL_ILLOPC: i32 = 1;
/// `si_code` of SIGTRAP: a breakpoint.
pub const TRAP_BRKPT: i32 = 1;
/// `si_code`: sent by kill.
pub const SI_USER: i32 = 0;
/// `si_code`: sent by the kernel.
pub const SI_KERNEL: i32 = 128;
/// `si_code`: sent by sigqueue.
pub const SI_QUEUE: i32 = -1;
/// `si_code`: a timer of timer_create.
pub const SI_TIMER: i32 = -2;
/// `si_code`: sent by tkill and tgkill.
pub const SI_TKILL: i32 = -6;
/// `si_code` of SIGCHLD: it has exited.
pub const CLD_EXITED: i32 = 1;
/// `si_code` of SIGCHLD: a signal has ended it.
pub const CLD_KILLED: i32 = 2;

/// `how` of rt_sigprocmask.
pub const SIG_BLOCK: u64 = 0;
/// `how` of rt_sigprocmask.
pub const SIG_UNBLOCK: u64 = 1;
/// `how` of rt_sigprocmask.
pub const SIG_SETMASK: u64 = 2;
