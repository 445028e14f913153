//! Comparisons, minima, classes and signs in single precision (F).
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uf-compare.S");
