//! Atomic memory operations on 32 bits.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("ua-amo-w.S");
