//! Random operations of processes on their memory, on the whole machine.
//!
//! The program `fuzz-mm` does them and knows what must come of each. Here the board
//! below it varies: how many frames and slots there are, who is evicted, what fork
//! does, who sets the A and D bits, how many ASIDs there are. `PAGEWALK_RUNS` makes
//! more runs than the usual ones, `PAGEWALK_SEED` begins at another.

use pagewalk_machine::AdPolicy;

use crate::board::{Run, Setup, run};

/// Runs that every test makes.
const RUNS: u64 = 12;
/// Operations in a run, those of children not counted.
const ROUNDS: u64 = 400;

/// What a run is made of: everything follows from the seed.
struct Choice {
    options: String,
    swap_pages: usize,
    ad: AdPolicy,
}

impl Choice {
    fn of(seed: u64) -> Choice {
        // Neighbours differ in all respects, and every pair of values comes together.
        let mut rest = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
        let mut pick = |count: u64| {
            let choice = rest % count;
            rest /= count;
            choice as usize
        };
        let ad = [AdPolicy::Hardware, AdPolicy::Fault, AdPolicy::Guest][pick(3)];
        let evict = ["clock", "fifo", "random"][pick(3)];
        let fork = ["cow", "copy"][pick(2)];
        let asid_bits = [0, 1, 4, 16][pick(4)];
        let frames = [8, 9, 10, 12, 16, 24, 32, 64][pick(8)];
        // All that three children and their parent can have, or just enough to live on:
        // with less, somebody would be ended for want of memory.
        let swap_pages = [512, 4096][pick(2)];
        Choice {
            options: format!(
                "check=1 frames={frames} evict={evict} seed={seed} fork={fork} asid-bits={asid_bits}"
            ),
            swap_pages,
            ad,
        }
    }
}

fn fuzz(seed: u64, rounds: u64) -> (Choice, Run) {
    let choice = Choice::of(seed);
    let (seed, rounds) = (seed.to_string(), rounds.to_string());
    let run = run(&Setup {
        options: &choice.options,
        swap_pages: choice.swap_pages,
        ad: choice.ad,
        argv: &["/bin/fuzz-mm", &seed, &rounds],
        ..Setup::default()
    });
    (choice, run)
}

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("a number"))
}

#[test]
fn random_operations_of_processes_end_as_their_model_says() {
    let runs = from_environment("PAGEWALK_RUNS").unwrap_or(RUNS);
    let first = from_environment("PAGEWALK_SEED").unwrap_or(1);
    let rounds = from_environment("PAGEWALK_ROUNDS").unwrap_or(ROUNDS);
    let (mut swapped, mut forked) = (0, 0);
    for seed in first..first + runs {
        let (Choice { options, ad, .. }, run) = fuzz(seed, rounds);
        assert_eq!(run.status, 0, "seed {seed}, {ad:?}, {options}: {run:#?}");
        assert!(run.stdout.contains("all as the model says"), "{run:#?}");
        swapped += run.total("swap_in");
        forked += run.records().count() as u64 - 1;
    }
    eprintln!("{runs} runs of {rounds} rounds: {forked} children, {swapped} pages swapped in");
    assert!(
        swapped > runs && forked > runs,
        "memory was scarce, and processes many"
    );
}
