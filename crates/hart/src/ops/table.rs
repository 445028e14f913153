//! Which handler executes which instruction.
//!
//! The match has no wildcard arm: a new row of the instruction table does not
//! compile until it has a meaning here.

use pagewalk_isa::{Extension, Format, Insn, IsaSet, Op, Slot};

use super::{atomic, bits, float, flow, int, mem, system};
use crate::engine::Kind;
use crate::engine::block::Handler;

/// What the immediate of an entry means.
pub(crate) enum Immediate {
    /// As in the instruction.
    Plain,
    /// Counted from the start of the page, so that it needs no pc.
    FromPage,
    /// The number of the third source register.
    ThirdSource,
}

/// What the immediate of an entry of `op` means.
pub(crate) fn immediate(op: Op) -> Immediate {
    match op {
        Op::Auipc | Op::Jal => Immediate::FromPage,
        Op::Beq | Op::Bne | Op::Blt | Op::Bge | Op::Bltu | Op::Bgeu => Immediate::FromPage,
        _ if op.format().shape().rs3 == Slot::F => Immediate::ThirdSource,
        _ => Immediate::Plain,
    }
}

/// Whether rd is a floating-point register.
pub(crate) fn writes_float(op: Op) -> bool {
    op.format().shape().rd == Slot::F
}

/// What `op` counts as.
pub(crate) fn kind(op: Op) -> Kind {
    use Format::{Amo, AmoPair, FLoad, FStore, Load, Lr, Store};
    match op.format() {
        Load | Store | FLoad | FStore | Lr | Amo | AmoPair => Kind::Access,
        _ if op == Op::CboZero => Kind::Access,
        format if format.shape().has_rm => Kind::Float,
        _ => Kind::Other,
    }
}

/// Whether a block ends with `op`: what jumps, and what may change how the
/// next instruction is fetched or whether it is executed at all. Its handler
/// never goes on to a next entry.
pub(crate) fn ends_block(op: Op) -> bool {
    matches!(
        op,
        Op::Jal
            | Op::Jalr
            | Op::Beq
            | Op::Bne
            | Op::Blt
            | Op::Bge
            | Op::Bltu
            | Op::Bgeu
            | Op::Ecall
            | Op::Ebreak
            | Op::Mret
            | Op::Sret
            | Op::Wfi
            | Op::SfenceVma
            | Op::SinvalVma
            | Op::Csrrw
            | Op::Csrrs
            | Op::Csrrc
            | Op::Csrrwi
            | Op::Csrrsi
            | Op::Csrrci
    )
}

/// The handler of `insn` on a hart with `isa`.
pub(crate) fn handler(insn: &Insn, isa: IsaSet) -> Handler {
    if !isa.contains(Extension::Zca)
        && let Some(handler) = without_compressed(insn)
    {
        return handler;
    }
    if insn.op == Op::Jal && insn.imm == 0 && insn.rd == 0 {
        return flow::jump_to_self;
    }
    plain(insn.op)
}

/// Jumps that have to look at their target when instructions are 4 bytes.
fn without_compressed(insn: &Insn) -> Option<Handler> {
    let misaligned = insn.imm & 2 != 0;
    match insn.op {
        Op::Jalr => Some(flow::jalr_aligned),
        Op::Jal if misaligned => Some(flow::jal_misaligned),
        Op::Beq if misaligned => Some(flow::beq_misaligned),
        Op::Bne if misaligned => Some(flow::bne_misaligned),
        Op::Blt if misaligned => Some(flow::blt_misaligned),
        Op::Bge if misaligned => Some(flow::bge_misaligned),
        Op::Bltu if misaligned => Some(flow::bltu_misaligned),
        Op::Bgeu if misaligned => Some(flow::bgeu_misaligned),
        _ => None,
    }
}

macro_rules! handlers {
    ($($module:ident: $($op:ident)+;)+ $(_: $($special:ident => $path:path,)+)?) => {
        fn plain(op: Op) -> Handler {
            match op {
                $($(Op::$op => $module::$op,)+)+
                $($(Op::$special => $path,)+)?
            }
        }
    };
}

handlers! {
    int:
        Lui Auipc Addi Slti Sltiu Xori Ori Andi Slli Srli Srai Addiw Slliw Srliw Sraiw Add
        Sub Sll Slt Sltu Xor Srl Sra Or And Addw Subw Sllw Srlw Sraw CzeroEqz CzeroNez Mul
        Mulh Mulhsu Mulhu Mulw Div Divu Rem Remu Divw Divuw Remw Remuw;
    bits:
        AddUw Sh1add Sh2add Sh3add Sh1addUw Sh2addUw Sh3addUw SlliUw Andn Orn Xnor Rol Rolw
        Ror Rori Rorw Roriw Rev8 Clz Ctz Cpop Clzw Ctzw Cpopw SextB SextH ZextH Min Minu Max
        Maxu OrcB Clmul Clmulr Clmulh Bclr Bclri Bext Bexti Binv Binvi Bset Bseti Pack Packh
        Packw Brev8 Xperm4 Xperm8;
    mem:
        Lb Lh Lw Lbu Lhu Sb Sh Sw Ld Lwu Sd CboInval CboClean CboFlush CboZero Flw Fsw Fld
        Fsd Flh Fsh;
    atomic:
        LrW ScW LrD ScD AmoswapW AmoaddW AmoxorW AmoandW AmoorW AmominW AmomaxW AmominuW
        AmomaxuW AmoswapD AmoaddD AmoxorD AmoandD AmoorD AmominD AmomaxD AmominuD AmomaxuD
        AmoswapB AmoaddB AmoxorB AmoandB AmoorB AmominB AmomaxB AmominuB AmomaxuB AmoswapH
        AmoaddH AmoxorH AmoandH AmoorH AmominH AmomaxH AmominuH AmomaxuH AmocasW AmocasD
        AmocasQ AmocasB AmocasH;
    flow:
        Jal Jalr Beq Bne Blt Bge Bltu Bgeu;
    float:
        FmaddS FmsubS FnmsubS FnmaddS FaddS FsubS FmulS FdivS FsqrtS FsgnjS FsgnjnS FsgnjxS
        FminS FmaxS FeqS FltS FleS FclassS FcvtWS FcvtWuS FcvtLS FcvtLuS FcvtSW FcvtSWu
        FcvtSL FcvtSLu FmvXW FmvWX FmaddD FmsubD FnmsubD FnmaddD FaddD FsubD FmulD FdivD
        FsqrtD FsgnjD FsgnjnD FsgnjxD FminD FmaxD FeqD FltD FleD FclassD FcvtWD FcvtWuD
        FcvtLD FcvtLuD FcvtDW FcvtDWu FcvtDL FcvtDLu FmvXD FmvDX FcvtSD FcvtDS FmaddH FmsubH
        FnmsubH FnmaddH FaddH FsubH FmulH FdivH FsqrtH FsgnjH FsgnjnH FsgnjxH FminH FmaxH
        FeqH FltH FleH FclassH FcvtWH FcvtWuH FcvtLH FcvtLuH FcvtHW FcvtHWu FcvtHL FcvtHLu
        FmvXH FmvHX FcvtSH FcvtHS FcvtDH FcvtHD FliS FminmS FmaxmS FroundS FroundnxS FleqS
        FltqS FliD FminmD FmaxmD FroundD FroundnxD FleqD FltqD FcvtmodWD FliH FminmH FmaxmH
        FroundH FroundnxH FleqH FltqH;
    system:
        Ecall Ebreak Csrrw Csrrs Csrrc Csrrwi Csrrsi Csrrci Mret Sret Wfi SfenceVma;
    _:
        Fence => system::nop,
        FenceI => system::nop,
        Pause => system::give_way,
        NtlP1 => system::nop,
        NtlPall => system::nop,
        NtlS1 => system::nop,
        NtlAll => system::nop,
        PrefetchI => system::nop,
        PrefetchR => system::nop,
        PrefetchW => system::nop,
        MopR => system::may_be,
        MopRr => system::may_be,
        WrsNto => system::give_way,
        WrsSto => system::give_way,
        SfenceWInval => system::fence_of_svinval,
        SfenceInvalIr => system::fence_of_svinval,
        SinvalVma => system::SfenceVma,
}
