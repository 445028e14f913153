//! Comparisons, minima, classes and signs in half precision (Zfh).
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uzfh-compare.S");
