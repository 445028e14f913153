//! The guests of these tests, in machine language.

use crate::elf::Elf;

/// Ends through HTIF with this status.
pub(crate) fn htif_exit(status: u64) -> Elf {
    Elf::new(&[
        0x0000_1597, // auipc a1,1
        0x0085_b503, // ld a0,8(a1)
        0x00a5_b023, // sd a0,0(a1)
        0x0000_006f, // j .
    ])
    .data(&[0, status << 1 | 1])
    .tohost()
}

/// Writes this value to the test finisher.
pub(crate) fn finisher(value: u32) -> Elf {
    Elf::new(&[
        0x0000_1597, // auipc a1,1
        0x0085_a503, // lw a0,8(a1)
        0x0010_0637, // lui a2,0x100
        0x00a6_2023, // sw a0,0(a2)
        0x0000_006f, // j .
    ])
    .data(&[0, value.into()])
}

/// Writes this value to the test finisher and to `tohost`, for ever.
pub(crate) fn pester(value: u64) -> Elf {
    Elf::new(&[
        0x0000_1597, // auipc a1,1
        0x0085_b503, // ld a0,8(a1)
        0x0010_0637, // lui a2,0x100
        0x00a6_2023, // sw a0,0(a2)
        0x00a5_b023, // sd a0,0(a1)
        0xff9f_f06f, // j .-8
    ])
    .data(&[0, value])
    .tohost()
}

/// Instructions as a flat binary.
pub(crate) fn flat(code: &[u32]) -> Vec<u8> {
    code.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A flat binary, for any address, that writes to the test finisher: success.
pub(crate) fn flat_success() -> Vec<u8> {
    flat(&[
        0x0000_5537, // lui a0,5
        0x5555_0513, // addi a0,a0,0x555
        0x0010_05b7, // lui a1,0x100
        0x00a5_a023, // sw a0,0(a1)
        0x0000_006f, // j .
    ])
}

/// A flat binary that ends with success if a1 is the address of a device tree.
pub(crate) fn flat_tree() -> Vec<u8> {
    flat(&[
        0x0005_e283, // lwu t0,0(a1)
        0x000e_e337, // lui t1,0xee
        0xfe13_031b, // addiw t1,t1,-31
        0x00c3_1313, // slli t1,t1,12
        0xdd03_0313, // addi t1,t1,-560: the magic number
        0x4062_82b3, // sub t0,t0,t1
        0x0000_5537, // lui a0,5
        0x5555_0513, // addi a0,a0,0x555
        0x0002_8663, // beqz t0,.+12
        0x0001_3537, // lui a0,0x13: status 1
        0x3335_0513, // addi a0,a0,0x333
        0x0010_05b7, // lui a1,0x100
        0x00a5_a023, // sw a0,0(a1)
        0x0000_006f, // j .
    ])
}

/// A flat binary that waits for `pages` times 4096 ticks of the timer, each 100
/// ns, and ends with success.
pub(crate) fn flat_wait(pages: u32) -> Vec<u8> {
    flat(&[
        0x0200_42b7,               // lui t0,0x2004: mtimecmp
        0x0200_c337,               // lui t1,0x200c
        0xff83_3383,               // ld t2,-8(t1): mtime
        0x0000_0e37 | pages << 12, // lui t3,pages
        0x01c3_83b3,               // add t2,t2,t3
        0x0072_b023,               // sd t2,0(t0)
        0x0800_0e93,               // li t4,128: MTIE
        0x304e_9073,               // csrw mie,t4
        0x1050_0073,               // wfi
        0x0000_5537,               // lui a0,5
        0x5555_0513,               // addi a0,a0,0x555
        0x0010_05b7,               // lui a1,0x100
        0x00a5_a023,               // sw a0,0(a1)
        0x0000_006f,               // j .
    ])
}

/// A flat binary that ends with bits 32 to 47 of the real-time clock as status.
pub(crate) fn flat_rtc() -> Vec<u8> {
    flat(&[
        0x0010_12b7, // lui t0,0x101
        0x0002_a303, // lw t1,0(t0)
        0x0042_a503, // lw a0,4(t0)
        0x0000_3337, // lui t1,3
        0x3333_0313, // addi t1,t1,0x333
        0x0105_1513, // slli a0,a0,16
        0x0065_6533, // or a0,a0,t1
        0x0010_05b7, // lui a1,0x100
        0x00a5_a023, // sw a0,0(a1)
        0x0000_006f, // j .
    ])
}

/// A flat binary that drives the disk in slot 0 (legacy interface, by polling):
/// counts its first word up and resets the board, until the word is 3; then it
/// ends with success.
pub(crate) fn flat_counter() -> Vec<u8> {
    flat(&[
        0x1000_1437, // lui s0,0x10001
        0x8001_04b7, // lui s1,0x80010
        0x0000_12b7, // lui t0,0x1
        0x0054_8933, // add s2,s1,t0
        0x0204_9493, // slli s1,s1,0x20
        0x0204_d493, // srli s1,s1,0x20
        0x0209_1913, // slli s2,s2,0x20
        0x0209_5913, // srli s2,s2,0x20
        0x8001_29b7, // lui s3,0x80012
        0x0209_9993, // slli s3,s3,0x20
        0x0209_d993, // srli s3,s3,0x20
        0x0604_2823, // sw zero,112(s0): status: reset
        0x0030_0313, // li t1,3
        0x0664_2823, // sw t1,112(s0): driver
        0x0254_2423, // sw t0,40(s0): page size
        0x0204_2823, // sw zero,48(s0): queue 0
        0x0040_0313, // li t1,4
        0x0264_2c23, // sw t1,56(s0): of 4 entries
        0x0254_2e23, // sw t0,60(s0): alignment
        0x00c4_d313, // srli t1,s1,0xc
        0x0464_2023, // sw t1,64(s0): page number
        0x0070_0313, // li t1,7
        0x0664_2823, // sw t1,112(s0): driver ok
        0x0134_b023, // sd s3,0(s1): descriptor 0: the header
        0x0100_0313, // li t1,16
        0x0064_a423, // sw t1,8(s1)
        0x0001_03b7, // lui t2,0x10
        0x0013_8393, // addi t2,t2,1
        0x0074_a623, // sw t2,12(s1): then 1
        0x0109_8313, // addi t1,s3,16
        0x0064_b823, // sd t1,16(s1): descriptor 1: the data
        0x2000_0313, // li t1,512
        0x0064_ac23, // sw t1,24(s1)
        0x2109_8313, // addi t1,s3,528
        0x0264_b023, // sd t1,32(s1): descriptor 2: the status
        0x0010_0313, // li t1,1
        0x0264_a423, // sw t1,40(s1)
        0x0020_0313, // li t1,2
        0x0264_a623, // sw t1,44(s1): written by the device
        0x0002_0e37, // lui t3,0x20
        0x003e_0513, // addi a0,t3,3
        0x0000_0593, // li a1,0
        0x0400_00ef, // jal request
        0x0109_be83, // ld t4,16(s3): the first word of the disk
        0x0030_0f13, // li t5,3
        0x0000_5637, // lui a2,0x5
        0x5556_0613, // addi a2,a2,1365
        0x03ee_8063, // beq t4,t5,end
        0x001e_8e93, // addi t4,t4,1
        0x01d9_b823, // sd t4,16(s3)
        0x001e_0513, // addi a0,t3,1
        0x0010_0593, // li a1,1
        0x0180_00ef, // jal request
        0x0000_7637, // lui a2,0x7
        0x7776_0613, // addi a2,a2,1911
        0x0010_0337, // end: lui t1,0x100
        0x00c3_2023, // sw a2,0(t1)
        0x0000_006f, // j .
        0x00a4_ae23, // request: sw a0,28(s1)
        0x00b9_a023, // sw a1,0(s3): read or write
        0x0424_d303, // lhu t1,66(s1)
        0x0013_0313, // addi t1,t1,1
        0x0464_9123, // sh t1,66(s1): available
        0x0ff0_000f, // fence
        0x0404_2823, // sw zero,80(s0): notify
        0x0029_5383, // lhu t2,2(s2): used
        0xfe73_1ee3, // bne t1,t2,.-4
        0x0000_8067, // ret
    ])
}

/// Prints the letter x through HTIF for ever.
pub(crate) fn chatter() -> Elf {
    Elf::new(&[
        0x0000_1597, // auipc a1,1
        0x0085_b503, // ld a0,8(a1)
        0x00a5_b023, // sd a0,0(a1)
        0xffdf_f06f, // j .-4
    ])
    .data(&[0, 0x0101_0000_0000_0000 | u64::from(b'x')])
    .tohost()
}

/// Counts for ever.
pub(crate) fn spin() -> Elf {
    Elf::new(&[
        0x0012_8293, // addi t0,t0,1
        0xffdf_f06f, // j .-4
    ])
}

/// Jumps to where nothing is, with no trap handler.
pub(crate) fn nowhere() -> Elf {
    Elf::new(&[
        0x0000_1537, // lui a0,1
        0x0005_0067, // jr a0
    ])
    .tohost()
}

/// Has a trap handler that traps.
pub(crate) fn trapping_handler() -> Elf {
    Elf::new(&[
        0x0000_0297, // auipc t0,0
        0x0102_8293, // addi t0,t0,16
        0x3052_9073, // csrw mtvec,t0
        0x0000_0073, // ecall
        0x0000_3e03, // handler: ld t3,0(zero)
        0x3020_0073, // mret
    ])
    .symbol("handler", crate::elf::RAM + 16)
}

/// Waits for an interrupt with none enabled.
pub(crate) fn wait_for_nothing() -> Elf {
    Elf::new(&[
        0x3040_1073, // csrw mie,zero
        0x1050_0073, // wfi
        0xff9f_f06f, // j .-8
    ])
}

/// Jumps to itself.
pub(crate) fn park() -> Elf {
    Elf::new(&[0x0000_006f]) // j .
}

/// Executes an instruction of Zba, and ends well.
pub(crate) fn zba() -> Elf {
    let mut code = vec![0x20c5_a733]; // sh1add a4,a1,a2
    code.extend([
        0x0000_1597, // auipc a1,1
        0x0045_b503, // ld a0,4(a1)
        0xfea5_be23, // sd a0,-4(a1)
        0x0000_006f, // j .
    ]);
    Elf::new(&code).data(&[0, 1]).tohost()
}

/// Sets up one gigapage over RAM and goes to S-mode, where `supervisor` runs;
/// eight instructions behind its start is the trap handler of both modes.
fn paged(supervisor: &[u32], leaf: u64, medeleg: u64) -> Elf {
    let mut code = vec![
        0x0000_1497, // auipc s1,1: the data
        0x7ff4_8413, // addi s0,s1,2047
        0x7ff4_0413, // addi s0,s0,2047
        0x0024_0413, // addi s0,s0,2: the page table
        0xfff0_0293, // li t0,-1
        0x3b02_9073, // csrw pmpaddr0,t0
        0x01f0_0293, // li t0,31
        0x3a02_9073, // csrw pmpcfg0,t0
        0x0084_b303, // ld t1,8(s1)
        0x0064_3823, // sd t1,16(s0): the leaf
        0x0104_b303, // ld t1,16(s1)
        0x1803_1073, // csrw satp,t1
        0x1200_0073, // sfence.vma
        0x0184_b303, // ld t1,24(s1)
        0x3023_1073, // csrw medeleg,t1
        0x0000_0297, // auipc t0,0
        0x0482_8293, // addi t0,t0,72: the handler
        0x1052_9073, // csrw stvec,t0
        0x3052_9073, // csrw mtvec,t0
        0xfe02_8293, // addi t0,t0,-32: the supervisor
        0x3412_9073, // csrw mepc,t0
        0x0010_0293, // li t0,1
        0x00b2_9293, // slli t0,t0,11: MPP = S
        0x3002_a073, // csrs mstatus,t0
        0x3020_0073, // mret
    ];
    let start = crate::elf::RAM + 4 * code.len() as u64;
    code.extend(supervisor);
    let satp = 8 << 60 | (crate::elf::DATA + 0x1000) >> 12;
    Elf::new(&code)
        .data(&[0, leaf, satp, medeleg])
        .tohost()
        .symbol("supervisor", start)
        .symbol("handler", start + 32)
}

/// A gigapage at the start of RAM with V, R, W, X and A.
const LEAF: u64 = 0x8000_0000 >> 12 << 10 | 0x4f;
const DIRTY: u64 = 0x80;
const NOP: u32 = 0x0000_0013;

/// Unmaps itself and its trap handler.
pub(crate) fn unmaps_itself() -> Elf {
    let mut code = [NOP; 10];
    code[0] = 0x0004_3823; // sd zero,16(s0)
    code[1] = 0x1200_0073; // sfence.vma
    code[9] = 0x1020_0073; // sret
    paged(&code, LEAF | DIRTY, u64::MAX)
}

/// Stores to a page with D clear; the handler ends the run with status 1.
pub(crate) fn stores_to_clean_page() -> Elf {
    let mut code = [NOP; 11];
    code[0] = 0x0004_bc23; // sd zero,24(s1)
    code[1] = 0x00b0_0513; // li a0,11: status 5
    code[2] = 0x00a4_b023; // sd a0,0(s1)
    code[3] = 0x0000_006f; // j .
    code[8] = 0x0030_0513; // handler: li a0,3: status 1
    code[9] = 0x00a4_b023; // sd a0,0(s1)
    code[10] = 0x0000_006f; // j .
    paged(&code, LEAF, 0)
}
