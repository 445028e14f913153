//! The instruction table: one row per instruction, and everything else comes
//! from the rows.
//!
//! A row of `instructions!` is: variant of [`Op`], mnemonic, operand format,
//! fixed bits of the encoding with the most significant one first, meaning,
//! and the instruction that it refines if it is a part of the encodings of
//! another one. A row of `compressed!` names the instruction that it expands
//! to and the layout of its operands instead. Rows stand under the title of
//! their section in the RISC-V manual (releases 20240411 and later) and what
//! a hart needs to have them.

use crate::compressed::{self, CompressedShape};
use crate::extension::{Requirement, needs};
use crate::format::{Format, Shape};
use crate::pattern::Pattern;

/// A 32-bit instruction as the table has it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operation.
    pub op: Op,
    /// The name in assembly language.
    pub mnemonic: &'static str,
    /// The operands.
    pub format: Format,
    /// The fields that hold them.
    pub shape: Shape,
    /// The fixed bits.
    pub pattern: Pattern,
    /// What a hart needs to have it.
    pub requirement: Requirement,
    /// Where the manual describes it.
    pub section: &'static str,
    /// The meaning in a few words.
    pub doc: &'static str,
    /// The instruction of whose encodings it takes a part.
    pub refines: Option<Op>,
}

/// A 16-bit instruction as the table has it.
#[derive(Clone, Copy, Debug)]
pub struct CompressedRow {
    /// The name in assembly language.
    pub mnemonic: &'static str,
    /// The operation that it stands for.
    pub expands_to: Op,
    pub(crate) shape: &'static CompressedShape,
    /// The fixed bits.
    pub pattern: Pattern,
    /// What a hart needs to have it.
    pub requirement: Requirement,
    /// Where the manual describes it.
    pub section: &'static str,
    /// The meaning in a few words.
    pub doc: &'static str,
    /// The mnemonic of the row of whose encodings it takes a part.
    pub refines: Option<&'static str>,
}

macro_rules! optional {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

macro_rules! instructions {
    ($(
        section $section:literal needs $needs:tt {
            $( $op:ident $mnemonic:literal $format:ident $pattern:literal $doc:literal
               $(refines $base:ident)? ; )+
        }
    )+) => {
        /// What an instruction does, operands apart. Compressed instructions
        /// have the operation of the instruction that they stand for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Op {
            $($( #[doc = concat!("`", $mnemonic, "`: ", $doc, " (", $section, ").")] $op, )+)+
        }

        impl Op {
            /// All operations, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$op),+),+];

            /// Number of operations; `op as usize` is below it.
            pub const COUNT: usize = Self::ALL.len();
        }

        /// The rows of the 32-bit instructions; the row of `op` is
        /// `ROWS[op as usize]`.
        pub static ROWS: [Row; Op::COUNT] = TABLE;

        /// The rows again, for constant evaluation.
        pub(crate) const TABLE: [Row; Op::COUNT] = [$($(Row {
            op: Op::$op,
            mnemonic: $mnemonic,
            format: Format::$format,
            shape: Format::$format.shape(),
            pattern: Pattern::parse($pattern, 32),
            requirement: needs! $needs,
            section: $section,
            doc: $doc,
            refines: optional!($(Op::$base)?),
        }),+),+];
    };
}

macro_rules! compressed {
    ($(
        section $section:literal needs $needs:tt {
            $( $mnemonic:literal $op:ident $shape:ident $pattern:literal $doc:literal
               $(refines $base:literal)? ; )+
        }
    )+) => {
        /// The rows of the 16-bit instructions.
        pub static COMPRESSED_ROWS: [CompressedRow; COMPRESSED_TABLE.len()] = *COMPRESSED_TABLE;

        /// The rows again, for constant evaluation.
        pub(crate) const COMPRESSED_TABLE: &[CompressedRow; [$($($pattern),+),+].len()] = &[$($(CompressedRow {
            mnemonic: $mnemonic,
            expands_to: Op::$op,
            shape: &compressed::$shape,
            pattern: Pattern::parse($pattern, 16),
            requirement: needs! $needs,
            section: $section,
            doc: $doc,
            refines: optional!($($base)?),
        }),+),+];
    };
}

instructions! {
    section "RV32I, Integer Register-Immediate Instructions" needs (I) {
        Lui           "lui"              U           ".........................0110111" "rd = imm, a multiple of 4096";
        Auipc         "auipc"            U           ".........................0010111" "rd = pc + imm, a multiple of 4096";
        Addi          "addi"             I           ".................000.....0010011" "rd = rs1 + imm";
        Slti          "slti"             I           ".................010.....0010011" "rd = rs1 < imm, signed";
        Sltiu         "sltiu"            I           ".................011.....0010011" "rd = rs1 < imm, unsigned";
        Xori          "xori"             I           ".................100.....0010011" "rd = rs1 ^ imm";
        Ori           "ori"              I           ".................110.....0010011" "rd = rs1 | imm";
        Andi          "andi"             I           ".................111.....0010011" "rd = rs1 & imm";
    }

    section "RV64I, Integer Register-Immediate Instructions" needs (I) {
        Slli          "slli"             Shift6      "000000...........001.....0010011" "rd = rs1 << shamt";
        Srli          "srli"             Shift6      "000000...........101.....0010011" "rd = rs1 >> shamt, zeros come in";
        Srai          "srai"             Shift6      "010000...........101.....0010011" "rd = rs1 >> shamt, sign bits come in";
        Addiw         "addiw"            I           ".................000.....0011011" "rd = low word of rs1 + imm, sign-extended";
        Slliw         "slliw"            Shift5      "0000000..........001.....0011011" "rd = low word of rs1 << shamt, sign-extended";
        Srliw         "srliw"            Shift5      "0000000..........101.....0011011" "rd = low word of rs1 >> shamt, zeros come in, result sign-extended";
        Sraiw         "sraiw"            Shift5      "0100000..........101.....0011011" "rd = low word of rs1 >> shamt, sign bits come in";
    }

    section "RV32I, Integer Register-Register Operations" needs (I) {
        Add           "add"              R           "0000000..........000.....0110011" "rd = rs1 + rs2";
        Sub           "sub"              R           "0100000..........000.....0110011" "rd = rs1 - rs2";
        Sll           "sll"              R           "0000000..........001.....0110011" "rd = rs1 << low six bits of rs2";
        Slt           "slt"              R           "0000000..........010.....0110011" "rd = rs1 < rs2, signed";
        Sltu          "sltu"             R           "0000000..........011.....0110011" "rd = rs1 < rs2, unsigned";
        Xor           "xor"              R           "0000000..........100.....0110011" "rd = rs1 ^ rs2";
        Srl           "srl"              R           "0000000..........101.....0110011" "rd = rs1 >> low six bits of rs2, zeros come in";
        Sra           "sra"              R           "0100000..........101.....0110011" "rd = rs1 >> low six bits of rs2, sign bits come in";
        Or            "or"               R           "0000000..........110.....0110011" "rd = rs1 | rs2";
        And           "and"              R           "0000000..........111.....0110011" "rd = rs1 & rs2";
    }

    section "RV64I, Integer Register-Register Operations" needs (I) {
        Addw          "addw"             R           "0000000..........000.....0111011" "rd = low word of rs1 + rs2, sign-extended";
        Subw          "subw"             R           "0100000..........000.....0111011" "rd = low word of rs1 - rs2, sign-extended";
        Sllw          "sllw"             R           "0000000..........001.....0111011" "rd = low word of rs1 << low five bits of rs2, sign-extended";
        Srlw          "srlw"             R           "0000000..........101.....0111011" "rd = low word of rs1 >> low five bits of rs2, zeros come in, result sign-extended";
        Sraw          "sraw"             R           "0100000..........101.....0111011" "rd = low word of rs1 >> low five bits of rs2, sign bits come in";
    }

    section "RV32I, Unconditional Jumps" needs (I) {
        Jal           "jal"              J           ".........................1101111" "rd = pc of the next instruction; pc = pc + imm";
        Jalr          "jalr"             Jalr        ".................000.....1100111" "rd = pc of the next instruction; pc = rs1 + imm with bit 0 cleared";
    }

    section "RV32I, Conditional Branches" needs (I) {
        Beq           "beq"              B           ".................000.....1100011" "pc = pc + imm if rs1 = rs2";
        Bne           "bne"              B           ".................001.....1100011" "pc = pc + imm if rs1 and rs2 differ";
        Blt           "blt"              B           ".................100.....1100011" "pc = pc + imm if rs1 < rs2, signed";
        Bge           "bge"              B           ".................101.....1100011" "pc = pc + imm if rs1 >= rs2, signed";
        Bltu          "bltu"             B           ".................110.....1100011" "pc = pc + imm if rs1 < rs2, unsigned";
        Bgeu          "bgeu"             B           ".................111.....1100011" "pc = pc + imm if rs1 >= rs2, unsigned";
    }

    section "RV32I, Load and Store Instructions" needs (I) {
        Lb            "lb"               Load        ".................000.....0000011" "rd = sign-extended byte at rs1 + imm";
        Lh            "lh"               Load        ".................001.....0000011" "rd = sign-extended halfword at rs1 + imm";
        Lw            "lw"               Load        ".................010.....0000011" "rd = sign-extended word at rs1 + imm";
        Lbu           "lbu"              Load        ".................100.....0000011" "rd = zero-extended byte at rs1 + imm";
        Lhu           "lhu"              Load        ".................101.....0000011" "rd = zero-extended halfword at rs1 + imm";
        Sb            "sb"               Store       ".................000.....0100011" "store the low byte of rs2 at rs1 + imm";
        Sh            "sh"               Store       ".................001.....0100011" "store the low halfword of rs2 at rs1 + imm";
        Sw            "sw"               Store       ".................010.....0100011" "store the low word of rs2 at rs1 + imm";
    }

    section "RV64I, Load and Store Instructions" needs (I) {
        Ld            "ld"               Load        ".................011.....0000011" "rd = doubleword at rs1 + imm";
        Lwu           "lwu"              Load        ".................110.....0000011" "rd = zero-extended word at rs1 + imm";
        Sd            "sd"               Store       ".................011.....0100011" "store rs2 at rs1 + imm";
    }

    section "RV32I, Memory Ordering Instructions" needs (I) {
        Fence         "fence"            Fence       ".................000.....0001111" "order the memory accesses before and after; reserved fields are ignored";
    }

    section "RV32I, Environment Call and Breakpoints" needs (I) {
        Ecall         "ecall"            Nullary     "00000000000000000000000001110011" "environment-call exception of the current privilege";
        Ebreak        "ebreak"           Nullary     "00000000000100000000000001110011" "breakpoint exception";
    }

    section "Zifencei, Instruction-Fetch Fence" needs (Zifencei) {
        FenceI        "fence.i"          FenceI      ".................001.....0001111" "later fetches see earlier stores; unused fields are ignored";
    }

    section "Zicsr, CSR Instructions" needs (Zicsr) {
        Csrrw         "csrrw"            Csr         ".................001.....1110011" "rd = csr; csr = rs1";
        Csrrs         "csrrs"            Csr         ".................010.....1110011" "rd = csr; csr = csr | rs1";
        Csrrc         "csrrc"            Csr         ".................011.....1110011" "rd = csr; csr = csr & !rs1";
        Csrrwi        "csrrwi"           CsrImm      ".................101.....1110011" "rd = csr; csr = uimm";
        Csrrsi        "csrrsi"           CsrImm      ".................110.....1110011" "rd = csr; csr = csr | uimm";
        Csrrci        "csrrci"           CsrImm      ".................111.....1110011" "rd = csr; csr = csr & !uimm";
    }

    section "Machine-Mode Privileged Instructions, Trap-Return and Wait for Interrupt" needs (I) {
        Mret          "mret"             Nullary     "00110000001000000000000001110011" "return from a machine-mode trap";
        Sret          "sret"             Nullary     "00010000001000000000000001110011" "return from a supervisor-mode trap";
        Wfi           "wfi"              Nullary     "00010000010100000000000001110011" "wait for an interrupt";
    }

    section "Supervisor Instructions, Memory-Management Fence" needs (I) {
        SfenceVma     "sfence.vma"       Sfence      "0001001..........000000001110011" "forget translations of the address in rs1, of the ASID in rs2";
    }

    section "Svinval, Fine-Grained Address-Translation Cache Invalidation" needs (Svinval) {
        SinvalVma     "sinval.vma"       Sfence      "0001011..........000000001110011" "as sfence.vma, ordered only by the two fences below";
        SfenceWInval  "sfence.w.inval"   Nullary     "00011000000000000000000001110011" "earlier stores are seen by later sinval.vma";
        SfenceInvalIr "sfence.inval.ir"  Nullary     "00011000000100000000000001110011" "earlier sinval.vma are seen by later accesses";
    }

    section "Zihintpause, Pause Hint" needs (Zihintpause) {
        Pause         "pause"            Nullary     "00000001000000000000000000001111" "the hart may slow down for a while" refines Fence;
    }

    section "Zihintntl, Non-Temporal Locality Hints" needs (Zihintntl) {
        NtlP1         "ntl.p1"           Nullary     "00000000001000000000000000110011" "the next access has no locality in the innermost private cache" refines Add;
        NtlPall       "ntl.pall"         Nullary     "00000000001100000000000000110011" "the next access has no locality in any private cache" refines Add;
        NtlS1         "ntl.s1"           Nullary     "00000000010000000000000000110011" "the next access has no locality in the innermost shared cache" refines Add;
        NtlAll        "ntl.all"          Nullary     "00000000010100000000000000110011" "the next access has no locality in any cache" refines Add;
    }

    section "Zimop, May-Be-Operations" needs (Zimop) {
        MopR          "mop.r"            MopR        "1.00..0111.......100.....1110011" "rd = 0, until an extension gives mop.r.n a meaning";
        MopRr         "mop.rr"           MopRr       "1.00..1..........100.....1110011" "rd = 0, until an extension gives mop.rr.n a meaning";
    }

    section "Zicond, Integer Conditional Operations" needs (Zicond) {
        CzeroEqz      "czero.eqz"        R           "0000111..........101.....0110011" "rd = 0 if rs2 = 0, else rs1";
        CzeroNez      "czero.nez"        R           "0000111..........111.....0110011" "rd = 0 if rs2 is not 0, else rs1";
    }

    section "M, Multiplication Operations" needs (Zmmul) {
        Mul           "mul"              R           "0000001..........000.....0110011" "rd = low half of rs1 * rs2";
        Mulh          "mulh"             R           "0000001..........001.....0110011" "rd = high half of rs1 * rs2, both signed";
        Mulhsu        "mulhsu"           R           "0000001..........010.....0110011" "rd = high half of rs1 * rs2, rs1 signed, rs2 unsigned";
        Mulhu         "mulhu"            R           "0000001..........011.....0110011" "rd = high half of rs1 * rs2, both unsigned";
        Mulw          "mulw"             R           "0000001..........000.....0111011" "rd = low word of rs1 * rs2, sign-extended";
    }

    section "M, Division Operations" needs (M) {
        Div           "div"              R           "0000001..........100.....0110011" "rd = rs1 / rs2, signed";
        Divu          "divu"             R           "0000001..........101.....0110011" "rd = rs1 / rs2, unsigned";
        Rem           "rem"              R           "0000001..........110.....0110011" "rd = remainder of rs1 / rs2, signed";
        Remu          "remu"             R           "0000001..........111.....0110011" "rd = remainder of rs1 / rs2, unsigned";
        Divw          "divw"             R           "0000001..........100.....0111011" "rd = rs1 / rs2 as signed words, sign-extended";
        Divuw         "divuw"            R           "0000001..........101.....0111011" "rd = rs1 / rs2 as unsigned words, sign-extended";
        Remw          "remw"             R           "0000001..........110.....0111011" "rd = remainder of rs1 / rs2 as signed words, sign-extended";
        Remuw         "remuw"            R           "0000001..........111.....0111011" "rd = remainder of rs1 / rs2 as unsigned words, sign-extended";
    }

    section "A, Load-Reserved/Store-Conditional Instructions" needs (Zalrsc) {
        LrW           "lr.w"             Lr          "00010..00000.....010.....0101111" "rd = word at rs1, and reserve its reservation set";
        ScW           "sc.w"             Amo         "00011............010.....0101111" "store the word rs2 at rs1 if the reservation holds; rd = 0 on success";
        LrD           "lr.d"             Lr          "00010..00000.....011.....0101111" "rd = doubleword at rs1, and reserve its reservation set";
        ScD           "sc.d"             Amo         "00011............011.....0101111" "store the doubleword rs2 at rs1 if the reservation holds; rd = 0 on success";
    }

    section "A, Atomic Memory Operations" needs (Zaamo) {
        AmoswapW      "amoswap.w"        Amo         "00001............010.....0101111" "rd = old word at rs1; store rs2";
        AmoaddW       "amoadd.w"         Amo         "00000............010.....0101111" "rd = old word at rs1; store old + rs2";
        AmoxorW       "amoxor.w"         Amo         "00100............010.....0101111" "rd = old word at rs1; store old ^ rs2";
        AmoandW       "amoand.w"         Amo         "01100............010.....0101111" "rd = old word at rs1; store old & rs2";
        AmoorW        "amoor.w"          Amo         "01000............010.....0101111" "rd = old word at rs1; store old | rs2";
        AmominW       "amomin.w"         Amo         "10000............010.....0101111" "rd = old word at rs1; store the smaller of old and rs2, signed";
        AmomaxW       "amomax.w"         Amo         "10100............010.....0101111" "rd = old word at rs1; store the larger of old and rs2, signed";
        AmominuW      "amominu.w"        Amo         "11000............010.....0101111" "rd = old word at rs1; store the smaller of old and rs2, unsigned";
        AmomaxuW      "amomaxu.w"        Amo         "11100............010.....0101111" "rd = old word at rs1; store the larger of old and rs2, unsigned";
        AmoswapD      "amoswap.d"        Amo         "00001............011.....0101111" "rd = old doubleword at rs1; store rs2";
        AmoaddD       "amoadd.d"         Amo         "00000............011.....0101111" "rd = old doubleword at rs1; store old + rs2";
        AmoxorD       "amoxor.d"         Amo         "00100............011.....0101111" "rd = old doubleword at rs1; store old ^ rs2";
        AmoandD       "amoand.d"         Amo         "01100............011.....0101111" "rd = old doubleword at rs1; store old & rs2";
        AmoorD        "amoor.d"          Amo         "01000............011.....0101111" "rd = old doubleword at rs1; store old | rs2";
        AmominD       "amomin.d"         Amo         "10000............011.....0101111" "rd = old doubleword at rs1; store the smaller of old and rs2, signed";
        AmomaxD       "amomax.d"         Amo         "10100............011.....0101111" "rd = old doubleword at rs1; store the larger of old and rs2, signed";
        AmominuD      "amominu.d"        Amo         "11000............011.....0101111" "rd = old doubleword at rs1; store the smaller of old and rs2, unsigned";
        AmomaxuD      "amomaxu.d"        Amo         "11100............011.....0101111" "rd = old doubleword at rs1; store the larger of old and rs2, unsigned";
    }

    section "Zabha, Byte and Halfword Atomic Memory Operations" needs (Zabha) {
        AmoswapB      "amoswap.b"        Amo         "00001............000.....0101111" "rd = old byte at rs1; store rs2";
        AmoaddB       "amoadd.b"         Amo         "00000............000.....0101111" "rd = old byte at rs1; store old + rs2";
        AmoxorB       "amoxor.b"         Amo         "00100............000.....0101111" "rd = old byte at rs1; store old ^ rs2";
        AmoandB       "amoand.b"         Amo         "01100............000.....0101111" "rd = old byte at rs1; store old & rs2";
        AmoorB        "amoor.b"          Amo         "01000............000.....0101111" "rd = old byte at rs1; store old | rs2";
        AmominB       "amomin.b"         Amo         "10000............000.....0101111" "rd = old byte at rs1; store the smaller of old and rs2, signed";
        AmomaxB       "amomax.b"         Amo         "10100............000.....0101111" "rd = old byte at rs1; store the larger of old and rs2, signed";
        AmominuB      "amominu.b"        Amo         "11000............000.....0101111" "rd = old byte at rs1; store the smaller of old and rs2, unsigned";
        AmomaxuB      "amomaxu.b"        Amo         "11100............000.....0101111" "rd = old byte at rs1; store the larger of old and rs2, unsigned";
        AmoswapH      "amoswap.h"        Amo         "00001............001.....0101111" "rd = old halfword at rs1; store rs2";
        AmoaddH       "amoadd.h"         Amo         "00000............001.....0101111" "rd = old halfword at rs1; store old + rs2";
        AmoxorH       "amoxor.h"         Amo         "00100............001.....0101111" "rd = old halfword at rs1; store old ^ rs2";
        AmoandH       "amoand.h"         Amo         "01100............001.....0101111" "rd = old halfword at rs1; store old & rs2";
        AmoorH        "amoor.h"          Amo         "01000............001.....0101111" "rd = old halfword at rs1; store old | rs2";
        AmominH       "amomin.h"         Amo         "10000............001.....0101111" "rd = old halfword at rs1; store the smaller of old and rs2, signed";
        AmomaxH       "amomax.h"         Amo         "10100............001.....0101111" "rd = old halfword at rs1; store the larger of old and rs2, signed";
        AmominuH      "amominu.h"        Amo         "11000............001.....0101111" "rd = old halfword at rs1; store the smaller of old and rs2, unsigned";
        AmomaxuH      "amomaxu.h"        Amo         "11100............001.....0101111" "rd = old halfword at rs1; store the larger of old and rs2, unsigned";
    }

    section "Zacas, Atomic Compare-and-Swap Instructions" needs (Zacas) {
        AmocasW       "amocas.w"         Amo         "00101............010.....0101111" "store rs2 at rs1 if the word there equals rd; rd = old word";
        AmocasD       "amocas.d"         Amo         "00101............011.....0101111" "store rs2 at rs1 if the doubleword there equals rd; rd = old doubleword";
        AmocasQ       "amocas.q"         AmoPair     "00101............100.....0101111" "as amocas.d on 16 bytes, in the even register pairs rd and rs2";
    }

    section "Zabha, Byte and Halfword Atomic Memory Operations" needs (Zacas & Zabha) {
        AmocasB       "amocas.b"         Amo         "00101............000.....0101111" "store rs2 at rs1 if the byte there equals rd; rd = old byte";
        AmocasH       "amocas.h"         Amo         "00101............001.....0101111" "store rs2 at rs1 if the halfword there equals rd; rd = old halfword";
    }

    section "Zawrs, Wait-on-Reservation-Set Instructions" needs (Zawrs) {
        WrsNto        "wrs.nto"          Nullary     "00000000110100000000000001110011" "wait until the reservation is lost or an interrupt is pending";
        WrsSto        "wrs.sto"          Nullary     "00000001110100000000000001110011" "as wrs.nto, for a short time at most";
    }

    section "Zicbom, Cache-Block Management Instructions" needs (Zicbom) {
        CboInval      "cbo.inval"        Cbo         "000000000000.....010000000001111" "invalidate the cache block at rs1";
        CboClean      "cbo.clean"        Cbo         "000000000001.....010000000001111" "write the cache block at rs1 back";
        CboFlush      "cbo.flush"        Cbo         "000000000010.....010000000001111" "write the cache block at rs1 back and invalidate it";
    }

    section "Zicboz, Cache-Block Zero Instructions" needs (Zicboz) {
        CboZero       "cbo.zero"         Cbo         "000000000100.....010000000001111" "fill the cache block at rs1 with zeros";
    }

    section "Zicbop, Cache-Block Prefetch Instructions" needs (Zicbop) {
        PrefetchI     "prefetch.i"       Prefetch    ".......00000.....110000000010011" "the cache block at rs1 + imm will be used for a fetch" refines Ori;
        PrefetchR     "prefetch.r"       Prefetch    ".......00001.....110000000010011" "the cache block at rs1 + imm will be used for a read" refines Ori;
        PrefetchW     "prefetch.w"       Prefetch    ".......00011.....110000000010011" "the cache block at rs1 + imm will be used for a write" refines Ori;
    }

    section "Zba, Address Generation" needs (Zba) {
        AddUw         "add.uw"           R           "0000100..........000.....0111011" "rd = zero-extended low word of rs1 + rs2";
        Sh1add        "sh1add"           R           "0010000..........010.....0110011" "rd = (rs1 << 1) + rs2";
        Sh2add        "sh2add"           R           "0010000..........100.....0110011" "rd = (rs1 << 2) + rs2";
        Sh3add        "sh3add"           R           "0010000..........110.....0110011" "rd = (rs1 << 3) + rs2";
        Sh1addUw      "sh1add.uw"        R           "0010000..........010.....0111011" "rd = (zero-extended low word of rs1 << 1) + rs2";
        Sh2addUw      "sh2add.uw"        R           "0010000..........100.....0111011" "rd = (zero-extended low word of rs1 << 2) + rs2";
        Sh3addUw      "sh3add.uw"        R           "0010000..........110.....0111011" "rd = (zero-extended low word of rs1 << 3) + rs2";
        SlliUw        "slli.uw"          Shift6      "000010...........001.....0011011" "rd = zero-extended low word of rs1 << shamt";
    }

    section "Zbb and Zbkb, Logical with Negate and Rotation" needs (Zbb | Zbkb) {
        Andn          "andn"             R           "0100000..........111.....0110011" "rd = rs1 & !rs2";
        Orn           "orn"              R           "0100000..........110.....0110011" "rd = rs1 | !rs2";
        Xnor          "xnor"             R           "0100000..........100.....0110011" "rd = !(rs1 ^ rs2)";
        Rol           "rol"              R           "0110000..........001.....0110011" "rd = rs1 rotated left by the low six bits of rs2";
        Rolw          "rolw"             R           "0110000..........001.....0111011" "rd = low word of rs1 rotated left by the low five bits of rs2, sign-extended";
        Ror           "ror"              R           "0110000..........101.....0110011" "rd = rs1 rotated right by the low six bits of rs2";
        Rori          "rori"             Shift6      "011000...........101.....0010011" "rd = rs1 rotated right by shamt";
        Rorw          "rorw"             R           "0110000..........101.....0111011" "rd = low word of rs1 rotated right by the low five bits of rs2, sign-extended";
        Roriw         "roriw"            Shift5      "0110000..........101.....0011011" "rd = low word of rs1 rotated right by shamt, sign-extended";
        Rev8          "rev8"             Unary       "011010111000.....101.....0010011" "rd = rs1 with its bytes in reverse order";
    }

    section "Zbb, Basic Bit-Manipulation" needs (Zbb) {
        Clz           "clz"              Unary       "011000000000.....001.....0010011" "rd = number of leading zeros of rs1";
        Ctz           "ctz"              Unary       "011000000001.....001.....0010011" "rd = number of trailing zeros of rs1";
        Cpop          "cpop"             Unary       "011000000010.....001.....0010011" "rd = number of one bits of rs1";
        Clzw          "clzw"             Unary       "011000000000.....001.....0011011" "rd = number of leading zeros of the low word of rs1";
        Ctzw          "ctzw"             Unary       "011000000001.....001.....0011011" "rd = number of trailing zeros of the low word of rs1";
        Cpopw         "cpopw"            Unary       "011000000010.....001.....0011011" "rd = number of one bits of the low word of rs1";
        SextB         "sext.b"           Unary       "011000000100.....001.....0010011" "rd = sign-extended low byte of rs1";
        SextH         "sext.h"           Unary       "011000000101.....001.....0010011" "rd = sign-extended low halfword of rs1";
        ZextH         "zext.h"           Unary       "000010000000.....100.....0111011" "rd = zero-extended low halfword of rs1" refines Packw;
        Min           "min"              R           "0000101..........100.....0110011" "rd = the smaller of rs1 and rs2, signed";
        Minu          "minu"             R           "0000101..........101.....0110011" "rd = the smaller of rs1 and rs2, unsigned";
        Max           "max"              R           "0000101..........110.....0110011" "rd = the larger of rs1 and rs2, signed";
        Maxu          "maxu"             R           "0000101..........111.....0110011" "rd = the larger of rs1 and rs2, unsigned";
        OrcB          "orc.b"            Unary       "001010000111.....101.....0010011" "rd = rs1 with each byte that is not zero replaced by 0xff";
    }

    section "Zbc, Carry-less Multiplication" needs (Zbc) {
        Clmul         "clmul"            R           "0000101..........001.....0110011" "rd = low half of the carry-less product of rs1 and rs2";
        Clmulr        "clmulr"           R           "0000101..........010.....0110011" "rd = bits 126 to 63 of the carry-less product of rs1 and rs2";
        Clmulh        "clmulh"           R           "0000101..........011.....0110011" "rd = high half of the carry-less product of rs1 and rs2";
    }

    section "Zbs, Single-Bit Instructions" needs (Zbs) {
        Bclr          "bclr"             R           "0100100..........001.....0110011" "rd = rs1 with the bit cleared that rs2 names";
        Bclri         "bclri"            Shift6      "010010...........001.....0010011" "rd = rs1 with the bit cleared that shamt names";
        Bext          "bext"             R           "0100100..........101.....0110011" "rd = the bit of rs1 that rs2 names";
        Bexti         "bexti"            Shift6      "010010...........101.....0010011" "rd = the bit of rs1 that shamt names";
        Binv          "binv"             R           "0110100..........001.....0110011" "rd = rs1 with the bit inverted that rs2 names";
        Binvi         "binvi"            Shift6      "011010...........001.....0010011" "rd = rs1 with the bit inverted that shamt names";
        Bset          "bset"             R           "0010100..........001.....0110011" "rd = rs1 with the bit set that rs2 names";
        Bseti         "bseti"            Shift6      "001010...........001.....0010011" "rd = rs1 with the bit set that shamt names";
    }

    section "Zbkb, Bit-Manipulation for Cryptography" needs (Zbkb) {
        Pack          "pack"             R           "0000100..........100.....0110011" "rd = low word of rs1, then low word of rs2";
        Packh         "packh"            R           "0000100..........111.....0110011" "rd = low byte of rs1, then low byte of rs2";
        Packw         "packw"            R           "0000100..........100.....0111011" "rd = low halfword of rs1, then low halfword of rs2, sign-extended";
        Brev8         "brev8"            Unary       "011010000111.....101.....0010011" "rd = rs1 with the bits of each byte in reverse order";
    }

    section "Zbkx, Crossbar Permutations" needs (Zbkx) {
        Xperm4        "xperm4"           R           "0010100..........010.....0110011" "rd = each nibble of rs2 looked up in rs1";
        Xperm8        "xperm8"           R           "0010100..........100.....0110011" "rd = each byte of rs2 looked up in rs1";
    }

    section "F, Load and Store Instructions" needs (F) {
        Flw           "flw"              FLoad       ".................010.....0000111" "rd = word at rs1 + imm, NaN-boxed";
        Fsw           "fsw"              FStore      ".................010.....0100111" "store the word rs2 at rs1 + imm";
    }

    section "F, Computational Instructions" needs (F) {
        FmaddS        "fmadd.s"          F4          ".....00..................1000011" "rd = rs1 * rs2 + rs3, rounded once";
        FmsubS        "fmsub.s"          F4          ".....00..................1000111" "rd = rs1 * rs2 - rs3, rounded once";
        FnmsubS       "fnmsub.s"         F4          ".....00..................1001011" "rd = -(rs1 * rs2) + rs3, rounded once";
        FnmaddS       "fnmadd.s"         F4          ".....00..................1001111" "rd = -(rs1 * rs2) - rs3, rounded once";
        FaddS         "fadd.s"           FBinaryRm   "0000000..................1010011" "rd = rs1 + rs2";
        FsubS         "fsub.s"           FBinaryRm   "0000100..................1010011" "rd = rs1 - rs2";
        FmulS         "fmul.s"           FBinaryRm   "0001000..................1010011" "rd = rs1 * rs2";
        FdivS         "fdiv.s"           FBinaryRm   "0001100..................1010011" "rd = rs1 / rs2";
        FsqrtS        "fsqrt.s"          FUnaryRm    "010110000000.............1010011" "rd = square root of rs1";
        FsgnjS        "fsgnj.s"          FBinary     "0010000..........000.....1010011" "rd = rs1 with the sign of rs2";
        FsgnjnS       "fsgnjn.s"         FBinary     "0010000..........001.....1010011" "rd = rs1 with the opposite of the sign of rs2";
        FsgnjxS       "fsgnjx.s"         FBinary     "0010000..........010.....1010011" "rd = rs1 with its sign xor the sign of rs2";
        FminS         "fmin.s"           FBinary     "0010100..........000.....1010011" "rd = the smaller of rs1 and rs2; a number wins over a NaN";
        FmaxS         "fmax.s"           FBinary     "0010100..........001.....1010011" "rd = the larger of rs1 and rs2; a number wins over a NaN";
    }

    section "F, Compare and Classify Instructions" needs (F) {
        FeqS          "feq.s"            FCompare    "1010000..........010.....1010011" "rd = rs1 = rs2, quiet";
        FltS          "flt.s"            FCompare    "1010000..........001.....1010011" "rd = rs1 < rs2, signaling";
        FleS          "fle.s"            FCompare    "1010000..........000.....1010011" "rd = rs1 <= rs2, signaling";
        FclassS       "fclass.s"         FToX        "111000000000.....001.....1010011" "rd = mask that names the class of rs1";
    }

    section "F, Conversion and Move Instructions" needs (F) {
        FcvtWS        "fcvt.w.s"         FToXRm      "110000000000.............1010011" "rd = rs1 as a signed word";
        FcvtWuS       "fcvt.wu.s"        FToXRm      "110000000001.............1010011" "rd = rs1 as an unsigned word";
        FcvtLS        "fcvt.l.s"         FToXRm      "110000000010.............1010011" "rd = rs1 as a signed doubleword";
        FcvtLuS       "fcvt.lu.s"        FToXRm      "110000000011.............1010011" "rd = rs1 as an unsigned doubleword";
        FcvtSW        "fcvt.s.w"         XToFRm      "110100000000.............1010011" "rd = the signed word in rs1 as floating point";
        FcvtSWu       "fcvt.s.wu"        XToFRm      "110100000001.............1010011" "rd = the unsigned word in rs1 as floating point";
        FcvtSL        "fcvt.s.l"         XToFRm      "110100000010.............1010011" "rd = the signed doubleword in rs1 as floating point";
        FcvtSLu       "fcvt.s.lu"        XToFRm      "110100000011.............1010011" "rd = the unsigned doubleword in rs1 as floating point";
        FmvXW         "fmv.x.w"          FToX        "111000000000.....000.....1010011" "rd = bits of rs1, sign-extended";
        FmvWX         "fmv.w.x"          XToF        "111100000000.....000.....1010011" "rd = low bits of rs1, NaN-boxed";
    }

    section "D, Load and Store Instructions" needs (D) {
        Fld           "fld"              FLoad       ".................011.....0000111" "rd = doubleword at rs1 + imm";
        Fsd           "fsd"              FStore      ".................011.....0100111" "store the doubleword rs2 at rs1 + imm";
    }

    section "D, Computational Instructions" needs (D) {
        FmaddD        "fmadd.d"          F4          ".....01..................1000011" "rd = rs1 * rs2 + rs3, rounded once";
        FmsubD        "fmsub.d"          F4          ".....01..................1000111" "rd = rs1 * rs2 - rs3, rounded once";
        FnmsubD       "fnmsub.d"         F4          ".....01..................1001011" "rd = -(rs1 * rs2) + rs3, rounded once";
        FnmaddD       "fnmadd.d"         F4          ".....01..................1001111" "rd = -(rs1 * rs2) - rs3, rounded once";
        FaddD         "fadd.d"           FBinaryRm   "0000001..................1010011" "rd = rs1 + rs2";
        FsubD         "fsub.d"           FBinaryRm   "0000101..................1010011" "rd = rs1 - rs2";
        FmulD         "fmul.d"           FBinaryRm   "0001001..................1010011" "rd = rs1 * rs2";
        FdivD         "fdiv.d"           FBinaryRm   "0001101..................1010011" "rd = rs1 / rs2";
        FsqrtD        "fsqrt.d"          FUnaryRm    "010110100000.............1010011" "rd = square root of rs1";
        FsgnjD        "fsgnj.d"          FBinary     "0010001..........000.....1010011" "rd = rs1 with the sign of rs2";
        FsgnjnD       "fsgnjn.d"         FBinary     "0010001..........001.....1010011" "rd = rs1 with the opposite of the sign of rs2";
        FsgnjxD       "fsgnjx.d"         FBinary     "0010001..........010.....1010011" "rd = rs1 with its sign xor the sign of rs2";
        FminD         "fmin.d"           FBinary     "0010101..........000.....1010011" "rd = the smaller of rs1 and rs2; a number wins over a NaN";
        FmaxD         "fmax.d"           FBinary     "0010101..........001.....1010011" "rd = the larger of rs1 and rs2; a number wins over a NaN";
    }

    section "D, Compare and Classify Instructions" needs (D) {
        FeqD          "feq.d"            FCompare    "1010001..........010.....1010011" "rd = rs1 = rs2, quiet";
        FltD          "flt.d"            FCompare    "1010001..........001.....1010011" "rd = rs1 < rs2, signaling";
        FleD          "fle.d"            FCompare    "1010001..........000.....1010011" "rd = rs1 <= rs2, signaling";
        FclassD       "fclass.d"         FToX        "111000100000.....001.....1010011" "rd = mask that names the class of rs1";
    }

    section "D, Conversion and Move Instructions" needs (D) {
        FcvtWD        "fcvt.w.d"         FToXRm      "110000100000.............1010011" "rd = rs1 as a signed word";
        FcvtWuD       "fcvt.wu.d"        FToXRm      "110000100001.............1010011" "rd = rs1 as an unsigned word";
        FcvtLD        "fcvt.l.d"         FToXRm      "110000100010.............1010011" "rd = rs1 as a signed doubleword";
        FcvtLuD       "fcvt.lu.d"        FToXRm      "110000100011.............1010011" "rd = rs1 as an unsigned doubleword";
        FcvtDW        "fcvt.d.w"         XToFExact   "110100100000.............1010011" "rd = the signed word in rs1 as floating point";
        FcvtDWu       "fcvt.d.wu"        XToFExact   "110100100001.............1010011" "rd = the unsigned word in rs1 as floating point";
        FcvtDL        "fcvt.d.l"         XToFRm      "110100100010.............1010011" "rd = the signed doubleword in rs1 as floating point";
        FcvtDLu       "fcvt.d.lu"        XToFRm      "110100100011.............1010011" "rd = the unsigned doubleword in rs1 as floating point";
        FmvXD         "fmv.x.d"          FToX        "111000100000.....000.....1010011" "rd = bits of rs1";
        FmvDX         "fmv.d.x"          XToF        "111100100000.....000.....1010011" "rd = low bits of rs1";
        FcvtSD        "fcvt.s.d"         FUnaryRm    "010000000001.............1010011" "rd = rs1 as single precision";
        FcvtDS        "fcvt.d.s"         FUnaryExact "010000100000.............1010011" "rd = rs1 as double precision";
    }

    section "Zfh, Load and Store Instructions" needs (Zfhmin) {
        Flh           "flh"              FLoad       ".................001.....0000111" "rd = halfword at rs1 + imm, NaN-boxed";
        Fsh           "fsh"              FStore      ".................001.....0100111" "store the halfword rs2 at rs1 + imm";
    }

    section "Zfh, Computational Instructions" needs (Zfh) {
        FmaddH        "fmadd.h"          F4          ".....10..................1000011" "rd = rs1 * rs2 + rs3, rounded once";
        FmsubH        "fmsub.h"          F4          ".....10..................1000111" "rd = rs1 * rs2 - rs3, rounded once";
        FnmsubH       "fnmsub.h"         F4          ".....10..................1001011" "rd = -(rs1 * rs2) + rs3, rounded once";
        FnmaddH       "fnmadd.h"         F4          ".....10..................1001111" "rd = -(rs1 * rs2) - rs3, rounded once";
        FaddH         "fadd.h"           FBinaryRm   "0000010..................1010011" "rd = rs1 + rs2";
        FsubH         "fsub.h"           FBinaryRm   "0000110..................1010011" "rd = rs1 - rs2";
        FmulH         "fmul.h"           FBinaryRm   "0001010..................1010011" "rd = rs1 * rs2";
        FdivH         "fdiv.h"           FBinaryRm   "0001110..................1010011" "rd = rs1 / rs2";
        FsqrtH        "fsqrt.h"          FUnaryRm    "010111000000.............1010011" "rd = square root of rs1";
        FsgnjH        "fsgnj.h"          FBinary     "0010010..........000.....1010011" "rd = rs1 with the sign of rs2";
        FsgnjnH       "fsgnjn.h"         FBinary     "0010010..........001.....1010011" "rd = rs1 with the opposite of the sign of rs2";
        FsgnjxH       "fsgnjx.h"         FBinary     "0010010..........010.....1010011" "rd = rs1 with its sign xor the sign of rs2";
        FminH         "fmin.h"           FBinary     "0010110..........000.....1010011" "rd = the smaller of rs1 and rs2; a number wins over a NaN";
        FmaxH         "fmax.h"           FBinary     "0010110..........001.....1010011" "rd = the larger of rs1 and rs2; a number wins over a NaN";
    }

    section "Zfh, Compare and Classify Instructions" needs (Zfh) {
        FeqH          "feq.h"            FCompare    "1010010..........010.....1010011" "rd = rs1 = rs2, quiet";
        FltH          "flt.h"            FCompare    "1010010..........001.....1010011" "rd = rs1 < rs2, signaling";
        FleH          "fle.h"            FCompare    "1010010..........000.....1010011" "rd = rs1 <= rs2, signaling";
        FclassH       "fclass.h"         FToX        "111001000000.....001.....1010011" "rd = mask that names the class of rs1";
    }

    section "Zfh, Conversion and Move Instructions" needs (Zfh) {
        FcvtWH        "fcvt.w.h"         FToXRm      "110001000000.............1010011" "rd = rs1 as a signed word";
        FcvtWuH       "fcvt.wu.h"        FToXRm      "110001000001.............1010011" "rd = rs1 as an unsigned word";
        FcvtLH        "fcvt.l.h"         FToXRm      "110001000010.............1010011" "rd = rs1 as a signed doubleword";
        FcvtLuH       "fcvt.lu.h"        FToXRm      "110001000011.............1010011" "rd = rs1 as an unsigned doubleword";
        FcvtHW        "fcvt.h.w"         XToFRm      "110101000000.............1010011" "rd = the signed word in rs1 as floating point";
        FcvtHWu       "fcvt.h.wu"        XToFRm      "110101000001.............1010011" "rd = the unsigned word in rs1 as floating point";
        FcvtHL        "fcvt.h.l"         XToFRm      "110101000010.............1010011" "rd = the signed doubleword in rs1 as floating point";
        FcvtHLu       "fcvt.h.lu"        XToFRm      "110101000011.............1010011" "rd = the unsigned doubleword in rs1 as floating point";
    }

    section "Zfhmin, Minimal Half-Precision" needs (Zfhmin) {
        FmvXH         "fmv.x.h"          FToX        "111001000000.....000.....1010011" "rd = low halfword of rs1, sign-extended";
        FmvHX         "fmv.h.x"          XToF        "111101000000.....000.....1010011" "rd = low halfword of rs1, NaN-boxed";
        FcvtSH        "fcvt.s.h"         FUnaryExact "010000000010.............1010011" "rd = rs1 as single precision";
        FcvtHS        "fcvt.h.s"         FUnaryRm    "010001000000.............1010011" "rd = rs1 as half precision";
    }

    section "Zfhmin, Minimal Half-Precision" needs (Zfhmin & D) {
        FcvtDH        "fcvt.d.h"         FUnaryExact "010000100010.............1010011" "rd = rs1 as double precision";
        FcvtHD        "fcvt.h.d"         FUnaryRm    "010001000001.............1010011" "rd = rs1 as half precision";
    }

    section "Zfa, Additional Floating-Point Instructions" needs (Zfa) {
        FliS          "fli.s"            Fli         "111100000001.....000.....1010011" "rd = one of 32 constants, named by the rs1 field";
        FminmS        "fminm.s"          FBinary     "0010100..........010.....1010011" "rd = the smaller of rs1 and rs2; a NaN wins";
        FmaxmS        "fmaxm.s"          FBinary     "0010100..........011.....1010011" "rd = the larger of rs1 and rs2; a NaN wins";
        FroundS       "fround.s"         FUnaryRm    "010000000100.............1010011" "rd = rs1 rounded to an integer, without the inexact flag";
        FroundnxS     "froundnx.s"       FUnaryRm    "010000000101.............1010011" "rd = rs1 rounded to an integer";
        FleqS         "fleq.s"           FCompare    "1010000..........100.....1010011" "rd = rs1 <= rs2, quiet";
        FltqS         "fltq.s"           FCompare    "1010000..........101.....1010011" "rd = rs1 < rs2, quiet";
    }

    section "Zfa, Additional Floating-Point Instructions" needs (Zfa & D) {
        FliD          "fli.d"            Fli         "111100100001.....000.....1010011" "rd = one of 32 constants, named by the rs1 field";
        FminmD        "fminm.d"          FBinary     "0010101..........010.....1010011" "rd = the smaller of rs1 and rs2; a NaN wins";
        FmaxmD        "fmaxm.d"          FBinary     "0010101..........011.....1010011" "rd = the larger of rs1 and rs2; a NaN wins";
        FroundD       "fround.d"         FUnaryRm    "010000100100.............1010011" "rd = rs1 rounded to an integer, without the inexact flag";
        FroundnxD     "froundnx.d"       FUnaryRm    "010000100101.............1010011" "rd = rs1 rounded to an integer";
        FleqD         "fleq.d"           FCompare    "1010001..........100.....1010011" "rd = rs1 <= rs2, quiet";
        FltqD         "fltq.d"           FCompare    "1010001..........101.....1010011" "rd = rs1 < rs2, quiet";
        FcvtmodWD     "fcvtmod.w.d"      FToXRtz     "110000101000.....001.....1010011" "rd = rs1 truncated, modulo 2^32, as a signed word";
    }

    section "Zfa, Additional Floating-Point Instructions" needs (Zfa & Zfh) {
        FliH          "fli.h"            Fli         "111101000001.....000.....1010011" "rd = one of 32 constants, named by the rs1 field";
        FminmH        "fminm.h"          FBinary     "0010110..........010.....1010011" "rd = the smaller of rs1 and rs2; a NaN wins";
        FmaxmH        "fmaxm.h"          FBinary     "0010110..........011.....1010011" "rd = the larger of rs1 and rs2; a NaN wins";
        FroundH       "fround.h"         FUnaryRm    "010001000100.............1010011" "rd = rs1 rounded to an integer, without the inexact flag";
        FroundnxH     "froundnx.h"       FUnaryRm    "010001000101.............1010011" "rd = rs1 rounded to an integer";
        FleqH         "fleq.h"           FCompare    "1010010..........100.....1010011" "rd = rs1 <= rs2, quiet";
        FltqH         "fltq.h"           FCompare    "1010010..........101.....1010011" "rd = rs1 < rs2, quiet";
    }
}

compressed! {
    section "C, Load and Store Instructions" needs (Zca) {
        "c.lw"       Lw      CL_W      "010...........00" "load a word, 5-bit scaled offset";
        "c.ld"       Ld      CL_D      "011...........00" "load a doubleword, 5-bit scaled offset";
        "c.sw"       Sw      CS_W      "110...........00" "store a word, 5-bit scaled offset";
        "c.sd"       Sd      CS_D      "111...........00" "store a doubleword, 5-bit scaled offset";
        "c.lwsp"     Lw      CI_LWSP   "010...........10" "load a word from the stack";
        "c.ldsp"     Ld      CI_LDSP   "011...........10" "load a doubleword from the stack";
        "c.swsp"     Sw      CSS_W     "110...........10" "store a word to the stack";
        "c.sdsp"     Sd      CSS_D     "111...........10" "store a doubleword to the stack";
    }

    section "C, Load and Store Instructions" needs (Zcd) {
        "c.fld"      Fld     CL_D      "001...........00" "load a double, 5-bit scaled offset";
        "c.fsd"      Fsd     CS_D      "101...........00" "store a double, 5-bit scaled offset";
        "c.fldsp"    Fld     CI_FLDSP  "001...........10" "load a double from the stack";
        "c.fsdsp"    Fsd     CSS_D     "101...........10" "store a double to the stack";
    }

    section "C, Control Transfer Instructions" needs (Zca) {
        "c.j"        Jal     CJ        "101...........01" "jump";
        "c.beqz"     Beq     CB        "110...........01" "branch if rs1 = 0";
        "c.bnez"     Bne     CB        "111...........01" "branch if rs1 is not 0";
        "c.jr"       Jalr    CR_JR     "1000.....0000010" "jump to rs1" refines "c.mv";
        "c.jalr"     Jalr    CR_JALR   "1001.....0000010" "call rs1" refines "c.add";
    }

    section "C, Integer Computational Instructions" needs (Zca) {
        "c.nop"      Addi    CI_NOP    "000.00000.....01" "no operation; a hint if imm is not 0" refines "c.addi";
        "c.addi"     Addi    CI_ADDI   "000...........01" "rd = rd + imm";
        "c.addiw"    Addiw   CI_ADDIW  "001...........01" "rd = low word of rd + imm, sign-extended";
        "c.li"       Addi    CI_LI     "010...........01" "rd = imm";
        "c.lui"      Lui     CI_LUI    "011...........01" "rd = imm, a multiple of 4096";
        "c.addi16sp" Addi    CI_16SP   "011.00010.....01" "sp = sp + imm, a multiple of 16" refines "c.lui";
        "c.addi4spn" Addi    CIW_4SPN  "000...........00" "rd = sp + imm, a multiple of 4";
        "c.slli"     Slli    CI_SLLI   "000...........10" "rd = rd << shamt";
        "c.srli"     Srli    CB_SHIFT  "100.00........01" "rd = rd >> shamt, zeros come in";
        "c.srai"     Srai    CB_SHIFT  "100.01........01" "rd = rd >> shamt, sign bits come in";
        "c.andi"     Andi    CB_ANDI   "100.10........01" "rd = rd & imm";
        "c.sub"      Sub     CA        "100011...00...01" "rd = rd - rs2";
        "c.xor"      Xor     CA        "100011...01...01" "rd = rd ^ rs2";
        "c.or"       Or      CA        "100011...10...01" "rd = rd | rs2";
        "c.and"      And     CA        "100011...11...01" "rd = rd & rs2";
        "c.subw"     Subw    CA        "100111...00...01" "rd = low word of rd - rs2, sign-extended";
        "c.addw"     Addw    CA        "100111...01...01" "rd = low word of rd + rs2, sign-extended";
        "c.mv"       Add     CR_MV     "1000..........10" "rd = rs2";
        "c.add"      Add     CR_ADD    "1001..........10" "rd = rd + rs2";
        "c.ebreak"   Ebreak  C_NULLARY "1001000000000010" "breakpoint exception" refines "c.jalr";
    }

    section "Zcb, Simple Code-Size Instructions" needs (Zcb) {
        "c.lbu"      Lbu     CL_B      "100000........00" "rd = zero-extended byte at rs1 + imm";
        "c.lhu"      Lhu     CL_H      "100001...0....00" "rd = zero-extended halfword at rs1 + imm";
        "c.lh"       Lh      CL_H      "100001...1....00" "rd = sign-extended halfword at rs1 + imm";
        "c.sb"       Sb      CS_B      "100010........00" "store a byte";
        "c.sh"       Sh      CS_H      "100011...0....00" "store a halfword";
        "c.zext.b"   Andi    CU_255    "100111...1100001" "rd = zero-extended low byte of rd";
        "c.not"      Xori    CU_ONES   "100111...1110101" "rd = !rd";
    }

    section "Zcb, Simple Code-Size Instructions" needs (Zcb & Zbb) {
        "c.sext.b"   SextB   CU        "100111...1100101" "rd = sign-extended low byte of rd";
        "c.zext.h"   ZextH   CU        "100111...1101001" "rd = zero-extended low halfword of rd";
        "c.sext.h"   SextH   CU        "100111...1101101" "rd = sign-extended low halfword of rd";
    }

    section "Zcb, Simple Code-Size Instructions" needs (Zcb & Zba) {
        "c.zext.w"   AddUw   CU        "100111...1110001" "rd = zero-extended low word of rd";
    }

    section "Zcb, Simple Code-Size Instructions" needs (Zcb & Zmmul) {
        "c.mul"      Mul     CA        "100111...10...01" "rd = rd * rs2";
    }

    section "Zihintntl, Non-Temporal Locality Hints" needs (Zihintntl & Zca) {
        "c.ntl.p1"   NtlP1   C_NULLARY "1001000000001010" "as ntl.p1" refines "c.add";
        "c.ntl.pall" NtlPall C_NULLARY "1001000000001110" "as ntl.pall" refines "c.add";
        "c.ntl.s1"   NtlS1   C_NULLARY "1001000000010010" "as ntl.s1" refines "c.add";
        "c.ntl.all"  NtlAll  C_NULLARY "1001000000010110" "as ntl.all" refines "c.add";
    }

    section "Zcmop, Compressed May-Be-Operations" needs (Zcmop) {
        "c.mop"      MopR    C_MOP     "01100...10000001" "no effect, until an extension gives c.mop.n a meaning" refines "c.lui";
    }
}
