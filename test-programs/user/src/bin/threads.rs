//! Threads share one address space, fork copies it.
//!
//! > creating a new process on Unix systems happens by duplicating the running
//! > process by way of the fork(2) system call.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::sync::atomic::{AtomicU64, Ordering};

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::process;
use pagewalk_user_programs::thread::{self, Lock};

const THREADS: usize = 4;
const ROUNDS: u64 = 2000;
/// The thread pointer of thread `i` is this and `i`.
const TLS: usize = 0x7150;

static LOCK: Lock = Lock::new();
/// Changed only with the lock, and in two steps that it keeps together.
static SUM: AtomicU64 = AtomicU64::new(0);
/// How many found their own thread pointer.
static RIGHT_POINTERS: AtomicU64 = AtomicU64::new(0);

fn run(_: &Arguments) -> Outcome {
    let region = Region::anonymous(THREADS)?;
    println!("{THREADS} threads add 1 to one number, {ROUNDS} times each, under one lock,");
    println!("and write to one page each at {:#x}.", region.start());
    let mut threads = Vec::new();
    for number in 0..THREADS {
        threads.push(thread::spawn(TLS + number, move || work(number, region))?);
    }
    for thread in threads {
        thread.join()?;
    }
    let sum = SUM.load(Ordering::Relaxed);
    println!("The sum is {sum}; each thread's page has its mark.");
    check_eq!(sum, THREADS as u64 * ROUNDS, "the sum");
    check_eq!(
        RIGHT_POINTERS.load(Ordering::Relaxed),
        THREADS as u64,
        "thread pointers"
    );
    for page in 0..THREADS {
        region.verify(page, page as u64)?;
    }

    process::child(|| {
        region.fill(0, 99);
        SUM.store(0, Ordering::Relaxed);
        region.verify(0, 99)
    })?
    .success()?;
    println!("A child of fork has written to its copy; here all is as it was.");
    region.verify(0, 0)?;
    check_eq!(SUM.load(Ordering::Relaxed), sum, "the sum after fork");
    Ok(())
}

fn work(number: usize, region: Region) {
    if thread::thread_pointer() == TLS + number {
        RIGHT_POINTERS.fetch_add(1, Ordering::Relaxed);
    }
    for round in 0..ROUNDS {
        LOCK.hold(|| {
            let sum = SUM.load(Ordering::Relaxed);
            if round % 500 == 0 {
                // Somebody else may run meanwhile, but may not come in.
                process::give_way();
            }
            SUM.store(sum + 1, Ordering::Relaxed);
        });
    }
    region.fill(number, number as u64);
}

pagewalk_user_programs::program!(run);
