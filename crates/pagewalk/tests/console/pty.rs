//! A program at a pseudo-terminal, and somebody who types and looks.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// What takes longer has failed.
const LONG: Duration = Duration::from_secs(60);

/// A pseudo-terminal.
pub(crate) struct Pty {
    user: File,
    program: OwnedFd,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Pty {
    pub(crate) fn new() -> Self {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&user).expect("it is ours");
        unlockpt(&user).expect("it is ours");
        let name = ptsname(&user, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let program = open(name, flags, Mode::empty()).expect("its other end");
        let user = File::from(user);
        let shown = Arc::default();
        watch(user.try_clone().expect("a copy"), &shown);
        Self {
            user,
            program,
            shown,
        }
    }

    /// The end for the program.
    pub(crate) fn end(&self) -> Stdio {
        self.program.try_clone().expect("a copy").into()
    }

    /// All there is to know of it.
    pub(crate) fn modes(&self) -> String {
        format!("{:?}", tcgetattr(&self.program).expect("it is a terminal"))
    }

    pub(crate) fn is_raw(&self) -> bool {
        let modes = tcgetattr(&self.program).expect("it is a terminal");
        let cooked = LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHO;
        !modes.local_modes.intersects(cooked)
    }

    /// Gives it another size.
    pub(crate) fn resize(&self, size: Winsize) {
        tcsetwinsize(&self.user, size).expect("it is a terminal");
    }

    pub(crate) fn types(&self, keys: impl AsRef<[u8]>) {
        (&self.user)
            .write_all(keys.as_ref())
            .expect("it takes keys");
    }

    /// Waits until this is on the screen, and takes away all up to it.
    #[track_caller]
    pub(crate) fn shows(&self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        let what = String::from_utf8_lossy(text);
        wait_until(&format!("`{what}` on the screen"), || {
            let mut shown = self.shown.lock().expect("no panic");
            let mut starts = 0..(shown.len() + 1).saturating_sub(text.len());
            let found = starts.find(|start| shown[*start..].starts_with(text));
            found
                .map(|start| shown.drain(..start + text.len()))
                .is_some()
        });
    }

    /// What is on the screen and has not been taken away.
    pub(crate) fn rest(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().expect("no panic")).into_owned()
    }
}

fn watch(mut user: File, shown: &Arc<Mutex<Vec<u8>>>) {
    let shown = Arc::clone(shown);
    thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = user.read(&mut chunk) {
            shown.lock().expect("no panic").extend(&chunk[..count]);
        }
    });
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LONG, "still no {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// `pagewalk` with these arguments and with the environment of a test.
pub(crate) fn pagewalk<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagewalk"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1");
    command.args(arguments);
    command
}

/// A process that is ended with its test.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("it starts"))
    }

    /// With its three streams at this terminal.
    pub(crate) fn at(pty: &Pty, command: &mut Command) -> Self {
        let command = command.stdin(pty.end()).stdout(pty.end());
        Self::start(command.stderr(pty.end()))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("it runs");
    }

    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()));
        let stat = stat.expect("it runs");
        let (_, state) = stat.rsplit_once(") ").expect("a name in parentheses");
        state.starts_with('T')
    }

    /// Whether it executes the program of this name by now.
    pub(crate) fn has_become(&self, name: &str) -> bool {
        let comm = std::fs::read_to_string(format!("/proc/{}/comm", self.0.id()));
        comm.expect("it runs").trim() == name
    }

    /// Its exit status.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> i32 {
        let mut status = None;
        wait_until("end of the run", || {
            status = self.0.try_wait().expect("it is our child");
            status.is_some()
        });
        let status = status.expect("it has ended");
        status.code().expect("it has ended by itself")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
