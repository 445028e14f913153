//! Exec: a program in a new address space.
//!
//! Nothing of the program is read but its headers. Its segments become areas that name
//! the file, and page faults bring in what is used. The zeros behind the data of the
//! last page come for free: the file object for such a segment ends where the data
//! ends, and the page cache fills up with zeros.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ops::Range;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags as abi;

use super::exit::FIRST;
use super::signal::forget_handlers;
use super::signal_frame::LEAST_STACK;
use super::{Action, AlarmId, Cx, Descriptors, Kernel, Pid, Process, Thread, Tid, Used, Work};
use crate::arch::{self, Frame};
use crate::console::{log, report};
use crate::elf::{self, Executable, Header};
use crate::fs::node::{Held, NodeId, ROOT};
use crate::fs::path::{Found, Links};
use crate::fs::tar;
use crate::mem::{
    Error, ObjectId, PAGE_SIZE, Page, Placement, Prot, Sharing, SpaceId, USER_END, What,
};
use crate::probe::probe;
use crate::{fs, script, stack};

/// The exit status of a process whose program cannot be started: not found, or no program.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Bytes of all arguments and variables.
const MOST_ARGUMENTS: usize = 128 << 10;

/// Pages that a stack may grow to: 8 MiB, as on Linux.
const STACK_LIMIT: u64 = 2048;

/// The page from which signal handlers return: the last one of a space.
pub(super) const TRAMPOLINE: Page = Page(USER_END.0 - 1);

/// The end of the stack. The page between them keeps them apart.
const STACK_END: Page = Page(USER_END.0 - 2);

/// A file that is to be run.
struct Runnable {
    node: Held,
    size: u64,
    file: ObjectId,
}

/// What is to be run, and how.
pub(crate) struct Program {
    pub(crate) path: Vec<u8>,
    pub(crate) argv: Vec<Vec<u8>>,
    pub(crate) envp: Vec<Vec<u8>>,
}

impl Kernel {
    /// Builds the tree of files from the archive on the root disk.
    pub(super) fn read_root(&mut self) {
        let Some(mut disk) = self.devices.root.take() else {
            report!("there is no root disk");
            arch::power_off(NOT_FOUND.into());
        };
        let (tree, mut added) = (&mut self.tree, Ok(()));
        let result = tar::read(
            disk.sectors(),
            |sector, out| disk.read_now(sector, out),
            |member| {
                if added.is_ok() {
                    added = tree.add(&member);
                }
            },
        );
        self.devices.root = Some(disk);
        let now = self.clock();
        if added.and_then(|()| self.tree.add_usual(now)).is_err() {
            report!("the root disk has more files than the kernel has room for");
            arch::power_off(NOT_FOUND.into());
        }
        match result {
            Ok(()) => {}
            Err(fs::tar::Problem::Read(_)) => {
                report!("the root disk cannot be read");
                arch::power_off(NOT_FOUND.into());
            }
            Err(fs::tar::Problem::BadHeader(sector)) => {
                report!("the root disk is not a tar archive: sector {sector}");
                arch::power_off(NOT_FOUND.into());
            }
        }
    }

    /// A process without a program, one of those that the run begins with.
    pub(super) fn first_process(&mut self) -> Tid {
        let flags = Port::ALL.map(|port| match port {
            _ if self.is_terminal(port) => abi::O_RDWR,
            Port::Stdin => abi::O_RDONLY,
            Port::Stdout | Port::Stderr => abi::O_WRONLY,
        });
        let number = self.new_number();
        let (pid, tid) = (Pid(number), Tid(number));
        let space = self
            .new_space()
            .expect("there is room for the first spaces");
        self.processes.insert(
            pid,
            Process {
                parent: None,
                group: FIRST.0,
                session: FIRST.0,
                name: Vec::new(),
                path: Vec::new(),
                program: None,
                texts: Rc::default(),
                space,
                threads: alloc::vec![tid],
                files: Descriptors::standard(flags),
                directory: self.tree.hold(ROOT),
                umask: 0o022,
                actions: Box::new([Action::default(); _]),
                pending: Vec::new(),
                lender: None,
                counted: [0; _],
                of_children: [0; _],
                used: Used::default(),
                used_by_children: Used::default(),
                since: arch::time(),
                alarms: BTreeMap::new(),
                ending: None,
                end_signal: 0,
            },
        );
        self.threads
            .insert(tid, Thread::new(pid, Box::new(Frame::ZERO), 0));
        self.queue.push_back(tid);
        self.starters.push(pid);
        tid
    }

    /// The file at `path`, if it can be run.
    fn find_program(&mut self, tid: Tid, path: &[u8]) -> Result<Runnable, Errno> {
        let me = self.thread(tid).pid.0;
        let process = self.process_of(tid);
        let found = if path == b"/proc/self/exe" {
            Found::Node(process.program.as_ref().ok_or(Errno::ENOENT)?.id())
        } else {
            let from = process.directory.id();
            self.tree.lookup(from.into(), path, Links::Follow, me)?
        };
        let Found::Node(id) = found else {
            return Err(Errno::EACCES);
        };
        let is_executable = self.tree.node(id).mode & 0o111 != 0;
        let file = self.object_of(id);
        let file = file.filter(|_| is_executable).ok_or(Errno::EACCES)?;
        let mut processes = self.processes.values();
        if processes.any(|process| process.files.writes_to(id)) {
            return Err(Errno::ETXTBSY);
        }
        let (node, size) = (self.tree.hold(id), self.mm.file_size(file));
        Ok(Runnable { node, size, file })
    }

    /// Says, once, that a process has memory that is writable and executable.
    pub(crate) fn log_wx(&mut self, tid: Tid) {
        if !core::mem::replace(&mut self.wx_was_logged, true) {
            let pid = self.thread(tid).pid.0;
            log!("process {pid} has memory that is writable and executable");
        }
    }

    /// Maps the segments of a program, and what else every process has; what is to be
    /// cleared then, behind data of a file that is not as the root disk has it.
    fn map_program(
        &mut self,
        space: SpaceId,
        node: NodeId,
        program: &Executable,
    ) -> Result<Vec<Range<u64>>, Error> {
        let count = |pages: &Range<Page>| pages.end.0 - pages.start.0;
        let (size, mut to_clear) = (self.size_of(node), Vec::new());
        for segment in &program.segments {
            if let Some(pages) = segment.file_pages() {
                let has_zeros = segment.mem_size > segment.file_size;
                let end = segment.offset + segment.file_size;
                let head = self.head_of(node, if has_zeros { end } else { size });
                if has_zeros && head.is_none() {
                    to_clear.push(segment.address + segment.file_size..pages.end.address());
                }
                let file = head.or_else(|| self.object_of(node));
                let what = What::File {
                    file: file.ok_or(Error::BadRange)?,
                    first: segment.offset / PAGE_SIZE as u64,
                    sharing: Sharing::Private,
                };
                let place = Placement::Fixed(pages.start);
                self.mm
                    .map(space, count(&pages), segment.prot, place, what)?;
            }
            if let Some(pages) = segment.zero_pages() {
                let place = Placement::Fixed(pages.start);
                self.mm
                    .map(space, count(&pages), segment.prot, place, What::Anonymous)?;
            }
        }
        self.mm.set_heap(space, program.end.address());
        let trampoline = What::Kernel(self.trampoline.page());
        let place = Placement::FixedIfFree(TRAMPOLINE);
        self.mm
            .map(space, 1, Prot::READ_EXECUTE, place, trampoline)?;
        let place = Placement::FixedIfFree(Page(STACK_END.0 - 1));
        let stack = What::Stack { limit: STACK_LIMIT };
        let prot = Prot {
            execute: program.stack_is_code,
            ..Prot::READ_WRITE
        };
        self.mm.map(space, 1, prot, place, stack)?;
        Ok(to_clear)
    }

    /// The point of no return: the process has the new space, and nothing of its old
    /// program but open files.
    fn become_program(&mut self, tid: Tid, space: SpaceId, program: &Program, asked: &[u8]) {
        let pid = self.thread(tid).pid;
        for other in self.process(pid).threads.clone() {
            if other != tid {
                self.remove_thread(other);
            }
        }
        self.leave_locks(tid);
        self.drop_alarms(pid, |id| id == AlarmId::REAL);
        let tally = self.tally(&self.processes[&pid]);
        let process = self.process(pid);
        process.counted = tally;
        let old = core::mem::replace(&mut process.space, space);
        let lender = process.lender.take();
        // The name is that of a script, the path that of the program that reads it.
        let name = asked.rsplit(|byte| *byte == b'/').next();
        process.name = name.unwrap_or_default().to_vec();
        process.path = program.path.clone();
        process.texts = Rc::new([&program.argv, &program.envp].map(|texts| shown(texts)));
        probe!("process", pid.0, space.0);
        probe!("exec", pid.0, process.name.as_ptr(), process.name.len());
        forget_handlers(&mut *process.actions);
        let closed = process.files.close_for_exec();
        drop(closed);
        self.own_space(space);
        self.leave_space(old);
        if lender.is_some() {
            self.wake_all(usize::MAX, |wait| wait == super::Wait::Lent(pid));
        }
        self.reload_floats();
        let thread = self.thread(tid);
        *thread.frame = Frame::ZERO;
        thread.clear_tid = 0;
        thread.handler_stack = 0..0;
        thread.name = Vec::new();
    }
}

/// Texts as `/proc` shows them, or as many bytes as it keeps.
fn shown(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut all = texts.join(&0);
    all.push(0);
    all.truncate(if texts.is_empty() { 0 } else { PAGE_SIZE });
    all
}

/// A space that is not a process's yet.
struct NewSpace<'a> {
    cx: &'a Cx,
    space: Option<SpaceId>,
}

impl NewSpace<'_> {
    fn id(&self) -> SpaceId {
        self.space.expect("it is given away at the end")
    }
}

impl Drop for NewSpace<'_> {
    fn drop(&mut self) {
        if let Some(space) = self.space.take() {
            self.cx.kernel(|k| k.mm.destroy(space));
        }
    }
}

/// Why a program cannot be started.
pub(crate) enum NoExec {
    /// An error as the call returns it.
    Errno(Errno),
    /// There is something wrong with the file.
    Elf(elf::Problem),
}

impl From<Errno> for NoExec {
    fn from(error: Errno) -> NoExec {
        NoExec::Errno(error)
    }
}

impl From<Error> for NoExec {
    fn from(error: Error) -> NoExec {
        NoExec::Errno(match error {
            Error::NoMemory => Errno::ENOMEM,
            _ => Errno::ENOEXEC,
        })
    }
}

impl From<elf::Problem> for NoExec {
    fn from(problem: elf::Problem) -> NoExec {
        NoExec::Elf(problem)
    }
}

/// Reads from a file; less at its end.
async fn read_file(cx: &Cx, file: ObjectId, at: u64, out: &mut [u8]) -> Result<usize, Errno> {
    let (space, mut done) = (cx.space(), 0);
    while done < out.len() {
        let read = cx.kernel(|k| {
            k.mm.read_file(space, file, at + done as u64, &mut out[done..])
        });
        match read {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(stop) => cx.resolve(stop).await.map_err(|_| Errno::EIO)?,
        }
    }
    Ok(done)
}

/// Runs a program in the process: its threads but this one end, its memory goes.
pub(crate) async fn exec(cx: &Cx, mut program: Program) -> Result<(), NoExec> {
    let tid = cx.tid;
    let bytes = |list: &[Vec<u8>]| list.iter().map(|text| text.len() + 9).sum::<usize>();
    if bytes(&program.argv) + bytes(&program.envp) > MOST_ARGUMENTS {
        return Err(Errno::E2BIG.into());
    }
    let asked = program.path.clone();
    let mut scripts = 0;
    let (found, header) = loop {
        let found = cx.kernel(|k| k.find_program(tid, &program.path))?;
        let mut bytes = [0; script::LOOK];
        let count = read_file(cx, found.file, 0, &mut bytes).await?;
        let Some(script) = script::parse(&bytes[..count]) else {
            break (found, Header::parse(&bytes[..count])?);
        };
        scripts += 1;
        if scripts > script::MOST {
            return Err(Errno::ELOOP.into());
        }
        program.argv = script.arguments(&program.path, &program.argv);
        program.path = script.interpreter;
    };
    let Runnable { node, size, file } = found;
    let mut headers = alloc::vec![0; header.headers_size()];
    let count = read_file(cx, file, header.headers_at, &mut headers).await?;
    if count < headers.len() {
        return Err(elf::Problem::Broken.into());
    }
    let executable = header.executable(&headers, size)?;

    let space = cx.kernel(|k| k.mm.create_space())?;
    let mut space = NewSpace {
        cx,
        space: Some(space),
    };
    let to_clear = cx.kernel(|k| {
        if executable.has_writable_code() {
            k.log_wx(tid);
        }
        k.map_program(space.id(), node.id(), &executable)
    })?;
    for range in to_clear {
        const ZEROS: &[u8; PAGE_SIZE] = &[0; PAGE_SIZE];
        let zeros = &ZEROS[..(range.end - range.start) as usize];
        cx.copy_out_to(space.id(), zeros, range.start).await?;
    }
    let random = cx.kernel(|k| (u128::from(k.random()) << 64) | u128::from(k.random()));
    let stack = stack::build(
        STACK_END.address(),
        &program.argv,
        &program.envp,
        &asked,
        random.to_le_bytes(),
        &auxiliary_vector(&executable),
    );
    cx.copy_out_to(space.id(), &stack.bytes, stack.pointer)
        .await?;
    let space = space.space.take().expect("nobody took it before");
    cx.kernel(|k| {
        k.process_of(tid).program = Some(node);
        k.become_program(tid, space, &program, &asked);
        let frame = &mut k.thread(tid).frame;
        (frame.pc, frame.x[2]) = (executable.entry, stack.pointer);
        k.forget_unused_files();
    });
    Ok(())
}

/// What the program is told of itself and of the machine.
fn auxiliary_vector(program: &Executable) -> [(u64, u64); 15] {
    /// Letters of the ISA: I M A F D C.
    const HWCAP: u64 = {
        let (letters, mut bits, mut at) = (b"imafdc", 0, 0);
        while at < letters.len() {
            bits |= 1 << (letters[at] - b'a');
            at += 1;
        }
        bits
    };
    [
        (abi::AT_PHDR, program.headers),
        (abi::AT_PHENT, 56),
        (abi::AT_PHNUM, program.header_count.into()),
        (abi::AT_PAGESZ, PAGE_SIZE as u64),
        (abi::AT_BASE, 0),
        (abi::AT_FLAGS, 0),
        (abi::AT_ENTRY, program.entry),
        (abi::AT_UID, 0),
        (abi::AT_EUID, 0),
        (abi::AT_GID, 0),
        (abi::AT_EGID, 0),
        (abi::AT_HWCAP, HWCAP),
        (abi::AT_CLKTCK, 100),
        (abi::AT_SECURE, 0),
        (abi::AT_MINSIGSTKSZ, LEAST_STACK),
    ]
}

/// Starts a program that the run begins with; if that is not possible, its
/// process ends.
pub(super) fn start_first(cx: Cx, program: Program) -> Work {
    Box::pin(async move {
        let path = program.path.clone();
        let Err(problem) = exec(&cx, program).await else {
            return;
        };
        let (why, status) = match problem {
            NoExec::Errno(error @ (Errno::ENOENT | Errno::ENOTDIR)) => (error.text(), NOT_FOUND),
            NoExec::Errno(Errno::EACCES) => (
                "permission denied: it is no file that may be executed (chmod +x)",
                NOT_EXECUTABLE,
            ),
            NoExec::Errno(error) => (error.text(), NOT_EXECUTABLE),
            NoExec::Elf(problem) => (problem.text(), NOT_EXECUTABLE),
        };
        report!("{}: {why}", path.escape_ascii());
        let tid = cx.tid;
        cx.kernel(|k| k.exit_group(tid, status));
    })
}
