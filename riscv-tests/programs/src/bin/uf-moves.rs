//! Floating-point loads, stores, moves, boxing and CSRs.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uf-moves.S");
