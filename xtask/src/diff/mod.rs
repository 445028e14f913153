//! `cargo xtask diff`: runs random programs on ours and on other emulators,
//! and compares the state that they end in.
//!
//! Up to [`Slot::COUNT`] programs share an ELF, whose runtime starts each of
//! them, logs its traps and dumps its registers and memory to a signature.
//! Program number I of seed S is always the same.

mod assembler;
mod code;
mod compare;
mod differences;
mod elf;
mod generate;
mod layout;
mod minimise;
mod peer;
mod program;
mod random;
mod runtime;
#[cfg(test)]
mod tests;
mod values;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use pagewalk_isa::{Extension, IsaSet, disassemble_word};

use compare::{Mismatch, first_mismatch};
use generate::{Generator, Wishes};
use layout::Slot;
use peer::{Peer, run_ours};
use program::{Program, executable};

/// What to compare, and with whom.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Chooses the programs
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Number of the first program
    #[arg(long, value_name = "I", default_value_t = 0)]
    first: u64,
    /// How many programs to run
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u64,
    /// Another emulator; NAME starts with `spike` or `qemu`
    #[arg(long = "peer", value_name = "NAME=PATH", required = true)]
    peers: Vec<Peer>,
    /// The extensions that all emulators have [default: all that there are]
    #[arg(long, value_name = "ISA")]
    isa: Option<IsaSet>,
    /// Only instructions of this extension
    #[arg(long, value_name = "EXT", value_parser = parse_extension)]
    only: Option<Extension>,
    /// Stop after so many programs with a difference
    #[arg(long, value_name = "N", default_value_t = 5)]
    max_failures: usize,
    /// Keep the ELF of each minimised program in this directory
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

fn parse_extension(text: &str) -> Result<Extension, String> {
    let mut all = Extension::ALL.iter().copied();
    all.find(|extension| extension.name() == text)
        .ok_or_else(|| format!("there is no extension `{text}`"))
}

impl Arguments {
    /// The command that runs just this program again. What a program is like
    /// depends on the emulators that must agree on it, too.
    fn again(&self, number: u64) -> String {
        let mut command = format!("--seed {} --first {number} --count 1", self.seed);
        if let Some(isa) = self.isa {
            command += &format!(" --isa {isa}");
        }
        if let Some(only) = self.only {
            command += &format!(" --only {}", only.name());
        }
        for peer in &self.peers {
            command += &format!(" --peer {peer}");
        }
        command
    }
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let isa = arguments.isa.unwrap_or(IsaSet::ANNOUNCED);
    let peers = &arguments.peers;
    let wishes = Wishes {
        isa,
        only: arguments.only,
        peers: peers.iter().map(|peer| peer.kind).collect(),
    };
    let generator = Generator::new(wishes, arguments.seed);
    if generator.is_empty() {
        bail!("no instruction of this ISA is of that extension");
    }
    let session = Session {
        isa,
        arguments,
        directory: Directory::create()?,
    };
    let start = Instant::now();
    let mut totals = Totals::default();
    let last = arguments.first + arguments.count;
    let mut next = arguments.first;
    while next < last && totals.failures < arguments.max_failures {
        // Up to the last slot of an ELF.
        let end = last.min((next / Slot::COUNT + 1) * Slot::COUNT);
        let programs: Vec<Program> = (next..end).map(|index| generator.program(index)).collect();
        session.compare_all(&programs, &mut totals)?;
        next = end;
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        println!(
            "{} programs of {} instructions ({} executed, with start and dump): {} differ; {:.0} programs a minute",
            totals.programs,
            totals.generated,
            totals.executed,
            totals.failures,
            totals.programs as f64 / minutes
        );
    }
    if totals.failures > 0 {
        bail!("{} programs ended differently", totals.failures);
    }
    Ok(())
}

#[derive(Default)]
struct Totals {
    programs: u64,
    /// Instructions that the programs have.
    generated: u64,
    /// Instructions that ours has executed.
    executed: u64,
    failures: usize,
}

struct Session<'a> {
    isa: IsaSet,
    arguments: &'a Arguments,
    directory: Directory,
}

/// How a program failed.
enum Failure {
    Ours(String),
    Peer(String),
    Mismatch(Box<(Mismatch, Vec<u64>, Vec<u64>)>),
}

impl Session<'_> {
    /// Compares programs that share an ELF, and reports each that differs.
    fn compare_all(&self, programs: &[Program], totals: &mut Totals) -> anyhow::Result<()> {
        let all: Vec<&Program> = programs.iter().collect();
        let elf = executable(&all, self.isa);
        let ours = run_ours(&elf, programs.len(), self.isa);
        totals.programs += programs.len() as u64;
        totals.generated += programs.iter().map(Program::instructions).sum::<u64>();
        if let Ok(ours) = &ours {
            totals.executed += ours.instructions;
        }
        if let Err(error) = &ours {
            println!("ours, one of programs {}: {error:#}", range(programs));
        }
        for peer in &self.arguments.peers {
            let theirs = self.run_peer(peer, &elf)?;
            if let Err(error) = &theirs {
                println!(
                    "{}, one of programs {}: {error}",
                    peer.name,
                    range(programs)
                );
            }
            for program in programs {
                let words = |signature: &[u64]| program.slot().words(signature).to_vec();
                let differs = match (&ours, &theirs) {
                    (Ok(ours), Ok(theirs)) => {
                        let (ours, theirs) = (words(&ours.words), words(theirs));
                        first_mismatch(&ours, &theirs).is_some()
                    }
                    // One of the programs is to blame: look at each.
                    _ => true,
                };
                if differs && self.report(peer, program)? {
                    totals.failures += 1;
                    if totals.failures >= self.arguments.max_failures {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// The peer's signature, or what went wrong.
    fn run_peer(&self, peer: &Peer, elf: &[u8]) -> anyhow::Result<Result<Vec<u64>, String>> {
        let file = self.directory.0.join("programs.elf");
        fs::write(&file, elf).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(peer
            .run(&file, self.isa)
            .map_err(|error| format!("{error:#}")))
    }

    /// Runs one program alone.
    fn check(&self, peer: &Peer, program: &Program) -> anyhow::Result<Option<Failure>> {
        let elf = executable(&[program], self.isa);
        let ours = match run_ours(&elf, 1, self.isa) {
            Ok(ours) => ours.words,
            Err(error) => return Ok(Some(Failure::Ours(format!("{error:#}")))),
        };
        let theirs = match self.run_peer(peer, &elf)? {
            Ok(theirs) => theirs,
            Err(error) => return Ok(Some(Failure::Peer(error))),
        };
        let slot = program.slot();
        let (ours, theirs) = (slot.words(&ours).to_vec(), slot.words(&theirs).to_vec());
        let mismatch = first_mismatch(&ours, &theirs);
        Ok(mismatch.map(|mismatch| Failure::Mismatch(Box::new((mismatch, ours, theirs)))))
    }

    /// Minimises a program and prints how it differs. False if it does not
    /// when it is alone.
    fn report(&self, peer: &Peer, program: &Program) -> anyhow::Result<bool> {
        if self.check(peer, program)?.is_none() {
            return Ok(false);
        }
        let mut trouble = None;
        let minimised = minimise::minimise(program, |candidate| {
            self.check(peer, candidate)
                .map(|failure| failure.is_some())
                .unwrap_or_else(|error| {
                    trouble = Some(error);
                    false
                })
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let Some(failure) = self.check(peer, &minimised)? else {
            return Ok(false);
        };
        let number = program.index;
        println!(
            "program {number} differs from {}: {}",
            peer.name, program.style
        );
        match failure {
            Failure::Ours(text) => println!("  ours: {text}"),
            Failure::Peer(text) => println!("  {}: {text}", peer.name),
            Failure::Mismatch(parts) => {
                let (mismatch, ours, theirs) = *parts;
                println!("  {mismatch}");
                self.print_traps("ours", &ours);
                self.print_traps(&peer.name, &theirs);
            }
        }
        self.print_code(&minimised);
        println!("  again: {}", self.arguments.again(number));
        if let Some(directory) = &self.arguments.keep {
            fs::create_dir_all(directory)?;
            let file = directory.join(format!("{}-{number}.elf", self.arguments.seed));
            fs::write(file, executable(&[&minimised], self.isa))?;
        }
        Ok(true)
    }

    fn print_traps(&self, name: &str, dump: &[u64]) {
        for (index, trap) in compare::traps(dump).iter().enumerate() {
            println!("  {name}, trap {index}: {trap}");
        }
    }

    fn print_code(&self, program: &Program) {
        for (csr, value) in &program.csrs {
            if *value != 0 {
                println!("  {csr} = {value:#x}");
            }
        }
        let code = code::assemble(&program.units);
        let mut offset = 0;
        while offset < code.len() {
            let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |w, b| w << 8 | u32::from(*b));
            let end = code.len().min(offset + 4);
            let raw = word(&code[offset..end]);
            let length = if raw & 3 == 3 { 4 } else { 2 };
            let raw = if length == 2 { raw & 0xffff } else { raw };
            let pc = program.code_address + offset as u64;
            println!(
                "  {pc:x}: {raw:08x}  {}",
                disassemble_word(raw, pc, self.isa)
            );
            offset += length;
        }
        self.print_registers(program, &code);
    }

    /// The initial values of the registers that the code reads.
    fn print_registers(&self, program: &Program, code: &[u8]) {
        let mut x = [false; 32];
        let mut f = [false; 32];
        let mut rest = code;
        while rest.len() >= 2 {
            let mut bytes = [0; 4];
            let size = rest.len().min(4);
            bytes[..size].copy_from_slice(&rest[..size]);
            let raw = u32::from_le_bytes(bytes);
            if let Some(insn) = pagewalk_isa::decode(raw, self.isa) {
                let shape = insn.op.row().shape;
                for (slot, number) in [
                    (shape.rd, insn.rd),
                    (shape.rs1, insn.rs1),
                    (shape.rs2, insn.rs2),
                    (shape.rs3, insn.rs3),
                ] {
                    match slot {
                        pagewalk_isa::Slot::X => x[usize::from(number)] = true,
                        pagewalk_isa::Slot::F => f[usize::from(number)] = true,
                        _ => {}
                    }
                }
            }
            rest = &rest[if raw & 3 == 3 { size } else { 2 }..];
        }
        for number in (1..32).filter(|number| x[*number]) {
            println!("  x{number} = {:#x}", program.x[number]);
        }
        for number in (0..32).filter(|number| f[*number]) {
            println!("  f{number} = {:#x}", program.f[number]);
        }
    }
}

/// The numbers of programs that share an ELF.
fn range(programs: &[Program]) -> String {
    let number = |program: Option<&Program>| program.map_or(0, |program| program.index);
    format!(
        "{} to {}",
        number(programs.first()),
        number(programs.last())
    )
}

/// A directory of our own that is removed in the end.
struct Directory(PathBuf);

impl Directory {
    fn create() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("pagewalk-diff-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(AsRef::<Path>::as_ref(&self.0));
    }
}
