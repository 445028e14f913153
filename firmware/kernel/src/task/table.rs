//! Processes and threads by their numbers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Index;

use super::{Pid, Tid};

/// Slots that a table can have. There are fewer processes and threads, see `fork.rs`.
const SLOTS: usize = 1024;

/// The number of a process or thread.
pub(crate) trait Number: Copy + PartialEq {
    /// Which slot is that of the number.
    fn slot(self) -> usize;
}

impl Number for Pid {
    fn slot(self) -> usize {
        self.0 as usize % SLOTS
    }
}

impl Number for Tid {
    fn slot(self) -> usize {
        self.0 as usize % SLOTS
    }
}

/// Things by number. The last bits of a number say in which slot its thing is, so
/// looking for one takes a few instructions; numbers whose slots are taken are not
/// given out (`Kernel::new_number`).
#[derive(Debug)]
pub(crate) struct Table<N, T> {
    pub(super) slots: Vec<Option<Box<(N, T)>>>,
    len: usize,
}

impl<N, T> Table<N, T> {
    /// A table without anything.
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            len: 0,
        }
    }

    /// How many things there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All, in the order of slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&N, &T)> {
        self.slots
            .iter()
            .flatten()
            .map(|entry| (&entry.0, &entry.1))
    }

    /// The numbers of all.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &N> {
        self.iter().map(|(number, _)| number)
    }

    /// All.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, thing)| thing)
    }
}

impl<N: Number, T> Table<N, T> {
    /// The thing with a number.
    pub(crate) fn get(&self, number: &N) -> Option<&T> {
        match self.slots.get(number.slot()) {
            Some(Some(entry)) if entry.0 == *number => Some(&entry.1),
            _ => None,
        }
    }

    /// The thing with a number.
    pub(crate) fn get_mut(&mut self, number: &N) -> Option<&mut T> {
        match self.slots.get_mut(number.slot()) {
            Some(Some(entry)) if entry.0 == *number => Some(&mut entry.1),
            _ => None,
        }
    }

    /// Whether there is something with this number.
    pub(crate) fn contains_key(&self, number: &N) -> bool {
        self.get(number).is_some()
    }

    /// Whether there is nothing in the slot of a number.
    pub(super) fn has_room_for(&self, number: N) -> bool {
        !matches!(self.slots.get(number.slot()), Some(Some(_)))
    }

    /// Adds a thing.
    pub(super) fn insert(&mut self, number: N, thing: T) {
        let slot = number.slot();
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        let before = self.slots[slot].replace(Box::new((number, thing)));
        assert!(before.is_none(), "two numbers in one slot");
        self.len += 1;
    }

    /// Takes a thing out.
    pub(crate) fn remove(&mut self, number: &N) -> Option<T> {
        let slot = self.slots.get_mut(number.slot())?;
        let entry = slot.take_if(|entry| entry.0 == *number)?;
        self.len -= 1;
        Some(entry.1)
    }

    /// Keeps what `wanted` says.
    pub(super) fn retain(&mut self, mut wanted: impl FnMut(N, &mut T) -> bool) {
        for slot in &mut self.slots {
            if slot
                .take_if(|entry| !wanted(entry.0, &mut entry.1))
                .is_some()
            {
                self.len -= 1;
            }
        }
    }
}

impl<N: Number, T> Index<&N> for Table<N, T> {
    type Output = T;

    fn index(&self, number: &N) -> &T {
        self.get(number).expect("the number is that of something")
    }
}
