//! Developer tasks: `cargo xtask TASK`, one module each.

mod bench;
mod diff;
mod machine;

use clap::{Parser, Subcommand};

/// Developer tasks of Pagewalk.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures the speed of `pagewalk run`, and of other emulators beside it
    Bench(bench::Arguments),
    /// Compares random programs on ours and on other emulators
    Diff(diff::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Diff(arguments) => diff::run(&arguments),
    }
}
