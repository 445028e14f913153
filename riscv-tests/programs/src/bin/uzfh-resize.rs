//! Conversions between half precision and the others.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uzfh-resize.S");
