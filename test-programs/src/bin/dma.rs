//! Has the disk in virtio-mmio slot 0 write code that was executed before, and a
//! page table that was walked before: after `fence.i` and `sfence.vma` the hart
//! sees what the disk has written. What was on the disk is lost.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
#[allow(
    unsafe_code,
    reason = "calls what a disk has written, loads through its page tables"
)]
mod guest {
    use core::{
        arch::asm,
        sync::atomic::{AtomicU64, Ordering},
    };

    use pagewalk_test_programs::{
        board::block::{Block, Error, Request},
        println,
    };

    const ROUNDS: u64 = 20;
    /// Calls and loads in a round: enough to be remembered.
    const REPEATS: u64 = 100;

    /// Blocks of the disk that hold something of variant 0 and of variant 1.
    const CODE: u64 = 0;
    const TABLE: u64 = 2;

    // Fields of a page-table entry, and of `satp`.
    const POINTER: u64 = 1;
    const DATA_PAGE: u64 = 0xc7; // D, A, W, R, V
    const SV39: u64 = 8 << 60;

    /// A page of page-table entries.
    #[repr(C, align(4096))]
    struct Table([AtomicU64; 512]);

    impl Table {
        const fn new() -> Self {
            Self([const { AtomicU64::new(0) }; 512])
        }
    }

    static ROOT: Table = Table::new();
    static MIDDLE: Table = Table::new();

    fn page_number<T>(of: &T) -> u64 {
        core::ptr::from_ref(of) as u64 >> 12
    }

    fn entry(page: u64, flags: u64) -> u64 {
        page << 10 | flags
    }

    /// `li a0, value; ret`, as one word.
    fn function(value: u64) -> u64 {
        0x8067 << 32 | value << 20 | 0x513
    }

    /// Loads the first word of the address space of `satp`, as S-mode would.
    fn load_translated(satp: u64) -> u64 {
        let value;
        // SAFETY: only this load is translated. It reads a page that has a
        // table entry, or traps, which ends the run.
        unsafe {
            asm!(
                "csrw satp, {satp}",
                "li   {bits}, 0x1800", // mstatus.MPP = S
                "csrc mstatus, {bits}",
                "li   {bits}, 0x20800", // and MPRV
                "csrs mstatus, {bits}",
                "ld   {value}, 0(zero)",
                "li   {bits}, 0x20000",
                "csrc mstatus, {bits}",
                satp = in(reg) satp,
                bits = out(reg) _,
                value = out(reg) value,
                options(nostack),
            );
        }
        value
    }

    /// Lets S-mode have all memory.
    fn open_memory() {
        // SAFETY: M-mode is not concerned.
        unsafe {
            asm!(
                "csrw pmpaddr0, {all}",
                "csrw pmpcfg0, {cfg}",
                all = in(reg) u64::MAX,
                cfg = in(reg) 0x1f,
                options(nostack),
            );
        }
    }

    /// Puts both variants of code and table on the disk.
    fn prepare(disk: &mut Block) -> Result<(), Error> {
        for variant in [0, 1] {
            let page = disk.buffer(1 + variant as usize);
            page.word(0).store(variant, Ordering::Relaxed);
            let first = disk.buffer(0).word(0);
            first.store(function(variant), Ordering::Relaxed);
            disk.execute(Request::Write(CODE + variant))?;
            first.store(entry(page_number(page), DATA_PAGE), Ordering::Relaxed);
            disk.execute(Request::Write(TABLE + variant))?;
        }
        let pointer = entry(page_number(&MIDDLE), POINTER);
        ROOT.0[0].store(pointer, Ordering::Relaxed);
        let pointer = entry(page_number(disk.buffer(0)), POINTER);
        MIDDLE.0[0].store(pointer, Ordering::Relaxed);
        Ok(())
    }

    /// How many calls of freshly read code, and loads through a freshly read
    /// table, had the result of an older one.
    fn count_stale(disk: &mut Block) -> Result<[u64; 2], Error> {
        let place = core::ptr::from_ref(disk.buffer(0));
        // SAFETY: a function is there whenever it is called.
        let code: extern "C" fn() -> u64 = unsafe { core::mem::transmute(place) };
        let satp = SV39 | page_number(&ROOT);
        let mut stale = [0; 2];
        for round in 0..ROUNDS {
            let variant = round % 2;
            disk.execute(Request::Read(CODE + variant))?;
            // SAFETY: orders fetches after what came before.
            unsafe { asm!("fence.i", options(nostack)) };
            stale[0] += (0..REPEATS).filter(|_| code() != variant).count() as u64;

            disk.execute(Request::Read(TABLE + variant))?;
            // SAFETY: orders walks after what came before.
            unsafe { asm!("sfence.vma", options(nostack)) };
            let load = |_: &u64| load_translated(satp) != variant;
            stale[1] += (0..REPEATS).filter(load).count() as u64;
        }
        Ok(stale)
    }

    pub(crate) fn program() -> u64 {
        open_memory();
        let stale = Block::new(0, false).and_then(|mut disk| {
            prepare(&mut disk)?;
            count_stale(&mut disk)
        });
        println!("stale calls and loads: {stale:?}");
        u64::from(stale != Ok([0, 0]))
    }
}

pagewalk_test_programs::board!(guest::program);
