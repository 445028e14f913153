//! Processes and threads.
//!
//! | file | the one thing that it explains |
//! |---|---|
//! | `schedule.rs` | the loop that the kernel is: who runs, and until when |
//! | `wait.rs` | how a system call waits without a stack of its own |
//! | `process.rs` | what processes and threads are |
//! | `table.rs` | finding one by its number |
//! | `exec.rs` | a program in a new address space |
//! | `fork.rs` | a second process, or a second thread |
//! | `exit.rs` | the end of a process, and who is told of it |
//! | `signal.rs` | signals: who gets them, and what they do |
//! | `signal_frame.rs` | what a signal handler finds on its stack |
//! | `alarm.rs` | timers that send signals |
//! | `left.rs` | what is left when all processes have ended |
//! | `clock.rs` | what threads use of the hart's time |
//! | `room.rs` | the kernel's heap, which no program may use up |
//! | `files.rs` | open files |
//! | `content.rs` | what is in them |
//! | `terminal.rs` | keys become input, signals and echo |

mod alarm;
mod clock;
mod content;
mod exec;
mod exit;
mod files;
mod fork;
mod left;
mod process;
mod room;
mod schedule;
mod signal;
mod signal_frame;
mod space;
mod table;
mod terminal;
mod wait;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;

use crate::arch::{DirectMap, DmaPage};
use crate::dev::Devices;
use crate::fs::tree::Tree;
use crate::hwprobe::Hart;
use crate::mem::{IoRequest, Mm, Ppn, SpaceId};
use crate::options::Options;

pub(crate) use alarm::{Alarm, AlarmId};
pub(crate) use clock::Used;
pub(crate) use exec::{NoExec, Program, exec};
pub(crate) use exit::{wait4, waitid};
pub(crate) use files::{ClosedPipes, Descriptors, File, Open, Pipe, PipeEnd};
pub(crate) use fork::{Birth, MOST as MOST_THREADS, clone};
pub(crate) use process::{Pid, Process, State, Tally, Thread, Tid};
pub(crate) use room::room;
pub(crate) use schedule::run;
pub(crate) use signal::{Action, Info, MOST_PENDING, Origin, set_of};
use signal_frame::deliver;
pub(crate) use signal_frame::{siginfo, sigreturn, sigreturn_at_once};
use table::Table;
pub(crate) use terminal::Terminal;
pub(crate) use wait::{Cx, FutexKey, Wait, Work, gone};

/// Bytes of the kernel's heap for names and nodes of files.
const TREE_ROOM: usize = crate::plan::HEAP_LEAST as usize / 2;

/// The result of a system call.
pub(crate) type Answer = Result<u64, Errno>;

/// Everything that the kernel knows. One at a time uses it, and nobody keeps it while
/// waiting: see [`Cx::kernel`].
pub(crate) struct Kernel {
    pub(crate) mm: Mm<DirectMap>,
    pub(crate) devices: Devices,
    pub(crate) options: Options,
    pub(crate) tree: Tree,
    pub(crate) terminal: Terminal,
    pub(crate) processes: Table<Pid, Process>,
    pub(crate) threads: Table<Tid, Thread>,
    /// How many processes use an address space.
    spaces: BTreeMap<SpaceId, u32>,
    /// The processes that the run began with, and that have not ended.
    starters: Vec<Pid>,
    /// Pipes of whose end somebody is to be told.
    pub(crate) closed_pipes: ClosedPipes,
    /// How the first one has ended.
    status: u32,
    /// Threads that can run, in the order of their turns.
    queue: VecDeque<Tid>,
    /// Threads that wait, longest first.
    sleepers: Vec<Tid>,
    /// When those sleep till who wait for a time.
    timers: BTreeSet<(u64, Tid)>,
    /// Requests for which a disk had no room.
    postponed: Vec<IoRequest>,
    /// What dead threads were doing: see [`Kernel::take_dead`].
    dead: Vec<Work>,
    /// Whose values the floating-point registers have.
    floats_of: Option<Tid>,
    /// What the timer is set to.
    timer: u64,
    /// When the turn of the running thread is over.
    turn_ends: u64,
    /// When it began, or its time was last put on its account.
    turn_began: u64,
    /// Whose turn it is, or was last.
    running: Tid,
    /// When timers of processes send their signals.
    alarms: BTreeSet<(u64, Pid, AlarmId)>,
    next_number: u32,
    pub(crate) ticks_per_second: u64,
    /// Nanoseconds since 1970 when the timer read zero.
    pub(crate) epoch: u64,
    random: u64,
    /// The root table of the kernel alone.
    kernel_root: Ppn,
    /// The page from which signal handlers return.
    trampoline: DmaPage,
    /// Calls that are not implemented and were named in the log.
    pub(crate) unknown_calls: BTreeSet<u64>,
    pub(crate) wx_was_logged: bool,
    /// The page of memory that frame 0 is.
    pub(crate) first_frame: Ppn,
    /// What programs may know of the hart.
    pub(crate) hart: Hart,
    before: left::Before,
}

crate::publish::publish!("kernel": Kernel { mm, processes, threads });
crate::publish::publish!("processes": Table<Pid, Process> { slots });
crate::publish::publish!("threads": Table<Tid, Thread> { slots });
crate::publish::publish!("process entry": (Pid, Process) { 0, 1 });
crate::publish::publish!("thread entry": (Tid, Thread) { 0, 1 });

impl Kernel {
    /// A kernel without processes. `random` is what its random numbers begin with.
    pub(crate) fn new(
        mut mm: Mm<DirectMap>,
        devices: Devices,
        options: Options,
        kernel_root: Ppn,
        first_frame: Ppn,
        hart: Hart,
        random: &[u8],
    ) -> Kernel {
        let trampoline = signal_frame::trampoline(mm.memory_mut());
        let seed = random.iter().fold(1, |seed: u64, byte| {
            seed.wrapping_mul(257) ^ u64::from(*byte)
        });
        let mut kernel = Kernel {
            mm,
            devices,
            options,
            tree: Tree::new(TREE_ROOM),
            terminal: Terminal::default(),
            processes: Table::new(),
            threads: Table::new(),
            spaces: BTreeMap::new(),
            starters: Vec::new(),
            closed_pipes: ClosedPipes::default(),
            status: 0,
            queue: VecDeque::new(),
            sleepers: Vec::new(),
            timers: BTreeSet::new(),
            postponed: Vec::new(),
            dead: Vec::new(),
            floats_of: None,
            timer: u64::MAX,
            turn_ends: 0,
            turn_began: 0,
            running: Tid(0),
            alarms: BTreeSet::new(),
            next_number: 1,
            ticks_per_second: hart.ticks_per_second,
            hart,
            epoch: 0,
            random: seed,
            kernel_root,
            trampoline,
            unknown_calls: BTreeSet::new(),
            wx_was_logged: false,
            first_frame,
            before: left::Before::default(),
        };
        kernel.epoch = kernel.devices.wall_clock().saturating_sub(kernel.now());
        kernel
    }

    /// Nanoseconds since the timer read zero.
    pub(crate) fn now(&self) -> u64 {
        self.to_nanos(crate::arch::time())
    }

    pub(crate) fn to_nanos(&self, ticks: u64) -> u64 {
        let nanos = u128::from(ticks) * 1_000_000_000 / u128::from(self.ticks_per_second);
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    /// The first tick that is not before a time.
    pub(crate) fn to_ticks(&self, nanos: u64) -> u64 {
        let ticks = (u128::from(nanos) * u128::from(self.ticks_per_second)).div_ceil(1_000_000_000);
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// A random number (SplitMix64).
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A thread that exists.
    pub(crate) fn thread(&mut self, tid: Tid) -> &mut Thread {
        self.threads.get_mut(&tid).expect("the thread runs")
    }

    /// The process of a thread that exists.
    pub(crate) fn process_of(&mut self, tid: Tid) -> &mut Process {
        let pid = self.thread(tid).pid;
        self.process(pid)
    }

    /// A process that exists.
    pub(crate) fn process(&mut self, pid: Pid) -> &mut Process {
        self.processes.get_mut(&pid).expect("the process exists")
    }

    /// The address space of a thread that exists.
    pub(crate) fn space_of(&mut self, tid: Tid) -> SpaceId {
        self.process_of(tid).space
    }
}
