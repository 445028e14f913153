//! The terminal, as programs see it.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::board::Port;
use pagewalk_guest_abi::flags::{FIOCLEX, FIONBIO, FIONCLEX, O_NONBLOCK};
use pagewalk_guest_abi::terminal::*;

use super::open::open_file;
use super::read::user_place;
use crate::arch;
use crate::mem::{PAGE_SIZE, PhysMemory};
use crate::task::{Answer, Cx, File, Kernel, Open, Tid, Wait};
use crate::tty::Settings;

const NANOS_PER_TENTH: u64 = 100_000_000;

/// Reads what was typed.
pub(super) async fn read(cx: &Cx, open: &Open, to: u64, len: u64) -> Answer {
    let len = len.min(PAGE_SIZE as u64) as usize;
    if len == 0 {
        return Ok(0);
    }
    // When patience ends, and how much there was when it began.
    let mut until = None;
    let mut there = 0;
    loop {
        let (readable, available, patience) = cx.kernel(|k| {
            let tty = &k.terminal.tty;
            (tty.readable(len), tty.available(), tty.patience())
        });
        if patience.is_none() || there != available {
            (until, there) = (None, available);
        }
        let is_over = until.is_some_and(|until| arch::time() >= until);
        match readable.or(is_over.then_some(available)) {
            Some(0) => return Ok(cx.kernel(|k| k.take_typed(&mut []))),
            Some(count) => {
                // First a place for the bytes, which may have to wait; then the bytes.
                let slice = user_place(cx, to, count).await?;
                let taken = cx.kernel(|k| {
                    let mut bytes = alloc::vec![0; slice.len];
                    let count = k.take_typed(&mut bytes) as usize;
                    let page = k.mm.memory_mut().bytes_mut(slice.page);
                    page[slice.offset..][..count].copy_from_slice(&bytes[..count]);
                    count
                });
                // Somebody else may have been faster.
                if taken > 0 {
                    return Ok(taken as u64);
                }
            }
            None if cx.kernel(|k| k.has_hung_up()) => return Ok(0),
            None if open.flags.get() & O_NONBLOCK != 0 => return Err(Errno::EAGAIN),
            None => {
                if let (None, Some(tenths)) = (until, patience) {
                    let nanos = u64::from(tenths) * NANOS_PER_TENTH;
                    until = Some(cx.kernel(|k| k.to_ticks(k.now() + nanos)));
                }
                cx.sleep(Wait::Files { until }).await?;
            }
        }
    }
}

impl Kernel {
    /// Takes what was typed, and makes room for more.
    fn take_typed(&mut self, out: &mut [u8]) -> u64 {
        let count = self.terminal.tty.take(out);
        self.update_terminal();
        count as u64
    }

    /// What is sent to a stream for `bytes` of a program, if not those.
    pub(super) fn process_output(&self, port: Port, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut sent = Vec::with_capacity(2 * bytes.len());
        let is_terminal = self.is_terminal(port);
        is_terminal.then(|| self.terminal.tty.settings().process(bytes, &mut sent))?;
        Some(sent)
    }
}

/// `ioctl`: what programs ask and want of a terminal, and a little of other files.
pub(super) async fn ioctl(cx: &Cx, number: u64, request: u64, argument: u64) -> Answer {
    let tid = cx.tid;
    let open = open_file(cx, number)?;
    let request = request as u32;
    let port = match (request.into(), &open.file) {
        (FIOCLEX | FIONCLEX, _) => {
            let close = u64::from(request) == FIOCLEX;
            cx.kernel(|k| k.process_of(tid).files.set_close_on_exec(number, close))?;
            return Ok(0);
        }
        (FIONBIO, _) => {
            let mut value = [0; 4];
            cx.copy_in(argument, &mut value).await?;
            let others = open.flags.get() & !O_NONBLOCK;
            let flag = if value == [0; 4] { 0 } else { O_NONBLOCK };
            open.flags.set(others | flag);
            return Ok(0);
        }
        (_, File::Pipe(end)) if request == FIONREAD => {
            let count = end.pipe.borrow().bytes.len() as u32;
            cx.copy_out(&count.to_le_bytes(), argument).await?;
            return Ok(0);
        }
        (_, File::Stream(port)) => *port,
        _ => return Err(Errno::ENOTTY),
    };
    // The terminal of a stream may be out of our hands, if it is not where input is typed;
    // it is one, though.
    let streams = |k: &mut Kernel| k.devices.streams.as_ref().map(|s| s.terminals());
    if !cx.kernel(streams).is_some_and(|all| all[port as usize]) {
        return Err(Errno::ENOTTY);
    }
    let word = |value: u32| value.to_le_bytes();
    match request {
        TCGETS | TCGETS2 => {
            let bytes = cx.kernel(|k| k.terminal.tty.settings().to_bytes());
            cx.copy_out(&bytes[..size_of_settings(request)], argument)
                .await?;
        }
        TCSETS | TCSETSW | TCSETSF | TCSETS2 | TCSETSW2 | TCSETSF2 => {
            let mut bytes = cx.kernel(|k| k.terminal.tty.settings().to_bytes());
            let len = size_of_settings(request);
            cx.copy_in(argument, &mut bytes[..len]).await?;
            cx.kernel(|k| {
                if matches!(request, TCSETSF | TCSETSF2) {
                    k.flush_typed();
                }
                k.terminal.tty.set(Settings::from_bytes(&bytes));
                // Who waits for a line may have got keys.
                k.wake_all(usize::MAX, Wait::is_for_stream);
            });
        }
        TIOCGWINSZ => {
            let mut bytes = [0; 8];
            let size = cx.kernel(|k| k.terminal.size);
            for (to, number) in bytes.chunks_exact_mut(2).zip(size) {
                to.copy_from_slice(&number.to_le_bytes());
            }
            cx.copy_out(&bytes, argument).await?;
        }
        TIOCSWINSZ => {
            let mut bytes = [0; 8];
            cx.copy_in(argument, &mut bytes).await?;
            let size = [0, 2].map(|at| u16::from_le_bytes([bytes[at], bytes[at + 1]]));
            cx.kernel(|k| {
                if let Some(signal) = k.resize_terminal(size) {
                    k.signal_foreground(signal);
                }
            });
        }
        TCFLSH if argument > TCIOFLUSH => return Err(Errno::EINVAL),
        TCFLSH if argument != TCOFLUSH => cx.kernel(|k| k.flush_typed()),
        // What was written has been taken by the host when the write is over.
        TCFLSH | TCSBRK | TCSBRKP | TCXONC | TIOCNOTTY => {}
        FIONREAD => {
            let count = cx.kernel(|k| k.terminal.tty.available()) as u32;
            cx.copy_out(&word(count), argument).await?;
        }
        TIOCGPGRP => {
            let group = cx.kernel(|k| k.terminal.foreground);
            cx.copy_out(&word(group), argument).await?;
        }
        TIOCSPGRP => {
            let mut bytes = [0; 4];
            cx.copy_in(argument, &mut bytes).await?;
            cx.kernel(|k| k.bring_to_foreground(tid, u32::from_le_bytes(bytes)))?;
        }
        TIOCGSID => {
            let session = cx.kernel(|k| k.terminal.session);
            cx.copy_out(&word(session), argument).await?;
        }
        TIOCSCTTY => cx.kernel(|k| k.take_terminal(tid))?,
        _ => return Err(Errno::ENOTTY),
    }
    Ok(0)
}

/// Bytes of the structure of a request.
fn size_of_settings(request: u32) -> usize {
    match request {
        TCGETS2 | TCSETS2 | TCSETSW2 | TCSETSF2 => TERMIOS2_SIZE,
        _ => TERMIOS_SIZE,
    }
}

impl Kernel {
    fn flush_typed(&mut self) {
        self.terminal.tty.flush_input();
        if let Some(streams) = &mut self.devices.streams {
            streams.flush_input();
        }
        self.update_terminal();
    }

    /// Signals of the terminal go to a group of the session of a process.
    fn bring_to_foreground(&mut self, tid: Tid, group: u32) -> Result<(), Errno> {
        let session = self.process_of(tid).session;
        if session != self.terminal.session {
            return Err(Errno::ENOTTY);
        }
        let mut all = self.processes.values();
        if !all.any(|process| process.group == group && process.session == session) {
            return Err(Errno::EPERM);
        }
        self.terminal.foreground = group;
        Ok(())
    }

    /// The terminal controls the session of a process, which must lead it.
    fn take_terminal(&mut self, tid: Tid) -> Result<(), Errno> {
        let pid = self.thread(tid).pid;
        let process = self.process(pid);
        let (session, group) = (process.session, process.group);
        if session != pid.0 {
            return Err(Errno::EPERM);
        }
        (self.terminal.session, self.terminal.foreground) = (session, group);
        Ok(())
    }
}
