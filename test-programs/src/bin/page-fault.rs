//! A small kernel with a mistake: it writes to memory that its page table lets
//! it only read, and has no trap handler. An example of what `pagewalk run`
//! says about such a program.
#![cfg_attr(target_os = "none", no_std, no_main)]

/// Turns on Sv39 with one page of 1 GiB, goes to S-mode, and counts there.
#[cfg(target_os = "none")]
#[allow(
    unsafe_code,
    reason = "a change of privilege and of address space needs assembly"
)]
mod kernel {
    use core::arch::global_asm;

    // SAFETY: defined below with this type; it never returns.
    unsafe extern "C" {
        pub(crate) safe fn enter_kernel() -> !;
    }

    global_asm!(
        ".globl enter_kernel",
        "enter_kernel:",
        "    csrw mtvec, zero", // this kernel handles no traps
        "    li   t0, -1",      // PMP: S-mode may access all of memory
        "    csrw pmpaddr0, t0",
        "    li   t0, 0x1f",
        "    csrw pmpcfg0, t0",
        "    la   t0, root_table",
        "    li   t1, 0x80000000 >> 12 << 10 | 0x4b", // V, R, X and A, but not W
        "    sd   t1, 2 * 8(t0)",
        "    srli t0, t0, 12",
        "    li   t1, 8 << 60", // Sv39
        "    or   t0, t0, t1",
        "    csrw satp, t0",
        "    sfence.vma",
        "    li   t0, 0x1000", // mstatus.MPP = S
        "    csrc mstatus, t0",
        "    li   t0, 0x0800",
        "    csrs mstatus, t0",
        "    la   t0, count_ticks",
        "    csrw mepc, t0",
        "    mret",
        ".globl count_ticks",
        "count_ticks:",
        "    la   t0, ticks",
        "    ld   t1, 0(t0)",
        "    addi t1, t1, 1",
        "    sd   t1, 0(t0)",
        "    j    count_ticks",
        ".pushsection .bss, \"aw\", @nobits",
        ".balign 4096",
        "root_table: .zero 4096",
        ".globl ticks",
        "ticks: .zero 8",
        ".popsection",
    );
}

fn program() -> u64 {
    pagewalk_test_programs::println!("Counting ticks in a kernel under Sv39 …");
    #[cfg(target_os = "none")]
    kernel::enter_kernel();
    #[cfg(not(target_os = "none"))]
    0
}

pagewalk_test_programs::entry!(program);
