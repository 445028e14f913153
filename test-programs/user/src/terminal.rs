//! Terminals, and the signals that come from them.
#![allow(
    unsafe_code,
    reason = "system calls get addresses of buffers that are borrowed meanwhile"
)]

use core::sync::atomic::{AtomicU32, Ordering};

use pagewalk_guest_abi::terminal::{
    ECHO, ICANON, ISIG, OPOST, TCGETS, TCSETSW, TERMIOS_SIZE, TIOCGWINSZ, VMIN, VTIME,
};
use pagewalk_guest_abi::{Syscall, signal};

use crate::error::Answer;
use crate::file;
use crate::kernel::{address, ask};
use crate::layout;

/// The settings of a terminal: a `struct termios`.
#[derive(Clone, Copy, Debug)]
pub struct Settings([u8; TERMIOS_SIZE]);

/// Where flags and special characters are in it.
const OUTPUT_AT: usize = 4;
const LOCAL_AT: usize = 12;
const CHARACTERS_AT: usize = 17;

impl Settings {
    /// Those of the terminal that a descriptor stands for.
    ///
    /// # Errors
    ///
    /// What the kernel says; ENOTTY if it is no terminal.
    pub fn of(descriptor: i32) -> Answer<Settings> {
        let mut bytes = [0; TERMIOS_SIZE];
        let arguments = [
            descriptor as u64,
            TCGETS.into(),
            address(bytes.as_mut_ptr()),
        ];
        // SAFETY: the kernel writes to `bytes`.
        unsafe { ask(Syscall::Ioctl, arguments) }?;
        Ok(Settings(bytes))
    }

    /// The same, but keys are read as they are typed, none is a signal, and nothing is
    /// shown; a read waits for `least` bytes, and no longer than `tenths` of a second if
    /// that is not 0.
    #[must_use]
    pub fn with_keys(mut self, least: u8, tenths: u8) -> Settings {
        for (at, off) in [(OUTPUT_AT, OPOST), (LOCAL_AT, ECHO | ICANON | ISIG)] {
            let word = &mut self.0[at..at + 4];
            for (byte, off) in word.iter_mut().zip(off.to_le_bytes()) {
                *byte &= !off;
            }
        }
        self.0[CHARACTERS_AT + VMIN] = least;
        self.0[CHARACTERS_AT + VTIME] = tenths;
        self
    }

    /// Gives them to a terminal.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn apply(&self, descriptor: i32) -> Answer {
        let arguments = [descriptor as u64, TCSETSW.into(), address(self.0.as_ptr())];
        // SAFETY: the kernel reads the structure.
        unsafe { ask(Syscall::Ioctl, arguments) }
    }
}

/// Reads what was typed; 0 bytes are the end.
///
/// # Errors
///
/// What the kernel says.
pub fn read(descriptor: i32, buffer: &mut [u8]) -> Answer<usize> {
    file::read_from(descriptor, buffer)
}

/// Rows and columns of a terminal.
///
/// # Errors
///
/// What the kernel says; ENOTTY if it is no terminal.
pub fn size(descriptor: i32) -> Answer<(u16, u16)> {
    let mut size = [0_u16; 4];
    let arguments = [
        descriptor as u64,
        TIOCGWINSZ.into(),
        address(size.as_mut_ptr()),
    ];
    // SAFETY: the kernel writes to `size`.
    unsafe { ask(Syscall::Ioctl, arguments) }?;
    Ok((size[0], size[1]))
}

/// What becomes of a read that a signal interrupts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// It ends with EINTR.
    End,
    /// It goes on.
    Restart,
}

/// How many signals were caught, by number.
static CAUGHT: [AtomicU32; 32] = [const { AtomicU32::new(0) }; 32];

/// Counts a signal from now on, instead of letting it do what it does.
///
/// # Errors
///
/// What the kernel says.
pub fn catch(signal: u32, reads: Reads) -> Answer {
    let flags = match reads {
        Reads::End => 0,
        Reads::Restart => signal::SA_RESTART,
    };
    // struct sigaction of riscv64: handler, flags, mask; and a word for QEMU.
    let new = [address(count as *const ()), flags, 0, 0];
    let arguments = [
        signal.into(),
        address(new.as_ptr()),
        0,
        layout::SIGSET_BYTES,
    ];
    // SAFETY: the kernel reads the structure; `count` has the right type, and does
    // nothing that a signal may not do.
    unsafe { ask(Syscall::RtSigaction, arguments) }
}

extern "C" fn count(signal: usize) {
    CAUGHT[signal % CAUGHT.len()].fetch_add(1, Ordering::Relaxed);
}

/// How often a signal was caught.
pub fn caught(signal: u32) -> u32 {
    CAUGHT[signal as usize % CAUGHT.len()].load(Ordering::Relaxed)
}
