//! The emulators that run the programs: ours in this process, others as
//! `--peer NAME=PATH` names them.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};
use std::{fmt, fs, thread};

use anyhow::{Context, anyhow, bail};
use pagewalk_isa::{Extension, IsaSet};
use pagewalk_machine::loader::Program;
use pagewalk_machine::{AdPolicy, Config, Limits, Machine, Outcome};

use super::layout::{RAM_END, RAM_SIZE, SIGNATURE, SIGNATURE_END};

/// How long a peer may take for one ELF.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many instructions a program may take on ours. Most of them sum its
/// memory up.
const BUDGET: u64 = 1_000_000;
const SIGNATURE_SIZE: usize = (SIGNATURE_END - SIGNATURE) as usize;

/// The signature of a run, and how many instructions it took.
pub(super) struct Signature {
    pub(super) words: Vec<u64>,
    pub(super) instructions: u64,
}

/// Runs an executable of so many programs on our machine.
pub(super) fn run_ours(elf: &[u8], programs: usize, isa: IsaSet) -> anyhow::Result<Signature> {
    let run = || -> anyhow::Result<Signature> {
        let program = Program::parse("diff.elf", elf)?;
        let mut machine = Machine::new(&Config {
            memory: RAM_SIZE,
            isa,
            ad: AdPolicy::Guest,
            ..Config::default()
        })?;
        machine.load(&program)?;
        // Others keep their device tree elsewhere; programs that read wildly would see it.
        let tree = machine.hart(0).x()[11];
        let rest = RAM_END - tree;
        machine
            .write_bytes(tree, &vec![0; rest as usize])
            .context("the device tree is in RAM")?;
        let outcome = machine.run(&Limits::instructions(BUDGET * programs as u64));
        if !matches!(outcome, Outcome::Exit { code: 0, .. }) {
            bail!("the run ended with {outcome:?}");
        }
        let mut bytes = vec![0; SIGNATURE_SIZE];
        machine
            .read_bytes(SIGNATURE, &mut bytes)
            .context("the signature is in RAM")?;
        Ok(Signature {
            words: words(&bytes),
            instructions: machine.retired(),
        })
    };
    // A panic is a finding like any other.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| bail!("a panic, see above"))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Spike,
    Qemu,
}

/// Another emulator.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) kind: Kind,
    path: PathBuf,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.path.display())
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| format!("`{text}` is not of the form NAME=PATH"))?;
        let kind = if name.starts_with("spike") {
            Kind::Spike
        } else if name.starts_with("qemu") {
            Kind::Qemu
        } else {
            return Err(format!(
                "`{name}` starts with neither `spike` nor `qemu`: how to run it is not known"
            ));
        };
        Ok(Self {
            name: name.to_owned(),
            kind,
            path: path.into(),
        })
    }
}

impl Peer {
    /// Runs the executable in the file `elf`; its directory is free for use.
    pub(super) fn run(&self, elf: &Path, isa: IsaSet) -> anyhow::Result<Vec<u64>> {
        let memory = RAM_SIZE >> 20;
        let mut command = Command::new(&self.path);
        match self.kind {
            Kind::Spike => {
                let file = elf.with_extension("signature");
                command
                    .arg(format!("--isa={}", platform(isa)))
                    .arg(format!("-m{memory}"))
                    .arg(format!("+signature={}", file.display()))
                    .arg("+signature-granularity=8")
                    .arg(elf);
                finish(command)?;
                let text = fs::read_to_string(&file)
                    .with_context(|| format!("{} wrote no signature", self.name))?;
                fs::remove_file(&file)?;
                text.lines()
                    .map(|line| Ok(u64::from_str_radix(line.trim(), 16)?))
                    .collect()
            }
            Kind::Qemu => {
                command
                    .args(["-machine", "virt", "-bios", "none", "-display", "none"])
                    .args(["-serial", "null", "-monitor", "none"])
                    .args(["-semihosting-config", "enable=on,target=native"])
                    .args(["-m", &memory.to_string()])
                    .args(["-cpu", &qemu_cpu(isa)])
                    .arg("-kernel")
                    .arg(elf);
                Ok(words(&finish(command)?))
            }
        }
    }
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let (words, _) = bytes.as_chunks();
    words.iter().map(|word| u64::from_le_bytes(*word)).collect()
}

/// The ISA with what every board of ours does, announced or not.
fn platform(isa: IsaSet) -> IsaSet {
    isa.with(Extension::Zicclsm).with(Extension::Ziccid)
}

/// The CPU with just these extensions, among those that can be chosen.
fn qemu_cpu(isa: IsaSet) -> String {
    use Extension::*;
    const CHOICES: &[Extension] = &[
        M,
        A,
        F,
        D,
        C,
        Zicbom,
        Zicbop,
        Zicboz,
        Zicntr,
        Zicond,
        Zifencei,
        Zihintntl,
        Zihintpause,
        Zihpm,
        Zimop,
        Zabha,
        Zacas,
        Zawrs,
        Zfa,
        Zfh,
        Zcb,
        Zcmop,
        Zba,
        Zbb,
        Zbc,
        Zbkb,
        Zbkx,
        Zbs,
        Sstc,
        Svadu,
        Svinval,
        Svnapot,
        Svpbmt,
    ];
    // With neither Svade nor Svadu, A and D would be set without being asked
    // for.
    let svade = if isa.contains(Svadu) { "off" } else { "on" };
    let mut cpu = format!("rv64,h=off,v=off,svade={svade}");
    for extension in CHOICES {
        let state = if isa.contains(*extension) {
            "on"
        } else {
            "off"
        };
        cpu += &format!(",{}={state}", extension.name());
    }
    cpu
}

/// Runs a command to its end and returns its standard output.
fn finish(mut command: Command) -> anyhow::Result<Vec<u8>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let output = collect(child.stdout.take());
    let errors = collect(child.stderr.take());
    let status = wait(&mut child)?;
    let join = |reader: thread::JoinHandle<Vec<u8>>| {
        reader.join().map_err(|_| anyhow!("cannot read the output"))
    };
    let (output, errors) = (join(output)?, join(errors)?);
    if !status.success() {
        bail!("{status}: {}", String::from_utf8_lossy(&errors).trim());
    }
    Ok(output)
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is as much as there is.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Waits for a child, but not for ever.
fn wait(child: &mut Child) -> anyhow::Result<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            bail!("it was not at its end after {} s", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(1));
    }
}
