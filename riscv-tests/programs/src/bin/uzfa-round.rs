//! Zfa: rounding to integers, minima that keep NaN, quiet comparisons.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uzfa-round.S");
