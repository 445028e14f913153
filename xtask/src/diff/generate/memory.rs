//! Units that read and write memory.

use pagewalk_isa::table::Row;
use pagewalk_isa::{Extension, Format, Insn, Op, encode};

use super::table::pick;
use super::{Context, Guards, Pointer};
use crate::diff::code::{Item, Unit, with};
use crate::diff::differences::Choice;
use crate::diff::layout::{RAM_END, fixed};

/// Bytes at the end of each 4096 that no LR reserves.
const UNRESERVED: i64 = 128;

/// Addresses where no emulator has anything, some of them just behind or
/// before what is there.
const NOWHERE: &[u64] = &[
    RAM_END,
    RAM_END + 8,
    0x20_0000_0000,
    0x20_0000_0ffc,
    1 << 40,
    1 << 55,
    (1 << 56) - 4,
    1 << 56,
    1 << 63,
    0x4000_0000_0000_0000,
    0x7fff_ffff_ffff_fff8,
    (-8_i64) as u64,
    (-4096_i64) as u64,
];

/// The bytes that an access covers, and that a misaligned one may trap for.
fn size_of(insn: &Insn) -> i64 {
    if insn.op.format() == Format::AmoPair {
        return 16;
    }
    let name = insn.op.mnemonic();
    let is = |suffixes: &[&str]| suffixes.contains(&name);
    if is(&["lb", "lbu", "sb"]) || name.ends_with(".b") {
        1
    } else if is(&["lh", "lhu", "sh", "flh", "fsh"]) || name.ends_with(".h") {
        2
    } else if is(&["lw", "lwu", "sw", "flw", "fsw"]) || name.ends_with(".w") {
        4
    } else if insn.op.format() == Format::Cbo {
        64
    } else {
        8
    }
}

impl Context<'_> {
    fn memory_row(&mut self) -> Option<&'static Row> {
        let row = pick(&mut self.random, &self.tables.memory)?;
        // What happens to a cache block that PMP guards in part is
        // UNSPECIFIED (CMO, Page-Fault, Guest-Page-Fault, and Access-Fault
        // Exceptions).
        let is_split = row.format == Format::Cbo && self.guards == Guards::Data;
        // Accesses that can meet what the page tables allow and something
        // else forbids.
        let is_translated = self.vm.is_some();
        let is_settled = self.vm.as_ref().is_none_or(|vm| vm.is_settled());
        let is_atomic = matches!(row.format, Format::Amo | Format::AmoPair);
        let is_avoided = is_translated
            && (is_management(row) && self.wishes.avoids(Choice::BlocksNowhere)
                || is_atomic
                    && (self.guards == Guards::Data || !is_settled)
                    && self.wishes.avoids(Choice::AtomicsOrder));
        (!is_split && !is_avoided).then_some(row)
    }

    fn memory_instruction(&mut self, row: &Row) -> Option<Insn> {
        let mut insn = self.instruction(row)?;
        let compares = row.mnemonic.starts_with("amocas");
        if compares && insn.rd == 0 && self.wishes.avoids(Choice::CompareWithZero) {
            // No pair of fixed registers begins here.
            insn.rd = 10;
        }
        Some(insn)
    }

    /// An offset from an aligned address, for this instruction.
    fn offset(&mut self, op: Op, size: i64) -> i64 {
        let offset = match self.random.below(4) {
            0 => self.random.between(-64, 64),
            _ => self.random.between(-2048, 2047),
        };
        if self.is_aligned(op) || self.random.percent(80) {
            offset & -size
        } else {
            offset
        }
    }

    /// An offset from what a pointer holds.
    fn offset_from(&mut self, pointer: Pointer, op: Op, size: i64) -> i64 {
        let offset = self.offset(op, size);
        let within = (pointer.address as i64 + offset) & 0xfff;
        let crosses = within + size > 0x1000 && size <= 8;
        if crosses && !self.may_cross(op) {
            offset & -size
        } else {
            offset
        }
    }

    /// May it cross a page boundary behind which it may fail?
    fn may_cross(&self, op: Op) -> bool {
        let Some(vm) = &self.vm else { return true };
        let reads = matches!(op.format(), Format::Load | Format::FLoad);
        vm.is_settled() && (reads || !self.wishes.avoids(Choice::HalfStores))
    }

    /// Must its address be aligned?
    fn is_aligned(&self, op: Op) -> bool {
        if op == Op::CboZero {
            return self.wishes.avoids(Choice::AddressInBlock);
        }
        let is_atomic = matches!(op.format(), Format::Amo | Format::AmoPair | Format::Lr);
        is_atomic && self.wishes.avoids(Choice::MisalignedAtomics)
    }

    /// The items of an access at `offset` from the address in `base`.
    fn at(&mut self, mut insn: Insn, base: u8, offset: i64) -> Vec<Item> {
        let has_offset = matches!(
            insn.op.format(),
            Format::Load | Format::Store | Format::FLoad | Format::FStore
        );
        insn.rs1 = base;
        if has_offset {
            insn.imm = offset as i32;
            return vec![Item::Word(encode(&insn))];
        }
        let address = self.free_except(&[insn.rs2]);
        insn.rs1 = address;
        vec![
            Item::Word(with(Op::Addi, address, base, 0, offset as i32)),
            Item::Word(encode(&insn)),
        ]
    }
}

/// A cache-block management instruction.
fn is_management(row: &Row) -> bool {
    row.format == Format::Cbo && row.op != Op::CboZero
}

/// A load, store, AMO or cache-block instruction.
pub(super) fn access(context: &mut Context<'_>) -> Option<Unit> {
    let row = context.memory_row()?;
    let insn = context.memory_instruction(row)?;
    let (register, pointer) = context.pointer();
    let offset = context.offset_from(pointer, insn.op, size_of(&insn));
    let (below, above) = pointer.pages;
    if below == above || context.random.percent(40) {
        return Some(Unit::new(context.at(insn, register, offset)));
    }
    // Another page of the same window.
    let pages = context.random.between(below, above);
    let moved = context.free_except(&[insn.rs2]);
    let mut items = vec![
        Item::Word(with(Op::Lui, moved, 0, 0, (pages << 12) as i32)),
        Item::Word(with(Op::Add, moved, moved, register, 0)),
    ];
    items.extend(context.at(insn, moved, offset));
    Some(Unit::new(items))
}

pub(super) fn compressed(context: &mut Context<'_>) -> Option<Unit> {
    let row = pick(&mut context.random, &context.tables.compressed_memory)?;
    let insn = context.halfword(row, |insn| fixed::POINTERS.contains(&insn.rs1))?;
    Some(Unit::new([Item::Half(insn.raw as u16)]))
}

/// An access to where nothing is.
pub(super) fn wild(context: &mut Context<'_>) -> Option<Unit> {
    let row = context.memory_row()?;
    let insn = context.memory_instruction(row)?;
    let only_reads = matches!(row.format, Format::Load | Format::FLoad);
    let nowhere = context.random.pick(NOWHERE);
    if is_management(row) && context.wishes.avoids(Choice::BlocksNowhere) {
        return None;
    }
    let address = match (&context.vm, context.random.below(4)) {
        (_, 0) if only_reads => RAM_END - 4,
        (Some(vm), 1) => vm.relay_address(),
        (Some(vm), 2) => vm.hole(&mut context.random),
        _ => nowhere,
    };
    let base = context.free_except(&[insn.rs2]);
    let aligned = context.is_aligned(insn.op) || !context.may_cross(insn.op);
    let address = if aligned { address & !63 } else { address };
    let offset = match context.random.below(2) {
        0 => 0,
        _ if aligned => context.offset(insn.op, size_of(&insn)) & !63,
        _ => context.offset(insn.op, size_of(&insn)),
    };
    let mut items = vec![Item::Constant(base, address)];
    items.extend(context.at(insn, base, offset));
    Some(Unit::new(items))
}

/// LR and SC: a pair that can succeed, or an SC that must fail.
pub(super) fn reserved(context: &mut Context<'_>) -> Option<Unit> {
    if !context.tables.has_reservations || !context.has(Extension::Zalrsc) {
        return None;
    }
    let is_guarded = context.guards == Guards::Data;
    let may_fault = context.vm.is_some() || is_guarded;
    if may_fault && context.wishes.avoids(Choice::FailingStoreConditional)
        || is_guarded && context.wishes.avoids(Choice::GuardedStoreConditional)
    {
        return None;
    }
    let (load, store, size) = context
        .random
        .pick(&[(Op::LrW, Op::ScW, 4), (Op::LrD, Op::ScD, 8)]);
    let (register, pointer) = context.pointer();
    let address = context.free();
    let rd = context.free_except(&[address]);
    let result = context.free();
    let source = context.random.below(32) as u8;
    let offset = context.offset_from(pointer, load, size);
    let ordering =
        |context: &mut Context<'_>, word: u32| word | (context.random.below(4) as u32) << 25;
    let sc = ordering(context, with(store, result, address, source, 0));
    let point = |offset: i64| Item::Word(with(Op::Addi, address, register, 0, offset as i32));
    // The end of each page belongs to those that fail.
    let end_of_page = |offset: i64| {
        let within = (pointer.address as i64 + offset) & 0xfff;
        within >= 0x1000 - UNRESERVED
    };
    if context.random.percent(20) {
        let to_end = 0xfc0 - (pointer.address as i64 & 0xfff);
        let near = [to_end, to_end - 0x1000];
        let offset = near
            .into_iter()
            .find(|offset| (-2048..2048).contains(offset))?;
        return Some(Unit::new([point(offset), Item::Word(sc)]));
    }
    if end_of_page(offset) {
        return None;
    }
    let lr = ordering(context, with(load, rd, address, 0, 0));
    let mut items = vec![point(offset), Item::Word(lr)];
    for _ in 0..context.random.below(3) {
        let register = context.free_except(&[address]);
        items.push(Item::Word(with(Op::Xori, register, rd, 0, 0x155)));
    }
    items.push(Item::Word(sc));
    Some(Unit::new(items))
}
