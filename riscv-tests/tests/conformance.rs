//! Conformance: each of our own programs is a test of its own name, once for
//! each policy of A and D bits, and again in U-mode with paging if it uses
//! nothing of M-mode; and the list of programs and the set of
//! instructions that they use are complete.

use std::collections::BTreeSet;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use pagewalk_guest_images::{Image, RISCV_TESTS, images, problem};
use pagewalk_isa::{IsaSet, Op, decode, table::COMPRESSED_ROWS};
use pagewalk_machine::loader::{Program, Section};
use pagewalk_machine::{AdPolicy, Config};
use pagewalk_riscv_tests::programs::{Entry, Needs, PROGRAMS};
use pagewalk_riscv_tests::run;

/// Instructions that a program may retire; the longest needs a tenth.
const BUDGET: u64 = 20_000_000;

/// The policies, and their names on the command line.
const POLICIES: [(AdPolicy, &str); 3] = [
    (AdPolicy::Guest, "guest"),
    (AdPolicy::Hardware, "hardware"),
    (AdPolicy::Fault, "fault"),
];

/// Where a program begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// In M-mode without translation.
    Machine,
    /// In U-mode under Sv39.
    User,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("every_program_has_an_entry", every_program_has_an_entry),
        Trial::test("every_entry_has_a_program", every_entry_has_a_program),
        Trial::test("every_instruction_is_used", every_instruction_is_used),
        Trial::test(
            "every_compressed_instruction_is_used",
            every_compressed_instruction_is_used,
        ),
        Trial::test("a_program_can_fail", a_program_can_fail),
    ];
    for entry in PROGRAMS {
        for (policy, name) in POLICIES {
            if entry.needs == Needs::Adue && policy == AdPolicy::Fault {
                continue;
            }
            let test = move || conforms(entry, policy, Mode::Machine);
            trials.push(Trial::test(format!("{}::{name}", entry.name), test));
        }
        if entry.in_user_mode {
            let test = move || conforms(entry, AdPolicy::Guest, Mode::User);
            trials.push(Trial::test(format!("{}::user", entry.name), test));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Our programs. The error is the command that builds them.
fn programs() -> Result<Vec<&'static Image>, Failed> {
    match problem() {
        Some(problem) => Err(problem.into()),
        None => Ok(images()
            .iter()
            .filter(|image| image.group == RISCV_TESTS)
            .collect()),
    }
}

/// Runs one program; a known failure must fail.
fn conforms(entry: &Entry, ad: AdPolicy, mode: Mode) -> Result<(), Failed> {
    let image = pagewalk_guest_images::image(entry.name)?;
    let mut program = Program::parse(image.name, image.bytes)?;
    if mode == Mode::User {
        let environment = program.symbols.address("environment");
        *byte_at(&mut program, environment.ok_or("no `environment`")?)? = 1;
    }
    let harts = match entry.needs {
        Needs::FourHarts => 4,
        Needs::Nothing | Needs::Adue => 1,
    };
    let config = Config {
        ad,
        harts,
        ..Config::default()
    };
    let report = run(&program, &config, BUDGET)?;
    match entry.known_failure {
        None if report.passed() => Ok(()),
        None => Err(report.to_string().into()),
        Some(_) if !report.passed() => Ok(()),
        Some(why) => Err(format!("it passes, but its entry says: {why}").into()),
    }
}

fn every_program_has_an_entry() -> Result<(), Failed> {
    for image in programs()? {
        if !PROGRAMS.iter().any(|entry| entry.name == image.name) {
            return Err(format!("{} is not in src/programs.rs", image.name).into());
        }
    }
    Ok(())
}

fn every_entry_has_a_program() -> Result<(), Failed> {
    let programs = programs()?;
    for entry in PROGRAMS {
        if !programs.iter().any(|image| image.name == entry.name) {
            return Err(format!("there is no program {}", entry.name).into());
        }
    }
    Ok(())
}

/// A byte of the program as it is loaded.
fn byte_at(program: &mut Program, address: u64) -> Result<&mut u8, Failed> {
    program
        .segments
        .iter_mut()
        .find_map(|segment| {
            let offset = address.checked_sub(segment.vaddr)?;
            segment.data.get_mut(usize::try_from(offset).ok()?)
        })
        .ok_or_else(|| format!("nothing is loaded at {address:#x}").into())
}

/// The harness sees failures: with another result in the first row of its
/// first table, a program fails in its first case.
fn a_program_can_fail() -> Result<(), Failed> {
    let image = pagewalk_guest_images::image("ui-arith")?;
    let mut program = Program::parse(image.name, image.bytes)?;
    let environment = program.symbols.address("environment");
    let table = environment.ok_or("no `environment`")? + 8;
    *byte_at(&mut program, table + 16)? ^= 1;
    let report = run(&program, &Config::default(), BUDGET)?;
    let expected = pagewalk_riscv_tests::Ending::Failed { case: 1 };
    if report.ending == expected {
        Ok(())
    } else {
        Err(format!("case 1 should fail, but: {report}").into())
    }
}

/// The instructions of a section, by a walk over its bytes in order; what
/// does not decode is skipped.
fn words(program: &Program, section: &Section) -> Vec<u32> {
    let bytes = program.bytes_at(section.address, section.size);
    let bytes = bytes.unwrap_or_default();
    let half = |at: usize| {
        bytes
            .get(at..at + 2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
    };
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(low) = half(at) {
        let is_long = low & 3 == 3;
        let high = if is_long {
            half(at + 2).unwrap_or(0)
        } else {
            0
        };
        words.push(u32::from(high) << 16 | u32::from(low));
        at += if is_long { 4 } else { 2 };
    }
    words
}

/// All words of code of all programs.
fn all_words() -> Result<BTreeSet<u32>, Failed> {
    let mut all = BTreeSet::new();
    for image in programs()? {
        let program = Program::parse(image.name, image.bytes)?;
        for section in program.executable_sections() {
            all.extend(words(&program, section));
        }
    }
    Ok(all)
}

fn every_instruction_is_used() -> Result<(), Failed> {
    let used: BTreeSet<&str> = all_words()?
        .into_iter()
        .filter(|word| word & 3 == 3)
        .filter_map(|word| decode(word, IsaSet::ANNOUNCED))
        .map(|insn| insn.op.mnemonic())
        .collect();
    let unused: Vec<&str> = Op::ALL
        .iter()
        .filter(|op| op.extension().is_met_by(IsaSet::ANNOUNCED))
        .map(|op| op.mnemonic())
        .filter(|mnemonic| !used.contains(mnemonic))
        .collect();
    if unused.is_empty() {
        Ok(())
    } else {
        Err(format!("no program uses: {}", unused.join(" ")).into())
    }
}

fn every_compressed_instruction_is_used() -> Result<(), Failed> {
    let words = all_words()?;
    let unused: Vec<&str> = COMPRESSED_ROWS
        .iter()
        .filter(|row| row.requirement.is_met_by(IsaSet::ANNOUNCED))
        .filter(|row| {
            let mut short = words.iter().filter(|word| **word & 3 != 3);
            !short.any(|word| row.pattern.matches(*word))
        })
        .map(|row| row.mnemonic)
        .collect();
    if unused.is_empty() {
        Ok(())
    } else {
        Err(format!("no program uses: {}", unused.join(" ")).into())
    }
}
