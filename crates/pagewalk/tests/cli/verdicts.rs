//! Guests that can make no progress any more.

use crate::elf::Elf;
use crate::programs;
use crate::support::{Dir, Run, pagewalk};

fn verdict(test: &str, elf: &Elf) -> Run {
    let dir = Dir::new(test);
    let program = dir.file("program", elf.build());
    let run = pagewalk(["run".as_ref(), program.as_os_str()]);
    run.exits_with(3).says("pagewalk: verdict: ");
    run
}

#[test]
fn a_jump_into_nowhere() {
    verdict("verdict-nowhere", &programs::nowhere())
        .says("Instruction access fault (1) in M-mode at 0x1000\n")
        .says("fetch access fault at 0x1000: there is nothing at the physical address")
        .says("mtvec is 0, where no instruction can be fetched");
}

#[test]
fn a_trap_handler_that_traps() {
    verdict("verdict-handler", &programs::trapping_handler())
        .says("Environment call from M-mode (11) in M-mode at 0x8000000c <_start+0xc>")
        .says("instruction: ecall")
        .says("Load access fault (5) in M-mode at 0x80000010 <handler>")
        .says("instruction: ld t3,0(zero)")
        .says("mtvec sends traps to 0x80000010 <handler>, and the first instruction there traps");
}

#[test]
fn a_supervisor_that_unmaps_its_own_code() {
    verdict("verdict-unmap", &programs::unmaps_itself())
        .says("Instruction page fault (12) in S-mode at 0x8000006c <supervisor+0x8>")
        .says("the page-table entry is not valid (V=0); level-2 entry at 0x80002010 is 0x0")
        .says("stvec sends traps to 0x80000084 <handler>, where no instruction can be fetched");
}

#[test]
fn a_wait_for_nothing() {
    verdict("verdict-wfi", &programs::wait_for_nothing())
        .says("the guest waits for an interrupt that will never come")
        .says("hart 0 waits at 0x80000004 <_start+0x4> (wfi)");
}

#[test]
fn a_loop_on_the_spot() {
    verdict("verdict-park", &programs::park())
        .says("the guest loops on the spot for ever")
        .says("hart 0 jumps to itself at 0x80000000 <_start>")
        .says("it ends a run by a store of 0x5555");
}

#[test]
fn harts_that_all_wait() {
    let dir = Dir::new("verdict-harts");
    let program = dir.file("program", programs::wait_for_nothing().build());
    let program = program.to_str().expect("UTF-8");
    pagewalk(["run", "--harts", "2", program])
        .exits_with(3)
        .says("hart 0 at 0x80000008")
        .says("hart 1 at 0x80000008");
}

/// The example of the README.
#[test]
fn a_kernel_that_writes_to_what_it_may_only_read() {
    pagewalk(["run", "--builtin", "page-fault"])
        .exits_with(3)
        .prints("Counting ticks")
        .says("Store/AMO page fault (15) in S-mode at ")
        .says("<count_ticks+")
        .says("instruction: sd t1,0(t0)")
        .says("<ticks>")
        .says("W=0");
}
