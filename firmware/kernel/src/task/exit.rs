//! The end of a process, and who is told of it.

use alloc::vec::Vec;

use pagewalk_guest_abi::record::{EXIT, encode};
use pagewalk_guest_abi::signal::name as name_of;
use pagewalk_guest_abi::signal::{CLD_EXITED, CLD_KILLED, SIGCHLD, SIGKILL, STATUS_BASE};
use pagewalk_guest_abi::{Errno, flags, signal};

use super::process::{Ending, Tally};
use super::{Answer, Cx, Info, Kernel, Origin, Pid, Tid, Used, Wait};
use crate::arch;
use crate::console::{log, report};
use crate::mem::{Event, Page, USER_END};
use crate::probe::probe;

impl Ending {
    /// As wait4 shows it.
    fn to_wait(self) -> u32 {
        match self {
            Ending::Exit(status) => u32::from(status) << 8,
            Ending::Signal(signal) => signal,
        }
    }

    /// As a shell shows it.
    fn to_status(self) -> u32 {
        match self {
            Ending::Exit(status) => status.into(),
            Ending::Signal(signal) => STATUS_BASE + signal,
        }
    }
}

impl Ending {
    /// As a signal or waitid tells it.
    fn to_info(self, pid: Pid) -> Info {
        let (code, status) = match self {
            Ending::Exit(status) => (CLD_EXITED, status.into()),
            Ending::Signal(signal) => (CLD_KILLED, signal),
        };
        let pid = pid.0;
        let origin = Origin::Child { pid, status };
        Info { code, origin }
    }
}

/// The process whose status is that of the run.
pub(super) const FIRST: Pid = Pid(1);

impl Kernel {
    /// Takes a thread away from wherever it is. It must not be the last one, or its
    /// process ends, too.
    pub(super) fn remove_thread(&mut self, tid: Tid) {
        if !self.threads.contains_key(&tid) {
            return;
        }
        self.leave_locks(tid);
        if self.running == tid {
            self.charge(tid);
        }
        let Some(mut thread) = self.threads.remove(&tid) else {
            return;
        };
        self.dead.extend(thread.work.take());
        self.timers.retain(|&(_, other)| other != tid);
        self.queue.retain(|&other| other != tid);
        self.sleepers.retain(|&other| other != tid);
        if self.floats_of == Some(tid) {
            self.floats_of = None;
        }
        let process = self.process(thread.pid);
        process.used += thread.used;
        process.threads.retain(|&other| other != tid);
    }

    /// A thread has ended; with the last one, its process.
    pub(crate) fn end_thread(&mut self, tid: Tid, status: u8) {
        let pid = self.thread(tid).pid;
        if self.process(pid).threads.len() == 1 {
            self.end_process(pid, Ending::Exit(status));
        } else {
            self.remove_thread(tid);
        }
    }

    /// The process of a thread has called exit_group.
    pub(crate) fn exit_group(&mut self, tid: Tid, status: u8) {
        let pid = self.thread(tid).pid;
        self.end_process(pid, Ending::Exit(status));
    }

    /// A signal ends a process.
    pub(crate) fn kill_process(&mut self, pid: Pid, signal: u32) {
        self.end_process(pid, Ending::Signal(signal));
    }

    /// A process ends: threads, files and memory go, and what is left is a zombie that
    /// its parent can ask about.
    fn end_process(&mut self, pid: Pid, ending: Ending) {
        for tid in self.process(pid).threads.clone() {
            self.remove_thread(tid);
        }
        probe!("exit", pid.0, ending.to_status());
        let tally = self.tally(&self.processes[&pid]);
        self.write_exit_record(pid, ending, &tally);
        let process = self.process(pid);
        process.counted = tally;
        process.ending = Some(ending);
        let files = process.files.close_all();
        process.program = None;
        let (space, parent, end_signal) = (process.space, process.parent, process.end_signal);
        process.lender = None;
        drop(files);
        self.drop_alarms(pid, |_| false);
        self.leave_space(space);
        self.forget_unused_files();
        if self.options.check
            && let Err(problem) = self.mm.check()
        {
            panic!("after the end of process {}: {problem}", pid.0);
        }
        if pid == FIRST {
            self.status = ending.to_status();
        }
        self.wake_all(usize::MAX, |wait| wait == Wait::Lent(pid));
        self.wake_for_closed_pipes();
        self.leave_children(pid);
        self.tell_parent(pid, parent, end_signal, ending);
        self.starters.retain(|&starter| starter != pid);
        if self.starters.is_empty() {
            self.end_run();
        }
    }

    /// All processes that the run began with have ended.
    fn end_run(&mut self) -> ! {
        if let Some(streams) = &mut self.devices.streams {
            streams.finish();
        }
        if self.options.check {
            self.tell_what_is_left();
        }
        arch::power_off(self.status)
    }

    /// Nobody will ask about the children of a process that has ended.
    fn leave_children(&mut self, pid: Pid) {
        self.processes.retain(|_, child| {
            let is_child = child.parent == Some(pid);
            if is_child {
                child.parent = None;
            }
            !(is_child && child.ending.is_some())
        });
    }

    fn tell_parent(&mut self, pid: Pid, parent: Option<Pid>, end_signal: u32, ending: Ending) {
        let Some(parent) = parent.filter(|parent| self.processes.contains_key(parent)) else {
            self.processes.remove(&pid);
            return;
        };
        let action = self.process(parent).actions[SIGCHLD as usize - 1];
        let unwanted =
            action.handler == signal::SIG_IGN || action.flags & signal::SA_NOCLDWAIT != 0;
        if end_signal == SIGCHLD && unwanted {
            self.processes.remove(&pid);
        } else if end_signal != 0 {
            self.send_to_process(parent, end_signal, ending.to_info(pid));
        }
        self.wake_all(usize::MAX, |wait| wait == Wait::Child);
    }

    fn write_exit_record(&self, pid: Pid, ending: Ending, tally: &Tally) {
        use core::fmt::Write;
        let mut line = alloc::string::String::new();
        let process = &self.processes[&pid];
        line.extend(encode(&process.name));
        let _ = write!(line, " status={}", ending.to_status());
        for (event, count) in Event::ALL.iter().zip(tally) {
            let _ = write!(line, " {}={count}", event.name());
        }
        log!("@{EXIT} pid={} name={line}", pid.0);
    }

    /// Frames, swap or page tables are full: the process with the most pages is ended.
    /// Whether the thread that has found out is still there.
    pub(crate) fn out_of_memory(&mut self, tid: Tid) -> bool {
        let size = |k: &Kernel, pid: &Pid| {
            let usage = k.mm.usage(k.processes[pid].space, Page(0)..USER_END);
            usage.resident + usage.swapped
        };
        let alive = self.processes.iter().filter(|(_, p)| p.ending.is_none());
        let largest = alive.map(|(pid, _)| (size(self, pid), *pid)).max();
        let (pages, pid) = largest.expect("somebody wants memory");
        report!(
            "out of memory: killed process {} ({}), which has {pages} pages",
            pid.0,
            self.processes[&pid].name.escape_ascii(),
        );
        let bad = self.mm.bad_slots();
        if bad > 0 {
            report!(
                "pages that were to be swapped out could not be written: {bad}; the swap disk is \
                 damaged, or there is no room where its file is"
            );
        }
        self.kill_process(pid, SIGKILL);
        self.threads.contains_key(&tid)
    }

    /// A signal that nobody handles ends a process: said in words to the user if the
    /// run began with it. Others have a parent who is told.
    pub(super) fn report_signal(&self, pid: Pid, signal: u32) {
        let (number, name) = (pid.0, self.processes[&pid].name.escape_ascii());
        let signal = name_of(signal).unwrap_or("a signal");
        if self.starters.contains(&pid) {
            report!("process {number} ({name}) was ended by {signal}");
        } else {
            log!("process {number} ({name}) was ended by {signal}");
        }
    }
}

/// `wait4`: a child that has ended.
pub(crate) async fn wait4(cx: &Cx, [which, status, options, usage, ..]: [u64; 6]) -> Answer {
    let tid = cx.tid;
    let found = loop {
        let found = cx.kernel(|k| k.find_zombie(tid, which as u32 as i32));
        match found? {
            Some(found) => break found,
            None if options & flags::WNOHANG != 0 => return Ok(0),
            None => cx.sleep(Wait::Child).await?,
        }
    };
    let (pid, ending) = found;
    if status != 0 {
        cx.copy_out(&ending.to_wait().to_le_bytes(), status).await?;
    }
    let account = cx.kernel(|k| k.bury(tid, pid));
    if usage != 0 {
        cx.copy_out(&account, usage).await?;
    }
    Ok(pid.0.into())
}

/// `waitid`: the same, told as a signal would.
pub(crate) async fn waitid(cx: &Cx, [kind, which, out, options, usage, _]: [u64; 6]) -> Answer {
    let tid = cx.tid;
    let which = match kind {
        flags::P_ALL => -1,
        flags::P_PID if which as u32 as i32 > 0 => which as u32 as i32,
        flags::P_PGID if which as u32 as i32 >= 0 => -(which as u32 as i32),
        _ => return Err(Errno::EINVAL),
    };
    if options & (flags::WEXITED | flags::WUNTRACED | flags::WCONTINUED) == 0 {
        return Err(Errno::EINVAL);
    }
    let found = loop {
        let found = cx.kernel(|k| k.find_zombie(tid, which))?;
        let found = found.filter(|_| options & flags::WEXITED != 0);
        if found.is_some() || options & flags::WNOHANG != 0 {
            break found;
        }
        cx.sleep(Wait::Child).await?;
    };
    if out != 0 {
        let words = found.map_or([0; _], |(pid, ending)| {
            super::siginfo(SIGCHLD, ending.to_info(pid))
        });
        cx.copy_out(arch::bytes_of(&words), out).await?;
    }
    let Some((pid, _)) = found else {
        return Ok(0);
    };
    let account = cx.kernel(|k| match options & flags::WNOWAIT {
        0 => k.bury(tid, pid),
        _ => k.rusage_of(pid),
    });
    if usage != 0 {
        cx.copy_out(&account, usage).await?;
    }
    Ok(0)
}

impl Kernel {
    /// What a process did, and what of the hart's time it used, its children included.
    fn account(&self, pid: Pid) -> (Tally, Used) {
        let Some(process) = self.processes.get(&pid) else {
            return Default::default();
        };
        let mut tally = process.counted;
        for (sum, theirs) in tally.iter_mut().zip(process.of_children) {
            *sum += theirs;
        }
        let mut used = process.used;
        used += process.used_by_children;
        (tally, used)
    }

    /// The same as `struct rusage`.
    fn rusage_of(&self, pid: Pid) -> [u8; 144] {
        let (tally, used) = self.account(pid);
        crate::sys::rusage(&tally, self.in_nanos(used))
    }

    /// A zombie goes; its parent, who has waited for it, gets its account.
    fn bury(&mut self, tid: Tid, pid: Pid) -> [u8; 144] {
        let ((tally, used), rusage) = (self.account(pid), self.rusage_of(pid));
        self.processes.remove(&pid);
        let parent = self.process_of(tid);
        for (sum, theirs) in parent.of_children.iter_mut().zip(tally) {
            *sum += theirs;
        }
        parent.used_by_children += used;
        rusage
    }
}

impl Kernel {
    /// A child that has ended, of those that `which` means: -1 all, 0 those of the own
    /// group, others by number or, negative, by group.
    fn find_zombie(&mut self, tid: Tid, which: i32) -> Result<Option<(Pid, Ending)>, Errno> {
        let me = self.thread(tid).pid;
        let group = self.process(me).group;
        let meant = |pid: &Pid, group_of: u32| match which {
            -1 => true,
            0 => group_of == group,
            which if which > 0 => pid.0 == which as u32,
            which => group_of == which.unsigned_abs(),
        };
        let children: Vec<_> = self
            .processes
            .iter()
            .filter(|(pid, p)| p.parent == Some(me) && meant(pid, p.group))
            .map(|(pid, p)| (*pid, p.ending))
            .collect();
        if children.is_empty() {
            return Err(Errno::ECHILD);
        }
        Ok(children
            .into_iter()
            .find_map(|(pid, ending)| Some((pid, ending?))))
    }
}
