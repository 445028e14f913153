//! Interrupt sources, enables, priorities and wfi.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("mi-interrupts.S");
