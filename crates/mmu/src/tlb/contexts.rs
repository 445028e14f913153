//! Which contexts have entries, and under what names.
//!
//! A context has a *key* in the tags of the first level and a *number* in the second.
//! Neither is given to another until all entries under it are gone, so that to forget
//! a context is to forget its names.

use super::KEY_SHIFT;
use super::second::Number;
use crate::{Context, PhysAddr};

/// The names of a context.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Names {
    /// The key, where it stands in a tag of the first level. Zero is nobody's.
    pub(super) key: u64,
    /// The number in the second level.
    pub(super) number: Number,
    /// The number of pages that are in all address spaces.
    pub(super) global: Number,
}

/// What has to be cleared before new names may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exhausted {
    /// The keys began again.
    Keys,
    /// The numbers began again, and the keys.
    Numbers,
}

/// Keys are of 8 bits, and begin at 1.
const LAST_KEY: u64 = 255;

/// All contexts that have names.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    known: Vec<(Context, Names)>,
    /// What the global pages of contexts depend on, and its number.
    globals: Vec<(Context, Number)>,
    last_key: u64,
    last_number: Number,
}

impl Contexts {
    /// The names of `context`; new ones if it has none.
    pub(super) fn names_of(&mut self, context: Context) -> (Names, Option<Exhausted>) {
        let at = self.known.iter().position(|(known, _)| *known == context);
        if let Some(at) = at {
            // Move towards the front: a system call goes back and forth between two
            // contexts.
            self.known.swap(at, at / 2);
            return (self.known[at / 2].1, None);
        }
        let exhausted = self.make_room();
        self.last_key += 1;
        let names = Names {
            key: self.last_key << KEY_SHIFT,
            number: self.new_number(),
            global: self.global_number(context),
        };
        self.known.push((context, names));
        (names, exhausted)
    }

    fn make_room(&mut self) -> Option<Exhausted> {
        if self.last_number >= Number::MAX - 2 {
            *self = Self::default();
            return Some(Exhausted::Numbers);
        }
        if self.last_key == LAST_KEY {
            self.known.clear();
            self.last_key = 0;
            return Some(Exhausted::Keys);
        }
        None
    }

    fn new_number(&mut self) -> Number {
        self.last_number += 1;
        self.last_number
    }

    /// Global pages are the same in all address spaces: under every root and ASID.
    fn global_number(&mut self, context: Context) -> Number {
        let common = Context {
            root: PhysAddr(0),
            asid: 0,
            ..context
        };
        let known = self.globals.iter().find(|(known, _)| *known == common);
        if let Some(&(_, number)) = known {
            return number;
        }
        let number = self.new_number();
        self.globals.push((common, number));
        number
    }

    /// Forgets all contexts, and what global pages there are.
    pub(super) fn forget_all(&mut self) {
        self.known.clear();
        self.globals.clear();
    }

    /// Forgets the contexts of an address space.
    pub(super) fn forget_asid(&mut self, asid: u16) {
        self.known.retain(|(context, _)| context.asid != asid);
    }
}
