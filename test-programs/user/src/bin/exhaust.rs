//! Asks the kernel for as much as it gives, in every way: it refuses in time, and gets
//! all of it back.
//!
//! Each flood is a process of its own, which goes on until it is refused. All of them
//! run twice: after the second time the kernel has as much memory as after the first.
#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::ffi::CString;
use alloc::sync::Arc;
use core::time::Duration;

use pagewalk_user_programs::abi::{Errno, Syscall, signal};
use pagewalk_user_programs::error::{Answer, Refused};
use pagewalk_user_programs::file::{self, File, Mode};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::thread::Lock;
use pagewalk_user_programs::{pagewalk, process, thread};

/// More than any kernel would give.
const MOST: usize = 100_000;

/// Processes that do something costly.
const FEW: usize = 24;

/// What ends a flood before the kernel does.
const ENOUGH: Refused = Refused {
    call: Syscall::SchedYield,
    number: Errno::EAGAIN as u64,
};

/// KiB that the kernel may keep for good: lists keep the room that they once needed.
const SLACK: usize = 64;

/// Time in which nothing happens.
const LONG: Duration = Duration::from_secs(1000);

type Flood = fn() -> Outcome;

const FLOODS: &[(&str, Flood)] = &[
    ("processes", processes),
    ("areas in processes", areas_in_processes),
    ("threads that wait", threads),
    ("pipes", pipes),
    ("pipes in processes", pipes_in_processes),
    ("files with long names", few_files),
    ("directories in directories", directories),
    ("signals", signals),
    ("arguments", arguments),
];

fn run(arguments: &Arguments) -> Outcome {
    if arguments.get(1) == Some("nothing") {
        return Ok(());
    }
    println!("files, until there is no more room for names");
    process::child(|| files(MOST))?.success()?;
    let mut free = Vec::new();
    for round in 0..2 {
        for (name, flood) in FLOODS {
            println!("round {round}: {name}");
            process::child(flood)?.success()?;
        }
        free.push(pagewalk::free_of_kernel());
    }
    let [Some(before), Some(after)] = free[..] else {
        skip("what the kernel has got back", "the Pagewalk kernel");
        return Ok(());
    };
    println!("The kernel has {before} KiB, then {after} KiB.");
    check!(after + SLACK >= before, "{} KiB are gone", before - after);
    Ok(())
}

/// Calls until it is refused, and why; what it got is kept until then.
fn flood<T>(mut call: impl FnMut(usize) -> Answer<T>) -> Outcome<(Vec<T>, Errno)> {
    let mut kept = Vec::new();
    for number in 0..MOST {
        match call(number) {
            Ok(thing) => kept.push(thing),
            Err(refused) => {
                println!("  {number}, then {refused}");
                return Ok((kept, expected(refused)?));
            }
        }
    }
    pagewalk_user_programs::fail!("it gives and gives")
}

/// The errors that say that there is no more.
fn expected(refused: Refused) -> Outcome<Errno> {
    const ALL: [Errno; 7] = [
        Errno::ENOMEM,
        Errno::EAGAIN,
        Errno::EMFILE,
        Errno::ENFILE,
        Errno::ENOSPC,
        Errno::E2BIG,
        Errno::ENAMETOOLONG,
    ];
    let errno = refused.errno().filter(|errno| ALL.contains(errno));
    errno.ok_or_else(|| refused.into())
}

/// Starts processes until that is refused, or there are `most`, and ends them.
fn many(most: usize, work: fn() -> Outcome) -> Outcome {
    let mut children = Vec::new();
    flood(|number| {
        if number == most {
            return Err(ENOUGH);
        }
        children.push(process::child(work)?);
        Ok(())
    })?;
    // They do what they do meanwhile.
    process::sleep(Duration::from_millis(5))?;
    for child in &children {
        child.kill(signal::SIGKILL)?;
    }
    for child in children {
        child.wait()?;
    }
    Ok(())
}

fn wait_for_ever() -> Outcome {
    process::sleep(LONG)?;
    Ok(())
}

fn processes() -> Outcome {
    many(MOST, wait_for_ever)
}

/// Areas that differ, so that none can be joined.
fn areas() -> Outcome {
    let areas = flood(|number| {
        let prot = [Prot::READ, Prot::READ_WRITE][number % 2];
        Region::map(1, prot, Sharing::Private)
    })?;
    check!(
        areas.0.len() > 100 || areas.1 == Errno::ENOMEM,
        "only so few"
    );
    Ok(())
}

fn areas_in_processes() -> Outcome {
    areas()?;
    many(FEW, wait_for_ever)
}

fn threads() -> Outcome {
    let lock = Arc::new(Lock::new());
    lock.hold(|| {
        flood(|_| {
            let lock = Arc::clone(&lock);
            thread::spawn(0, move || lock.hold(|| ()))
        })?;
        // They end with the process.
        process::sleep(Duration::from_millis(5))?;
        Ok(())
    })
}

fn pipes() -> Outcome {
    let (pipes, _) = flood(|_| file::pipe())?;
    for (_, to) in &pipes {
        // Each holds as much as it can without somebody who reads.
        for _ in 0..64 {
            to.write(&[7; 1024])?;
        }
    }
    Ok(())
}

fn pipes_in_processes() -> Outcome {
    many(FEW, || {
        let _pipes = flood(|_| file::pipe())?;
        wait_for_ever()
    })
}

/// A path of `/tmp` as the kernel wants it.
fn path(name: &str) -> CString {
    CString::new(pagewalk_user_programs::format!("/tmp/{name}")).expect("there is no zero in it")
}

fn few_files() -> Outcome {
    files(20 * FEW)
}

fn files(most: usize) -> Outcome {
    let name = |number| path(&pagewalk_user_programs::format!("{number:0200}"));
    let (made, _) = flood(|number| match number {
        number if number == most => Err(ENOUGH),
        number => File::open(&name(number), Mode::Create).map(drop),
    })?;
    for number in 0..made.len() {
        file::remove(&name(number))?;
    }
    Ok(())
}

fn directories() -> Outcome {
    let deep = |depth: usize| path(&["directory"].repeat(depth + 1).join("/"));
    let (made, _) = flood(|depth| file::make_directory(&deep(depth)).map(drop))?;
    for depth in (0..made.len()).rev() {
        file::remove_directory(&deep(depth))?;
    }
    Ok(())
}

fn signals() -> Outcome {
    process::block(signal::FIRST_REALTIME + 4)?;
    flood(|number| process::queue(signal::FIRST_REALTIME + 4, number as u64))?;
    Ok(())
}

fn arguments() -> Outcome {
    let long = |bytes: usize| CString::new("x".repeat(bytes)).expect("there is no zero in it");
    let texts = [long(160 << 10), long(7 << 10)];
    let all = |text| {
        let mut all = [text; 15];
        (all[0], all[1]) = (c"exhaust", c"nothing");
        all
    };
    println!(
        "  two MiB: {}",
        process::exec(process::MYSELF, &all(&texts[0]))
    );
    let refused = process::exec(process::MYSELF, &all(&texts[1]));
    expected(refused)?;
    Ok(())
}

pagewalk_user_programs::program!(run);
