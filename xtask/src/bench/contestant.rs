//! An emulator, and how to run a program on it.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};

use crate::machine;

/// An emulator that `--peer NAME=PATH` names.
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

/// What the emulator's command line looks like.
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

    /// The arguments before the program's file.
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
    fn arguments_with_drive(self, image: &Path) -> Option<Vec<String>> {
        let image = image.display();
        let qemu = [
            "-machine virt -bios none -nographic -global virtio-mmio.force-legacy=false",
            "-device virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0",
        ];
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        match self {
            Self::Pagewalk => Some(vec![
                "run".to_owned(),
                "--drive".to_owned(),
                image.to_string(),
            ]),
            Self::Qemu => {
                let mut arguments = words(&qemu.join(" "));
                let drive = format!("file={image},if=none,format=raw,id=disk");
                arguments.extend(["-drive".to_owned(), drive, "-kernel".to_owned()]);
                Some(arguments)
            }
            Self::Spike | Self::Plain => None,
        }
    }

    /// The option that makes the emulator print its version first.
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
    /// What was printed on the standard output.
    pub(super) output: String,
}

/// An emulator that takes part in a measurement.
pub(super) struct Contestant {
    peer: Peer,
    kind: Kind,
}

impl Contestant {
    pub(super) fn new(peer: &Peer) -> Self {
        Self {
            kind: Kind::of(&peer.name),
            peer: peer.clone(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.peer.name
    }

    pub(super) fn path(&self) -> &Path {
        &self.peer.path
    }

    pub(super) fn version(&self) -> Option<String> {
        let option = self.kind.version_option()?;
        // Spike's `--help` ends with status 1: look at the text alone.
        let output = Command::new(self.path()).arg(option).output().ok()?;
        let texts = [output.stdout, output.stderr];
        texts.iter().find_map(|text| machine::first_line_of(text))
    }

    /// Whether the guest's instret is the number of its instructions. QEMU
    /// shows the host's clock there.
    pub(super) fn counts_instructions(&self) -> bool {
        matches!(self.kind, Kind::Pagewalk | Kind::Spike)
    }

    /// Runs a program to its end, which has to be a good one, and come in time.
    pub(super) fn run(&self, program: &Path, timeout: Duration) -> anyhow::Result<Run> {
        let arguments = self.kind.arguments().iter().map(|&word| word.to_owned());
        self.run_with(arguments.collect(), program, timeout)
    }

    /// Whether there is a way to give it a drive.
    pub(super) fn has_drives(&self) -> bool {
        let anything = Path::new("image");
        self.kind.arguments_with_drive(anything).is_some()
    }

    /// Like [`Contestant::run`], on a board with one drive.
    pub(super) fn run_with_drive(
        &self,
        program: &Path,
        image: &Path,
        timeout: Duration,
    ) -> anyhow::Result<Run> {
        let arguments = self.kind.arguments_with_drive(image);
        let arguments = arguments.context("it has no drives")?;
        self.run_with(arguments, program, timeout)
    }

    fn run_with(
        &self,
        arguments: Vec<String>,
        program: &Path,
        timeout: Duration,
    ) -> anyhow::Result<Run> {
        let start = Instant::now();
        let child = Command::new(self.path())
            .args(arguments)
            .arg(program)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", self.path().display()))?;
        finish(child, start, timeout)
    }
}

/// Waits for the end of a run, but not longer than `timeout`.
fn finish(mut child: Child, start: Instant, timeout: Duration) -> anyhow::Result<Run> {
    let output = read_in_background(child.stdout.take());
    let errors = read_in_background(child.stderr.take());
    // A process that ends closes its output: this is the wait for its end.
    let Ok(output) = output.recv_timeout(timeout) else {
        // Neither can fail in a way that matters: it is gone, or will be.
        let _ = child.kill();
        let _ = child.wait();
        bail!("no end after {} s", timeout.as_secs());
    };
    let status = child.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    if status.success() {
        return Ok(Run { seconds, output });
    }
    let errors = errors
        .recv_timeout(Duration::from_secs(1))
        .unwrap_or_default();
    let last_line = |text: &str| text.trim().lines().last().unwrap_or_default().to_owned();
    let said = [last_line(&output), last_line(&errors)].join(" ");
    Err(anyhow!("{status}: {}", said.trim()))
}

/// Reads all of a pipe on a thread, which sends the text when the pipe closes.
fn read_in_background(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        // The receiver is gone if nobody waits for this text any more.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(path: &str) -> Contestant {
        Contestant::new(&Peer::new("shell", path.into()))
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
        assert!(qemu.iter().any(|word| word.starts_with("file=disk.img,")));
    }

    #[test]
    fn a_missing_emulator_is_an_error() {
        let peer = contestant("/nowhere/emulator");
        let run = peer.run(Path::new("program"), Duration::from_secs(1));
        let error = run.err().unwrap();
        assert!(error.to_string().contains("/nowhere/emulator"), "{error}");
    }

    #[cfg(unix)]
    mod with_a_shell {
        use super::*;
        use std::fs;

        /// Runs a script with the shell as emulator.
        fn run(name: &str, script: &str, timeout: Duration) -> anyhow::Result<Run> {
            let file = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
            fs::write(&file, script).unwrap();
            let run = contestant("/bin/sh").run(&file, timeout);
            fs::remove_file(&file).unwrap();
            run
        }

        #[test]
        fn output_of_a_good_run_is_returned() {
            let run = run("good", "echo hello", Duration::from_secs(60)).unwrap();
            assert_eq!(run.output, "hello\n");
            assert!(run.seconds > 0.0);
        }

        #[test]
        fn a_failure_tells_status_and_message() {
            let error = run("bad", "echo why >&2; exit 7", Duration::from_secs(60))
                .err()
                .unwrap();
            let text = error.to_string();
            assert!(text.contains('7') && text.contains("why"), "{text}");
        }

        #[test]
        fn a_run_without_end_is_ended() {
            let timeout = Duration::from_millis(50);
            let error = run("endless", "exec sleep 600", timeout).err().unwrap();
            assert!(error.to_string().contains("no end"), "{error}");
        }
    }
}
