//! Counters that count retired instructions.
//!
//! CHOICE(spec): `mcycle` counts retired instructions, as `minstret` does, so
//! that a run is the same everywhere.

/// A counter that can be written and inhibited, precise to one instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Counter {
    /// It reads as instructions retired plus this (wrapping).
    Running(u64),
    /// It is inhibited and keeps this value.
    Inhibited(u64),
}

impl Default for Counter {
    fn default() -> Self {
        Self::Running(0)
    }
}

impl Counter {
    /// The value for an instruction before which `retired` have retired.
    pub(crate) fn read(self, retired: u64) -> u64 {
        match self {
            Self::Running(offset) => retired.wrapping_add(offset),
            Self::Inhibited(value) => value,
        }
    }

    /// A write by an instruction before which `retired` have retired: the
    /// next instruction reads `value`, since the write takes the place of the
    /// increment (Zicsr: a written counter is not incremented by the write).
    pub(crate) fn write(&mut self, value: u64, retired: u64) {
        *self = match self {
            Self::Running(_) => Self::Running(value.wrapping_sub(retired.wrapping_add(1))),
            Self::Inhibited(_) => Self::Inhibited(value),
        };
    }

    /// Starts or stops counting from the next instruction on.
    pub(crate) fn set_inhibited(&mut self, inhibited: bool, retired: u64) {
        let next = retired.wrapping_add(1);
        *self = match (*self, inhibited) {
            (Self::Running(_), true) => Self::Inhibited(self.read(next)),
            (Self::Inhibited(value), false) => Self::Running(value.wrapping_sub(next)),
            (unchanged, _) => unchanged,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_value_is_what_the_next_instruction_reads() {
        let mut counter = Counter::default();
        assert_eq!(counter.read(5), 5);
        counter.write(1000, 5);
        assert_eq!(counter.read(6), 1000);
        assert_eq!(counter.read(7), 1001);
    }

    #[test]
    fn an_inhibited_counter_stands_still_and_goes_on_where_it_was() {
        let mut counter = Counter::default();
        counter.set_inhibited(true, 9);
        assert_eq!(counter.read(50), 10);
        counter.set_inhibited(true, 60);
        counter.write(77, 70);
        assert_eq!(counter.read(71), 77);
        counter.set_inhibited(false, 80);
        assert_eq!(counter.read(81), 77);
        assert_eq!(counter.read(82), 78);
    }
}
