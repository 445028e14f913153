//! The pages of a process that sleeps make room for one that runs.
//!
//! > The PageFault handler in the Kernel resolves this situation by swapping out
//! > another page in a currently dormant process, loading the content of the current
//! > process's swapped out page into the now free page, and mapping this page into the
//! > process's address space at the right location.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::file::Gate;
use pagewalk_user_programs::pagewalk::{self, Place};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{image, process};

/// With fewer frames the programs themselves take too many of them.
const ENOUGH_FRAMES: usize = 128;
/// How many pages are told of by number.
const TOLD: usize = 3;

/// What one process tells the other.
struct Gates {
    ready: Gate,
    go: Gate,
    done: Gate,
    end: Gate,
}

impl Gates {
    fn leave(&self) {
        for gate in [&self.ready, &self.go, &self.done, &self.end] {
            gate.leave();
        }
    }

    fn new() -> Outcome<Gates> {
        Ok(Gates {
            ready: Gate::new()?,
            go: Gate::new()?,
            done: Gate::new()?,
            end: Gate::new()?,
        })
    }
}

fn run(arguments: &Arguments) -> Outcome {
    let frames = pagewalk::frames().filter(|frames| *frames >= ENOUGH_FRAMES);
    let (pages_a, pages_b) = frames.map_or((256, 384), |frames| (frames / 2, frames * 3 / 4));
    let (a, b) = (Region::anonymous(pages_a)?, Region::anonymous(pages_b)?);
    if pages_a + pages_b > pagewalk::pages_to_spare() {
        skip("two processes with more memory than there is", "swap");
        return Ok(());
    }
    let gates_a = Gates::new()?;
    let process_a = process::child(|| sleeper(a, &gates_a))?;
    gates_a.ready.wait()?;
    let before = pagewalk::places_of(process_a.pid(), a).unwrap_or_default();

    let gates_b = Gates::new()?;
    let process_b = process::child(|| {
        gates_a.leave();
        runner(arguments, b, frames.is_some(), &gates_b)
    })?;
    gates_b.ready.wait()?;
    let taken = Moves::between(process_a.pid(), (a, &before), process_b.pid(), b);
    taken.tell("A", "B");

    let before = pagewalk::places_of(process_b.pid(), b).unwrap_or_default();
    gates_a.go.open()?;
    gates_a.done.wait()?;
    let back = Moves::between(process_b.pid(), (b, &before), process_a.pid(), a);
    back.tell("B", "A");
    gates_a.end.open()?;
    process_a.success()?;
    gates_b.go.open()?;
    process_b.success()?;

    match frames {
        None => skip(
            "frames that moved",
            "the Pagewalk kernel with 128 to 4096 frames",
        ),
        Some(_) => {
            check!(taken.count > 0, "no frame of A went to B");
            check!(back.count > 0, "no frame of B went back to A");
        }
    }
    Ok(())
}

/// Process A: has memory, and sleeps.
fn sleeper(region: Region, gates: &Gates) -> Outcome {
    for page in 0..region.pages() {
        region.fill(page, page as u64);
    }
    println!("A: I have filled {} pages, and sleep.", region.pages());
    gates.ready.open()?;
    gates.go.wait()?;
    for page in 0..region.pages() {
        region.verify(page, page as u64)?;
    }
    println!("A: I woke up, and all my pages are as I left them.");
    gates.done.open()?;
    gates.end.wait()
}

/// Process B: runs, and needs more memory than is free.
fn runner(arguments: &Arguments, region: Region, exact: bool, gates: &Gates) -> Outcome {
    let exact = exact && image::settle(arguments).is_ok();
    let (_, counted) = counting(|| {
        for page in 0..region.pages() {
            region.fill(page, page as u64);
        }
    });
    println!("B: I have filled {} pages while A slept.", region.pages());
    if let Some(counted) = counted {
        println!("B: counted: {counted}.");
        if exact {
            counted.expect(&[("swap_out", 0), ("clean_drop", 0), ("swap_in", 0)])?;
            let resident = region.in_core()?.iter().filter(|in_core| **in_core).count();
            check_eq!(resident, region.pages(), "pages of B in memory");
        }
    }
    gates.ready.open()?;
    gates.go.wait()?;
    for page in 0..region.pages() {
        region.verify(page, page as u64)?;
    }
    println!("B: my pages are as I left them, too.");
    Ok(())
}

/// Frames that one process lost and another has now.
struct Moves {
    count: usize,
    first: Vec<(Place, usize, Place, usize)>,
}

impl Moves {
    /// Compares where the pages of the loser were `before` with where they and those
    /// of the winner are now.
    fn between(loser: u64, (lost, before): (Region, &[Place]), winner: u64, won: Region) -> Moves {
        let now = pagewalk::places_of(loser, lost).unwrap_or_default();
        let winners = pagewalk::places_of(winner, won).unwrap_or_default();
        let mut moves = Moves {
            count: 0,
            first: Vec::new(),
        };
        for (page, (before, now)) in before.iter().zip(&now).enumerate() {
            let (Place::Frame(_), Place::Slot(_)) = (before, now) else {
                continue;
            };
            if let Some(to) = winners.iter().position(|place| place == before) {
                moves.count += 1;
                if moves.first.len() < TOLD {
                    moves.first.push((*before, page, *now, to));
                }
            }
        }
        moves
    }

    fn tell(&self, loser: &str, winner: &str) {
        for (frame, from, slot, to) in &self.first {
            println!(
                "{frame}: process {loser} page {from} -> {slot} -> process {winner} page {to}"
            );
        }
        if self.count > self.first.len() {
            println!("… and so for {} frames in all.", self.count);
        }
    }
}

pagewalk_user_programs::program!(run);
