//! Runs the real program on real files: exit statuses, messages, reports.

mod bad_input;
mod bad_payload;
mod boot;
mod disasm;
mod drives;
mod elf;
mod help;
mod info;
mod kill;
mod limits;
mod programs;
mod run;
mod suite;
mod support;
mod verdicts;
