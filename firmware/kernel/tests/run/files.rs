//! Files that are written to.

use pagewalk_machine::AdPolicy;

use crate::board::{Setup, run};

/// A file of a quarter of a mebibyte, in KiB.
const LARGE: &str = "256";

#[test]
fn memory_of_a_file_is_written_by_two_processes_whoever_sets_bits_and_however_few_frames() {
    for ad in [AdPolicy::Hardware, AdPolicy::Fault, AdPolicy::Guest] {
        for (frames, swaps) in [(512, false), (32, true), (8, true)] {
            let run = run(&Setup {
                options: &format!("frames={frames} check=1"),
                swap_pages: 512,
                ad,
                argv: &["/bin/mmap-file", LARGE],
                ..Setup::default()
            });
            assert_eq!(run.status, 0, "{frames} frames, {ad:?}: {run:#?}");
            let wrote = "Two children write 64 pages";
            assert!(run.stdout.contains(wrote), "{run:?}");
            assert_eq!(
                run.counter("swap_in") > 0,
                swaps,
                "{frames} frames: {run:?}"
            );
        }
    }
}
