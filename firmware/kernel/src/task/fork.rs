//! Fork, threads, and what lies between: clone.

use alloc::collections::BTreeMap;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags as abi;

use super::signal::forget_handlers;
use super::{Answer, Cx, Kernel, Pid, Process, Thread, Tid, Used, Wait};
use crate::mem::{Error, SpaceId};
use crate::options::ForkWay;
use crate::probe::probe;

/// Threads and processes that there can be, so that they do not fill the kernel's heap.
pub(crate) const MOST: usize = 512;

/// What clone is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth {
    pub(crate) flags: u64,
    /// The stack pointer of the new thread; 0 for that of the old one.
    pub(crate) stack: u64,
    pub(crate) parent_tid: u64,
    pub(crate) child_tid: u64,
    pub(crate) tls: u64,
}

impl Birth {
    /// What can be asked for. Some of it is so for all threads (system-wide umask) or
    /// says nothing (undoing semaphores, of which there are none).
    const KNOWN: u64 = abi::CSIGNAL
        | abi::CLONE_VM
        | abi::CLONE_FS
        | abi::CLONE_FILES
        | abi::CLONE_SIGHAND
        | abi::CLONE_VFORK
        | abi::CLONE_THREAD
        | abi::CLONE_SYSVSEM
        | abi::CLONE_SETTLS
        | abi::CLONE_PARENT_SETTID
        | abi::CLONE_CHILD_CLEARTID
        | abi::CLONE_DETACHED
        | abi::CLONE_CHILD_SETTID
        | abi::CLONE_CLEAR_SIGHAND;

    fn has(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }

    fn check(&self) -> Result<(), Errno> {
        let thread = abi::CLONE_VM | abi::CLONE_SIGHAND;
        let good = if self.has(abi::CLONE_THREAD) {
            self.flags & thread == thread
        } else {
            // Shared memory without being a thread is for a moment only, and files
            // are shared by threads alone.
            let shared = self.has(abi::CLONE_VM) && !self.has(abi::CLONE_VFORK);
            !shared && !self.has(abi::CLONE_SIGHAND | abi::CLONE_FILES | abi::CLONE_FS)
        };
        let good = good && self.flags & !Self::KNOWN == 0;
        if good { Ok(()) } else { Err(Errno::EINVAL) }
    }
}

/// A copy of an address space that is not a process's yet.
struct Copy<'a> {
    cx: &'a Cx,
    space: Option<SpaceId>,
}

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        if let Some(space) = self.space.take() {
            self.cx.kernel(|k| k.mm.destroy(space));
        }
    }
}

/// Makes a thread, in this process or in one of its own. The new one comes out of the
/// same call with 0.
pub(crate) async fn clone(cx: &Cx, birth: Birth) -> Answer {
    birth.check()?;
    let tid = cx.tid;
    // Zombies count, too.
    if cx.kernel(|k| k.threads.len() + k.processes.len()) >= MOST {
        return Err(Errno::EAGAIN);
    }
    let mut copy = Copy { cx, space: None };
    if !birth.has(abi::CLONE_VM) {
        let forked = cx.kernel(|k| {
            let space = k.space_of(tid);
            k.mm.fork(space)
        });
        copy.space = Some(forked.map_err(|_: Error| Errno::ENOMEM)?);
        if cx.kernel(|k| k.options.fork) == ForkWay::Copy {
            unshare(cx, copy.space.expect("it was made above")).await?;
        }
    }
    let space = copy.space.take();
    let child = cx.kernel(|k| {
        let number = k.new_number();
        let pid = if birth.has(abi::CLONE_THREAD) {
            k.thread(tid).pid
        } else {
            k.new_process(tid, Pid(number), space, &birth)
        };
        k.new_thread(tid, Tid(number), pid, &birth);
        Tid(number)
    });
    let number = child.0.to_le_bytes();
    if birth.has(abi::CLONE_PARENT_SETTID) {
        // Linux does not let this fail, either: the child is there.
        let _ = cx.copy_out(&number, birth.parent_tid).await;
    }
    if birth.has(abi::CLONE_CHILD_SETTID) {
        let space = cx.kernel(|k| k.threads.contains_key(&child).then(|| k.space_of(child)));
        if let Some(space) = space {
            let _ = cx.copy_out_to(space, &number, birth.child_tid).await;
        }
    }
    cx.kernel(|k| k.queue_new(child));
    if birth.has(abi::CLONE_VFORK) {
        let pid = Pid(child.0);
        let borrows =
            || cx.kernel(|k| k.processes.get(&pid).is_some_and(|p| p.lender == Some(tid)));
        while borrows() {
            cx.sleep(Wait::Lent(pid)).await?;
        }
    }
    Ok(child.0.into())
}

/// The costly way: every page is copied at once.
async fn unshare(cx: &Cx, space: SpaceId) -> Result<(), Errno> {
    loop {
        match cx.kernel(|k| k.mm.unshare(space)) {
            Ok(()) => return Ok(()),
            Err(stop @ crate::mem::Stop::Wait(_)) => cx.resolve(stop).await?,
            Err(_) => return Err(Errno::ENOMEM),
        }
    }
}

impl Kernel {
    fn new_process(&mut self, tid: Tid, pid: Pid, space: Option<SpaceId>, birth: &Birth) -> Pid {
        let parent = self.thread(tid).pid;
        match space {
            Some(space) => self.own_space(space),
            None => {
                let space = self.process(parent).space;
                self.share_space(space);
            }
        }
        let from = self.process(parent);
        let space = space.unwrap_or(from.space);
        probe!("process", pid.0, space.0);
        let mut actions = from.actions.clone();
        if birth.has(abi::CLONE_CLEAR_SIGHAND) {
            forget_handlers(&mut *actions);
        }
        let process = Process {
            parent: Some(parent),
            group: from.group,
            session: from.session,
            name: from.name.clone(),
            path: from.path.clone(),
            program: from.program.clone(),
            texts: from.texts.clone(),
            space,
            threads: alloc::vec::Vec::new(),
            files: from.files.clone(),
            directory: from.directory.clone(),
            umask: from.umask,
            actions,
            pending: alloc::vec::Vec::new(),
            lender: birth.has(abi::CLONE_VFORK).then_some(tid),
            counted: [0; _],
            of_children: [0; _],
            used: Used::default(),
            used_by_children: Used::default(),
            since: crate::arch::time(),
            // Neither timers nor pending signals are inherited.
            alarms: BTreeMap::new(),
            ending: None,
            end_signal: (birth.flags & abi::CSIGNAL) as u32,
        };
        self.processes.insert(pid, process);
        pid
    }

    fn new_thread(&mut self, parent: Tid, tid: Tid, pid: Pid, birth: &Birth) {
        let from = self.thread(parent);
        let (mut frame, mask, name) = (from.frame.clone(), from.mask, from.name.clone());
        let handler_stack = from.handler_stack.clone();
        frame.x[10] = 0;
        if birth.stack != 0 {
            frame.x[2] = birth.stack;
        }
        if birth.has(abi::CLONE_SETTLS) {
            frame.x[4] = birth.tls;
        }
        let mut thread = Thread::new(pid, frame, mask);
        thread.name = name;
        if !birth.has(abi::CLONE_VM) {
            thread.handler_stack = handler_stack;
        }
        if birth.has(abi::CLONE_CHILD_CLEARTID) {
            thread.clear_tid = birth.child_tid;
        }
        self.threads.insert(tid, thread);
        self.process(pid).threads.push(tid);
    }

    /// A new thread gets its first turn.
    fn queue_new(&mut self, tid: Tid) {
        if self.threads.contains_key(&tid) {
            self.queue.push_back(tid);
        }
    }
}
