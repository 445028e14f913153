//! Runs one test program in the `tohost` style on a board and says how it
//! ended; and the list of the programs of this workspace ([`programs`]).
//!
//! Such a program writes 1 to `tohost` if every case passed, and
//! `(n << 1) | 1` if case `n` failed. Its bound is a number of instructions,
//! never a time.
//!
//! ```no_run
//! use pagewalk_machine::{Config, loader::Program};
//!
//! let program = Program::from_file("rv64ui-p-add")?;
//! let report = pagewalk_riscv_tests::run(&program, &Config::default(), 1_000_000)?;
//! assert!(report.passed(), "{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod programs;

use std::fmt;

use pagewalk_machine::loader::{LoadError, Program};
use pagewalk_machine::{Config, ConfigError, Limits, Machine, Outcome, Trap, Verdict};

/// A test program cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It has no `tohost`, by which it would say how it ended.
    #[error("{0}: no symbol `tohost`: this is not a test program")]
    NoTohost(String),
    /// It does not fit the board.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The board cannot be built.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// How a test program ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Ending {
    /// All cases hold.
    Passed,
    /// The case of this number does not.
    Failed {
        /// The number that the program gave.
        case: u64,
    },
    /// It did not end within its budget of instructions.
    OutOfBudget {
        /// The budget.
        instructions: u64,
    },
    /// It could make no progress.
    Stuck(Box<Verdict>),
    /// It asked for a reset of the board.
    Reset,
}

/// How a test program ended, and where the hart that ended it stood.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// How it ended.
    pub ending: Ending,
    /// Instructions that all harts retired.
    pub retired: u64,
    /// The program counter of hart 0.
    pub pc: u64,
    /// The symbol that it belongs to, with an offset.
    pub symbol: Option<String>,
    /// The last trap that hart 0 took.
    pub last_trap: Option<Trap>,
}

impl Report {
    /// Whether all cases hold.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.ending == Ending::Passed
    }
}

/// Runs `program` on a board like `config`, for at most `budget` instructions.
///
/// # Errors
/// [`RunError`] if there is no run at all.
pub fn run(program: &Program, config: &Config, budget: u64) -> Result<Report, RunError> {
    if program.tohost.is_none() {
        return Err(RunError::NoTohost(program.name.clone()));
    }
    let mut machine = Machine::new(config)?;
    machine.load(program)?;
    let ending = match machine.run(&Limits::instructions(budget)) {
        Outcome::Exit { code: 0, .. } => Ending::Passed,
        Outcome::Exit { code, .. } => Ending::Failed { case: code },
        Outcome::Reset => Ending::Reset,
        Outcome::Verdict { verdict, .. } => Ending::Stuck(verdict),
        Outcome::Budget => Ending::OutOfBudget {
            instructions: budget,
        },
        Outcome::Interrupted => unreachable!("nobody else has the stop flag"),
    };
    let hart = machine.hart(0);
    let pc = hart.pc();
    Ok(Report {
        ending,
        retired: machine.retired(),
        pc,
        symbol: program
            .symbols
            .locate(pc)
            .map(|place| format!("{}+{:#x}", place.symbol.name, place.offset)),
        last_trap: hart.last_trap().copied(),
    })
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(f, "passed"),
            Self::Failed { case } => write!(f, "case {case} failed"),
            Self::OutOfBudget { instructions } => {
                write!(f, "not at its end after {instructions} instructions")
            }
            Self::Stuck(verdict) => write!(f, "stuck: {}", in_words(verdict)),
            Self::Reset => write!(f, "asked for a reset"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}", self.ending, self.pc)?;
        if let Some(symbol) = &self.symbol {
            write!(f, " <{symbol}>")?;
        }
        match &self.last_trap {
            Some(trap) => write!(
                f,
                ", last trap: {} at {:#x}, tval {:#x}",
                trap.cause, trap.pc, trap.tval
            ),
            None => write!(f, ", no trap"),
        }
    }
}

/// A verdict in a few words.
fn in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::TrapLoop { first, last, .. } => format!(
            "{} at {:#x}, and every attempt to handle it ends in: {} at {:#x}",
            first.cause, first.pc, last.cause, last.pc
        ),
        Verdict::WaitsForNothing { pc } => {
            format!("it waits at {pc:#x} for an interrupt that nothing can send")
        }
        Verdict::Parked { pc } => format!("it jumps to itself at {pc:#x} with interrupts off"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stores 85, that is `(42 << 1) | 1`, to its `tohost`.
    fn program() -> Program {
        Program::parse("answer", &pagewalk_machine::doc_elf()).expect("it is an ELF file")
    }

    #[test]
    fn a_failure_has_the_number_of_its_case() {
        let report = run(&program(), &Config::default(), 1_000).expect("it fits");
        assert_eq!(report.ending, Ending::Failed { case: 42 });
        assert!(!report.passed());
        assert!(report.to_string().starts_with("case 42 failed at 0x"));
    }

    #[test]
    fn a_program_that_does_not_end_is_out_of_budget() {
        let report = run(&program(), &Config::default(), 2).expect("it fits");
        assert_eq!(report.ending, Ending::OutOfBudget { instructions: 2 });
        assert_eq!(report.retired, 2);
    }

    #[test]
    fn a_program_without_tohost_is_refused_by_name() {
        let mut program = program();
        program.tohost = None;
        let error = run(&program, &Config::default(), 1_000).unwrap_err();
        assert!(error.to_string().contains("answer"));
        assert!(error.to_string().contains("tohost"));
    }
}
