//! System calls.

/// Declares the calls: name, number.
macro_rules! syscalls {
    ($($variant:ident $name:literal = $number:literal;)*) => {
        /// A system call of Linux on RISC-V.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        #[allow(missing_docs, reason = "the names are Linux's: see section 2 of its manual")]
        pub enum Syscall {
            $($variant = $number,)*
        }

        impl Syscall {
            /// All, by number.
            pub const ALL: &[Syscall] = &[$(Syscall::$variant,)*];

            /// The call with a number.
            pub const fn from_number(number: u64) -> Option<Syscall> {
                match number {
                    $($number => Some(Syscall::$variant),)*
                    _ => None,
                }
            }

            /// Its name in the manual.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Syscall::$variant => $name,)*
                }
            }

            /// Its number, in `a7`.
            pub const fn number(self) -> u64 {
                self as u64
            }
        }
    };
}

#[rustfmt::skip]
syscalls! {
    Getcwd "getcwd" = 17;
    Dup "dup" = 23;
    Dup3 "dup3" = 24;
    Fcntl "fcntl" = 25;
    Ioctl "ioctl" = 29;
    Flock "flock" = 32;
    Mknodat "mknodat" = 33;
    Mkdirat "mkdirat" = 34;
    Unlinkat "unlinkat" = 35;
    Symlinkat "symlinkat" = 36;
    Linkat "linkat" = 37;
    Statfs "statfs" = 43;
    Fstatfs "fstatfs" = 44;
    Truncate "truncate" = 45;
    Ftruncate "ftruncate" = 46;
    Fallocate "fallocate" = 47;
    Faccessat "faccessat" = 48;
    Chdir "chdir" = 49;
    Fchdir "fchdir" = 50;
    Fchmod "fchmod" = 52;
    Fchmodat "fchmodat" = 53;
    Fchownat "fchownat" = 54;
    Fchown "fchown" = 55;
    Openat "openat" = 56;
    Close "close" = 57;
    Pipe2 "pipe2" = 59;
    Getdents64 "getdents64" = 61;
    Lseek "lseek" = 62;
    Read "read" = 63;
    Write "write" = 64;
    Readv "readv" = 65;
    Writev "writev" = 66;
    Pread64 "pread64" = 67;
    Pwrite64 "pwrite64" = 68;
    Preadv "preadv" = 69;
    Pwritev "pwritev" = 70;
    Sendfile "sendfile" = 71;
    Pselect6 "pselect6" = 72;
    Ppoll "ppoll" = 73;
    Readlinkat "readlinkat" = 78;
    Newfstatat "newfstatat" = 79;
    Fstat "fstat" = 80;
    Sync "sync" = 81;
    Fsync "fsync" = 82;
    Fdatasync "fdatasync" = 83;
    SyncFileRange "sync_file_range" = 84;
    Utimensat "utimensat" = 88;
    Exit "exit" = 93;
    ExitGroup "exit_group" = 94;
    Waitid "waitid" = 95;
    SetTidAddress "set_tid_address" = 96;
    Futex "futex" = 98;
    SetRobustList "set_robust_list" = 99;
    GetRobustList "get_robust_list" = 100;
    Nanosleep "nanosleep" = 101;
    Getitimer "getitimer" = 102;
    Setitimer "setitimer" = 103;
    TimerCreate "timer_create" = 107;
    TimerGettime "timer_gettime" = 108;
    TimerGetoverrun "timer_getoverrun" = 109;
    TimerSettime "timer_settime" = 110;
    TimerDelete "timer_delete" = 111;
    ClockGettime "clock_gettime" = 113;
    ClockGetres "clock_getres" = 114;
    ClockNanosleep "clock_nanosleep" = 115;
    SchedSetparam "sched_setparam" = 118;
    SchedSetscheduler "sched_setscheduler" = 119;
    SchedGetscheduler "sched_getscheduler" = 120;
    SchedGetparam "sched_getparam" = 121;
    SchedSetaffinity "sched_setaffinity" = 122;
    SchedGetaffinity "sched_getaffinity" = 123;
    SchedYield "sched_yield" = 124;
    SchedGetPriorityMax "sched_get_priority_max" = 125;
    SchedGetPriorityMin "sched_get_priority_min" = 126;
    SchedRrGetInterval "sched_rr_get_interval" = 127;
    Kill "kill" = 129;
    Tkill "tkill" = 130;
    Tgkill "tgkill" = 131;
    Sigaltstack "sigaltstack" = 132;
    RtSigsuspend "rt_sigsuspend" = 133;
    RtSigaction "rt_sigaction" = 134;
    RtSigprocmask "rt_sigprocmask" = 135;
    RtSigpending "rt_sigpending" = 136;
    RtSigtimedwait "rt_sigtimedwait" = 137;
    RtSigqueueinfo "rt_sigqueueinfo" = 138;
    RtSigreturn "rt_sigreturn" = 139;
    Setpriority "setpriority" = 140;
    Getpriority "getpriority" = 141;
    Setregid "setregid" = 143;
    Setgid "setgid" = 144;
    Setreuid "setreuid" = 145;
    Setuid "setuid" = 146;
    Setresuid "setresuid" = 147;
    Getresuid "getresuid" = 148;
    Setresgid "setresgid" = 149;
    Getresgid "getresgid" = 150;
    Times "times" = 153;
    Setpgid "setpgid" = 154;
    Getpgid "getpgid" = 155;
    Getsid "getsid" = 156;
    Setsid "setsid" = 157;
    Getgroups "getgroups" = 158;
    Setgroups "setgroups" = 159;
    Uname "uname" = 160;
    Getrlimit "getrlimit" = 163;
    Setrlimit "setrlimit" = 164;
    Getrusage "getrusage" = 165;
    Umask "umask" = 166;
    Prctl "prctl" = 167;
    Getcpu "getcpu" = 168;
    Gettimeofday "gettimeofday" = 169;
    Getpid "getpid" = 172;
    Getppid "getppid" = 173;
    Getuid "getuid" = 174;
    Geteuid "geteuid" = 175;
    Getgid "getgid" = 176;
    Getegid "getegid" = 177;
    Gettid "gettid" = 178;
    Sysinfo "sysinfo" = 179;
    Readahead "readahead" = 213;
    Brk "brk" = 214;
    Munmap "munmap" = 215;
    Mremap "mremap" = 216;
    Clone "clone" = 220;
    Execve "execve" = 221;
    Mmap "mmap" = 222;
    Fadvise64 "fadvise64" = 223;
    Mprotect "mprotect" = 226;
    Msync "msync" = 227;
    Mlock "mlock" = 228;
    Munlock "munlock" = 229;
    Mlockall "mlockall" = 230;
    Munlockall "munlockall" = 231;
    Mincore "mincore" = 232;
    Madvise "madvise" = 233;
    RtTgsigqueueinfo "rt_tgsigqueueinfo" = 240;
    RiscvHwprobe "riscv_hwprobe" = 258;
    RiscvFlushIcache "riscv_flush_icache" = 259;
    Wait4 "wait4" = 260;
    Prlimit64 "prlimit64" = 261;
    Syncfs "syncfs" = 267;
    Renameat2 "renameat2" = 276;
    Getrandom "getrandom" = 278;
    Membarrier "membarrier" = 283;
    Mlock2 "mlock2" = 284;
    CopyFileRange "copy_file_range" = 285;
    Preadv2 "preadv2" = 286;
    Pwritev2 "pwritev2" = 287;
    Statx "statx" = 291;
    Rseq "rseq" = 293;
    Clone3 "clone3" = 435;
    Faccessat2 "faccessat2" = 439;
    Fchmodat2 "fchmodat2" = 452;
}

#[cfg(test)]
mod tests {
    use super::Syscall;

    #[test]
    fn numbers_rise_and_lead_back() {
        assert!(
            Syscall::ALL
                .windows(2)
                .all(|pair| pair[0].number() < pair[1].number())
        );
        for &call in Syscall::ALL {
            assert_eq!(Syscall::from_number(call.number()), Some(call));
        }
        assert_eq!(Syscall::from_number(0), None);
        assert_eq!(Syscall::from_number(64).unwrap().name(), "write");
    }
}
