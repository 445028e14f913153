//! From the first instruction to the first process: what board is this, who gets
//! which memory, and the kernel's final page table.
#![allow(
    unsafe_code,
    reason = "says where memory and devices are, from the device tree"
)]

use alloc::vec::Vec;
use core::ops::Range;

use pagewalk_device_tree::{Node, Tree};
use pagewalk_guest_abi::{board, option};

use crate::arch::{self, DirectMap, Registers};
use crate::console::{log, report};
use crate::dev::{Block, Devices, Plic, Slot, Streams, VIRTIO_SIZE};
use crate::hwprobe::{self, Hart};
use crate::kernel_map::{self, CODE, CONSTANTS, DATA};
use crate::mem::{Asid, Config, Flush, Mm, PhysMemory, Ppn};
use crate::options::{Options, paths};
use crate::plan::Plan;
use crate::task::{Kernel, Program};

/// Pages of swap that a slot of the swap disk has, in sectors.
const SECTORS_PER_SLOT: u64 = 8;

/// The exit status of a run that cannot begin.
const CANNOT_START: u32 = 125;

/// Ends the run because the board or what it was given is not good for us.
fn give_up(why: core::fmt::Arguments<'_>) -> ! {
    report!("{why}");
    arch::power_off(CANNOT_START)
}

/// What the device tree says of the board.
struct Board {
    memory: Range<u64>,
    ticks_per_second: u64,
    /// The registers of all devices that the kernel drives.
    devices: Vec<(u64, u64)>,
}

/// The kernel starts; `tree` is the physical address of the device tree. The first
/// root table maps everything.
pub(crate) fn start(tree: u64) -> ! {
    let Some(tree_bytes) = arch::device_tree(tree) else {
        arch::power_off(CANNOT_START);
    };
    let Ok(device_tree) = Tree::new(tree_bytes) else {
        arch::power_off(CANNOT_START);
    };
    find_console(&device_tree);
    let line = command_line(&device_tree);
    let options = read_options(line);
    let image = arch::kernel_image();
    let end_of_kernel = image.data[1].end;
    let slots = swap_slots(&device_tree);
    let memory_end = memory(&device_tree).end;
    // The tree lies above everything, if it is in the same memory at all.
    let free = end_of_kernel..if tree > end_of_kernel {
        tree
    } else {
        memory_end
    };
    let plan = match Plan::new(free, options.frames, slots) {
        Ok(plan) => plan,
        Err(most) => give_up(format_args!(
            "not enough memory: there is room for {most} frames; give the board more memory or ask for fewer frames"
        )),
    };
    let to_virtual = |address: u64| arch::layout::DIRECT_MAP + address;
    // SAFETY: the plan gives this memory to nobody else.
    unsafe { arch::give_heap(to_virtual(plan.heap.start), to_virtual(plan.heap.end)) };
    let board = Board {
        memory: memory(&device_tree),
        ticks_per_second: ticks_per_second(&device_tree),
        devices: device_registers(&device_tree),
    };
    let hart = Hart {
        ticks_per_second: board.ticks_per_second,
        ..hart(&device_tree)
    };
    let mut memory = DirectMap::new(plan.pool.clone(), hart.zero_block);
    let root = map_kernel(&mut memory, &board).unwrap_or_else(|| {
        give_up(format_args!(
            "not enough memory for the kernel's page tables"
        ))
    });
    memory.set_kernel_root(root);
    let devices = find_devices(&device_tree, &mut memory);
    let asid_bits = arch::asid_bits(root).min(options.asid_bits);
    let config = Config {
        first_frame: plan.first_frame,
        frames: plan.frames,
        swap_slots: if devices.swap.is_some() { slots } else { 0 },
        asid_bits,
        policy: options.evict,
    };
    let Ok(mm) = Mm::new(memory, &config) else {
        give_up(format_args!("not enough memory for the page of zeros"))
    };
    log!(
        "{} frames of 4 KiB, {} pages of swap, {} pages for page tables, {} KiB heap, {asid_bits} bits of ASID",
        config.frames,
        config.swap_slots,
        plan.pool.end.0 - plan.pool.start.0,
        (plan.heap.end - plan.heap.start) >> 10,
    );
    let chosen = device_tree.top("chosen");
    let list =
        |name| chosen.map_or_else(Vec::new, |node| node.strings(name).map(Vec::from).collect());
    let random = chosen
        .and_then(|node| node.property("rng-seed"))
        .unwrap_or_default();
    arch::set_up_programs();
    arch::enable_interrupts();
    let first = plan.first_frame;
    let kernel = Kernel::new(mm, devices, options, root, first, hart, random);
    let programs = programs(line, list("pagewalk,argv"), list("pagewalk,envp"));
    crate::task::run(kernel, programs)
}

/// The programs to start: the first one, then those that run beside it.
fn programs(line: &str, argv: Vec<Vec<u8>>, envp: Vec<Vec<u8>>) -> Vec<Program> {
    let named = paths(line, option::INIT).next();
    let Some(path) = named.or_else(|| argv.first().cloned()) else {
        give_up(format_args!("there is nothing to run"))
    };
    let others = paths(line, option::ALSO).map(|path| Program {
        path: path.clone(),
        argv: alloc::vec![path],
        envp: envp.clone(),
    });
    let others: Vec<Program> = others.collect();
    let mut programs = alloc::vec![Program { path, argv, envp }];
    programs.extend(others);
    programs
}

fn find_console(tree: &Tree<'_>) {
    let base = |name| {
        tree.compatible(name)
            .and_then(|node| node.reg())
            .map_or(0, |(base, _)| base)
    };
    // SAFETY: the device tree says so; the first root table maps everything, the
    // final one all devices of `device_registers`.
    unsafe {
        arch::set_console(base(UART));
        arch::set_finisher(base(FINISHER));
    }
}

const UART: &str = "ns16550a";
const FINISHER: &str = "sifive,test0";
const PLIC: &str = "riscv,plic0";
const VIRTIO: &str = "virtio,mmio";
const RTC: &str = "google,goldfish-rtc";

/// The kernel's command line.
fn command_line<'a>(tree: &Tree<'a>) -> &'a str {
    let chosen = tree.top("chosen");
    let line = chosen.and_then(|node| node.strings("bootargs").next());
    let Ok(line) = core::str::from_utf8(line.unwrap_or_default()) else {
        give_up(format_args!("the kernel's command line is not text"))
    };
    line
}

fn read_options(line: &str) -> Options {
    Options::parse(line).unwrap_or_else(|word| {
        give_up(format_args!(
            "the kernel's command line: `{word}` means nothing, or is out of range"
        ))
    })
}

fn memory(tree: &Tree<'_>) -> Range<u64> {
    let Some((start, size)) = tree.top("memory").and_then(|node| node.reg()) else {
        give_up(format_args!("the device tree says nothing about memory"))
    };
    start..start + size
}

fn ticks_per_second(tree: &Tree<'_>) -> u64 {
    let frequency = tree
        .top("cpus")
        .and_then(|node| node.number("timebase-frequency"));
    match frequency {
        Some(frequency) if frequency > 0 => frequency,
        _ => give_up(format_args!(
            "the device tree says nothing about the time base"
        )),
    }
}

/// What programs may know of the first hart.
fn hart(tree: &Tree<'_>) -> Hart {
    let Some(node) = tree
        .nodes()
        .find(|node| node.property("riscv,isa-extensions").is_some())
    else {
        return Hart::default();
    };
    let has_zero = node
        .strings("riscv,isa-extensions")
        .any(|name| name == b"zicboz");
    let zero_block = node.number("riscv,cboz-block-size").filter(|_| has_zero);
    Hart {
        identity: arch::identity(),
        extensions: hwprobe::extensions(node.strings("riscv,isa-extensions")),
        zero_block: zero_block.unwrap_or(0),
        ticks_per_second: 0,
    }
}

fn device_registers(tree: &Tree<'_>) -> Vec<(u64, u64)> {
    let all = [UART, FINISHER, PLIC, VIRTIO, RTC];
    let is_known = |name: &[u8]| all.iter().any(|known| known.as_bytes() == name);
    let nodes = tree.nodes();
    let known = nodes.filter(|node| node.strings("compatible").any(is_known));
    known.filter_map(|node| node.reg()).collect()
}

/// The final root table: W or X, never both, at no address.
fn map_kernel(memory: &mut DirectMap, board: &Board) -> Option<Ppn> {
    let image = arch::kernel_image();
    let root = memory.alloc_table()?;
    let mut map = |base, range, bits| kernel_map::map(memory, root, base, range, bits);
    let own = arch::layout::KERNEL_OFFSET;
    map(own, image.text.clone(), CODE)?;
    map(own, image.rodata.clone(), CONSTANTS)?;
    for part in &image.data {
        map(own, part.clone(), DATA)?;
    }
    let direct = arch::layout::DIRECT_MAP;
    map(direct, image.text.start..image.rodata.end, CONSTANTS)?;
    map(direct, image.rodata.end..board.memory.end, DATA)?;
    for &(base, size) in &board.devices {
        map(direct, base..base + size, DATA)?;
    }
    // SAFETY: it maps the kernel, its stack, and its heap, as the first table did.
    unsafe { arch::use_root(root, Asid(0)) };
    arch::flush(Flush::All);
    Some(root)
}

fn registers(node: &Node<'_>) -> Option<Registers> {
    let (base, size) = node.reg()?;
    // SAFETY: the device tree says that a device is there, and `map_kernel` maps it.
    Some(unsafe { Registers::new(base, size) })
}

/// The virtio slots, by address.
fn virtio_slots(tree: &Tree<'_>) -> Vec<Slot> {
    let mut slots: Vec<(u64, Slot)> = tree
        .all_compatible(VIRTIO)
        .filter_map(|node| {
            let source = node.number("interrupts")? as u32;
            let slot = Slot {
                registers: registers(&node)?,
                source,
            };
            Some((node.reg()?.0, slot))
        })
        .collect();
    slots.sort_by_key(|&(base, _)| base);
    slots.into_iter().map(|(_, slot)| slot).collect()
}

/// How many pages the swap disk has, asked before there is a heap.
fn swap_slots(tree: &Tree<'_>) -> u32 {
    let mut bases = [u64::MAX; 2];
    let slots = tree.all_compatible(VIRTIO).filter_map(|node| node.reg());
    for (base, _) in slots {
        if base < bases[0] {
            bases = [base, bases[0]];
        } else if base < bases[1] {
            bases[1] = base;
        }
    }
    if bases[1] == u64::MAX {
        return 0;
    }
    // SAFETY: as in `registers`; the first root table maps everything.
    let second = unsafe { Registers::new(bases[board::SWAP_SLOT], VIRTIO_SIZE) };
    let sectors = Block::capacity_at(second).unwrap_or(0);
    (sectors / SECTORS_PER_SLOT).min(1 << 24) as u32
}

fn find_devices(tree: &Tree<'_>, memory: &mut DirectMap) -> Devices {
    let plic = tree.compatible(PLIC).and_then(|node| registers(&node));
    let Some(plic) = plic else {
        give_up(format_args!("the board has no interrupt controller"))
    };
    let mut plic = Plic::new(plic);
    let slots = virtio_slots(tree);
    let mut disk = |name, number: usize| Block::new(name, slots.get(number)?, memory);
    let root = disk("root", board::ROOT_SLOT);
    let swap = disk("swap", board::SWAP_SLOT);
    let streams = slots.get(board::STREAMS_SLOT);
    let streams = streams.and_then(|slot| Streams::new(slot, memory));
    let disks = root.iter().chain(&swap).map(Block::source);
    for source in disks.chain(streams.as_ref().map(Streams::source)) {
        plic.enable(source);
    }
    Devices {
        plic,
        root,
        swap,
        streams,
        clock: tree.compatible(RTC).and_then(|node| registers(&node)),
    }
}
