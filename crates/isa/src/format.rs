//! Operand formats: which fields of the word an instruction uses, and what
//! they name.
//!
//! RISC-V unprivileged specification, Base Instruction Formats and Immediate
//! Encoding Variants.

use crate::pattern::{ImmLayout, pieces};

/// The operand format of a 32-bit instruction: its fields, and its syntax in
/// assembly language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Format {
    /// No operands.
    Nullary,
    /// `rd, imm`: lui, auipc.
    U,
    /// `rd, target`: jal.
    J,
    /// `rd, imm(rs1)`: jalr.
    Jalr,
    /// `rs1, rs2, target`: branches.
    B,
    /// `rd, rs1, imm`.
    I,
    /// `rd, rs1, shamt` with six bits of shift amount.
    Shift6,
    /// `rd, rs1, shamt` with five bits of shift amount.
    Shift5,
    /// `rd, rs1, rs2`.
    R,
    /// `rd, rs1`.
    Unary,
    /// `rd, imm(rs1)`.
    Load,
    /// `rs2, imm(rs1)`.
    Store,
    /// `pred, succ`; the immediate is fm, pred, succ. The rd and rs1 fields
    /// are reserved and ignored.
    Fence,
    /// fence.i: all fields are reserved and ignored.
    FenceI,
    /// `rd, csr, rs1`; the immediate is the CSR number.
    Csr,
    /// `rd, csr, uimm`; the immediate is the CSR number, uimm is in the rs1
    /// field.
    CsrImm,
    /// `rs1, rs2`: address and ASID of a fence.
    Sfence,
    /// `rd, (rs1)` with aq and rl.
    Lr,
    /// `rd, rs2, (rs1)` with aq and rl.
    Amo,
    /// As `Amo` on even register pairs; odd registers are reserved.
    AmoPair,
    /// `(rs1)`: cache-block instructions.
    Cbo,
    /// `imm(rs1)`: prefetch hints.
    Prefetch,
    /// `rd, rs1`; the immediate is N of mop.r.N.
    MopR,
    /// `rd, rs1, rs2`; the immediate is N of mop.rr.N.
    MopRr,
    /// `fd, imm(rs1)`.
    FLoad,
    /// `fs2, imm(rs1)`.
    FStore,
    /// `fd, fs1, fs2, fs3, rm`.
    F4,
    /// `fd, fs1, fs2, rm`.
    FBinaryRm,
    /// `fd, fs1, fs2`.
    FBinary,
    /// `fd, fs1, rm`.
    FUnaryRm,
    /// As `FUnaryRm` where the result is exact in every rounding mode.
    FUnaryExact,
    /// `rd, fs1, fs2`.
    FCompare,
    /// `rd, fs1, rm`.
    FToXRm,
    /// `rd, fs1`.
    FToX,
    /// `rd, fs1, rtz`: the rounding mode is part of the opcode.
    FToXRtz,
    /// `fd, rs1, rm`.
    XToFRm,
    /// As `XToFRm` where the result is exact in every rounding mode.
    XToFExact,
    /// `fd, rs1`.
    XToF,
    /// `fd, constant`: the rs1 field is the number of the constant.
    Fli,
}

/// What a register field of an instruction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The field is not an operand; it reads as zero in `Insn`.
    Unused,
    /// An integer register.
    X,
    /// A floating-point register.
    F,
    /// A small number.
    Number,
}

impl Slot {
    const fn mask(self) -> u32 {
        match self {
            Self::Unused => 0,
            Self::X | Self::F | Self::Number => 0b1_1111,
        }
    }
}

/// The fields of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bits 11 to 7.
    pub rd: Slot,
    /// Bits 19 to 15.
    pub rs1: Slot,
    /// Bits 24 to 20.
    pub rs2: Slot,
    /// Bits 31 to 27.
    pub rs3: Slot,
    /// Are bits 14 to 12 a rounding mode?
    pub has_rm: bool,
    pub(crate) imm: ImmLayout,
}

pub(crate) const RD_BIT: u32 = 7;
pub(crate) const RM_BIT: u32 = 12;
pub(crate) const RS1_BIT: u32 = 15;
pub(crate) const RS2_BIT: u32 = 20;
pub(crate) const RS3_BIT: u32 = 27;
const RM_MASK: u32 = 0b111;

impl Shape {
    const fn new(rd: Slot, rs1: Slot, rs2: Slot) -> Self {
        Self {
            rd,
            rs1,
            rs2,
            rs3: Slot::Unused,
            has_rm: false,
            imm: ImmLayout::NONE,
        }
    }

    const fn imm(self, imm: ImmLayout) -> Self {
        Self { imm, ..self }
    }

    const fn rm(self) -> Self {
        Self {
            has_rm: true,
            ..self
        }
    }

    /// The register fields and the rounding mode in `word`: rd, rs1, rs2,
    /// rs3, rm; fields that are no operands read as zero.
    pub(crate) const fn fields(&self, word: u32) -> [u8; 5] {
        [
            ((word >> RD_BIT) & self.rd.mask()) as u8,
            ((word >> RS1_BIT) & self.rs1.mask()) as u8,
            ((word >> RS2_BIT) & self.rs2.mask()) as u8,
            ((word >> RS3_BIT) & self.rs3.mask()) as u8,
            ((word >> RM_BIT) & self.rm_mask()) as u8,
        ]
    }

    /// The reverse of [`Shape::fields`] and of the immediate.
    pub(crate) const fn word(&self, fields: [u8; 5], imm: i32) -> u32 {
        let [rd, rs1, rs2, rs3, rm] = fields;
        (rd as u32 & self.rd.mask()) << RD_BIT
            | (rs1 as u32 & self.rs1.mask()) << RS1_BIT
            | (rs2 as u32 & self.rs2.mask()) << RS2_BIT
            | (rs3 as u32 & self.rs3.mask()) << RS3_BIT
            | (rm as u32 & self.rm_mask()) << RM_BIT
            | self.imm.insert(imm)
    }

    /// All bits of the word that belong to an operand.
    pub(crate) const fn operand_mask(&self) -> u32 {
        self.word([0xff; 5], -1)
    }

    const fn rm_mask(&self) -> u32 {
        if self.has_rm { RM_MASK } else { 0 }
    }
}

const IMM_I: ImmLayout = ImmLayout::signed(12, pieces![20 <- 0, 12]);
const IMM_S: ImmLayout = ImmLayout::signed(12, pieces![7 <- 0, 5; 25 <- 5, 7]);
const IMM_B: ImmLayout =
    ImmLayout::signed(13, pieces![8 <- 1, 4; 25 <- 5, 6; 7 <- 11, 1; 31 <- 12, 1]);
const IMM_U: ImmLayout = ImmLayout::unsigned(pieces![12 <- 12, 20]);
const IMM_J: ImmLayout = ImmLayout::signed(
    21,
    pieces![21 <- 1, 10; 20 <- 11, 1; 12 <- 12, 8; 31 <- 20, 1],
);
const IMM_SHIFT6: ImmLayout = ImmLayout::unsigned(pieces![20 <- 0, 6]);
const IMM_SHIFT5: ImmLayout = ImmLayout::unsigned(pieces![20 <- 0, 5]);
const IMM_12: ImmLayout = ImmLayout::unsigned(pieces![20 <- 0, 12]);
const IMM_PREFETCH: ImmLayout = ImmLayout::signed(12, pieces![25 <- 5, 7]);
const IMM_MOP_R: ImmLayout = ImmLayout::unsigned(pieces![20 <- 0, 2; 26 <- 2, 2; 30 <- 4, 1]);
const IMM_MOP_RR: ImmLayout = ImmLayout::unsigned(pieces![26 <- 0, 2; 30 <- 2, 1]);

impl Format {
    /// The fields that instructions of this format use.
    #[must_use]
    pub const fn shape(self) -> Shape {
        use Slot::{F, Number, Unused as __, X};
        match self {
            Self::Nullary | Self::FenceI => Shape::new(__, __, __),
            Self::U => Shape::new(X, __, __).imm(IMM_U),
            Self::J => Shape::new(X, __, __).imm(IMM_J),
            Self::B => Shape::new(__, X, X).imm(IMM_B),
            Self::I | Self::Jalr | Self::Load => Shape::new(X, X, __).imm(IMM_I),
            Self::Shift6 => Shape::new(X, X, __).imm(IMM_SHIFT6),
            Self::Shift5 => Shape::new(X, X, __).imm(IMM_SHIFT5),
            Self::R | Self::Amo | Self::AmoPair => Shape::new(X, X, X),
            Self::Unary | Self::Lr => Shape::new(X, X, __),
            Self::Store => Shape::new(__, X, X).imm(IMM_S),
            Self::Fence => Shape::new(__, __, __).imm(IMM_12),
            Self::Csr => Shape::new(X, X, __).imm(IMM_12),
            Self::CsrImm => Shape::new(X, Number, __).imm(IMM_12),
            Self::Sfence => Shape::new(__, X, X),
            Self::Cbo => Shape::new(__, X, __),
            Self::Prefetch => Shape::new(__, X, __).imm(IMM_PREFETCH),
            Self::MopR => Shape::new(X, X, __).imm(IMM_MOP_R),
            Self::MopRr => Shape::new(X, X, X).imm(IMM_MOP_RR),
            Self::FLoad => Shape::new(F, X, __).imm(IMM_I),
            Self::FStore => Shape::new(__, X, F).imm(IMM_S),
            Self::F4 => Shape {
                rs3: F,
                ..Shape::new(F, F, F).rm()
            },
            Self::FBinaryRm => Shape::new(F, F, F).rm(),
            Self::FBinary => Shape::new(F, F, F),
            Self::FUnaryRm | Self::FUnaryExact => Shape::new(F, F, __).rm(),
            Self::FCompare => Shape::new(X, F, F),
            Self::FToXRm => Shape::new(X, F, __).rm(),
            Self::FToX | Self::FToXRtz => Shape::new(X, F, __),
            Self::XToFRm | Self::XToFExact => Shape::new(F, X, __).rm(),
            Self::XToF => Shape::new(F, X, __),
            Self::Fli => Shape::new(F, Number, __),
        }
    }

    /// Is `word`, which matches the pattern of such an instruction, free of
    /// reserved operands?
    ///
    /// Rounding modes 5 and 6 are reserved (F, Floating-Point Control and
    /// Status Register), and so are odd registers of amocas.q (Zacas).
    pub(crate) const fn accepts(self, word: u32) -> bool {
        let shape = self.shape();
        if shape.has_rm {
            let rm = (word >> RM_BIT) & RM_MASK;
            return rm != 5 && rm != 6;
        }
        if matches!(self, Self::AmoPair) {
            return word & (1 << RD_BIT | 1 << RS2_BIT) == 0;
        }
        true
    }
}
