//! One module each.

pub mod bytecode;
pub mod chase;
pub mod coremark;
pub mod dhrystone;
pub mod fault;
pub mod fib;
pub mod fork;
pub mod hash;
pub mod matmul;
pub mod memcpy;
pub mod nbody;
pub mod qsort;
pub mod rewrite;
pub mod sieve;
pub mod spmv;
pub mod syscall;
pub mod towers;
pub mod triad;
