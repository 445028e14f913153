//! `memcpy` and `memset`: what the compiler calls to copy and to fill.
//!
//! The ones that come with it move a word in a round; these move eight, and a copy is
//! most of what many a system call costs.
#![allow(
    unsafe_code,
    reason = "the names are the compiler's; copying memory is loads and stores"
)]

use core::arch::naked_asm;

/// Copies `a2` bytes from `a1` to `a0`, which do not overlap; returns `a0`.
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    naked_asm!(
        "   mv   a3, a0",
        // A few bytes: one by one.
        "   li   t0, 16",
        "   bltu a2, t0, 8f",
        // Bytes until `a3`, the place to store to, is that of a word.
        "1: andi t0, a3, 7",
        "   beqz t0, 2f",
        "   lbu  t1, 0(a1)",
        "   sb   t1, 0(a3)",
        "   addi a1, a1, 1",
        "   addi a3, a3, 1",
        "   addi a2, a2, -1",
        "   j    1b",
        "2: andi t0, a1, 7",
        "   bnez t0, 6f",
        // Eight words in a round.
        "   andi t0, a2, -64",
        "   beqz t0, 4f",
        "   add  t0, t0, a1",
        "   andi a2, a2, 63",
        "3: ld   t1, 0(a1)",
        "   ld   t2, 8(a1)",
        "   ld   t3, 16(a1)",
        "   ld   t4, 24(a1)",
        "   sd   t1, 0(a3)",
        "   sd   t2, 8(a3)",
        "   sd   t3, 16(a3)",
        "   sd   t4, 24(a3)",
        "   ld   t1, 32(a1)",
        "   ld   t2, 40(a1)",
        "   ld   t3, 48(a1)",
        "   ld   t4, 56(a1)",
        "   sd   t1, 32(a3)",
        "   sd   t2, 40(a3)",
        "   sd   t3, 48(a3)",
        "   sd   t4, 56(a3)",
        "   addi a1, a1, 64",
        "   addi a3, a3, 64",
        "   bne  a1, t0, 3b",
        // The other words.
        "4: andi t0, a2, -8",
        "   beqz t0, 8f",
        "   add  t0, t0, a1",
        "   andi a2, a2, 7",
        "5: ld   t1, 0(a1)",
        "   sd   t1, 0(a3)",
        "   addi a1, a1, 8",
        "   addi a3, a3, 8",
        "   bne  a1, t0, 5b",
        "   j    8f",
        // The source is `t0` bytes behind a word: each word to store is made of two,
        // the upper bytes of `t1` and the lower ones of `t2`. Both have bytes that are
        // asked for, so nothing else is touched.
        "6: sub  a1, a1, t0",
        "   slli t3, t0, 3",
        "   neg  t4, t3",
        "   andi t5, a2, -8",
        "   beqz t5, 9f",
        "   add  t5, t5, a3",
        "   andi a2, a2, 7",
        "   ld   t1, 0(a1)",
        "7: ld   t2, 8(a1)",
        "   srl  t1, t1, t3",
        "   sll  t6, t2, t4",
        "   or   t1, t1, t6",
        "   sd   t1, 0(a3)",
        "   mv   t1, t2",
        "   addi a1, a1, 8",
        "   addi a3, a3, 8",
        "   bne  a3, t5, 7b",
        "9: add  a1, a1, t0",
        // The last bytes.
        "8: beqz a2, 11f",
        "   add  a2, a2, a1",
        "10: lbu t1, 0(a1)",
        "   sb   t1, 0(a3)",
        "   addi a1, a1, 1",
        "   addi a3, a3, 1",
        "   bne  a1, a2, 10b",
        "11: ret",
    )
}

/// Fills `a2` bytes at `a0` with the low byte of `a1`; returns `a0`.
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    naked_asm!(
        "   mv   a3, a0",
        "   li   t0, 16",
        "   bltu a2, t0, 5f",
        // The byte in all bytes of a word.
        "   andi a1, a1, 0xff",
        "   slli t0, a1, 8",
        "   or   a1, a1, t0",
        "   slli t0, a1, 16",
        "   or   a1, a1, t0",
        "   slli t0, a1, 32",
        "   or   a1, a1, t0",
        "1: andi t0, a3, 7",
        "   beqz t0, 2f",
        "   sb   a1, 0(a3)",
        "   addi a3, a3, 1",
        "   addi a2, a2, -1",
        "   j    1b",
        // Eight words in a round.
        "2: andi t0, a2, -64",
        "   beqz t0, 4f",
        "   add  t0, t0, a3",
        "   andi a2, a2, 63",
        "3: sd   a1, 0(a3)",
        "   sd   a1, 8(a3)",
        "   sd   a1, 16(a3)",
        "   sd   a1, 24(a3)",
        "   sd   a1, 32(a3)",
        "   sd   a1, 40(a3)",
        "   sd   a1, 48(a3)",
        "   sd   a1, 56(a3)",
        "   addi a3, a3, 64",
        "   bne  a3, t0, 3b",
        // The other words.
        "4: andi t0, a2, -8",
        "   beqz t0, 5f",
        "   add  t0, t0, a3",
        "   andi a2, a2, 7",
        "6: sd   a1, 0(a3)",
        "   addi a3, a3, 8",
        "   bne  a3, t0, 6b",
        // The last bytes.
        "5: beqz a2, 8f",
        "   add  a2, a2, a3",
        "7: sb   a1, 0(a3)",
        "   addi a3, a3, 1",
        "   bne  a3, a2, 7b",
        "8: ret",
    )
}
