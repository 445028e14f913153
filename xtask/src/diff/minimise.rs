//! Finds out how little of a program is needed for it to fail.

use super::code::Unit;
use super::program::Program;

/// The program with as few units as possible for which `fails` is true, as
/// it is for the whole.
pub(super) fn minimise(program: &Program, mut fails: impl FnMut(&Program) -> bool) -> Program {
    let mut units = shortest_start(&program.units, |units| {
        fails(&program.with_units(units.to_vec()))
    });
    let mut chunk = units.len().div_ceil(2);
    while chunk > 0 {
        let mut start = 0;
        while start < units.len() {
            let mut fewer = units.clone();
            fewer.drain(start..(start + chunk).min(units.len()));
            if fails(&program.with_units(fewer.clone())) {
                units = fewer;
            } else {
                start += chunk;
            }
        }
        chunk /= 2;
    }
    program.with_units(units)
}

/// The shortest start of `units` that fails, if longer ones fail too.
fn shortest_start(units: &[Unit], mut fails: impl FnMut(&[Unit]) -> bool) -> Vec<Unit> {
    // `high` units fail, fewer than `low` do not.
    let (mut low, mut high) = (0, units.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if fails(&units[..middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    units[..high].to_vec()
}
