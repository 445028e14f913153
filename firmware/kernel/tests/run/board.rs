//! A board with firmware and kernel, a root disk and a swap disk, and what comes out
//! of a run.

use std::cell::RefCell;
use std::rc::Rc;

use pagewalk_guest_images::{FIRMWARE, Image, KERNEL, USER_PROGRAMS, images};
use pagewalk_machine::disk::{MemoryDisk, SharedDisk};
use pagewalk_machine::loader::Program;
use pagewalk_machine::{AdPolicy, Config, Console, Input, Limits, Machine, Outcome, Payload};
use pagewalk_machine::{Port, SharedConsole, Waited};

/// More instructions than any of the programs needs.
const BUDGET: u64 = 4_000_000_000;

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
        }
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
}

impl Run {
    /// A counter in the record of the end of process 1.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let record = self
            .log
            .lines()
            .find(|line| line.starts_with("@exit pid=1 "));
        let record = record.unwrap_or_else(|| panic!("no record: {self:?}"));
        let mut words = record.split(' ').filter_map(|word| word.split_once('='));
        let value = words.find(|(key, _)| *key == name);
        value
            .and_then(|(_, value)| value.parse().ok())
            .expect("a counter")
    }
}

fn guest(group: &str, name: &str) -> Program {
    let mut all = images().iter();
    let image = all.find(|image| image.group == group && image.name == name);
    let image = image.unwrap_or_else(|| panic!("{name}: {:?}", pagewalk_guest_images::problem()));
    Program::parse(name, image.bytes).expect("a guest program is an ELF file")
}

/// A tar archive of all user programs, in /bin.
fn root() -> Vec<u8> {
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
    let mut disks = vec![disk(root())];
    if setup.swap_pages > 0 {
        disks.push(disk(vec![0; setup.swap_pages * 4096]));
    }
    let [log, stdout, stderr]: [Rc<RefCell<Vec<u8>>>; 3] = Default::default();
    let port = |name, output: &Rc<RefCell<Vec<u8>>>, has_input| Port {
        name,
        has_input,
        is_terminal: false,
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
    let text = |bytes: &Rc<RefCell<Vec<u8>>>| String::from_utf8_lossy(&bytes.borrow()).into_owned();
    let (stdout, stderr, log) = (text(&stdout), text(&stderr), text(&log));
    match outcome {
        Outcome::Exit { code, .. } => Run {
            status: code,
            stdout,
            stderr,
            log,
        },
        other => panic!(
            "{:?} did not end: {other:?}\n{log}\n{stdout}\n{stderr}",
            setup.argv
        ),
    }
}
