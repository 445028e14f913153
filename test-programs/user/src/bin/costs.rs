//! What services of the kernel cost, in instructions.
//!
//! `costs` prints a row for each, `costs swap PAGES` those of swapping: it goes round
//! and round in so many pages, which must be about twice as many as there are frames.
//! docs/kernel-costs.md says what each row is, and has the numbers of other kernels.
#![cfg_attr(target_os = "none", no_std, no_main)]

use alloc::ffi::CString;

use pagewalk_user_programs::alloc;
use pagewalk_user_programs::file::{self, File, Gate, Mode};
use pagewalk_user_programs::meter::Meter;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{abi, fail, format, process, segv};

/// Rounds, where one is short.
const MANY: usize = 1000;
/// Rounds, where one is long.
const SOME: usize = 16;
/// Pages of a megabyte.
const MIB: usize = (1 << 20) / PAGE;
/// Pages of a file, this program's.
const FILE_PAGES: usize = 32;

fn run(arguments: &Arguments) -> Outcome {
    match arguments.get(1) {
        None => all(Meter::new()),
        Some("swap") => swap(Meter::new(), arguments.number(2, 0)? as usize),
        Some("exec") => exec(arguments.number(2, 0)?, arguments.number(3, 0)?),
        Some(_) => fail!("I take no arguments, or `swap` and a number of pages"),
    }
}

fn row(what: &str, cost: u64) {
    println!("{what:<44}{cost:>9}");
}

fn all(meter: Meter) -> Outcome {
    println!("{:<44}{:>9}", "instructions for each", "");
    row("system call (getpid)", system_call(meter)?);
    faults(meter)?;
    file_fault(meter)?;
    copy_on_write(meter)?;
    fork(meter)?;
    row("pipe: round trip of a byte", pipe(meter)?);
    row("sched_yield to another process", give_way(meter)?);
    row("signal: fault, handler, return", signal(meter)?);
    process::child(|| exec(SOME as u64, meter.now()))?.success()
}

fn system_call(meter: Meter) -> Outcome<u64> {
    meter.each(MANY, || {
        process::pid();
        Ok(())
    })
}

/// Minor faults of anonymous memory. Tables are part of it: one for all the pages.
fn faults(meter: Meter) -> Outcome {
    let fresh = Region::anonymous(MIB)?;
    let write = store_all(meter, fresh);
    fresh.unmap()?;
    let fresh = Region::anonymous(MIB)?;
    let read = load_all(meter, fresh);
    let write_later = store_all(meter, fresh);
    fresh.unmap()?;
    row("fault: first write to a page", write);
    row("fault: first read of a page", read);
    row("fault: first write after reads", write_later);
    Ok(())
}

/// Instructions for a store to each page.
fn store_all(meter: Meter, region: Region) -> u64 {
    let start = meter.now();
    for page in 0..region.pages() {
        region.poke(page, 1);
    }
    (meter.now() - start) / region.pages() as u64
}

/// Instructions for a load from each page.
fn load_all(meter: Meter, region: Region) -> u64 {
    let start = meter.now();
    for page in 0..region.pages() {
        region.peek(page);
    }
    (meter.now() - start) / region.pages() as u64
}

/// A page of a file that is in memory already, since it was read before.
fn file_fault(meter: Meter) -> Outcome {
    let program = File::open(process::MYSELF, Mode::Read)?;
    let mut sum = 0;
    for round in 0..=SOME {
        let pages = Region::of_file(&program, 0, FILE_PAGES, Prot::READ, Sharing::Private)?;
        let cost = load_all(meter, pages);
        pages.unmap()?;
        if round > 0 {
            sum += cost;
        }
    }
    row("fault: page of a file, in memory", sum / SOME as u64);
    Ok(())
}

fn copy_on_write(meter: Meter) -> Outcome {
    let region = Region::anonymous(2 * MIB)?;
    store_all(meter, region);
    let gate = Gate::new()?;
    let child = process::child(|| gate.wait())?;
    let copied = store_all(meter, region.part(0..MIB));
    gate.open()?;
    child.success()?;
    let reused = store_all(meter, region.part(MIB..2 * MIB));
    region.unmap()?;
    row("copy on write: copied", copied);
    row("copy on write: the last owner", reused);
    Ok(())
}

fn fork(meter: Meter) -> Outcome {
    let region = Region::anonymous(MIB)?;
    store_all(meter, region);
    let mut least = u64::MAX;
    let whole = meter.each(SOME, || -> Outcome {
        let start = meter.now();
        let child = process::child(|| Ok(()))?;
        // The least, since the child may run before the call returns.
        least = least.min(meter.now() - start);
        child.success()
    })?;
    region.unmap()?;
    row("fork with 1 MiB", least);
    row("fork with 1 MiB, exit, wait", whole);
    Ok(())
}

fn pipe(meter: Meter) -> Outcome<u64> {
    let (there_reader, there) = file::pipe()?;
    let (back_reader, back) = file::pipe()?;
    let child = process::child(|| {
        for _ in 0..2 * MANY {
            there_reader.read(&mut [0])?;
            back.write(&[1])?;
        }
        Ok(())
    })?;
    let mut round = || -> Outcome {
        there.write(&[1])?;
        back_reader.read(&mut [0])?;
        Ok(())
    };
    meter.each(MANY, &mut round)?;
    let cost = meter.each(MANY, &mut round)?;
    child.success()?;
    Ok(cost)
}

/// Two processes that do nothing else: calls of both count.
fn give_way(meter: Meter) -> Outcome<u64> {
    let calls = Region::map(1, Prot::READ_WRITE, Sharing::Shared)?;
    calls.store(0, 0);
    let child = process::child(|| {
        loop {
            process::give_way();
            calls.store(0, calls.load(0) + 1);
        }
    })?;
    while calls.load(0) == 0 {
        process::give_way();
    }
    let before = calls.load(0);
    let start = meter.now();
    for _ in 0..MANY {
        process::give_way();
    }
    let cost = meter.now() - start;
    let theirs = calls.load(0) - before;
    child.kill(abi::signal::SIGKILL)?;
    child.wait()?;
    calls.unmap()?;
    Ok(cost / (MANY as u64 + theirs))
}

/// The store is made again each time that the handler returns.
fn signal(meter: Meter) -> Outcome<u64> {
    let region = Region::map(1, Prot::READ, Sharing::Private)?;
    let calls = core::cell::Cell::new(0);
    let mender = |_: &segv::Fault| {
        calls.set(calls.get() + 1);
        calls.get() < MANY || region.protect(Prot::READ_WRITE).is_ok()
    };
    let cost = segv::mending(&mender, || {
        let start = meter.now();
        region.poke(0, 1);
        meter.now() - start
    });
    region.unmap()?;
    check_eq!(calls.get(), MANY, "calls of the handler");
    Ok(cost / MANY as u64)
}

/// Starts this program again, and it itself, until `left` is 0.
fn exec(left: u64, start: u64) -> Outcome {
    if left == 0 {
        let cost = Meter::new().now() - start;
        row("execve of this program", cost / SOME as u64);
        return Ok(());
    }
    let words = [format!("{}", left - 1), format!("{start}")];
    let words = words.map(|word| CString::new(word).unwrap_or_default());
    process::start_anew(&[c"costs", c"exec", &words[0], &words[1]])
}

fn swap(meter: Meter, pages: usize) -> Outcome {
    check!(pages > 0, "how many pages?");
    let region = Region::anonymous(pages)?;
    for _ in 0..2 {
        store_all(meter, region);
    }
    let before = process::faults()?;
    let dirty = store_all(meter, region);
    load_all(meter, region);
    let clean = load_all(meter, region);
    let faults = process::faults()?.major - before.major;
    println!("{faults} pages came from the disk in 3 rounds of {pages}");
    row("swap: a page in, a changed one out", dirty);
    row("swap: a page in, an unchanged one dropped", clean);
    Ok(())
}

pagewalk_user_programs::program!(run);
