//! The platform-level interrupt controller.
//!
//! Source: "RISC-V Platform-Level Interrupt Controller Specification" 1.0.0,
//! from "Interrupt Priorities" to "Interrupt Completion"; as many priorities as
//! QEMU's `virt` has. Registers have 32 bits:
//!
//! | offset | register |
//! |---|---|
//! | 0x000000 + 4 × source | priority, 0 to 7; 0 means never |
//! | 0x001000 + 4 × (source / 32) | pending bits, read-only |
//! | 0x002000 + 0x80 × context + 4 × (source / 32) | enable bits |
//! | 0x200000 + 0x1000 × context | priority threshold, 0 to 7 |
//! | 0x200004 + 0x1000 × context | claim by reading, complete by writing |
//!
//! Every source has a gateway for a level: while its line is high it makes one
//! request, which stays pending until somebody claims it, and it makes no
//! other before that one is completed.
//!
//! CHOICE(spec): the PLIC has 3 bits of priority and threshold. Registers of
//! sources and contexts that do not exist read as zero and take no bits;
//! accesses of other widths than 32 bits are refused. All as on QEMU.
//!
//! CHOICE(spec): completing a source that nobody has claimed changes nothing:
//! if its request is pending, it stays so.
//!
//! QEMU differs from the specification where it does not matter to most
//! guests. There a claim finds only what is above the threshold ("Interrupt
//! Claim Process"), a completed source whose line is still high is pending
//! again only when its device speaks up, and source 0 has enable bits.

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Lines, Width};

use crate::complaints::Complaints;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

/// A register file begins at each of these offsets.
const PENDING: u64 = 0x1000;
const ENABLES: u64 = 0x2000;
const CONTEXTS: u64 = 0x20_0000;
/// Bytes of enable bits for one context.
const ENABLES_STRIDE: u64 = 0x80;
/// Bytes of a context's threshold and claim registers, most of them reserved.
const CONTEXT_STRIDE: u64 = 0x1000;

/// Priorities are below this; they are WARL with 3 bits.
const PRIORITIES: usize = 8;
/// Sources that the layout has room for.
const MAX_SOURCES: u32 = 1024;
/// Accesses to reserved offsets that are told of.
const WARNINGS: u32 = 4;

/// One bit for each source.
type Mask = Box<[u64]>;

/// What one context, a privilege level of a hart, has of the PLIC.
#[derive(Clone, Debug)]
struct Context {
    /// High while there is something to claim.
    line: Line,
    enables: Mask,
    threshold: usize,
}

/// A platform-level interrupt controller.
#[derive(Debug)]
pub struct Plic {
    /// Where the lines of sources 0 to 63 are.
    first_word: usize,
    /// The sources that exist: never source 0.
    existing: Mask,
    /// The sources of each priority. Every source is in exactly one.
    by_priority: [Mask; PRIORITIES],
    pending: Mask,
    /// Claimed and not completed: their gateways are closed.
    in_service: Mask,
    contexts: Vec<Context>,
    complaints: Complaints,
}

/// What an offset names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Register {
    /// Of an existing source.
    Priority(u32),
    /// By the number of the 32-bit word.
    Pending(usize),
    /// By context and the number of the 32-bit word.
    Enables(usize, usize),
    Threshold(usize),
    Claim(usize),
    Reserved,
}

impl Plic {
    /// Size of its window in bytes: that of QEMU's `virt`.
    pub const SIZE: u64 = 0x60_0000;

    /// A PLIC for the sources 1 to `count` - 1, whose levels are the lines
    /// that follow `sources`, the one of source 0; and with a context for each
    /// line of `contexts`, which it raises.
    ///
    /// # Panics
    /// If the machine is wired wrongly: `sources` is not the first line of its
    /// word, or there are more sources or contexts than there is room for.
    #[must_use]
    pub fn new(sources: Line, count: u32, contexts: impl IntoIterator<Item = Line>) -> Self {
        assert_eq!(sources.bit, 0, "sources begin at a word of lines");
        assert!(count <= MAX_SOURCES, "{count} sources");
        let none = || vec![0; count.div_ceil(64) as usize].into_boxed_slice();
        let mut existing = none();
        for source in 1..count {
            insert(&mut existing, source);
        }
        let context = |line| Context {
            line,
            enables: none(),
            threshold: 0,
        };
        let contexts: Vec<Context> = contexts.into_iter().map(context).collect();
        let room = (Self::SIZE - CONTEXTS) / CONTEXT_STRIDE;
        assert!(contexts.len() as u64 <= room, "{} contexts", contexts.len());
        let mut plic = Self {
            first_word: sources.word,
            existing,
            by_priority: std::array::from_fn(|_| none()),
            pending: none(),
            in_service: none(),
            contexts,
            complaints: Complaints::new(WARNINGS),
        };
        plic.reset();
        plic
    }

    /// The register at `offset`; [`Register::Reserved`] if there is none.
    fn decode(&self, offset: u64) -> Register {
        let word = |offset: u64| (offset / 4) as usize;
        let (context, register) = if offset < PENDING {
            let source = word(offset) as u32;
            return if contains(&self.existing, source) {
                Register::Priority(source)
            } else {
                Register::Reserved
            };
        } else if offset < ENABLES {
            return self.bits(word(offset - PENDING), Register::Pending);
        } else if offset < CONTEXTS {
            let (context, within) = parts(offset - ENABLES, ENABLES_STRIDE);
            let enables = |word| Register::Enables(context, word);
            (context, self.bits(word(within), enables))
        } else {
            let (context, within) = parts(offset - CONTEXTS, CONTEXT_STRIDE);
            let register = match within {
                0 => Register::Threshold(context),
                4 => Register::Claim(context),
                _ => Register::Reserved,
            };
            (context, register)
        };
        if context < self.contexts.len() {
            register
        } else {
            Register::Reserved
        }
    }

    /// The register of 32 bits of sources, if there are so many sources.
    fn bits(&self, word: usize, register: impl FnOnce(usize) -> Register) -> Register {
        if word / 2 < self.existing.len() {
            register(word)
        } else {
            Register::Reserved
        }
    }

    fn priority(&self, source: u32) -> usize {
        let holds = |mask: &Mask| contains(mask, source);
        // Source 0 and those beyond the last are in none.
        self.by_priority.iter().position(holds).unwrap_or(0)
    }

    fn set_priority(&mut self, source: u32, priority: usize) {
        for (mask, value) in self.by_priority.iter_mut().zip(0..) {
            if value == priority {
                insert(mask, source);
            } else {
                remove(mask, source);
            }
        }
    }

    /// The pending and enabled source of the highest priority above `floor`,
    /// of several the one with the lowest number ("Interrupt Priorities").
    fn winner(&self, context: &Context, floor: usize) -> Option<u32> {
        let candidates = |word: usize| self.pending[word] & context.enables[word];
        let words = 0..self.pending.len();
        if words.clone().all(|word| candidates(word) == 0) {
            return None;
        }
        for of_priority in self.by_priority[floor + 1..].iter().rev() {
            for word in words.clone() {
                let winners = candidates(word) & of_priority[word];
                if winners != 0 {
                    return Some(64 * word as u32 + winners.trailing_zeros());
                }
            }
        }
        None
    }

    /// "Interrupt Claim Process": the source, or 0 if there is none.
    fn claim(&mut self, context: usize) -> u32 {
        let Some(source) = self.winner(&self.contexts[context], 0) else {
            return 0;
        };
        remove(&mut self.pending, source);
        insert(&mut self.in_service, source);
        source
    }

    /// "Interrupt Completion".
    fn complete(&mut self, context: usize, source: u32) {
        if contains(&self.contexts[context].enables, source) {
            remove(&mut self.in_service, source);
        }
    }

    /// Lets the gateways make the requests that they can, and sets the lines
    /// of contexts to what follows.
    fn update(&mut self, lines: &mut Lines) {
        for (index, pending) in self.pending.iter_mut().enumerate() {
            let levels = lines.word(self.first_word + index);
            *pending |= levels & self.existing[index] & !self.in_service[index];
        }
        for context in &self.contexts {
            let notified = self.winner(context, context.threshold).is_some();
            lines.set(context.line, notified);
        }
    }

    fn complain(&mut self, what: &str, offset: u64) {
        self.complaints.say(|end| {
            log::warn!(
                target: "guest",
                "{what} {offset:#x} of the PLIC, where there is no register{end}"
            );
        });
    }
}

impl Device for Plic {
    fn name(&self) -> &'static str {
        "PLIC"
    }

    fn read(&mut self, cx: &mut DeviceCx<'_>, offset: u64, width: Width) -> Result<u64, BusFault> {
        if width != Width::B4 {
            return Err(BusFault);
        }
        let value = match self.decode(offset) {
            Register::Priority(source) => self.priority(source) as u32,
            Register::Pending(word) => half(&self.pending, word),
            Register::Enables(context, word) => half(&self.contexts[context].enables, word),
            Register::Threshold(context) => self.contexts[context].threshold as u32,
            Register::Claim(context) => {
                let source = self.claim(context);
                self.update(cx.lines);
                source
            }
            Register::Reserved => {
                self.complain("read of", offset);
                0
            }
        };
        Ok(u64::from(value))
    }

    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        if width != Width::B4 {
            return Err(BusFault);
        }
        let value = value as u32;
        let priority = value as usize % PRIORITIES;
        match self.decode(offset) {
            Register::Priority(source) => self.set_priority(source, priority),
            Register::Pending(_) => {}
            Register::Enables(context, word) => {
                let enables = &mut self.contexts[context].enables;
                set_half(enables, word, value & half(&self.existing, word));
            }
            Register::Threshold(context) => self.contexts[context].threshold = priority,
            Register::Claim(context) => self.complete(context, value),
            Register::Reserved => self.complain("write to", offset),
        }
        self.update(cx.lines);
        Ok(())
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        None
    }

    fn tick(&mut self, cx: &mut DeviceCx<'_>) {
        self.update(cx.lines);
    }

    fn reset(&mut self) {
        for mask in &mut self.by_priority {
            mask.fill(0);
        }
        self.by_priority[0].copy_from_slice(&self.existing);
        self.pending.fill(0);
        self.in_service.fill(0);
        for context in &mut self.contexts {
            context.enables.fill(0);
            context.threshold = 0;
        }
    }
}

/// Which of the pieces of `stride` bytes `offset` is in, and where in it.
fn parts(offset: u64, stride: u64) -> (usize, u64) {
    ((offset / stride) as usize, offset % stride)
}

fn bit(source: u32) -> u64 {
    1 << (source % 64)
}

fn contains(mask: &Mask, source: u32) -> bool {
    let word = mask.get(source as usize / 64).copied().unwrap_or(0);
    word & bit(source) != 0
}

/// Adds an existing source.
fn insert(mask: &mut Mask, source: u32) {
    mask[source as usize / 64] |= bit(source);
}

/// Takes an existing source out.
fn remove(mask: &mut Mask, source: u32) {
    mask[source as usize / 64] &= !bit(source);
}

/// 32 bits of a mask, as registers have them.
fn half(mask: &Mask, half: usize) -> u32 {
    (mask[half / 2] >> (half % 2 * 32)) as u32
}

fn set_half(mask: &mut Mask, half: usize, value: u32) {
    let shift = half % 2 * 32;
    let word = &mut mask[half / 2];
    *word = *word & !(u64::from(u32::MAX) << shift) | u64::from(value) << shift;
}
