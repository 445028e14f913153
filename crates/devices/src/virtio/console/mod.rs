//! The virtio console (5.3): ports, each a stream of bytes either way, in front of
//! [host ends](crate::Console).
//!
//! | queue | direction | of |
//! |---|---|---|
//! | 0, 1 | to the driver, from it | port 0 |
//! | 2, 3 | to the driver, from it | control messages |
//! | 2n + 2, 2n + 3 | to the driver, from it | port n, from 1 on |
//!
//! *Output*: a buffer comes back when the host has taken all of it. As long as
//! nobody there takes anything, the guest's time stands still.
//!
//! *Input* is not touched before the driver has opened the port and offered a
//! buffer for it. A fixed time later the buffer comes back with as many bytes as the
//! host has without waiting, so when a guest gets the bytes of a file depends on the
//! guest alone. If there are none, the buffer waits until there are. When the input
//! ends, the host closes the port: the driver is told after the last byte.
//!
//! Offered are MULTIPORT and SIZE. A driver that does not want the first has port 0
//! alone, open from the start, and never hears of an end. A port whose host end is a
//! terminal is announced as a console, with its size if that is known and the driver
//! has chosen SIZE, and again when it has changed; QEMU says that of all ports of a
//! virtconsole. EMERG_WRITE, which QEMU 10 has besides, is not offered.

mod control;
#[cfg(test)]
mod tests;
mod window;

use pagewalk_bus::Instant;

pub use self::window::Window;

use self::control::{Said, ToSay};
use self::window::Size;
use super::function::{Function, FunctionCx};
use super::ring::{Chain, RingError};
use crate::complaints::Complaints;
use crate::console::{Console as _, Input, SharedConsole};

/// `VIRTIO_CONSOLE_F_SIZE` and `VIRTIO_CONSOLE_F_MULTIPORT` (5.3.3).
const SIZE: u64 = 1 << 0;
const MULTIPORT: u64 = 1 << 1;

/// The configuration space (5.3.4): where columns and rows of port 0 are and the number
/// of ports, and its size.
mod config {
    pub(super) const COLUMNS: usize = 0;
    pub(super) const ROWS: usize = 2;
    pub(super) const MAX_PORTS: usize = 4;
    pub(super) const SIZE: usize = 12;
}

const DEVICE_ID: u32 = 3;

/// Most entries of each virtqueue.
const QUEUE_SIZE: u16 = 64;

/// The virtqueues for control messages.
const CONTROL_TO_DRIVER: u16 = 2;
const CONTROL_FROM_DRIVER: u16 = 3;

/// Virtual nanoseconds that a message takes, or a piece of a stream.
const LATENCY: u64 = 1_000;

/// Bytes in a piece of a stream, at most.
const PIECE: usize = 4096;

/// A port, and what is behind it.
#[derive(Clone, Debug)]
pub struct Port {
    /// By which a driver knows it.
    pub name: &'static str,
    /// Whether input comes from the host end; output goes there in any case.
    pub has_input: bool,
    /// Its size, if the host end is a terminal.
    pub terminal: Option<Window>,
    /// The host end.
    pub end: SharedConsole,
}

/// A virtio console.
#[derive(Debug)]
pub struct Console {
    ports: Vec<Port>,
    queue_sizes: Vec<u16>,
    state: State,
    /// On the way between host and guest memory.
    buffer: Vec<u8>,
    complaints: Complaints,
}

/// Everything that a driver can change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct State {
    /// The driver has chosen MULTIPORT.
    has_control: bool,
    /// The driver has chosen SIZE.
    has_size: bool,
    control: Channel,
    /// As many as there are ports.
    ports: Vec<PortState>,
}

/// What a driver can change of a port.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct PortState {
    channel: Channel,
    /// The driver is ready for it.
    is_ready: bool,
    /// The driver has opened it.
    is_open: bool,
    /// The host has no more input.
    has_ended: bool,
    /// The size that the driver knows, or is about to.
    size: Size,
    to_say: ToSay,
}

/// A pair of virtqueues, and what is being done for them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Channel {
    to_driver: Option<Job>,
    from_driver: Option<Job>,
}

/// A chain that is being filled or emptied.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Job {
    chain: Chain,
    /// Bytes that are done with.
    done: u32,
    /// When it goes on; `None` as long as the host has nothing.
    due: Option<Instant>,
}

/// What a virtqueue is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Queue {
    /// Control messages to the driver.
    Say,
    /// Control messages from the driver.
    Hear,
    /// To the driver; by the index of the port.
    Input(usize),
    /// From the driver.
    Output(usize),
}

impl Queue {
    /// By its number.
    fn of(number: u16) -> Self {
        let port = match number {
            CONTROL_TO_DRIVER => return Self::Say,
            CONTROL_FROM_DRIVER => return Self::Hear,
            0 | 1 => 0,
            _ => usize::from(number) / 2 - 1,
        };
        if number.is_multiple_of(2) {
            Self::Input(port)
        } else {
            Self::Output(port)
        }
    }

    /// Its number.
    fn number(self) -> u16 {
        let first = |port: usize| if port == 0 { 0 } else { 2 * port as u16 + 2 };
        match self {
            Self::Say => CONTROL_TO_DRIVER,
            Self::Hear => CONTROL_FROM_DRIVER,
            Self::Input(port) => first(port),
            Self::Output(port) => first(port) + 1,
        }
    }
}

impl Job {
    /// Takes the next chain from `queue`, if there is no job yet.
    fn start(job: &mut Option<Job>, cx: &mut FunctionCx<'_>, queue: Queue) {
        if job.is_none() {
            *job = cx.take(queue.number()).map(|chain| Job {
                chain,
                done: 0,
                due: Some(cx.now.after(LATENCY)),
            });
        }
    }

    fn is_due(job: &Option<Job>, now: Instant) -> bool {
        let due = job.as_ref().and_then(|job| job.due);
        due.is_some_and(|due| due <= now)
    }
}

impl Console {
    /// One with these ports, of which there are 1 to 31.
    ///
    /// # Panics
    /// If there are more or fewer.
    #[must_use]
    pub fn new(ports: Vec<Port>) -> Self {
        assert!((1..=31).contains(&ports.len()), "a console has ports");
        let mut console = Self {
            queue_sizes: vec![QUEUE_SIZE; 2 * (ports.len() + 1)],
            ports,
            state: State::default(),
            buffer: Vec::with_capacity(PIECE),
            complaints: Complaints::new(8),
        };
        console.reset();
        console
    }

    /// Whether input of a port can go to the driver, if the host has any.
    fn wants_input(&self, port: usize) -> bool {
        let is_alone = port == 0 && !self.state.has_control;
        let state = &self.state.ports[port];
        self.ports[port].has_input && (state.is_open || is_alone) && !state.has_ended
    }

    /// Takes a buffer for the input of a port, if it can have any.
    fn start_input(&mut self, cx: &mut FunctionCx<'_>, port: usize) {
        if self.wants_input(port) {
            let job = &mut self.state.ports[port].channel.to_driver;
            Job::start(job, cx, Queue::Input(port));
        }
    }

    /// Fills a buffer with what the host has.
    fn input(&mut self, cx: &mut FunctionCx<'_>, port: usize) {
        let queue = Queue::Input(port);
        let is_wanted = self.wants_input(port);
        let state = &mut self.state.ports[port];
        let Some(job) = &mut state.channel.to_driver else {
            return;
        };
        job.due = None;
        let room = (job.chain.writable.len() as usize).min(PIECE);
        if room == 0 {
            cx.fail(queue.number(), RingError::NoRoom);
        }
        if room == 0 || !is_wanted {
            return;
        }
        self.buffer.clear();
        while self.buffer.len() < room {
            match self.ports[port].end.read() {
                Input::Byte(byte) => self.buffer.push(byte),
                Input::Empty => break,
                Input::End => {
                    state.has_ended = true;
                    state.to_say.close = true;
                    break;
                }
            }
        }
        if !self.buffer.is_empty() {
            let (head, len) = (job.chain.head, self.buffer.len() as u32);
            let written = job.chain.writable.write(cx.ram, 0, &self.buffer);
            cx.give_back(queue.number(), head, written.map_or(0, |()| len));
            state.channel.to_driver = None;
            self.start_input(cx, port);
        }
        self.start_saying(cx);
    }

    /// Whether a buffer waits for input that has come.
    fn has_news(&self, port: usize) -> bool {
        let job = &self.state.ports[port].channel.to_driver;
        let waits = matches!(job, Some(Job { due: None, .. }));
        waits && self.wants_input(port) && self.ports[port].end.has_input()
    }

    /// Gives a piece of a buffer to the host, and the buffer back if it was the
    /// last.
    fn output(&mut self, cx: &mut FunctionCx<'_>, port: usize) {
        let queue = Queue::Output(port);
        let channel = &mut self.state.ports[port].channel;
        let Some(job) = &mut channel.from_driver else {
            return;
        };
        let left = job.chain.readable.len() - job.done;
        let piece = left.min(PIECE as u32);
        self.buffer.resize(piece as usize, 0);
        let read = job.chain.readable.read(cx.ram, job.done, &mut self.buffer);
        if read.is_some() && piece > 0 {
            self.ports[port].end.write(&self.buffer);
        }
        job.done += piece;
        if piece < left {
            job.due = Some(cx.now.after(LATENCY));
            return;
        }
        cx.give_back(queue.number(), job.chain.head, 0);
        channel.from_driver = None;
        Job::start(&mut channel.from_driver, cx, queue);
    }

    /// Takes a buffer for a message, if there is something to say.
    fn start_saying(&mut self, cx: &mut FunctionCx<'_>) {
        let mut ports = self.state.ports.iter();
        if self.state.has_control && ports.any(|port| !port.to_say.is_empty()) {
            let job = &mut self.state.control.to_driver;
            Job::start(job, cx, Queue::Say);
        }
    }

    /// Says something to the driver.
    fn say(&mut self, cx: &mut FunctionCx<'_>) {
        let Some(job) = self.state.control.to_driver.take() else {
            return;
        };
        let mut ports = (0..).zip(&mut self.state.ports).zip(&self.ports);
        let message = ports
            .find_map(|((number, state), port)| state.to_say.take(number, port.name, state.size));
        let message = message.unwrap_or_default();
        let written = job.chain.writable.write(cx.ram, 0, &message);
        if written.is_none() {
            let room = job.chain.writable.len();
            self.complaints.say(|end| {
                log::warn!(
                    target: "guest",
                    "virtio-console: a buffer of {room} bytes is too short for a message of {}{end}",
                    message.len(),
                );
            });
        }
        let len = written.map_or(0, |()| message.len() as u32);
        cx.give_back(CONTROL_TO_DRIVER, job.chain.head, len);
        self.start_saying(cx);
    }

    /// Hears what the driver says.
    fn hear(&mut self, cx: &mut FunctionCx<'_>) {
        let Some(job) = self.state.control.from_driver.take() else {
            return;
        };
        match Said::parse(cx.ram, &job.chain) {
            Ok(said) => self.heed(cx, said),
            Err(nonsense) => self.complain(format_args!("{nonsense}")),
        }
        cx.give_back(CONTROL_FROM_DRIVER, job.chain.head, 0);
        let job = &mut self.state.control.from_driver;
        Job::start(job, cx, Queue::Hear);
    }

    fn heed(&mut self, cx: &mut FunctionCx<'_>, said: Said) {
        match said {
            Said::DeviceReady(is_ready) => {
                for port in &mut self.state.ports {
                    port.to_say.add = is_ready;
                }
            }
            Said::PortReady { port, is_ready } => {
                let Some(port) = self.port(port) else { return };
                let has_size = self.state.has_size;
                let state = &mut self.state.ports[port];
                state.is_ready = is_ready;
                state.to_say.console = is_ready && self.ports[port].terminal.is_some();
                state.to_say.size = is_ready && has_size && state.size != [0; 2];
                state.to_say.name = is_ready;
                state.to_say.open = is_ready;
                state.to_say.close = is_ready && state.has_ended;
            }
            Said::PortOpen { port, is_open } => {
                let Some(port) = self.port(port) else { return };
                let state = &mut self.state.ports[port];
                state.is_open = is_open;
                // A buffer may have been left from before it was closed.
                if let (Some(job), true) = (&mut state.channel.to_driver, is_open) {
                    job.due = Some(cx.now.after(LATENCY));
                }
                self.start_input(cx, port);
            }
        }
        self.start_saying(cx);
    }

    /// Tells the driver of terminals that have another size than it knows.
    fn look_at_windows(&mut self, cx: &mut FunctionCx<'_>) {
        let mut is_first_new = false;
        for (index, (port, state)) in self.ports.iter().zip(&mut self.state.ports).enumerate() {
            let size = port.terminal.as_ref().and_then(Window::size);
            if let Some(size) = size.filter(|size| *size != state.size) {
                state.size = size;
                state.to_say.size = self.state.has_size && state.is_ready;
                is_first_new |= index == 0;
            }
        }
        if is_first_new && !self.state.has_control {
            cx.config_changed();
        }
        self.start_saying(cx);
    }

    /// The index of a port that the driver names.
    fn port(&mut self, number: u32) -> Option<usize> {
        let index = usize::try_from(number).ok();
        let index = index.filter(|index| *index < self.ports.len());
        if index.is_none() {
            self.complain(format_args!("there is no port {number}"));
        }
        index
    }

    fn complain(&mut self, what: std::fmt::Arguments<'_>) {
        let log = |end| log::warn!(target: "guest", "virtio-console: {what}{end}");
        self.complaints.say(log);
    }

    /// Where the job of a queue is.
    fn job(&mut self, queue: Queue) -> &mut Option<Job> {
        let State { control, ports, .. } = &mut self.state;
        match queue {
            Queue::Say => &mut control.to_driver,
            Queue::Hear => &mut control.from_driver,
            Queue::Input(port) => &mut ports[port].channel.to_driver,
            Queue::Output(port) => &mut ports[port].channel.from_driver,
        }
    }
}

impl Function for Console {
    fn name(&self) -> &'static str {
        "virtio-console"
    }

    fn device_id(&self) -> u32 {
        DEVICE_ID
    }

    fn features(&self) -> u64 {
        SIZE | MULTIPORT
    }

    fn queue_sizes(&self) -> &[u16] {
        &self.queue_sizes
    }

    fn read_config(&self, offset: u64, out: &mut [u8]) {
        let mut space = [0; config::SIZE];
        let ports = self.ports.len() as u32;
        let [columns, rows] = self.state.ports[0].size;
        space[config::COLUMNS..][..2].copy_from_slice(&columns.to_le_bytes());
        space[config::ROWS..][..2].copy_from_slice(&rows.to_le_bytes());
        space[config::MAX_PORTS..][..4].copy_from_slice(&ports.to_le_bytes());
        let from = usize::try_from(offset).unwrap_or(space.len());
        let rest = space.get(from..).unwrap_or_default();
        for (place, &byte) in out.iter_mut().zip(rest) {
            *place = byte;
        }
    }

    fn write_config(&mut self, _: u64, _: &[u8]) {}

    fn set_features(&mut self, features: u64) {
        self.state.has_control = features & MULTIPORT != 0;
        self.state.has_size = features & SIZE != 0;
    }

    fn notify(&mut self, cx: &mut FunctionCx<'_>, queue: u16) {
        let queue = Queue::of(queue);
        match queue {
            Queue::Say => self.start_saying(cx),
            Queue::Input(port) => self.start_input(cx, port),
            Queue::Output(port) if port > 0 && !self.state.has_control => {}
            Queue::Hear if !self.state.has_control => {}
            Queue::Hear | Queue::Output(_) => {
                Job::start(self.job(queue), cx, queue);
            }
        }
    }

    fn stop_queue(&mut self, queue: u16) {
        *self.job(Queue::of(queue)) = None;
    }

    fn deadline(&self) -> Option<Instant> {
        let ports = self.state.ports.iter().map(|port| &port.channel);
        let channels = ports.chain([&self.state.control]);
        let jobs = channels.flat_map(|channel| [&channel.to_driver, &channel.from_driver]);
        jobs.filter_map(|job| job.as_ref()?.due).min()
    }

    fn tick(&mut self, cx: &mut FunctionCx<'_>) {
        let now = cx.now;
        self.look_at_windows(cx);
        if Job::is_due(&self.state.control.from_driver, now) {
            self.hear(cx);
        }
        for port in 0..self.ports.len() {
            let channel = &self.state.ports[port].channel;
            let is_output_due = Job::is_due(&channel.from_driver, now);
            if Job::is_due(&channel.to_driver, now) || self.has_news(port) {
                self.input(cx, port);
            }
            if is_output_due {
                self.output(cx, port);
            }
        }
        if Job::is_due(&self.state.control.to_driver, now) {
            self.say(cx);
        }
    }

    fn reset(&mut self) {
        let port = |port: &Port| PortState {
            size: port
                .terminal
                .as_ref()
                .and_then(Window::size)
                .unwrap_or_default(),
            ..PortState::default()
        };
        self.state = State {
            ports: self.ports.iter().map(port).collect(),
            ..State::default()
        };
    }
}
