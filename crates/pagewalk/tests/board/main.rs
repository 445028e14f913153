//! Guests that drive devices and harts of the board, run through the library:
//! what they check themselves, what they print, and that they do it again.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_machine::disk::MemoryDisk;
use pagewalk_machine::loader::Program;
use pagewalk_machine::{
    Config, Console, Disk, Input, Limits, Machine, Outcome, Payload, SharedDisk, VirtioInterface,
    Waited,
};

/// Instructions that a program may retire; the longest needs a third.
const BUDGET: u64 = 100_000_000;

/// A console that has all of its input from the start.
#[derive(Debug)]
struct Transcript {
    input: VecDeque<u8>,
    output: Rc<RefCell<Vec<u8>>>,
}

impl Console for Transcript {
    fn write(&mut self, bytes: &[u8]) {
        self.output.borrow_mut().extend(bytes);
    }

    fn read(&mut self) -> Input {
        self.input.pop_front().map_or(Input::End, Input::Byte)
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        match limit {
            Some(_) => Waited::Over,
            None => Waited::Never,
        }
    }
}

/// What a run left behind.
#[derive(Debug, PartialEq)]
struct Run {
    outcome: Outcome,
    output: String,
    retired: u64,
}

impl Run {
    /// What the program printed, which has to have ended well.
    #[track_caller]
    fn passed(&self) -> &str {
        let passed = matches!(self.outcome, Outcome::Exit { code: 0, .. });
        assert!(passed, "{self:#?}");
        &self.output
    }
}

/// Runs a program on a board.
fn run(name: &str, config: &Config, disks: &[SharedDisk], input: &str) -> Run {
    let image = pagewalk_guest_images::image(name).expect("the guests were built");
    let program = Program::parse(name, image.bytes).expect("a good ELF file");
    let mut machine = Machine::with_disks(config, disks).expect("a good board");
    let output = Rc::new(RefCell::new(Vec::new()));
    machine.set_console(Box::new(Transcript {
        input: input.bytes().collect(),
        output: Rc::clone(&output),
    }));
    let payload = Payload {
        program: Some(&program),
        ..Payload::default()
    };
    machine.boot(&payload).expect("it fits");
    let outcome = machine.run(&Limits::instructions(BUDGET));
    let output = String::from_utf8_lossy(&output.borrow()).into_owned();
    Run {
        outcome,
        output,
        retired: machine.retired(),
    }
}

/// A disk in memory that a guest may only read.
#[derive(Debug)]
struct ReadOnly(MemoryDisk);

impl Disk for ReadOnly {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.0.read(offset, out)
    }

    fn write(&mut self, _offset: u64, _bytes: &[u8]) -> std::io::Result<()> {
        panic!("the device refuses to write to a disk that is read-only");
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }

    fn id(&self) -> &str {
        "a name of 20 letters"
    }
}

fn disk(bytes: Vec<u8>) -> Rc<RefCell<MemoryDisk>> {
    Rc::new(RefCell::new(MemoryDisk::new(bytes)))
}

#[test]
fn an_independent_driver_finds_block_devices_as_it_expects_them() {
    for (interface, name) in [
        (VirtioInterface::Modern, "modern"),
        (VirtioInterface::Legacy, "legacy"),
    ] {
        let config = Config {
            virtio: interface,
            ..Config::default()
        };
        let written = disk(vec![0; 1 << 20]);
        let read_only = Rc::new(RefCell::new(ReadOnly(MemoryDisk::new(vec![7; 4 * 512]))));
        let disks: [SharedDisk; 2] = [written.clone(), read_only];
        let run = run("virtio-drivers", &config, &disks, "");
        let expected = format!(
            "slot 0: {name}, 2048 sectors, id `memory`\nslot 0 passed\n\
             slot 1: {name}, 4 sectors, id `a name of 20 letters`, read-only\nslot 1 passed\n\
             disks: 2\n"
        );
        assert_eq!(run.passed(), expected);
        // The last thing that it wrote.
        let written = written.borrow();
        assert_eq!(written.bytes()[..1024], [0x55; 1024]);
        assert_ne!(written.bytes()[1024], 0x55);
    }
}

#[test]
fn code_and_page_tables_that_a_disk_has_written_are_seen_after_their_fences() {
    let disks: [SharedDisk; 1] = [disk(vec![0; 4 * 4096])];
    let run = run("dma", &Config::default(), &disks, "");
    assert_eq!(run.passed(), "stale calls and loads: Ok([0, 0])\n");
}

#[test]
fn harts_work_together_the_same_way_each_time() {
    for harts in 1..=8 {
        for quantum in [50, 2000] {
            let config = Config {
                harts,
                quantum,
                ..Config::default()
            };
            let first = run("harts", &config, &[], "");
            let text = first.passed();
            assert!(text.starts_with(&format!("harts: {harts}\n")), "{text}");
            let alarms = format!("alarms: {}\nearly alarms: 0\n", 5 * harts);
            assert!(text.ends_with(&alarms), "{text}");
            assert_eq!(run("harts", &config, &[], ""), first);
        }
    }
}

#[test]
fn input_comes_by_interrupts_to_both_modes() {
    let config = Config::default();
    let run = run("echo", &config, &[], "one line\rand another\n");
    let expected = "M-mode:\none line\nS-mode:\nand another\ninterrupts of other sources: 0\n";
    assert_eq!(run.passed(), expected);
}

/// The image that `bench-block` expects: its order in block 0, then blocks
/// that begin with their number.
fn bench_image(order: [u64; 5]) -> Vec<u8> {
    let mut bytes = vec![0; 64 * 4096];
    for (block, bytes) in (0u64..).zip(bytes.chunks_mut(4096)) {
        bytes[..8].copy_from_slice(&block.to_le_bytes());
    }
    let words = [u64::from_le_bytes(*b"PWBLOCK1")].into_iter().chain(order);
    for (word, bytes) in words.zip(bytes.chunks_mut(8)) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

#[test]
fn the_benchmark_of_block_devices_does_what_is_asked() {
    for (depth, event_index) in [(1, 0), (32, 0), (32, 1)] {
        // All blocks but the first, twice.
        let image = bench_image([0, 0, depth, event_index, 2 * 63]);
        let disks: [SharedDisk; 1] = [disk(image)];
        let read = run("bench-block", &Config::default(), &disks, "");
        let sum = 2 * (1..64).sum::<u64>();
        let expected = format!("block checksum={sum:#018x} requests=126\n");
        assert_eq!(read.passed(), expected);

        let image = bench_image([1, 0, depth, event_index, 40]);
        let written = disk(image.clone());
        let disks: [SharedDisk; 1] = [written.clone()];
        let run = run("bench-block", &Config::default(), &disks, "");
        run.passed();
        let written = written.borrow();
        let blocks = written.bytes().chunks(4096).zip(image.chunks(4096));
        let changed: Vec<bool> = blocks.map(|(new, old)| new != old).collect();
        let expected: Vec<bool> = (0..64).map(|block| (1..=40).contains(&block)).collect();
        assert_eq!(changed, expected);
    }
}
