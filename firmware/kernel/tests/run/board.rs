//! A board with firmware and kernel, a root disk and a swap disk, and what comes out
//! of a run.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::OnceLock;

use pagewalk_guest_images::{FIRMWARE, Image, KERNEL, USER_PROGRAMS, images};
use pagewalk_machine::disk::MemoryDisk;
use pagewalk_machine::isa::{Cause, ExceptionCause, Privilege};
use pagewalk_machine::loader::Program;
use pagewalk_machine::{AdPolicy, Config, Console, Input, Limits, Machine, Outcome, Payload};
use pagewalk_machine::{Port, SharedConsole, SharedDisk, Trap, Waited};

/// More instructions than any of the programs needs.
const BUDGET: u64 = 4_000_000_000;
/// Fewer instructions than the kernel needs for the shortest trap: of two traps from a
/// program, there is always an end of such a step between them.
const STEP: u64 = 16;

/// A host end that remembers what comes, and has some input.
#[derive(Debug, Default)]
struct Transcript {
    output: Rc<RefCell<Vec<u8>>>,
    input: Vec<u8>,
}

impl Console for Transcript {
    fn write(&mut self, bytes: &[u8]) {
        self.output.borrow_mut().extend(bytes);
    }

    fn read(&mut self) -> Input {
        if self.input.is_empty() {
            Input::End
        } else {
            Input::Byte(self.input.remove(0))
        }
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, _: Option<std::time::Duration>) -> Waited {
        Waited::Never
    }
}

/// What to run, and on what.
pub(crate) struct Setup<'a> {
    /// Words of the kernel's command line.
    pub(crate) options: &'a str,
    pub(crate) swap_pages: usize,
    pub(crate) ad: AdPolicy,
    pub(crate) argv: &'a [&'a str],
    pub(crate) input: &'a [u8],
    /// Standard streams by a virtio console; else they are records.
    pub(crate) has_ports: bool,
    /// Instead of a disk in memory with all programs.
    pub(crate) root: Option<SharedDisk>,
    /// Instead of a disk in memory of so many pages.
    pub(crate) swap: Option<SharedDisk>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup {
            options: "frames=256 check=1",
            swap_pages: 0,
            ad: AdPolicy::Hardware,
            argv: &[],
            input: &[],
            has_ports: true,
            root: None,
            swap: None,
        }
    }
}

/// A page fault of a program, as the hart raised it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PageFault {
    pub(crate) cause: ExceptionCause,
    pub(crate) address: u64,
}

impl PageFault {
    fn of(trap: &Trap) -> Option<PageFault> {
        let Cause::Exception(cause) = trap.cause else {
            return None;
        };
        let is_page_fault = matches!(
            cause,
            ExceptionCause::InstructionPageFault
                | ExceptionCause::LoadPageFault
                | ExceptionCause::StorePageFault
        );
        (is_page_fault && trap.from == Privilege::User).then_some(PageFault {
            cause,
            address: trap.tval,
        })
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: u64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What the kernel said.
    pub(crate) log: String,
    /// The page faults of all programs, in order, from [`run_watched`].
    pub(crate) faults: Vec<PageFault>,
    /// Page faults that the hart has raised.
    pub(crate) raised: u64,
    /// From reset to the end.
    pub(crate) instructions: u64,
}

impl Run {
    /// A counter in the record of the end of process 1.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let mut records = self.records();
        let record = records.find(|record| record.starts_with("@exit pid=1 "));
        counter_in(
            record.unwrap_or_else(|| panic!("no record: {self:?}")),
            name,
        )
    }

    /// The sum of a counter over all processes.
    pub(crate) fn total(&self, name: &str) -> u64 {
        self.records().map(|record| counter_in(record, name)).sum()
    }

    /// The records of processes that have ended.
    pub(crate) fn records(&self) -> impl Iterator<Item = &str> {
        self.log.lines().filter(|line| line.starts_with("@exit "))
    }

    /// What the kernel told the user.
    pub(crate) fn reports(&self) -> impl Iterator<Item = &str> {
        let lines = self.log.lines();
        lines.filter_map(|line| line.strip_prefix("@report "))
    }

    /// How many page faults of a kind there were at some addresses.
    pub(crate) fn faults_in(&self, addresses: &Range<u64>, cause: ExceptionCause) -> usize {
        let faults = self.faults.iter();
        faults
            .filter(|fault| fault.cause == cause && addresses.contains(&fault.address))
            .count()
    }
}

/// A counter in the record of the end of a process.
fn counter_in(record: &str, name: &str) -> u64 {
    let mut words = record.split(' ').filter_map(|word| word.split_once('='));
    let value = words.find(|(key, _)| *key == name);
    value
        .and_then(|(_, value)| value.parse().ok())
        .expect("a counter")
}

/// Bytes of the kernel's heap that may stay in use: room of lists that have been longer,
/// files that were read, and the last call, in which it is counted.
const HEAP_LEFT: u64 = 16 << 10;

/// What the kernel takes back from processes to the last one.
pub(crate) const ALL_TAKEN_BACK: [&str; 6] = [
    "processes",
    "threads",
    "spaces",
    "frames",
    "slots",
    "tables",
];

/// What the kernel has not taken back from processes, if all of them have ended.
pub(crate) fn something_is_left(log: &str) -> Option<&str> {
    let left = log.lines().find(|line| line.starts_with("@left "))?;
    let count = |name| counter_in(left, name);
    let is_good = ALL_TAKEN_BACK.iter().all(|name| count(name) == 0) && count("heap") <= HEAP_LEFT;
    (count("alive") == 0 && !is_good).then_some(left)
}

fn guest(group: &str, name: &str) -> Program {
    let mut all = images().iter();
    let image = all.find(|image| image.group == group && image.name == name);
    let image = image.unwrap_or_else(|| panic!("{name}: {:?}", pagewalk_guest_images::problem()));
    Program::parse(name, image.bytes).expect("a guest program is an ELF file")
}

/// A tar archive of all user programs, in /bin.
pub(crate) fn root() -> Vec<u8> {
    static ARCHIVE: OnceLock<Vec<u8>> = OnceLock::new();
    ARCHIVE.get_or_init(make_root).clone()
}

fn make_root() -> Vec<u8> {
    let mut archive = Vec::new();
    for image in images().iter().filter(|image| image.group == USER_PROGRAMS) {
        let mut header = [0; 512];
        let mut put =
            |at: usize, text: &str| header[at..][..text.len()].copy_from_slice(text.as_bytes());
        put(0, &format!("bin/{}", image.name));
        put(100, "0000755");
        put(124, &format!("{:011o}", image.bytes.len()));
        put(136, "00000000000");
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend(image.bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.extend([0; 1024]);
    archive
}

/// The kernel.
pub(crate) fn kernel() -> &'static Image {
    let mut all = images().iter();
    all.find(|image| image.group == KERNEL)
        .expect("the kernel was built")
}

/// Boots, and runs to the end.
pub(crate) fn run(setup: &Setup<'_>) -> Run {
    run_by(setup, |machine| machine.run(&Limits::instructions(BUDGET)))
}

/// Boots, and lets `drive` run it to the end.
pub(crate) fn run_by(setup: &Setup<'_>, drive: impl FnOnce(&mut Machine) -> Outcome) -> Run {
    let config = Config {
        memory: 64 << 20,
        ad: setup.ad,
        ..Config::default()
    };
    let disk = |bytes| -> SharedDisk { Rc::new(RefCell::new(MemoryDisk::new(bytes))) };
    let mut disks = vec![setup.root.clone().unwrap_or_else(|| disk(root()))];
    if let Some(swap) = &setup.swap {
        disks.push(swap.clone());
    } else if setup.swap_pages > 0 {
        disks.push(disk(vec![0; setup.swap_pages * 4096]));
    }
    let [log, stdout, stderr]: [Rc<RefCell<Vec<u8>>>; 3] = Default::default();
    let port = |name, output: &Rc<RefCell<Vec<u8>>>, has_input| Port {
        name,
        has_input,
        terminal: None,
        end: SharedConsole::new(Box::new(Transcript {
            output: Rc::clone(output),
            input: if has_input {
                setup.input.to_vec()
            } else {
                Vec::new()
            },
        })),
    };
    let ports = [
        port("stdin", &stdout, true),
        port("stdout", &stdout, false),
        port("stderr", &stderr, false),
    ];
    let ports = if setup.has_ports { &ports[..] } else { &[] };
    let mut machine = Machine::with_ports(&config, &disks, ports).expect("a board");
    machine.set_console(Box::new(Transcript {
        output: Rc::clone(&log),
        input: Vec::new(),
    }));
    let (firmware, kernel) = (
        guest(FIRMWARE, "pagewalk-sbi"),
        guest(KERNEL, "pagewalk-kernel"),
    );
    let argv: Vec<Vec<u8>> = setup
        .argv
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
    let payload = Payload {
        program: Some(&kernel),
        firmware: Some(&firmware),
        bootargs: Some(setup.options),
        argv: &argv,
        envp: &[b"HOME=/".to_vec()],
        ..Payload::default()
    };
    machine.boot(&payload).expect("it fits");
    let outcome = drive(&mut machine);
    let traps = machine.stats().traps;
    let is_page_fault = |name: &str| name.to_ascii_lowercase().ends_with("page fault");
    let page_faults = traps.iter().filter(|(name, _)| is_page_fault(name));
    let raised = page_faults.map(|(_, count)| count).sum();
    let text = |bytes: &Rc<RefCell<Vec<u8>>>| String::from_utf8_lossy(&bytes.borrow()).into_owned();
    let (stdout, stderr, log) = (text(&stdout), text(&stderr), text(&log));
    if let Some(left) = something_is_left(&log) {
        panic!("{:?}: {left}\n{log}", setup.argv);
    }
    match outcome {
        Outcome::Exit { code, .. } => Run {
            status: code,
            stdout,
            stderr,
            log,
            faults: Vec::new(),
            raised,
            instructions: machine.retired(),
        },
        other => panic!(
            "{:?} did not end: {other:?}\n{log}\n{stdout}\n{stderr}",
            setup.argv
        ),
    }
}

/// As [`run`], in short steps: no page fault of a program is missed.
pub(crate) fn run_watched(setup: &Setup<'_>) -> Run {
    let mut faults = Vec::new();
    let mut seen = None;
    let mut run = run_by(setup, |machine| {
        loop {
            let outcome = machine.run(&Limits::instructions(STEP));
            let trap = machine.hart(0).last_trap();
            let at = trap.map(|trap| trap.retired);
            if at != seen {
                seen = at;
                faults.extend(trap.and_then(PageFault::of));
            }
            if outcome != Outcome::Budget || machine.retired() > BUDGET {
                return outcome;
            }
        }
    });
    run.faults = faults;
    run
}
