//! From bytes in memory to a block.

use pagewalk_bus::{PAGE_SIZE, PhysAddr, Ram, Width};
use pagewalk_isa::{Extension, Insn, IsaSet, decode};

use super::block::{BlockRef, Cursor, Detail, Entry, Flow, MAX_LEN, NewBlock};
use crate::hart::{Env, Hart};
use crate::ops::fused;
use crate::ops::table::{self, Immediate};
use crate::regs::Reg;

/// The block that begins at `pa`, or `None` if its first instruction does not
/// lie in one page of RAM.
pub(crate) fn block(ram: &Ram, pa: PhysAddr, isa: IsaSet) -> Option<NewBlock> {
    let mut new = NewBlock {
        entries: Vec::with_capacity(MAX_LEN + 1),
        details: Vec::with_capacity(MAX_LEN),
        page: pa.page(),
    };
    let mut offset = pa.0 % PAGE_SIZE;
    while new.details.len() < MAX_LEN {
        let Some(raw) = fetch(ram, new.page, offset) else {
            break;
        };
        let detail = push(&mut new, raw, offset, isa);
        if detail.op.is_none_or(table::ends_block) {
            break;
        }
        offset += u64::from(detail.len);
    }
    (!new.details.is_empty()).then(|| {
        fuse(&mut new, isa);
        new.entries.push(exit_entry());
        new
    })
}

/// Gives the first entry of each pair of instructions that has a handler that
/// handler; the second entry stays as it is. Pairs may overlap: which of them
/// are executed follows from where the handlers before them go on.
fn fuse(new: &mut NewBlock, isa: IsaSet) {
    if !isa.contains(Extension::Zca) {
        // Jumps then have other handlers than in pairs.
        return;
    }
    for (at, pair) in new.details.windows(2).enumerate() {
        if let (Some(first), Some(second)) = (pair[0].op, pair[1].op)
            && let Some(handler) = fused::pair(first, second)
        {
            new.entries[at].handler = handler;
        }
    }
}

/// A block of the one instruction `raw` at `offset` in its page.
pub(crate) fn alone(raw: u32, offset: u64, isa: IsaSet) -> NewBlock {
    let mut new = NewBlock {
        entries: Vec::with_capacity(2),
        details: Vec::with_capacity(1),
        page: PhysAddr(0),
    };
    push(&mut new, raw, offset, isa);
    new.entries.push(exit_entry());
    new
}

/// The instruction at `offset` of `page`, if all of it is in the page.
fn fetch(ram: &Ram, page: PhysAddr, offset: u64) -> Option<u32> {
    let parcel = |at: u64| {
        (at < PAGE_SIZE)
            .then(|| ram.read(page.offset(at), Width::B2))?
            .map(|value| value as u32)
    };
    let low = parcel(offset)?;
    if low & 3 == 3 {
        Some(low | parcel(offset + 2)? << 16)
    } else {
        Some(low)
    }
}

fn push(new: &mut NewBlock, raw: u32, offset: u64, isa: IsaSet) -> Detail {
    let len = if raw & 3 == 3 { 4 } else { 2 };
    let insn = decode(raw, isa);
    let detail = Detail {
        raw,
        offset: offset as u16,
        len,
        op: insn.map(|insn| insn.op),
    };
    new.entries.push(match insn {
        Some(insn) => entry(&insn, offset, isa),
        None => Entry {
            handler: crate::ops::system::illegal,
            ..exit_entry()
        },
    });
    new.details.push(detail);
    detail
}

fn entry(insn: &Insn, offset: u64, isa: IsaSet) -> Entry {
    let imm = match table::immediate(insn.op) {
        Immediate::Plain => insn.imm,
        // At most 0x7fff_f000 + 0xffe: no overflow.
        Immediate::FromPage => insn.imm + offset as i32,
        Immediate::ThirdSource => i32::from(insn.rs3),
    };
    let float = table::writes_float(insn.op);
    Entry {
        handler: table::handler(insn, isa),
        imm,
        rd: if float {
            Reg::source(insn.rd)
        } else {
            Reg::destination(insn.rd)
        },
        rs1: Reg::source(insn.rs1),
        rs2: Reg::source(insn.rs2),
        rm: insn.rm,
    }
}

/// What stands behind the last instruction of a block: goes on with the next
/// address. Never reached behind a jump.
fn exit_entry() -> Entry {
    Entry {
        handler: fall_through,
        imm: 0,
        rd: Reg::destination(0),
        rs1: Reg::source(0),
        rs2: Reg::source(0),
        rm: 0,
    }
}

fn fall_through(h: &mut Hart, env: &mut Env<'_>, _e: Cursor, b: BlockRef) -> Flow {
    h.follow(env, b, 0, b.end_offset() as i64)
}
