//! Units that change where the program goes on: always forward, but for
//! loops that count.

use pagewalk_isa::{Extension, IsaSet, Op, decode};

use super::Context;
use crate::diff::code::{Item, Place, Unit, plain, with};
use crate::diff::differences::Choice;
use crate::diff::layout::{RAM_END, fixed};

/// Addresses from which nothing can be fetched.
const NOWHERE: &[u64] = &[
    RAM_END,
    0x20_0000_0000,
    1 << 55,
    1 << 56,
    1 << 63,
    (-4_i64) as u64,
];

impl Context<'_> {
    fn ahead(&mut self) -> Place {
        Place::Ahead(self.random.below(4) as usize)
    }

    /// The end of the loop that is open.
    pub(super) fn end_loop(&mut self) -> Option<Unit> {
        let number = self.open_loop.take()?;
        Some(Unit::new([Item::LoopEnd(number)]))
    }
}

pub(super) fn branch(context: &mut Context<'_>) -> Option<Unit> {
    let ahead = context.ahead();
    let source = |context: &mut Context<'_>| context.random.below(32) as u8;
    if context.has(Extension::Zca) && context.random.percent(30) {
        // c.beqz and c.bnez reach 254 bytes: two units at most.
        let near = Place::Ahead(context.random.below(2) as usize);
        let register = context.random.below(8) as u32;
        let opcode = context.random.pick(&[0b110 << 13 | 1, 0b111 << 13 | 1]);
        return Some(Unit::new([Item::Jump(opcode | register << 7, near)]));
    }
    let op = context
        .random
        .pick(&[Op::Beq, Op::Bne, Op::Blt, Op::Bge, Op::Bltu, Op::Bgeu]);
    let (rs1, rs2) = (source(context), source(context));
    Some(Unit::new([Item::Jump(with(op, 0, rs1, rs2, 0), ahead)]))
}

pub(super) fn jump(context: &mut Context<'_>) -> Option<Unit> {
    let ahead = context.ahead();
    let rd = context.free();
    let base = context.free();
    let has_compressed = context.has(Extension::Zca);
    Some(match context.random.below(5) {
        0 if has_compressed => Unit::new([Item::Jump(0b101 << 13 | 1, ahead)]),
        1 if has_compressed => {
            // c.jr and c.jalr, which writes ra.
            let link = context.random.below(2) as u16;
            let half = 0b1000 << 12 | link << 12 | u16::from(base) << 7 | 0b10;
            Unit::new([Item::Address(base, ahead), Item::Half(half)])
        }
        2 => Unit::new([Item::Jump(with(Op::Jal, rd, 0, 0, 0), ahead)]),
        // Bit 0 of the target is dropped.
        3 => Unit::new([
            Item::Address(base, ahead),
            Item::Word(with(Op::Jalr, rd, base, 0, 1)),
        ]),
        _ => Unit::new([
            Item::Address(base, ahead),
            Item::Word(with(Op::Jalr, rd, base, 0, 0)),
        ]),
    })
}

/// A jump to where nothing can be fetched.
pub(super) fn nowhere(context: &mut Context<'_>) -> Option<Unit> {
    let base = context.free();
    let rd = context.free();
    let nowhere = context.random.pick(NOWHERE);
    let address = match &context.vm {
        Some(vm) if context.random.percent(50) => vm.hole(&mut context.random),
        _ => nowhere,
    };
    Some(Unit::new([
        Item::Address(fixed::RESUME, Place::Ahead(0)),
        Item::Constant(base, address),
        Item::Word(with(Op::Jalr, rd, base, 0, 0)),
    ]))
}

/// The start of a loop, or the end of the one that is open.
pub(super) fn loop_edge(context: &mut Context<'_>) -> Option<Unit> {
    if context.open_loop.is_some() {
        return context.end_loop();
    }
    context.loops += 1;
    context.open_loop = Some(context.loops);
    let count = context.random.pick(&[2, 3, 5, 20]);
    Some(Unit::new([Item::LoopStart(context.loops, count)]))
}

/// Data among the instructions, jumped over, written and read.
pub(super) fn data_in_code(context: &mut Context<'_>) -> Option<Unit> {
    const DATA: usize = 1;
    const CODE: usize = 5;
    let (address, rd) = (context.free(), context.free());
    let source = context.random.below(32) as u8;
    // Four words of data: any doubleword that begins in the first half is
    // within.
    let offset = context.random.below(9) as i32;
    let (store, load) = context.random.pick(&[
        (Op::Sb, Op::Lb),
        (Op::Sh, Op::Lhu),
        (Op::Sw, Op::Lw),
        (Op::Sd, Op::Ld),
    ]);
    let mut items = vec![Item::Jump(plain(Op::Jal), Place::Item(CODE))];
    items.extend([Item::Word(context.random.next() as u32); CODE - DATA]);
    items.extend([
        Item::Address(address, Place::Item(DATA)),
        Item::Word(with(store, 0, address, source, offset)),
        Item::Word(with(load, rd, address, 0, offset)),
    ]);
    Some(Unit::new(items))
}

/// Replaces an instruction that comes next, and back again the next time.
pub(super) fn self_modifying(context: &mut Context<'_>) -> Option<Unit> {
    if !context.has(Extension::Zifencei) {
        return None;
    }
    let instruction = |context: &mut Context<'_>| {
        let op = context
            .random
            .pick(&[Op::Add, Op::Sub, Op::Xor, Op::Or, Op::Slt, Op::Sltu]);
        let rd = context.free();
        let (rs1, rs2) = (context.random.below(32), context.random.below(32));
        with(op, rd, rs1 as u8, rs2 as u8, 0)
    };
    let (old, new) = (instruction(context), instruction(context));
    debug_assert!(decode(new, IsaSet::BASE).is_some());
    let address = context.free();
    let word = context.free_except(&[address]);
    let change = context.free_except(&[address, word]);
    let fence = if context.has(Extension::Ziccid)
        && context.random.percent(50)
        && !context.wishes.avoids(Choice::UnfencedCode)
    {
        with(Op::Addi, 0, 0, 0, 0)
    } else {
        plain(Op::FenceI)
    };
    const REPLACED: usize = 6;
    let items = vec![
        Item::Address(address, Place::Item(REPLACED)),
        Item::Word(with(Op::Lw, word, address, 0, 0)),
        Item::Constant(change, u64::from(old ^ new)),
        Item::Word(with(Op::Xor, word, word, change, 0)),
        Item::Word(with(Op::Sw, 0, address, word, 0)),
        Item::Word(fence),
        Item::Word(old),
    ];
    Some(Unit::new(items))
}
