//! What the files of `/proc` say, in Linux's formats (proc(5)).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::path;
use crate::fs::node::{Kind as NodeKind, NodeId};
use crate::fs::proc::{About, Entry, System};
use crate::mem::{
    Backing, Event, Kind, ObjectId, PAGE_SIZE, Page, PageState, SpaceId, USER_END, Vma,
};
use crate::task::{Kernel, Pid, Process, State};

const KIB_PER_PAGE: u64 = PAGE_SIZE as u64 / 1024;

/// The content of a file; `None` if there is no such process any more.
pub(super) fn text(k: &Kernel, entry: Entry) -> Option<Vec<u8>> {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = match entry {
        Entry::System(file) => system(k, file, &mut out),
        Entry::Of(pid, about @ (About::Cmdline | About::Environ)) => {
            let process = k.processes.get(&Pid(pid))?;
            let alive = process.ending.is_none();
            return Some(if alive {
                process.texts[usize::from(about == About::Environ)].clone()
            } else {
                Vec::new()
            });
        }
        Entry::Of(pid, about) => process(k, Pid(pid), about, &mut out)?,
        _ => return None,
    };
    Some(out.into_bytes())
}

fn system(k: &Kernel, file: System, out: &mut String) -> core::fmt::Result {
    let seconds = k.now() / 1_000_000_000;
    match file {
        System::Meminfo => {
            let summary = k.mm.summary();
            let available = k.mm.available();
            let lines = [
                ("MemTotal", summary.frames),
                ("MemFree", summary.free_frames),
                ("MemAvailable", available.min(summary.frames)),
                ("Buffers", 0),
                ("Cached", summary.cached),
                ("SwapCached", 0),
                ("Mlocked", summary.locked),
                ("SwapTotal", summary.slots),
                ("SwapFree", summary.free_slots),
                ("PageTables", k.mm.tables()),
            ];
            for (name, pages) in lines {
                let kib = pages as u64 * KIB_PER_PAGE;
                writeln!(out, "{:<16}{kib:>8} kB", alloc::format!("{name}:"))?;
            }
            // The kernel's heap: what is free of it, joined as far as it can be.
            let free = crate::arch::heap_free_bytes() >> 10;
            writeln!(out, "{:<16}{free:>8} kB", "KernelFree:")?;
            Ok(())
        }
        System::Vmstat => {
            let total = k.mm.total();
            let get = |event| total.get(event);
            let faults = get(Event::Minor) + get(Event::Major) + get(Event::AdOnly);
            writeln!(out, "nr_free_pages {}", k.mm.summary().free_frames)?;
            writeln!(out, "pgfault {faults}")?;
            writeln!(out, "pgmajfault {}", get(Event::Major))?;
            writeln!(out, "pswpin {}", get(Event::SwapIn))?;
            writeln!(out, "pswpout {}", get(Event::SwapOut))?;
            Event::ALL
                .iter()
                .try_for_each(|event| writeln!(out, "{} {}", event.name(), get(*event)))
        }
        System::Uptime => writeln!(out, "{seconds}.00 0.00"),
        System::Stat => {
            writeln!(out, "cpu  {} 0 0 0 0 0 0 0 0 0", seconds * 100)?;
            writeln!(out, "btime {}", k.epoch / 1_000_000_000)?;
            writeln!(out, "processes {}", k.processes.len())
        }
        System::Loadavg => writeln!(out, "0.00 0.00 0.00 1/{} 1", k.processes.len()),
        System::Mounts => {
            writeln!(out, "root / tmpfs rw,noatime 0 0")?;
            writeln!(out, "proc /proc proc rw,noatime 0 0")
        }
        System::Version => writeln!(out, "Linux version 6.12.0-pagewalk (pagewalk)"),
    }
}

fn process(k: &Kernel, pid: Pid, about: About, out: &mut String) -> Option<core::fmt::Result> {
    let process = k.processes.get(&pid)?;
    let alive = process.ending.is_none();
    let name = String::from_utf8_lossy(&process.name);
    let parent = process.parent.map_or(0, |parent| parent.0);
    let vmas = if alive { k.mm.vmas(process.space) } else { &[] };
    let size: u64 = vmas.iter().map(|vma| vma.end.0 - vma.start.0).sum();
    let locked = vmas.iter().filter(|vma| vma.locked);
    let locked: u64 = locked.map(|vma| vma.end.0 - vma.start.0).sum();
    let usage = if alive {
        k.mm.usage(process.space, Page(0)..USER_END)
    } else {
        Default::default()
    };
    Some(match about {
        About::Comm => writeln!(out, "{name}"),
        About::Maps => vmas.iter().try_for_each(|vma| write_area(k, vma, out)),
        About::Pagewalk => {
            let tally = k.tally(process);
            let mut lines = Event::ALL.iter().zip(tally);
            lines.try_for_each(|(event, count)| writeln!(out, "{} {count}", event.name()))
        }
        About::Stat => {
            let state = state_of(k, process);
            let tally = k.tally(process);
            let (minor, major) = (tally[Event::Minor as usize], tally[Event::Major as usize]);
            let (group, session) = (process.group, process.session);
            let threads = process.threads.len();
            let children = &process.of_children;
            let child_faults = [Event::Minor, Event::Major].map(|event| children[event as usize]);
            // Clock ticks of Linux: a hundred make a second.
            let clock = |ticks: u64| k.to_nanos(ticks) / 10_000_000;
            let own = k.used_by(pid);
            let theirs = process.used_by_children;
            let times = [own.program(), own.kernel, theirs.program(), theirs.kernel].map(clock);
            let [user, system, child_user, child_system] = times;
            writeln!(
                out,
                "{} ({name}) {state} {parent} {group} {session} 0 -1 0 {minor} {} {major} {} {user} {system} {child_user} {child_system} 20 0 {threads} 0 {} {} {} 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
                pid.0,
                child_faults[0],
                child_faults[1],
                clock(process.since),
                size * PAGE_SIZE as u64,
                usage.resident,
            )
        }
        About::Status => {
            let state = match state_of(k, process) {
                'R' => "R (running)",
                'Z' => "Z (zombie)",
                _ => "S (sleeping)",
            };
            let lines = [
                ("Tgid", u64::from(pid.0), ""),
                ("Pid", pid.0.into(), ""),
                ("PPid", parent.into(), ""),
                ("VmSize", size * KIB_PER_PAGE, " kB"),
                ("VmLck", locked * KIB_PER_PAGE, " kB"),
                ("VmRSS", usage.resident * KIB_PER_PAGE, " kB"),
                ("VmSwap", usage.swapped * KIB_PER_PAGE, " kB"),
                ("Threads", process.threads.len() as u64, ""),
            ];
            let head = writeln!(
                out,
                "Name:\t{name}\nState:\t{state}\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0"
            );
            head.and_then(|()| {
                let mut lines = lines.iter();
                lines.try_for_each(|(name, value, unit)| writeln!(out, "{name}:\t{value:>8}{unit}"))
            })
        }
        _ => return None,
    })
}

/// R if one of its threads runs or wants to, Z if it has ended, else S.
fn state_of(k: &Kernel, process: &Process) -> char {
    let mut threads = process.threads.iter();
    match process.ending {
        Some(_) => 'Z',
        None if threads.any(|tid| k.threads[tid].state == State::Ready) => 'R',
        None => 'S',
    }
}

/// An area as a line of `maps`.
fn write_area(k: &Kernel, vma: &Vma, out: &mut String) -> core::fmt::Result {
    /// Where names begin.
    const NAME_AT: usize = 73;
    let (offset, object) = match vma.backing {
        Backing::Object { object, first } => (first * PAGE_SIZE as u64, Some(object)),
        _ => (0, None),
    };
    let node = object.map(|object| node_of(k, object));
    let (device, inode) = match node {
        Some(Some(node)) => (1, node.inode()),
        _ => (0, 0),
    };
    let area = alloc::format!(
        "{:08x}-{:08x} {} {offset:08x} 00:{device:02x} {inode} ",
        vma.start.address(),
        vma.end.address(),
        vma.letters(),
    );
    let name = match (vma.kind, vma.backing, node) {
        (Kind::Stack { .. }, ..) => "[stack]".into(),
        (Kind::Heap, ..) => "[heap]".into(),
        (_, Backing::Kernel(_), _) => "[vdso]".into(),
        (_, _, Some(Some(node))) => String::from_utf8_lossy(&path::path_of(k, node)).into_owned(),
        (_, _, Some(None)) => "/dev/zero (deleted)".into(),
        (_, _, None) => return writeln!(out, "{area}"),
    };
    writeln!(out, "{area:<NAME_AT$}{name}")
}

/// The file that is mapped; `None` for shared memory, and for what has been removed.
fn node_of(k: &Kernel, object: ObjectId) -> Option<NodeId> {
    let is_it = |kind: &NodeKind| match kind {
        NodeKind::File(file) => {
            file.object == Some(object) || file.heads.values().any(|other| *other == object)
        }
        _ => false,
    };
    let mut nodes = k.tree.nodes();
    nodes.find(|(_, node)| is_it(&node.kind)).map(|(id, _)| id)
}

/// A word of `pagemap` (Linux, Documentation/admin-guide/mm/pagemap.rst): where a page
/// is. Frames are numbered as physical pages are.
pub(super) fn pagemap_word(k: &Kernel, space: SpaceId, page: Page) -> u64 {
    const PRESENT: u64 = 1 << 63;
    const SWAPPED: u64 = 1 << 62;
    const SLOT_SHIFT: u32 = 5;
    match k.mm.page_state(space, page) {
        PageState::Absent => 0,
        PageState::Frame(frame) => PRESENT | (k.first_frame.0 + u64::from(frame.0)),
        // A page of the kernel has no number among the frames.
        PageState::Kernel => PRESENT,
        PageState::Slot(slot) => SWAPPED | u64::from(slot.0) << SLOT_SHIFT,
    }
}
