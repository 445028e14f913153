//! The terminal of the processes: if standard input is one.
//!
//! What is typed goes through a [`Tty`], which says what can be read, what is to be
//! shown and who is to be interrupted. The device always has a buffer for more, whether
//! anybody reads or not, so that ^C reaches a process that only computes; until what
//! was typed and not read fills the terminal.

use alloc::vec::Vec;

use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::signal::{SI_KERNEL, SIGWINCH};

use super::exit::FIRST;
use super::{Info, Kernel, Origin, Pid};
use crate::arch;
use crate::mem::PAGE_SIZE;
use crate::tty::Tty;

/// The terminal, and whose it is.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) tty: Tty,
    /// Rows and columns.
    pub(crate) size: [u16; 2],
    /// The session that it controls.
    pub(crate) session: u32,
    /// The process group that gets its signals.
    pub(crate) foreground: u32,
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal {
            tty: Tty::default(),
            // Until the host says otherwise.
            size: [24, 80],
            // The programs that the run begins with are one job.
            session: FIRST.0,
            foreground: FIRST.0,
        }
    }
}

/// What a signal of the terminal says of its origin.
pub(super) const TYPED: Info = Info {
    code: SI_KERNEL,
    origin: Origin::Process(0),
};

impl Kernel {
    /// Waits until it is known which streams are terminals.
    pub(super) fn meet_streams(&mut self) {
        while self
            .devices
            .streams
            .as_ref()
            .is_some_and(|s| !s.are_known())
        {
            arch::idle();
            self.device_interrupt();
        }
        self.update_terminal();
    }

    /// Whether a stream belongs to the terminal.
    pub(crate) fn is_terminal(&self, port: Port) -> bool {
        let streams = self.devices.streams.as_ref();
        let terminals = streams.map_or([false; 3], |streams| streams.terminals());
        terminals[Port::Stdin as usize] && terminals[port as usize]
    }

    /// Whether nothing will be typed any more.
    pub(crate) fn has_hung_up(&self) -> bool {
        let streams = self.devices.streams.as_ref();
        streams.is_none_or(|streams| streams.available().is_none())
    }

    /// Takes over what was typed, as far as there is room for it.
    pub(crate) fn update_terminal(&mut self) {
        let mut signals = Vec::new();
        let Some(streams) = &mut self.devices.streams else {
            return;
        };
        let size = streams.take_size();
        signals.extend(size.and_then(|size| self.resize_terminal(size)));
        self.take_keys(&mut signals);
        for signal in signals {
            self.signal_foreground(signal);
        }
    }

    fn take_keys(&mut self, signals: &mut Vec<u32>) {
        let is_terminal = self.is_terminal(Port::Stdin);
        let Some(streams) = self.devices.streams.as_mut().filter(|_| is_terminal) else {
            return;
        };
        let mut byte = [0];
        while self.terminal.tty.has_room() && streams.take(&mut byte) == 1 {
            signals.extend(self.terminal.tty.receive(byte[0]));
        }
        streams.show(&self.terminal.tty.take_echo());
        if streams.available() == Some(0) {
            streams.ask(PAGE_SIZE);
        }
    }

    /// The terminal has this size from now on; the signal that says so, if it is new.
    pub(crate) fn resize_terminal(&mut self, size: [u16; 2]) -> Option<u32> {
        let before = core::mem::replace(&mut self.terminal.size, size);
        (before != size).then_some(SIGWINCH)
    }

    /// Sends a signal to the processes in the foreground.
    pub(crate) fn signal_foreground(&mut self, signal: u32) {
        let group = self.terminal.foreground;
        let members = self.processes.iter().filter(|(_, p)| p.group == group);
        let members: Vec<Pid> = members.map(|(pid, _)| *pid).collect();
        for pid in members {
            self.send_to_process(pid, signal, TYPED);
        }
    }
}
