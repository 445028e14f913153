//! Exec: a program in a new address space.
//!
//! Nothing of the program is read but its headers. Its segments become areas that name
//! the file, and page faults bring in what is used. The zeros behind the data of the
//! last page come for free: the file object for such a segment ends where the data
//! ends, and the page cache fills up with zeros.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags as abi;

use super::signal::forget_handlers;
use super::signal_frame::LEAST_STACK;
use super::{Action, AlarmId, Cx, Descriptors, Kernel, Pid, Process, Thread, Tid, Used, Work};
use crate::arch::{self, Frame};
use crate::console::{log, report};
use crate::elf::{self, Executable, Header};
use crate::fs::tar;
use crate::fs::tree::{Kind, Links, NodeId, ROOT};
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
struct Found {
    node: NodeId,
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
        let tree = &mut self.tree;
        let result = tar::read(
            disk.sectors(),
            |sector, out| disk.read_now(sector, out),
            |member| tree.add(&member),
        );
        // Programs expect a place for files of their own; that it is there already is
        // no error.
        let _ = tree.create(ROOT, b"tmp", Kind::Directory(BTreeMap::new()), 0o777);
        self.devices.root = Some(disk);
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
        let number = self.new_number();
        let (pid, tid) = (Pid(number), Tid(number));
        let space = self
            .new_space()
            .expect("there is room for the first spaces");
        self.processes.insert(
            pid,
            Process {
                parent: None,
                group: number,
                session: number,
                name: Vec::new(),
                path: Vec::new(),
                space,
                threads: alloc::vec![tid],
                files: Descriptors::standard(),
                directory: ROOT,
                actions: Box::new([Action::default(); _]),
                pending: Vec::new(),
                lender: None,
                counted: [0; _],
                of_children: [0; _],
                used: Used::default(),
                used_by_children: Used::default(),
                since: arch::time(),
                alarms: BTreeMap::new(),
                arguments: Vec::new(),
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

    /// The object that stands for the first `len` bytes of a file.
    pub(crate) fn object_of(&mut self, node: NodeId, len: u64) -> Option<ObjectId> {
        let Kind::File(file) = &mut self.tree.node_mut(node).kind else {
            return None;
        };
        let (sector, mm) = (file.sector, &mut self.mm);
        let add = || mm.add_file(sector, len);
        Some(*file.objects.entry(len).or_insert_with(add))
    }

    /// The file at `path`, if it can be run.
    fn find_program(&mut self, tid: Tid, path: &mut Vec<u8>) -> Result<Found, Errno> {
        let process = self.process_of(tid);
        let from = process.directory;
        if path == b"/proc/self/exe" {
            path.clone_from(&process.path);
        }
        let node = self.tree.lookup(from, path, Links::Follow)?;
        let is_executable = self.tree.node(node).mode & 0o111 != 0;
        let Kind::File(file) = &self.tree.node(node).kind else {
            return Err(Errno::EACCES);
        };
        let size = file.size;
        let file = self.object_of(node, size);
        let file = file.filter(|_| is_executable).ok_or(Errno::EACCES)?;
        Ok(Found { node, size, file })
    }

    /// Says, once, that a process has memory that is writable and executable.
    pub(crate) fn log_wx(&mut self, tid: Tid) {
        if !core::mem::replace(&mut self.wx_was_logged, true) {
            let pid = self.thread(tid).pid.0;
            log!("process {pid} has memory that is writable and executable");
        }
    }

    /// Maps the segments of a program, and what else every process has.
    fn map_program(
        &mut self,
        space: SpaceId,
        node: NodeId,
        program: &Executable,
    ) -> Result<(), Error> {
        let count = |pages: &core::ops::Range<Page>| pages.end.0 - pages.start.0;
        for segment in &program.segments {
            if let Some(pages) = segment.file_pages() {
                let has_zeros = segment.mem_size > segment.file_size;
                let len = match &self.tree.node(node).kind {
                    Kind::File(file) if !has_zeros => file.size,
                    _ => segment.offset + segment.file_size,
                };
                let file = self.object_of(node, len).ok_or(Error::BadRange)?;
                let what = What::File {
                    file,
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
        Ok(())
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
        probe!("process", pid.0, space.0);
        probe!("exec", pid.0, process.name.as_ptr(), process.name.len());
        process.arguments = shown_arguments(&program.argv);
        forget_handlers(&mut *process.actions);
        let closed = process.files.close_for_exec();
        drop(closed);
        self.own_space(space);
        self.leave_space(old);
        if lender.is_some() {
            self.wake_all(usize::MAX, |wait| wait == super::Wait::Lent(pid));
        }
        self.wake_all(usize::MAX, super::Wait::is_for_pipe);
        self.reload_floats();
        let thread = self.thread(tid);
        *thread.frame = Frame::ZERO;
        thread.clear_tid = 0;
        thread.handler_stack = 0..0;
        thread.name = Vec::new();
    }
}

/// The beginning of arguments, each with a zero, for `/proc`.
fn shown_arguments(argv: &[Vec<u8>]) -> Vec<u8> {
    const MOST: usize = 1024;
    let bytes = argv.iter().flat_map(|text| text.iter().copied().chain([0]));
    bytes.take(MOST).collect()
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

/// Reads from a file on the root disk; less at its end.
pub(crate) async fn read_file(
    cx: &Cx,
    file: ObjectId,
    at: u64,
    out: &mut [u8],
) -> Result<usize, Errno> {
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
        let found = cx.kernel(|k| k.find_program(tid, &mut program.path))?;
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
    let Found { node, size, file } = found;
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
    cx.kernel(|k| {
        if executable.has_writable_code() {
            k.log_wx(tid);
        }
        k.map_program(space.id(), node, &executable)
    })?;
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
        k.become_program(tid, space, &program, &asked);
        let frame = &mut k.thread(tid).frame;
        (frame.pc, frame.x[2]) = (executable.entry, stack.pointer);
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
            NoExec::Errno(error) => (error.text(), NOT_EXECUTABLE),
            NoExec::Elf(problem) => (problem.text(), NOT_EXECUTABLE),
        };
        report!("{}: {why}", path.escape_ascii());
        let tid = cx.tid;
        cx.kernel(|k| k.exit_group(tid, status));
    })
}
