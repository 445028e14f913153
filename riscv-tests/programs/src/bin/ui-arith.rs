//! RV64I additions, subtractions and comparisons.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("ui-arith.S");
