//! Standard input, output and error: a virtio console with three ports.
//!
//! Source: *Virtual I/O Device (VIRTIO)*, version 1.2, section 5.3. Device and driver
//! tell each other of ports by messages in queues of their own.
//!
//! Input of a file or a pipe is asked for only when a process wants some: bytes that we
//! take and nobody reads would be lost for whoever reads the same stream after us. Of a
//! terminal everything is taken at once (`task/terminal.rs`): some keys are signals,
//! whether anybody reads or not. What is typed on it is shown by its port, whose other
//! streams may be files.

use alloc::vec::Vec;

use pagewalk_guest_abi::board::Port;

use super::Slot;
use super::queue::{Buffer, Queue};
use super::transport::Transport;
use crate::arch::{self, DirectMap, DmaPage};
use crate::mem::PAGE_SIZE;

const CONSOLE_DEVICE: u32 = 3;
/// VIRTIO_CONSOLE_F_SIZE and VIRTIO_CONSOLE_F_MULTIPORT.
const SIZE: u32 = 1 << 0;
const MULTIPORT: u32 = 1 << 1;

/// Queues of control messages.
const HEAR: u16 = 2;
const SAY: u16 = 3;

/// Control messages (5.3.6.2): port, event, value; maybe a name behind it.
mod event {
    pub(super) const DEVICE_READY: u16 = 0;
    pub(super) const PORT_ADD: u16 = 1;
    pub(super) const PORT_READY: u16 = 3;
    pub(super) const CONSOLE_PORT: u16 = 4;
    /// Columns and rows follow, 16 bits each.
    pub(super) const RESIZE: u16 = 5;
    pub(super) const PORT_OPEN: u16 = 6;
}

/// Buffers for messages to us, in one page, then those for messages from us.
const HEAR_SIZE: usize = 64;
const HEAR_BUFFERS: u16 = 16;
const SAY_AT: usize = HEAR_SIZE * HEAR_BUFFERS as usize;
const SAY_SIZE: usize = 8;
/// More messages than this are never on their way at a time.
const SAY_BUFFERS: u16 = 32;

/// One of the streams out: that of standard input is the terminal where it is typed.
#[derive(Debug)]
struct Output {
    port: Port,
    queue: Queue,
    page: DmaPage,
    /// The host has not taken the page yet.
    is_busy: bool,
}

/// The three streams.
#[derive(Debug)]
pub(crate) struct Streams {
    transport: Transport,
    hear: Queue,
    say: Queue,
    messages: DmaPage,
    said: u16,
    input: Queue,
    page: DmaPage,
    /// The device has the page for input.
    is_waiting: bool,
    /// Bytes of the page that were not read yet.
    unread: core::ops::Range<usize>,
    /// There is no more input.
    has_ended: bool,
    /// Which ports are terminals, and which are known by now.
    terminals: [bool; 3],
    known: [bool; 3],
    /// Rows and columns of the terminal, if they were told.
    size: Option<[u16; 2]>,
    outputs: [Output; 3],
    /// What is to be shown on that terminal when there is time.
    echo: Vec<u8>,
}

impl Streams {
    /// Starts the console in a slot, if one is there.
    pub(crate) fn new(slot: &Slot, memory: &mut DirectMap) -> Option<Streams> {
        let transport = Transport::start(slot, CONSOLE_DEVICE, SIZE | MULTIPORT)?;
        let mut queue = |number: u16| {
            let queue = Queue::new(memory)?;
            transport.add_queue(number, &queue)?;
            Some(queue)
        };
        let (hear, say) = (queue(HEAR)?, queue(SAY)?);
        let input = queue(Port::Stdin.receive_queue())?;
        let queues = Port::ALL.map(|port| queue(port.transmit_queue()));
        let [stdin, stdout, stderr] = queues;
        let mut output = |port, queue| {
            Some(Output {
                port,
                queue,
                page: DmaPage::new(memory)?,
                is_busy: false,
            })
        };
        let outputs = [
            output(Port::Stdin, stdin?)?,
            output(Port::Stdout, stdout?)?,
            output(Port::Stderr, stderr?)?,
        ];
        let mut streams = Streams {
            transport,
            hear,
            say,
            messages: DmaPage::new(memory)?,
            said: 0,
            input,
            page: DmaPage::new(memory)?,
            is_waiting: false,
            unread: 0..0,
            has_ended: false,
            terminals: [false; 3],
            known: [false; 3],
            size: None,
            outputs,
            echo: Vec::new(),
        };
        streams.transport.go();
        for buffer in 0..HEAR_BUFFERS {
            streams.listen(buffer);
        }
        streams.tell(0, event::DEVICE_READY);
        Some(streams)
    }

    /// Its interrupt source at the PLIC.
    pub(crate) fn source(&self) -> u32 {
        self.transport.source()
    }

    /// Offers a buffer for a message.
    fn listen(&mut self, buffer: u16) {
        let at = HEAR_SIZE * usize::from(buffer);
        let place = Buffer {
            address: self.messages.address(at),
            len: HEAR_SIZE as u32,
            device_writes: true,
        };
        self.hear.offer(buffer, &[place]);
        self.transport.notify(HEAR);
    }

    /// Says that something about a port is so.
    fn tell(&mut self, port: u32, event: u16) {
        let buffer = self.said % SAY_BUFFERS;
        self.said = self.said.wrapping_add(1);
        let at = SAY_AT + SAY_SIZE * usize::from(buffer);
        self.messages.write(at, port);
        self.messages.write(at + 4, event);
        self.messages.write(at + 6, 1u16);
        let place = Buffer {
            address: self.messages.address(at),
            len: SAY_SIZE as u32,
            device_writes: false,
        };
        self.say.offer(buffer, &[place]);
        self.transport.notify(SAY);
    }

    /// The device has interrupted.
    pub(crate) fn interrupt(&mut self) {
        self.transport.acknowledge();
        while self.say.take_used().is_some() {}
        while let Some((buffer, len)) = self.hear.take_used() {
            if buffer < HEAR_BUFFERS && len as usize >= SAY_SIZE {
                self.heed(HEAR_SIZE * usize::from(buffer));
                self.listen(buffer);
            }
        }
        while let Some((_, len)) = self.input.take_used() {
            self.is_waiting = false;
            self.unread = 0..(len as usize).min(PAGE_SIZE);
        }
        for output in &mut self.outputs {
            while output.queue.take_used().is_some() {
                output.is_busy = false;
            }
        }
        self.show_more();
    }

    /// A message in the buffer at `at`.
    fn heed(&mut self, at: usize) {
        let port: u32 = self.messages.read(at);
        let event: u16 = self.messages.read(at + 4);
        let value: u16 = self.messages.read(at + 6);
        let is_stdin = port == Port::Stdin as u32;
        match event {
            event::PORT_ADD => {
                self.tell(port, event::PORT_READY);
                self.tell(port, event::PORT_OPEN);
            }
            event::CONSOLE_PORT => {
                if let Some(terminal) = self.terminals.get_mut(port as usize) {
                    *terminal = value != 0;
                }
            }
            event::RESIZE => {
                let [columns, rows] =
                    [SAY_SIZE, SAY_SIZE + 2].map(|offset| self.messages.read(at + offset));
                self.size = Some([rows, columns]);
            }
            event::PORT_OPEN => {
                // The last thing that is said of a new port.
                if let Some(known) = self.known.get_mut(port as usize) {
                    *known = true;
                }
                if is_stdin {
                    self.has_ended = value == 0;
                }
            }
            _ => {}
        }
    }

    /// Whether the device has introduced all ports.
    pub(crate) fn are_known(&self) -> bool {
        self.known == [true; 3]
    }

    /// Which streams are terminals, those of which somebody sits at the other end.
    pub(crate) fn terminals(&self) -> [bool; 3] {
        self.terminals
    }

    /// Rows and columns of the terminal, if they were told anew.
    pub(crate) fn take_size(&mut self) -> Option<[u16; 2]> {
        self.size.take()
    }

    /// How many bytes of input there are; `None` if there will never be any more.
    pub(crate) fn available(&self) -> Option<usize> {
        let left = self.unread.len();
        (left > 0 || !self.has_ended).then_some(left)
    }

    /// Asks for `len` bytes of input, if nothing was asked for.
    pub(crate) fn ask(&mut self, len: usize) {
        if self.is_waiting || !self.unread.is_empty() {
            return;
        }
        self.is_waiting = true;
        let place = Buffer {
            address: self.page.address(0),
            len: len.clamp(1, PAGE_SIZE) as u32,
            device_writes: true,
        };
        self.input.offer(0, &[place]);
        self.transport.notify(Port::Stdin.receive_queue());
    }

    /// Takes bytes of input, as many as there are; how many.
    pub(crate) fn take(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.unread.len());
        self.page.read_bytes(self.unread.start, &mut out[..count]);
        self.unread.start += count;
        count
    }

    /// Forgets input that nobody has taken.
    pub(crate) fn flush_input(&mut self) {
        self.unread = 0..0;
    }

    /// Whether the host has not taken yet what was written last.
    pub(crate) fn is_busy(&self, port: Port) -> bool {
        self.outputs[port as usize].is_busy
    }

    /// Writes at most a page of bytes, if it is not busy.
    pub(crate) fn write(&mut self, port: Port, bytes: &[u8]) {
        let output = &mut self.outputs[port as usize];
        output.page.write_bytes(bytes);
        output.is_busy = true;
        let place = Buffer {
            address: output.page.address(0),
            len: bytes.len() as u32,
            device_writes: false,
        };
        output.queue.offer(0, &[place]);
        let number = output.port.transmit_queue();
        self.transport.notify(number);
    }

    /// Shows something on the terminal where input is typed, now or soon.
    pub(crate) fn show(&mut self, bytes: &[u8]) {
        self.echo.extend_from_slice(bytes);
        self.show_more();
    }

    fn show_more(&mut self) {
        if !self.echo.is_empty() && !self.is_busy(Port::Stdin) {
            let count = self.echo.len().min(PAGE_SIZE);
            let bytes: Vec<u8> = self.echo.drain(..count).collect();
            self.write(Port::Stdin, &bytes);
        }
    }

    /// Waits until the host has taken everything: the run is about to end.
    pub(crate) fn finish(&mut self) {
        while self.outputs.iter().any(|output| output.is_busy) {
            arch::idle();
            self.interrupt();
        }
    }
}
