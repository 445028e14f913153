//! System calls.
//!
//! Numbers and structures are Linux's. A call that never waits is answered at once, by
//! a function of [`Kernel`]; one that may have to wait is an `async` function of
//! [`Cx`] (see `task/wait.rs`).

mod copy;
mod directory;
mod futex;
mod hwprobe;
mod memory;
mod misc;
mod names;
mod open;
mod path;
mod poll;
mod proc;
mod process;
mod read;
mod signals;
mod stat;
mod terminal;
mod time;
mod timers;
mod write;

use alloc::boxed::Box;

use pagewalk_guest_abi::{Errno, Syscall};

pub(crate) use misc::rusage;
use write::Where;

use crate::console::log;
use crate::probe::probe;
use crate::task::{Answer, Cx, Kernel, Tid, room};

/// Arguments of a call: a0 to a5.
type Args = [u64; 6];

/// A thread has executed `ecall`.
pub(crate) fn call(k: &mut Kernel, cx: &Cx) {
    let tid = cx.tid;
    let frame = &mut k.thread(tid).frame;
    // It goes on behind the instruction.
    frame.pc += 4;
    let [a0, a1, a2, a3, a4, a5, _, number] = frame.x[10..18] else {
        unreachable!("a0 to a7 are eight registers")
    };
    let args = [a0, a1, a2, a3, a4, a5];
    probe!(free "call", tid.0, number, &raw const frame.x);
    let Some(call) = Syscall::from_number(number) else {
        k.name_unknown(number);
        k.finish(tid, Err(Errno::ENOSYS));
        return;
    };
    match at_once(k, tid, call, &args) {
        // A call that ends the process has no answer.
        Some(answer) => k.finish(tid, answer),
        None => in_time(k, cx, call, args),
    }
}

/// Calls that never wait.
fn at_once(k: &mut Kernel, tid: Tid, call: Syscall, args: &Args) -> Option<Answer> {
    let [a0, a1, a2, ..] = *args;
    Some(match call {
        Syscall::Getpid => Ok(k.thread(tid).pid.0.into()),
        Syscall::Gettid => Ok(tid.0.into()),
        Syscall::Getppid => Ok(k.process_of(tid).parent.map_or(0, |pid| pid.0.into())),
        Syscall::Getuid | Syscall::Geteuid | Syscall::Getgid | Syscall::Getegid => Ok(0),
        Syscall::Getpgid => process::getpgid(k, tid, a0),
        Syscall::Setpgid => process::setpgid(k, tid, a0, a1),
        Syscall::Getsid => Ok(k.process_of(tid).session.into()),
        Syscall::Setsid => process::setsid(k, tid),
        Syscall::SetTidAddress => {
            k.thread(tid).clear_tid = a0;
            Ok(tid.0.into())
        }
        Syscall::SetRobustList => process::set_robust_list(k, tid, a0, a1),
        Syscall::ExitGroup => {
            k.exit_group(tid, a0 as u8);
            Ok(0)
        }
        Syscall::SchedYield => {
            k.end_turn();
            Ok(0)
        }
        Syscall::RtSigreturn => crate::task::sigreturn_at_once(k, tid)?,
        Syscall::Brk => memory::brk(k, tid, a0),
        Syscall::Mmap => memory::mmap(k, tid, args)?,
        Syscall::Munmap => memory::munmap(k, tid, a0, a1),
        Syscall::Mprotect => room(0).and_then(|()| memory::mprotect(k, tid, a0, a1, a2)),
        Syscall::Mremap => room(0).and_then(|()| memory::mremap(k, tid, args)),
        Syscall::Madvise => memory::madvise(k, tid, a0, a1, a2),
        Syscall::Munlock => memory::munlock(k, tid, a0, a1),
        // What is written to memory of a file is in the file; nothing is behind it.
        Syscall::Msync | Syscall::Sync | Syscall::Syncfs => Ok(0),
        Syscall::RiscvFlushIcache => Ok(0),
        Syscall::Kill => signals::kill(k, tid, a0, a1),
        Syscall::Tkill => signals::tkill(k, tid, None, a0, a1),
        Syscall::Tgkill => signals::tkill(k, tid, Some(a0), a1, a2),
        Syscall::Close => open::close(k, tid, a0),
        Syscall::Dup => room(0).and_then(|()| open::dup(k, tid, a0)),
        Syscall::Dup3 => room(0).and_then(|()| open::dup3(k, tid, a0, a1, a2)),
        Syscall::Fcntl => room(0).and_then(|()| open::fcntl(k, tid, a0, a1, a2)),
        Syscall::Fsync
        | Syscall::Fdatasync
        | Syscall::SyncFileRange
        | Syscall::Readahead
        | Syscall::Fadvise64
        // Nobody keeps files from others.
        | Syscall::Flock => k.process_of(tid).files.get(a0).map(|_| 0),
        Syscall::Lseek => open::lseek(k, tid, a0, a1, a2),
        Syscall::Umask => {
            let umask = &mut k.process_of(tid).umask;
            Ok(core::mem::replace(umask, a0 as u32 & 0o777).into())
        }
        Syscall::TimerGetoverrun => timers::timer_getoverrun(k, tid, a0),
        Syscall::TimerDelete => timers::timer_delete(k, tid, a0),
        Syscall::SchedGetscheduler | Syscall::SchedSetparam | Syscall::SchedSetscheduler => {
            misc::sched(k, call, a0, a1)
        }
        // Without a policy for it there are no priorities, and nice does nothing.
        Syscall::SchedGetPriorityMax | Syscall::SchedGetPriorityMin => Ok(0),
        Syscall::Getpriority => Ok(20),
        Syscall::Setpriority => Ok(0),
        // Everybody is root, and stays it.
        Syscall::Setuid | Syscall::Setgid => misc::become_root(&[a0]),
        Syscall::Setreuid | Syscall::Setregid => misc::become_root(&[a0, a1]),
        Syscall::Setresuid | Syscall::Setresgid => misc::become_root(&[a0, a1, a2]),
        Syscall::Getgroups => Ok(0),
        Syscall::Setgroups if a0 == 0 => Ok(0),
        // Programs ask for it, and do without: there is one hart.
        Syscall::Rseq => Err(Errno::ENOSYS),
        // What it can do is asked first (command 0): nothing.
        Syscall::Membarrier if a0 == 0 => Ok(0),
        Syscall::Membarrier => Err(Errno::EINVAL),
        Syscall::Mlockall | Syscall::Munlockall => Err(Errno::EPERM),
        _ => return None,
    })
}

/// Calls that may wait: they become work of the thread.
fn in_time(k: &mut Kernel, cx: &Cx, call: Syscall, args: Args) {
    let [a0, a1, a2, a3, ..] = args;
    /// Makes work of a function and its arguments.
    macro_rules! work {
        ($($function:ident)::+($($argument:expr),*)) => {
            start(k, cx, a0, call, async move |cx: &Cx| {
                $($function)::+(cx, $($argument),*).await
            })
        };
    }
    /// The same for calls that make something that the kernel has to keep.
    macro_rules! make {
        ($($call:tt)*) => {
            match room(0) {
                Ok(()) => work!($($call)*),
                Err(error) => k.finish(cx.tid, Err(error)),
            }
        };
    }
    match call {
        Syscall::Write => work!(write::write(a0, a1, a2)),
        Syscall::Pwrite64 => work!(write::pwrite(a0, a1, a2, a3)),
        Syscall::Writev => work!(write::writev(a0, a1, a2, Where::Here)),
        Syscall::Pwritev => work!(write::writev(a0, a1, a2, Where::At(a3))),
        Syscall::Read => work!(read::read(a0, a1, a2)),
        Syscall::Readv => work!(read::readv(a0, a1, a2, None)),
        Syscall::Preadv => work!(read::readv(a0, a1, a2, Some(a3))),
        Syscall::Pread64 => work!(read::pread(a0, a1, a2, a3)),
        Syscall::Ppoll => work!(poll::ppoll(a0, a1, a2, a3, args[4])),
        Syscall::Pselect6 => work!(poll::pselect6(args)),
        Syscall::Mkdirat => make!(names::mkdirat(a0, a1, a2)),
        Syscall::Mknodat => make!(names::mknodat(a0, a1, a2)),
        Syscall::Symlinkat => make!(names::symlinkat(a0, a1, a2)),
        Syscall::Linkat => make!(names::linkat(args)),
        Syscall::Unlinkat => work!(names::unlinkat(a0, a1, a2)),
        Syscall::Renameat2 => make!(names::renameat2(args)),
        // Without a path, its address is zero.
        Syscall::Fchmod => work!(names::fchmodat(a0, 0, a1, 0)),
        Syscall::Fchmodat => work!(names::fchmodat(a0, a1, a2, 0)),
        Syscall::Fchmodat2 => work!(names::fchmodat(a0, a1, a2, a3)),
        Syscall::Fchown => work!(names::fchownat([a0, 0, a1, a2, 0, 0])),
        Syscall::Fchownat => work!(names::fchownat(args)),
        Syscall::Utimensat => work!(names::utimensat(a0, a1, a2, a3)),
        Syscall::Truncate => work!(write::truncate(a0, a1)),
        Syscall::Ftruncate => work!(write::ftruncate(a0, a1)),
        Syscall::Fallocate => work!(write::fallocate(a0, a1, a2, a3)),
        Syscall::Sendfile => work!(copy::sendfile(a0, a1, a2, a3)),
        Syscall::CopyFileRange => work!(copy::copy_file_range(args)),
        Syscall::Openat => make!(open::openat(a0, a1, a2, a3)),
        Syscall::Fstat => work!(stat::fstat(a0, a1)),
        Syscall::Newfstatat => work!(stat::fstatat(a0, a1, a2, a3)),
        Syscall::Faccessat | Syscall::Faccessat2 => {
            let flags = if call == Syscall::Faccessat2 { a3 } else { 0 };
            work!(stat::faccessat(a0, a1, a2, flags))
        }
        Syscall::Readlinkat => work!(stat::readlinkat(a0, a1, a2, a3)),
        Syscall::Statx => work!(stat::statx(args)),
        Syscall::Statfs => work!(stat::statfs(a0, a1)),
        Syscall::Fstatfs => work!(stat::fstatfs(a0, a1)),
        Syscall::Getdents64 => work!(directory::getdents64(a0, a1, a2)),
        Syscall::Getcwd => work!(names::getcwd(a0, a1)),
        Syscall::Chdir => work!(names::chdir(a0)),
        Syscall::Fchdir => work!(names::fchdir(a0)),
        Syscall::Pipe2 => make!(open::pipe2(a0, a1)),
        Syscall::Ioctl => work!(terminal::ioctl(a0, a1, a2)),
        Syscall::Mmap => make!(memory::mmap_populated(args)),
        Syscall::Mlock | Syscall::Mlock2 => make!(memory::mlock(a0, a1)),
        Syscall::Mincore => work!(memory::mincore(a0, a1, a2)),
        Syscall::Exit => work!(process::exit(a0)),
        Syscall::Clone => make!(process::clone(args)),
        Syscall::Clone3 => make!(process::clone3(a0, a1)),
        Syscall::Execve => make!(process::execve(a0, a1, a2)),
        Syscall::Wait4 => work!(crate::task::wait4(args)),
        Syscall::Waitid => work!(crate::task::waitid(args)),
        Syscall::Futex => work!(futex::futex(args)),
        Syscall::GetRobustList => work!(process::get_robust_list(a0, a1, a2)),
        Syscall::RtSigaction => work!(signals::rt_sigaction(a0, a1, a2, a3)),
        Syscall::RtSigprocmask => {
            work!(signals::rt_sigprocmask(a0, a1, a2, a3))
        }
        Syscall::RtSigreturn => work!(crate::task::sigreturn()),
        Syscall::RtSigsuspend => work!(signals::rt_sigsuspend(a0, a1)),
        Syscall::RtSigpending => work!(signals::rt_sigpending(a0, a1)),
        Syscall::RtSigtimedwait => {
            work!(signals::rt_sigtimedwait(a0, a1, a2, a3))
        }
        Syscall::RtSigqueueinfo => work!(signals::queue(a0, None, a1, a2)),
        Syscall::RtTgsigqueueinfo => {
            work!(signals::queue(a0, Some(a1), a2, a3))
        }
        Syscall::Setitimer => work!(timers::setitimer(a0, a1, a2)),
        Syscall::Getitimer => work!(timers::getitimer(a0, a1)),
        Syscall::TimerCreate => make!(timers::timer_create(a0, a1, a2)),
        Syscall::TimerSettime => {
            work!(timers::timer_settime(a0, a1, a2, a3))
        }
        Syscall::TimerGettime => work!(timers::timer_gettime(a0, a1)),
        Syscall::Sigaltstack => work!(signals::sigaltstack(a0, a1)),
        Syscall::ClockGettime => work!(time::clock_gettime(a0, a1)),
        Syscall::ClockGetres => work!(time::clock_getres(a0, a1)),
        Syscall::Gettimeofday => work!(time::gettimeofday(a0)),
        Syscall::Nanosleep => work!(time::nanosleep(a0, a1)),
        Syscall::ClockNanosleep => {
            work!(time::clock_nanosleep(a0, a1, a2, a3))
        }
        Syscall::Uname => work!(misc::uname(a0)),
        Syscall::Getrandom => work!(misc::getrandom(a0, a1)),
        Syscall::Getrusage => work!(misc::getrusage(a0, a1)),
        Syscall::Times => work!(misc::times(a0)),
        Syscall::Prlimit64 => work!(misc::prlimit64(a1, a2, a3)),
        Syscall::Getrlimit => work!(misc::prlimit64(a0, 0, a1)),
        Syscall::Setrlimit => work!(misc::prlimit64(a0, a1, 0)),
        Syscall::Sysinfo => work!(misc::sysinfo(a0)),
        Syscall::SchedGetaffinity => {
            work!(misc::sched_getaffinity(a0, a1, a2))
        }
        Syscall::SchedSetaffinity => {
            work!(misc::sched_setaffinity(a0, a1, a2))
        }
        Syscall::SchedGetparam => work!(misc::sched_getparam(a0, a1)),
        Syscall::Getcpu => work!(misc::getcpu(a0, a1)),
        Syscall::Prctl => work!(misc::prctl(a0, a1)),
        Syscall::Getresuid | Syscall::Getresgid => {
            work!(misc::three_ids([a0, a1, a2]))
        }
        Syscall::RiscvHwprobe => work!(hwprobe::riscv_hwprobe(args)),
        _ => {
            k.name_unknown(call.number());
            k.finish(cx.tid, Err(Errno::ENOSYS));
        }
    }
}

/// Makes work of a call.
fn start(
    k: &mut Kernel,
    cx: &Cx,
    a0: u64,
    call: Syscall,
    answer: impl AsyncFnOnce(&Cx) -> Answer + 'static,
) {
    let (cx, tid) = (cx.clone(), cx.tid);
    k.thread(tid).work = Some(Box::pin(async move {
        let answer = answer(&cx).await;
        cx.kernel(|k| {
            if answer == Err(Errno::EINTR) && can_be_made_again(call) {
                k.thread(tid).again = Some(a0);
            }
            k.finish(tid, answer);
        });
    }));
}

/// Calls that go on after a signal as if nothing had been (signal(7)).
fn can_be_made_again(call: Syscall) -> bool {
    matches!(
        call,
        Syscall::Read
            | Syscall::Readv
            | Syscall::Write
            | Syscall::Writev
            | Syscall::Wait4
            | Syscall::Futex
    )
}

impl Kernel {
    /// Gives a thread, if it still exists, the answer to its call.
    fn finish(&mut self, tid: Tid, answer: Answer) {
        if let Some(thread) = self.threads.get_mut(&tid) {
            let answer = answer.unwrap_or_else(Errno::to_return);
            probe!(free "answer", tid.0, answer);
            thread.frame.x[10] = answer;
        }
    }

    /// Says, once, that somebody wants a call that there is not.
    fn name_unknown(&mut self, number: u64) {
        const MOST: usize = 64;
        if self.unknown_calls.len() < MOST && self.unknown_calls.insert(number) {
            let name = Syscall::from_number(number).map_or("unknown", Syscall::name);
            log!("system call {number} ({name}) is not implemented");
        }
    }
}
