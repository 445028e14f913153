//! The registers around one instruction.
#![allow(
    unsafe_code,
    reason = "it is about registers, which the compiler believes to be its own"
)]

/// All registers that a process sees. `x[0]` is always zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(crate) struct Registers {
    pub(crate) x: [u64; 32],
    pub(crate) f: [u64; 32],
    pub(crate) fcsr: u64,
}

/// Registers before and after an instruction, and what the code around it keeps.
#[repr(C)]
struct State {
    before: Registers,
    after: Registers,
    /// The stack pointer of the compiler's world.
    sp: u64,
}

/// The register that holds the address of the state while everything else belongs
/// to the test. Its value is compared like any other: were it changed, what is
/// compared would not have been stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Anchor {
    /// `sp`, for all instructions but those that it is the base of.
    Sp,
    /// `gp`, for those.
    Gp,
}

impl Anchor {
    const fn register(self) -> usize {
        match self {
            Anchor::Sp => 2,
            Anchor::Gp => 3,
        }
    }
}

/// Executes the code of a form with these registers, and returns what they were
/// before, and what they are after.
///
/// `ra` is the address of the code: that is how it is reached. The register of
/// `anchor` has a value of its own.
pub(crate) fn execute(code: u64, anchor: Anchor, registers: Registers) -> (Registers, Registers) {
    // What is not stored is not equal.
    let nothing = Registers {
        x: [!0; 32],
        f: [!0; 32],
        fcsr: !0,
    };
    let mut state = State {
        before: registers,
        after: nothing,
        sp: 0,
    };
    state.before.x[0] = 0;
    state.after.x[0] = 0;
    state.before.x[1] = code;
    state.before.x[anchor.register()] = (&raw mut state) as u64;
    guest::enter(anchor, &raw mut state);
    (state.before, state.after)
}

#[cfg(target_os = "none")]
mod guest {
    use core::arch::global_asm;
    use core::mem::offset_of;

    use super::{Anchor, Registers, State};

    // Enter keeps what the calling convention wants to be kept, loads all registers
    // (the anchor with its own value) and jumps to a form through ra. The form jumps
    // to leave, which stores all and undoes enter.
    global_asm!(
        r#"
    .macro every_x op, offset, anchor
        .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op x\n, \offset + 8*\n(\anchor)
        .endr
    .endm
    .macro every_f op, offset, anchor
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op f\n, \offset + 8*\n(\anchor)
        .endr
    .endm
    .macro kept op, fop
        \op ra, 0(sp)
        \op gp, 8(sp)
        \op tp, 16(sp)
        \op s0, 24(sp)
        \op s1, 32(sp)
        .irp n, 2,3,4,5,6,7,8,9,10,11
        \op s\n, 24 + 8*\n(sp)
        .endr
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
        \fop fs\n, 120 + 8*\n(sp)
        .endr
    .endm
    .macro enter_and_leave anchor
    .globl resume_enter_\anchor
    resume_enter_\anchor:
        addi sp, sp, -224
        kept sd, fsd
        frcsr t0
        sd   t0, 216(sp)
        sd   sp, {sp}(a0)
        mv   \anchor, a0
        ld   t0, {fcsr}(\anchor)
        fscsr t0
        every_f fld, {f}, \anchor
        every_x ld, {x}, \anchor
        jr   ra
    .globl resume_leave_\anchor
    resume_leave_\anchor:
        every_x sd, {after} + {x}, \anchor
        every_f fsd, {after} + {f}, \anchor
        frcsr t0
        sd   t0, {after} + {fcsr}(\anchor)
        ld   sp, {sp}(\anchor)
        ld   t0, 216(sp)
        fscsr t0
        kept ld, fld
        addi sp, sp, 224
        ret
    .endm
    .pushsection .text.resume, "ax", @progbits
    .option push
    .option arch, rv64gc
    enter_and_leave sp
    enter_and_leave gp
    .option pop
    .popsection
"#,
        x = const offset_of!(Registers, x),
        f = const offset_of!(Registers, f),
        fcsr = const offset_of!(Registers, fcsr),
        after = const offset_of!(State, after),
        sp = const offset_of!(State, sp),
    );

    unsafe extern "C" {
        fn resume_enter_sp(state: *mut State);
        fn resume_enter_gp(state: *mut State);
    }

    pub(super) fn enter(anchor: Anchor, state: *mut State) {
        // SAFETY: it obeys the calling convention, and stores to the state only; the
        // form that it executes does what its row says.
        unsafe {
            match anchor {
                Anchor::Sp => resume_enter_sp(state),
                Anchor::Gp => resume_enter_gp(state),
            }
        }
    }
}

#[cfg(not(target_os = "none"))]
mod guest {
    use super::{Anchor, State};

    /// A host does nothing.
    pub(super) fn enter(_: Anchor, _: *mut State) {}
}
