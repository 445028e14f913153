//! A board: harts, memory, devices, and the loop that runs them.
//!
//! ```
//! use pagewalk_machine::{Config, Limits, Machine, Outcome};
//! use pagewalk_machine::loader::Program;
//!
//! # fn elf() -> Vec<u8> { pagewalk_machine::doc_elf() }
//! let program = Program::parse("answer.elf", &elf())?;
//! let mut machine = Machine::new(&Config::default())?;
//! machine.load(&program)?;
//! match machine.run(&Limits::instructions(1_000_000)) {
//!     Outcome::Exit { code, .. } => assert_eq!(code, 42),
//!     other => panic!("the guest did not come to its end: {other:?}"),
//! }
//! assert_eq!(machine.hart(0).x()[10], 85);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Time
//! Virtual time counts nanoseconds; in each, one instruction retires. Several
//! harts take turns of [`Config::quantum`] instructions, and a hart that waits
//! is passed over. When all of them wait, time skips to the next event. There
//! is one time for all: no hart ever reads an earlier time than another one
//! has read before.

mod boot;
mod device_tree;
mod host_time;
mod inspect;
mod map;
mod run;
mod stats;

pub use boot::{Blob, BootError, Payload};
pub use map::{Area, CLINT_BASE, FINISHER_BASE, PORTS_SLOT, RAM_BASE, VIRTIO_SLOTS};
pub use run::{Limits, Outcome, StopFlag};
pub use stats::Stats;

pub use pagewalk_bus::{PowerSource, RamError, Width};
pub use pagewalk_devices::disk::{self, Disk, SharedDisk};
pub use pagewalk_devices::virtio::{Interface as VirtioInterface, Port, Window};
pub use pagewalk_devices::{Console, Input, SharedConsole, Waited};
pub use pagewalk_hart::{AdPolicy, Hart, Trap, Verdict};
pub use pagewalk_isa as isa;
pub use pagewalk_loader as loader;
pub use pagewalk_mmu as mmu;

use pagewalk_bus::{Bus, Device, Instant, Lines, MapError, PhysAddr, Ram};
use pagewalk_devices::virtio::{self, Block, Function, Mmio};
use pagewalk_devices::{Clint, Finisher, Htif, Plic, Rtc, Silent, Uart};
use pagewalk_hart::Blocks;
use pagewalk_isa::IsaSet;
use pagewalk_loader::{LoadError, Program, Region};

/// What a board is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// Bytes of RAM: a multiple of 4096.
    pub memory: u64,
    /// Number of harts, 1 to [`Config::MAX_HARTS`].
    pub harts: usize,
    /// What the harts announce and execute.
    pub isa: IsaSet,
    /// Who sets the A and D bits of PTEs.
    pub ad: AdPolicy,
    /// Instructions in one turn of a hart, if there are several; at least
    /// [`Config::MIN_QUANTUM`].
    pub quantum: u64,
    /// What time is.
    pub clock: ClockSource,
    /// What the real-time clock shows at reset, in nanoseconds since 1970.
    pub start_time: u64,
    /// What the guest's random numbers come from.
    pub seed: u64,
    /// The register interface of virtio-mmio slots.
    pub virtio: VirtioInterface,
}

/// What time is for a guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClockSource {
    /// Virtual time: a function of the instructions that were executed. Waiting
    /// takes none of the host's time.
    #[default]
    Virtual,
    /// Virtual time, but waiting takes as long as it says: for somebody who waits with
    /// the guest. Without input it is the same run.
    Paced,
    /// The host's time: waiting takes as long as it says, and no two runs are
    /// alike.
    Host,
}

impl Config {
    /// Most harts that a board can have.
    pub const MAX_HARTS: usize = 8;

    /// Shortest turn of a hart: one that ends within every LR/SC sequence would
    /// let none of them succeed.
    pub const MIN_QUANTUM: u64 = 100;

    /// The default of [`Config::start_time`]: 2026-01-01 00:00:00 UTC.
    pub const START_TIME: u64 = 1_767_225_600_000_000_000;

    /// Whether a program fits a board like this; what [`Machine::load`] asks.
    ///
    /// # Errors
    /// [`LoadError`] if it does not.
    pub fn check(&self, program: &Program) -> Result<(), LoadError> {
        program.check_fits(&[ram_region(self.memory)])
    }
}

/// The memory of a board as messages name it.
fn ram_region(size: u64) -> Region {
    Region {
        name: "RAM".to_owned(),
        start: RAM_BASE,
        size,
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            harts: 1,
            isa: IsaSet::ANNOUNCED,
            ad: AdPolicy::default(),
            quantum: 2_000,
            clock: ClockSource::Virtual,
            start_time: Self::START_TIME,
            seed: 0,
            virtio: VirtioInterface::Modern,
        }
    }
}

/// A board cannot be built.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The host cannot give this memory.
    #[error(transparent)]
    Memory(#[from] RamError),
    /// Too few or too many harts.
    #[error("a board has 1 to {max} harts, not {0}", max = Config::MAX_HARTS)]
    Harts(usize),
    /// Two things claim one address.
    #[error(transparent)]
    Map(#[from] MapError),
    /// More drives than slots.
    #[error("a board has room for {VIRTIO_SLOTS} drives, not {0}")]
    Disks(usize),
    /// The slot of the ports has a drive in it.
    #[error("a board with ports has room for {PORTS_SLOT} drives, not {0}")]
    Ports(usize),
}

/// A running board.
#[derive(Debug)]
pub struct Machine {
    config: Config,
    bus: Bus,
    blocks: Blocks,
    harts: Vec<Box<Hart>>,
    idle: Vec<run::Idle>,
    /// Virtual time.
    now: Instant,
    host_time: host_time::HostTime,
    turn: run::Turn,
    quantum: u64,
    htif: Option<Htif>,
    console: SharedConsole,
    /// Where input comes from: the console, or the first port.
    input: SharedConsole,
}

/// The device at `place`.
fn device(
    place: &map::Place,
    config: &Config,
    disks: &[SharedDisk],
    ports: &[Port],
    console: &SharedConsole,
) -> Box<dyn Device> {
    let harts = config.harts;
    let line = map::source_line(harts, place.source.unwrap_or(0));
    match place.kind {
        map::Kind::Finisher => Box::new(Finisher::default()),
        map::Kind::Rtc => Box::new(Rtc::new(line, config.start_time)),
        map::Kind::Clint => Box::new(Clint::new((0..harts).map(map::clint_lines))),
        map::Kind::Plic => {
            let sources = map::source_line(harts, 0);
            let contexts = map::plic_contexts(harts);
            Box::new(Plic::new(sources, map::SOURCES, contexts))
        }
        map::Kind::Uart => Box::new(Uart::new(line, console.clone())),
        map::Kind::Virtio(slot) => {
            let function: Option<Box<dyn Function>> = match disks.get(slot as usize) {
                Some(disk) => Some(Box::new(Block::new(disk.clone()))),
                None if slot == PORTS_SLOT && !ports.is_empty() => {
                    Some(Box::new(virtio::Console::new(ports.to_vec())))
                }
                None => None,
            };
            Box::new(Mmio::new(line, config.virtio, function))
        }
    }
}

impl Machine {
    /// A board in the state after reset, with nothing in memory and no disks.
    ///
    /// # Errors
    /// [`ConfigError`] if it cannot be built like that.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Self::with_disks(config, &[])
    }

    /// A board in the state after reset, with nothing in memory; disk number n
    /// is in virtio slot n.
    ///
    /// # Errors
    /// [`ConfigError`] if it cannot be built like that.
    pub fn with_disks(config: &Config, disks: &[SharedDisk]) -> Result<Self, ConfigError> {
        Self::with_ports(config, disks, &[])
    }

    /// A board in the state after reset, with nothing in memory; disk number n is
    /// in virtio slot n, and a virtio console with these ports, if there are any, in
    /// slot [`PORTS_SLOT`]. Input is waited for at the first of them; the console of
    /// [`Machine::set_console`] has none then.
    ///
    /// # Errors
    /// [`ConfigError`] if it cannot be built like that.
    pub fn with_ports(
        config: &Config,
        disks: &[SharedDisk],
        ports: &[Port],
    ) -> Result<Self, ConfigError> {
        if config.harts == 0 || config.harts > Config::MAX_HARTS {
            return Err(ConfigError::Harts(config.harts));
        }
        if disks.len() > VIRTIO_SLOTS as usize {
            return Err(ConfigError::Disks(disks.len()));
        }
        if !ports.is_empty() && disks.len() > PORTS_SLOT as usize {
            return Err(ConfigError::Ports(disks.len()));
        }
        let ram = Ram::new(PhysAddr(RAM_BASE), config.memory)?;
        let mut bus = Bus::new(ram, Lines::new(map::line_words(config.harts)));
        let console = SharedConsole::new(Box::new(Silent));
        for place in &map::PLACES {
            let base = PhysAddr(place.base);
            let device = device(place, config, disks, ports, &console);
            match place.kind {
                map::Kind::Plic => bus.map_controller(base, place.size, device)?,
                _ => bus.map(base, place.size, device)?,
            }
        }
        let input = ports.first().map_or(&console, |port| &port.end).clone();
        let harts = (0..config.harts).map(|id| {
            Hart::new(pagewalk_hart::Config {
                id: id as u64,
                isa: config.isa,
                ad: config.ad,
                reset_pc: RAM_BASE,
            })
        });
        Ok(Self {
            config: config.clone(),
            bus,
            blocks: Blocks::default(),
            harts: harts.collect(),
            idle: vec![run::Idle::Runs; config.harts],
            now: Instant::ZERO,
            host_time: host_time::HostTime::new(config.clock),
            turn: run::Turn::before_first(config.harts),
            quantum: config.quantum.max(Config::MIN_QUANTUM),
            htif: None,
            console,
            input,
        })
    }

    /// Connects the guest's console with `console`, both ways.
    pub fn set_console(&mut self, console: Box<dyn Console>) {
        self.console.replace(console);
    }

    /// Hart number `index`.
    ///
    /// # Panics
    /// If there is no such hart.
    #[must_use]
    pub fn hart(&self, index: usize) -> &Hart {
        &self.harts[index]
    }

    /// Hart number `index`, to be changed between two runs.
    ///
    /// # Panics
    /// If there is no such hart.
    #[must_use]
    pub fn hart_mut(&mut self, index: usize) -> &mut Hart {
        &mut self.harts[index]
    }

    /// What hart `index` would read from `csr` now, in M-mode.
    ///
    /// # Panics
    /// If there is no such hart.
    #[must_use]
    pub fn csr(&self, index: usize, csr: isa::Csr) -> u64 {
        self.harts[index].csr(csr, &self.bus.clock, self.now)
    }

    /// All harts.
    pub fn harts(&self) -> impl ExactSizeIterator<Item = &Hart> {
        self.harts.iter().map(|hart| &**hart)
    }

    /// Instructions retired by all harts.
    #[must_use]
    pub fn retired(&self) -> u64 {
        self.harts.iter().map(|hart| hart.retired()).sum()
    }

    /// Reads guest-physical memory. `None` outside RAM.
    #[must_use]
    pub fn read(&self, address: u64, width: Width) -> Option<u64> {
        self.bus.ram.read(PhysAddr(address), width)
    }

    /// Writes to guest-physical memory. `None`, and nothing is written, if part
    /// of it is not RAM.
    pub fn write_bytes(&mut self, address: u64, bytes: &[u8]) -> Option<()> {
        self.bus.ram.write_bytes(PhysAddr(address), bytes)
    }

    /// Copies guest-physical memory. `None` if part of it is not RAM.
    #[must_use]
    pub fn read_bytes(&self, address: u64, out: &mut [u8]) -> Option<()> {
        self.bus.ram.read_bytes(PhysAddr(address), out)
    }

    /// What is at a physical address: the name of a device, `RAM`, or `None`.
    #[must_use]
    pub fn name_at(&self, address: u64) -> Option<&'static str> {
        self.bus.name_at(PhysAddr(address))
    }
}

/// An ELF for the example in the documentation: stores 42 << 1 | 1 to
/// `tohost`.
#[doc(hidden)]
#[must_use]
pub fn doc_elf() -> Vec<u8> {
    map::tiny_elf(&[
        0x0550_0513, // li a0, 85
        0x0000_1597, // auipc a1, 1: the page of tohost
        0xfea5_be23, // sd a0, -4(a1)
        0x0000_006f, // j .
    ])
}
