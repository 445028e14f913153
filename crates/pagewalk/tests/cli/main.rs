//! Runs the real program on real files: exit statuses, messages, reports.

mod bad_input;
mod drives;
mod elf;
mod help;
mod limits;
mod programs;
mod run;
mod suite;
mod support;
mod verdicts;
