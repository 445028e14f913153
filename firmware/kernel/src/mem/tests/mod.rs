//! Unit tests of the parts that work alone; the whole is tested in `tests/`.

mod table;
mod vma;
