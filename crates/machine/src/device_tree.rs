//! The device tree: what a kernel or a firmware reads to learn about the board.
//!
//! All addresses and interrupt numbers come from [`map`], the ISA from the
//! [`Config`]; what stands here is how each device is called and described.
//!
//! Sources: the Devicetree Specification, release 0.4; the bindings in Linux'
//! Documentation/devicetree/bindings, which say for each `compatible` what else
//! its node has. Where they leave a choice, it is that of QEMU's `virt`.

#[cfg(test)]
mod tests;

use pagewalk_bus::{Line, NANOSECONDS_PER_TICK};
use pagewalk_devices::Finisher;
use pagewalk_hart::{AdPolicy, CACHE_BLOCK};
use pagewalk_isa::{Extension, IsaSet};
use vm_fdt::{Error, FdtWriter};

use crate::{Config, RAM_BASE, map};

/// What is not a property of the board, but of this start of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chosen<'a> {
    /// The command line of the kernel.
    pub(crate) bootargs: Option<&'a str>,
    /// The arguments of the process that the kernel is to run, without zero bytes.
    pub(crate) argv: &'a [Vec<u8>],
    /// Its environment.
    pub(crate) envp: &'a [Vec<u8>],
    /// Where the initial RAM disk begins, and the address behind its end.
    pub(crate) initrd: Option<(u64, u64)>,
    /// What is in RAM but not for the kernel.
    pub(crate) reserved: &'a [Reserved],
}

/// A range of RAM that a kernel has to leave alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reserved {
    /// What its node is called, without the address.
    pub(crate) name: String,
    /// Its first address.
    pub(crate) base: u64,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Whether the kernel must not even map it.
    pub(crate) no_map: bool,
}

/// What the input clock of a UART runs at on QEMU's `virt`, in hertz: with
/// divisor 2 it is 115,200 baud. Drivers compute divisors from it; ours sends at
/// its own speed, whatever they are.
const UART_CLOCK: u32 = 3_686_400;

/// Numbers by which nodes refer to each other.
struct Phandles {
    harts: usize,
}

impl Phandles {
    fn hart(&self, hart: usize) -> u32 {
        1 + 2 * hart as u32
    }

    /// The interrupt controller in a hart.
    fn interrupts_of(&self, hart: usize) -> u32 {
        2 + 2 * hart as u32
    }

    fn plic(&self) -> u32 {
        self.hart(self.harts)
    }

    fn finisher(&self) -> u32 {
        self.plic() + 1
    }

    /// Lines into harts, as `interrupts-extended` lists them. The word of a
    /// line is the number of the hart.
    fn cells(&self, lines: impl IntoIterator<Item = Line>) -> Vec<u32> {
        let cells = |line: Line| [self.interrupts_of(line.word), u32::from(line.bit)];
        lines.into_iter().flat_map(cells).collect()
    }
}

/// The device tree of a board, as a flattened blob.
///
/// # Errors
/// If a text in it contains a zero byte, or `reserved` has a name that is no
/// name of a node.
pub(crate) fn write(config: &Config, chosen: &Chosen<'_>) -> Result<Vec<u8>, Error> {
    let phandles = &Phandles {
        harts: config.harts,
    };
    let mut fdt = FdtWriter::new()?;
    let root = fdt.begin_node("")?;
    fdt.property_u32("#address-cells", 2)?;
    fdt.property_u32("#size-cells", 2)?;
    // What firmware and kernels know QEMU's board by.
    fdt.property_string("compatible", "riscv-virtio")?;
    fdt.property_string("model", "riscv-virtio,pagewalk")?;
    write_aliases(&mut fdt)?;
    write_chosen(&mut fdt, config, chosen)?;
    write_cpus(&mut fdt, config, phandles)?;
    write_memory(&mut fdt, config)?;
    write_reserved(&mut fdt, chosen.reserved)?;
    write_power(&mut fdt, "poweroff", Finisher::PASS, phandles)?;
    write_power(&mut fdt, "reboot", Finisher::RESET, phandles)?;
    write_soc(&mut fdt, phandles)?;
    fdt.end_node(root)?;
    fdt.finish()
}

fn write_aliases(fdt: &mut FdtWriter) -> Result<(), Error> {
    let node = fdt.begin_node("aliases")?;
    fdt.property_string("serial0", &console_path())?;
    fdt.end_node(node)
}

fn write_chosen(fdt: &mut FdtWriter, config: &Config, chosen: &Chosen<'_>) -> Result<(), Error> {
    let node = fdt.begin_node("chosen")?;
    if let Some(bootargs) = chosen.bootargs {
        fdt.property_string("bootargs", bootargs)?;
    }
    if let Some((start, end)) = chosen.initrd {
        fdt.property_u64("linux,initrd-start", start)?;
        fdt.property_u64("linux,initrd-end", end)?;
    }
    for (name, list) in [
        ("pagewalk,argv", chosen.argv),
        ("pagewalk,envp", chosen.envp),
    ] {
        if !list.is_empty() {
            fdt.property(name, &string_list(list))?;
        }
    }
    fdt.property("rng-seed", &random_bytes(config.seed))?;
    fdt.property_string("stdout-path", &console_path())?;
    fdt.end_node(node)
}

/// A list of strings that need not be text, each with a zero byte behind it.
fn string_list(list: &[Vec<u8>]) -> Vec<u8> {
    let ended = list.iter().flat_map(|text| text.iter().chain(&[0]));
    ended.copied().collect()
}

/// The path of the UART that the console is.
fn console_path() -> String {
    let is_uart = |place: &&map::Place| place.kind == map::Kind::Uart;
    let uart = map::PLACES.iter().find(is_uart);
    let uart = uart.expect("the map has a UART");
    format!("/soc/{}", node_name(uart))
}

fn write_cpus(fdt: &mut FdtWriter, config: &Config, phandles: &Phandles) -> Result<(), Error> {
    const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;
    let ticks_per_second = NANOSECONDS_PER_SECOND / NANOSECONDS_PER_TICK;
    let node = fdt.begin_node("cpus")?;
    fdt.property_u32("#address-cells", 1)?;
    fdt.property_u32("#size-cells", 0)?;
    fdt.property_u32("timebase-frequency", ticks_per_second as u32)?;
    let isa = announced(config.isa, config.ad);
    for hart in 0..config.harts {
        write_cpu(fdt, hart, isa, phandles)?;
    }
    let map = fdt.begin_node("cpu-map")?;
    let cluster = fdt.begin_node("cluster0")?;
    for hart in 0..config.harts {
        let core = fdt.begin_node(&format!("core{hart}"))?;
        fdt.property_u32("cpu", phandles.hart(hart))?;
        fdt.end_node(core)?;
    }
    fdt.end_node(cluster)?;
    fdt.end_node(map)?;
    fdt.end_node(node)
}

fn write_cpu(
    fdt: &mut FdtWriter,
    hart: usize,
    isa: IsaSet,
    phandles: &Phandles,
) -> Result<(), Error> {
    let node = fdt.begin_node(&format!("cpu@{hart:x}"))?;
    fdt.property_phandle(phandles.hart(hart))?;
    fdt.property_string("device_type", "cpu")?;
    fdt.property_u32("reg", hart as u32)?;
    fdt.property_string("status", "okay")?;
    fdt.property_string("compatible", "riscv")?;
    // The largest of those that `satp` takes; each implies the smaller ones.
    fdt.property_string("mmu-type", "riscv,sv57")?;
    // The older way to say what a hart has, and the newer one.
    fdt.property_string("riscv,isa", &isa.to_string())?;
    fdt.property_string("riscv,isa-base", "rv64i")?;
    let names = isa.iter().map(|extension| extension.name().to_owned());
    fdt.property_string_list("riscv,isa-extensions", names.collect())?;
    for (extension, property) in [
        (Extension::Zicbom, "riscv,cbom-block-size"),
        (Extension::Zicboz, "riscv,cboz-block-size"),
        (Extension::Zicbop, "riscv,cbop-block-size"),
    ] {
        if isa.contains(extension) {
            fdt.property_u32(property, CACHE_BLOCK as u32)?;
        }
    }
    let controller = fdt.begin_node("interrupt-controller")?;
    fdt.property_phandle(phandles.interrupts_of(hart))?;
    fdt.property_string("compatible", "riscv,cpu-intc")?;
    write_controller(fdt)?;
    fdt.end_node(controller)?;
    fdt.end_node(node)
}

/// What nodes that take interrupts have in common: one cell names a source.
fn write_controller(fdt: &mut FdtWriter) -> Result<(), Error> {
    fdt.property_null("interrupt-controller")?;
    fdt.property_u32("#interrupt-cells", 1)?;
    fdt.property_u32("#address-cells", 0)
}

/// What the harts have, said so that it fits the policy for A and D bits.
///
/// Svade alone means that clear bits are page faults, Svadu alone that harts
/// set them, both that `menvcfg.ADUE` decides and is zero at the start (Linux,
/// riscv/extensions.yaml).
fn announced(isa: IsaSet, ad: AdPolicy) -> IsaSet {
    match ad {
        AdPolicy::Fault => isa.without(Extension::Svadu),
        AdPolicy::Hardware if isa.contains(Extension::Svadu) => isa.without(Extension::Svade),
        AdPolicy::Hardware | AdPolicy::Guest => isa,
    }
}

fn write_memory(fdt: &mut FdtWriter, config: &Config) -> Result<(), Error> {
    let node = fdt.begin_node(&format!("memory@{RAM_BASE:x}"))?;
    fdt.property_string("device_type", "memory")?;
    fdt.property_array_u64("reg", &[RAM_BASE, config.memory])?;
    fdt.end_node(node)
}

fn write_reserved(fdt: &mut FdtWriter, reserved: &[Reserved]) -> Result<(), Error> {
    if reserved.is_empty() {
        return Ok(());
    }
    let node = fdt.begin_node("reserved-memory")?;
    fdt.property_u32("#address-cells", 2)?;
    fdt.property_u32("#size-cells", 2)?;
    fdt.property_null("ranges")?;
    for region in reserved {
        let child = fdt.begin_node(&format!("{}@{:x}", region.name, region.base))?;
        fdt.property_array_u64("reg", &[region.base, region.size])?;
        if region.no_map {
            fdt.property_null("no-map")?;
        }
        fdt.end_node(child)?;
    }
    fdt.end_node(node)
}

/// A node that says which store to the test finisher ends or resets the board.
fn write_power(
    fdt: &mut FdtWriter,
    name: &str,
    value: u64,
    phandles: &Phandles,
) -> Result<(), Error> {
    let node = fdt.begin_node(name)?;
    fdt.property_string("compatible", &format!("syscon-{name}"))?;
    fdt.property_u32("regmap", phandles.finisher())?;
    fdt.property_u32("offset", 0)?;
    fdt.property_u32("value", value as u32)?;
    fdt.end_node(node)
}

fn write_soc(fdt: &mut FdtWriter, phandles: &Phandles) -> Result<(), Error> {
    let node = fdt.begin_node("soc")?;
    fdt.property_u32("#address-cells", 2)?;
    fdt.property_u32("#size-cells", 2)?;
    fdt.property_string("compatible", "simple-bus")?;
    fdt.property_null("ranges")?;
    for place in &map::PLACES {
        write_device(fdt, place, phandles)?;
    }
    fdt.end_node(node)
}

/// What the node of a device is called, after the Devicetree Specification's
/// list of generic names where it has one.
fn node_name(place: &map::Place) -> String {
    let name = match place.kind {
        map::Kind::Finisher => "test",
        map::Kind::Rtc => "rtc",
        map::Kind::Clint => "clint",
        map::Kind::Plic => "plic",
        map::Kind::Uart => "serial",
        map::Kind::Virtio(_) => "virtio_mmio",
    };
    format!("{name}@{:x}", place.base)
}

/// The models that a driver for this kind of device may know, the most
/// specific first.
fn compatible(kind: map::Kind) -> &'static [&'static str] {
    match kind {
        map::Kind::Finisher => &["sifive,test1", "sifive,test0", "syscon"],
        map::Kind::Rtc => &["google,goldfish-rtc"],
        map::Kind::Clint => &["sifive,clint0", "riscv,clint0"],
        map::Kind::Plic => &["sifive,plic-1.0.0", "riscv,plic0"],
        map::Kind::Uart => &["ns16550a"],
        map::Kind::Virtio(_) => &["virtio,mmio"],
    }
}

fn write_device(fdt: &mut FdtWriter, place: &map::Place, phandles: &Phandles) -> Result<(), Error> {
    let node = fdt.begin_node(&node_name(place))?;
    let names = compatible(place.kind).iter().map(|name| name.to_string());
    fdt.property_string_list("compatible", names.collect())?;
    fdt.property_array_u64("reg", &[place.base, place.size])?;
    if let Some(source) = place.source {
        fdt.property_u32("interrupt-parent", phandles.plic())?;
        fdt.property_u32("interrupts", source)?;
    }
    match place.kind {
        map::Kind::Finisher => fdt.property_phandle(phandles.finisher())?,
        map::Kind::Clint => {
            let lines = (0..phandles.harts).flat_map(|hart| {
                let (software, timer) = map::clint_lines(hart);
                [software, timer]
            });
            fdt.property_array_u32("interrupts-extended", &phandles.cells(lines))?;
        }
        map::Kind::Plic => {
            let lines = map::plic_contexts(phandles.harts);
            fdt.property_phandle(phandles.plic())?;
            fdt.property_array_u32("interrupts-extended", &phandles.cells(lines))?;
            // Source 0 is none.
            fdt.property_u32("riscv,ndev", map::SOURCES - 1)?;
            write_controller(fdt)?;
        }
        map::Kind::Uart => fdt.property_u32("clock-frequency", UART_CLOCK)?,
        map::Kind::Rtc | map::Kind::Virtio(_) => {}
    }
    fdt.end_node(node)
}

/// The guest's first random numbers, a function of the seed so that two runs
/// are alike: four outputs of SplitMix64 (Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014), the least significant byte first.
fn random_bytes(seed: u64) -> [u8; 32] {
    let mut state = seed;
    let mut bytes = [0; 32];
    for word in bytes.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word.copy_from_slice(&(mixed ^ mixed >> 31).to_le_bytes());
    }
    bytes
}
