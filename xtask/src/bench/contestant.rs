//! Who runs the benchmarks, and with which command.

use std::{
    ffi::OsString,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::machine;

/// A program that `--peer NAME=PATH` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    name: String,
    path: PathBuf,
}

impl Peer {
    pub(super) fn new(name: &str, path: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            path,
        }
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => {
                Ok(Self::new(name, path.into()))
            }
            _ => Err(format!("`{text}` is not of the form NAME=PATH")),
        }
    }
}

/// In which form it takes the benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    /// As programs without an operating system: it is an emulator of a machine.
    BareMetal,
    /// As a process, of the kernel that is built in or of a kernel that it imitates.
    Process,
    /// As a program of the host: it is the host.
    Native,
}

/// What its command line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pagewalk,
    Spike,
    Qemu,
    /// `PATH PROGRAM`.
    Plain,
}

impl Kind {
    fn of(name: &str) -> Self {
        [
            ("pagewalk", Self::Pagewalk),
            ("spike", Self::Spike),
            ("qemu", Self::Qemu),
        ]
        .into_iter()
        .find(|(prefix, _)| name.starts_with(prefix))
        .map_or(Self::Plain, |(_, kind)| kind)
    }

    /// The arguments before the file of a bare-metal program.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Pagewalk => &["run"],
            Self::Spike => &["--isa=rv64gc"],
            // The machine `spike` is the one that has HTIF.
            Self::Qemu => &[
                "-machine",
                "spike",
                "-bios",
                "none",
                "-nographic",
                "-kernel",
            ],
            Self::Plain => &[],
        }
    }

    /// The arguments before the program's file for a board with one drive, a
    /// raw image in virtio-mmio slot 0; `None` where there is no such thing.
    fn arguments_with_drive(self, image: &Path) -> Option<Vec<OsString>> {
        let qemu = [
            "-machine virt -bios none -nographic -global virtio-mmio.force-legacy=false",
            "-device virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0 -drive",
        ];
        match self {
            Self::Pagewalk => Some(vec!["run".into(), "--drive".into(), image.into()]),
            Self::Qemu => {
                let words = qemu.iter().flat_map(|line| line.split(' '));
                let mut arguments: Vec<OsString> = words.map(OsString::from).collect();
                let drive = format!("file={},if=none,format=raw,id=disk", image.display());
                arguments.extend([drive.into(), "-kernel".into()]);
                Some(arguments)
            }
            Self::Spike | Self::Plain => None,
        }
    }

    /// The option that makes it print its version first.
    fn version_option(self) -> Option<&'static str> {
        match self {
            Self::Pagewalk | Self::Qemu => Some("--version"),
            Self::Spike => Some("--help"),
            Self::Plain => None,
        }
    }
}

/// A run that ended well.
pub(super) struct Run {
    pub(super) seconds: f64,
    /// When the first byte was printed.
    pub(super) seconds_to_output: f64,
    /// What was printed on the standard output.
    pub(super) output: String,
}

/// Somebody who takes part in a measurement.
pub(super) struct Contestant {
    peer: Peer,
    kind: Kind,
    form: Form,
}

impl Contestant {
    /// An emulator of machines; the beginning of its name decides how it is run.
    pub(super) fn machine(peer: &Peer) -> Self {
        Self {
            kind: Kind::of(&peer.name),
            peer: peer.clone(),
            form: Form::BareMetal,
        }
    }

    /// Our kernel, in this `pagewalk`.
    pub(super) fn kernel(pagewalk: &Path) -> Self {
        Self {
            peer: Peer::new("kernel", pagewalk.into()),
            kind: Kind::Pagewalk,
            form: Form::Process,
        }
    }

    /// An emulator of processes: `PATH PROGRAM ARGUMENT…`.
    pub(super) fn of_processes(peer: &Peer) -> Self {
        Self {
            peer: peer.clone(),
            kind: Kind::Plain,
            form: Form::Process,
        }
    }

    /// The host, by this program.
    pub(super) fn native(program: &Path) -> Self {
        Self {
            peer: Peer::new("native", program.into()),
            kind: Kind::Plain,
            form: Form::Native,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.peer.name
    }

    pub(super) fn path(&self) -> &Path {
        &self.peer.path
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    pub(super) fn version(&self) -> Option<String> {
        let option = match self.form {
            Form::BareMetal => self.kind.version_option(),
            Form::Process => Some("--version"),
            Form::Native => None,
        };
        // Spike's `--help` ends with status 1: look at the text alone.
        let output = Command::new(self.path()).arg(option?).output().ok()?;
        let texts = [output.stdout, output.stderr];
        texts.iter().find_map(|text| machine::first_line_of(text))
    }

    /// Whether it is ours, with a kernel that has to start before a process can.
    pub(super) fn boots_a_kernel(&self) -> bool {
        (self.kind, self.form) == (Kind::Pagewalk, Form::Process)
    }

    /// Whether the instructions that a guest counts are those that it executed. QEMU
    /// shows the host's clock there.
    pub(super) fn counts_instructions(&self) -> bool {
        match self.form {
            Form::BareMetal => matches!(self.kind, Kind::Pagewalk | Kind::Spike),
            Form::Process => self.boots_a_kernel(),
            Form::Native => false,
        }
    }

    /// The words of a command that begin with its own options and end with `words`: the
    /// program and its arguments, for the host only the latter.
    pub(super) fn run(&self, words: &[OsString], timeout: Duration) -> anyhow::Result<Run> {
        let mut arguments = Vec::new();
        if self.form == Form::BareMetal || self.boots_a_kernel() {
            arguments.extend(self.kind.arguments().iter().map(OsString::from));
        }
        arguments.extend_from_slice(words);
        self.run_with(&arguments, timeout)
    }

    /// Whether there is a way to give it a drive.
    pub(super) fn has_drives(&self) -> bool {
        let anything = Path::new("image");
        self.form == Form::BareMetal && self.kind.arguments_with_drive(anything).is_some()
    }

    /// Runs a bare-metal program on a board with one drive.
    pub(super) fn run_with_drive(
        &self,
        program: &Path,
        image: &Path,
        timeout: Duration,
    ) -> anyhow::Result<Run> {
        let arguments = self.kind.arguments_with_drive(image);
        let mut arguments = arguments.context("it has no drives")?;
        arguments.push(program.into());
        self.run_with(&arguments, timeout)
    }

    fn run_with(&self, arguments: &[OsString], timeout: Duration) -> anyhow::Result<Run> {
        let start = Instant::now();
        let child = Command::new(self.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", self.path().display()))?;
        finish(child, start, timeout)
    }
}

/// Waits for the end of a run, but not longer than `timeout`; it has to be a good one.
fn finish(mut child: Child, start: Instant, timeout: Duration) -> anyhow::Result<Run> {
    let output = read_in_background(child.stdout.take());
    let errors = read_in_background(child.stderr.take());
    // A process that ends closes its output: this is the wait for its end.
    let Ok((output, first)) = output.recv_timeout(timeout) else {
        // Neither can fail in a way that matters: it is gone, or will be.
        let _ = child.kill();
        let _ = child.wait();
        bail!("no end after {} s", timeout.as_secs());
    };
    let status = child.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    if status.success() {
        return Ok(Run {
            seconds,
            seconds_to_output: (first - start).as_secs_f64(),
            output,
        });
    }
    let (errors, _) = errors
        .recv_timeout(Duration::from_secs(1))
        .unwrap_or_else(|_| (String::new(), start));
    let last_line = |text: &str| text.trim().lines().last().unwrap_or_default().to_owned();
    let said = [last_line(&output), last_line(&errors)].join(" ");
    Err(anyhow!("{status}: {}", said.trim()))
}

/// Reads all of a pipe on a thread, which sends the text when the pipe closes, and when
/// its first byte came.
fn read_in_background(
    pipe: Option<impl Read + Send + 'static>,
) -> mpsc::Receiver<(String, Instant)> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut bytes, mut byte) = (Vec::new(), [0]);
        let mut first = Instant::now();
        if let Some(mut pipe) = pipe
            && pipe.read_exact(&mut byte).is_ok()
        {
            first = Instant::now();
            bytes.extend(byte);
            // What was read before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // The receiver is gone if nobody waits for this text any more.
        let _ = sender.send((text, first));
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(path: &str) -> Contestant {
        Contestant::machine(&Peer::new("shell", path.into()))
    }

    #[test]
    fn peers_are_parsed() {
        assert_eq!("a=/b=c".parse(), Ok(Peer::new("a", "/b=c".into())));
        for text in ["", "a", "a=", "=b"] {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_name_decides_how_a_peer_is_run() {
        assert_eq!(Kind::of("spike"), Kind::Spike);
        assert_eq!(Kind::of("qemu10"), Kind::Qemu);
        assert_eq!(Kind::of("pagewalk-before"), Kind::Pagewalk);
        assert_eq!(Kind::of("rvvm"), Kind::Plain);
        let with_drive = |name| Kind::of(name).arguments_with_drive(Path::new("disk.img"));
        assert_eq!(with_drive("spike"), None);
        assert_eq!(
            with_drive("pagewalk").unwrap(),
            ["run", "--drive", "disk.img"]
        );
        let qemu = with_drive("qemu").unwrap();
        let drive = "file=disk.img,if=none,format=raw,id=disk";
        assert!(qemu.iter().any(|word| word == drive));
    }

    #[test]
    fn a_missing_emulator_is_an_error() {
        let peer = contestant("/nowhere/emulator");
        let run = peer.run(&["program".into()], Duration::from_secs(1));
        let error = run.err().unwrap();
        assert!(error.to_string().contains("/nowhere/emulator"), "{error}");
    }

    #[cfg(unix)]
    mod with_a_shell {
        use super::*;

        /// Runs a script with the shell as emulator.
        fn run(script: &str, timeout: Duration) -> anyhow::Result<Run> {
            contestant("/bin/sh").run(&["-c".into(), script.into()], timeout)
        }

        #[test]
        fn output_of_a_good_run_is_returned() {
            let run = run("echo hello; sleep 0.2", Duration::from_secs(60)).unwrap();
            assert_eq!(run.output, "hello\n");
            assert!(run.seconds_to_output > 0.0);
            assert!(run.seconds - run.seconds_to_output > 0.1);
        }

        #[test]
        fn a_failure_tells_status_and_message() {
            let error = run("echo why >&2; exit 7", Duration::from_secs(60))
                .err()
                .unwrap();
            let text = error.to_string();
            assert!(text.contains('7') && text.contains("why"), "{text}");
        }

        #[test]
        fn a_run_without_end_is_ended() {
            let timeout = Duration::from_millis(50);
            let error = run("exec sleep 600", timeout).err().unwrap();
            assert!(error.to_string().contains("no end"), "{error}");
        }
    }
}
