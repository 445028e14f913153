use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use pagewalk_bus::Width;

use super::*;
use crate::console::{Console as HostEnd, Waited};
use crate::virtio::Interface;
use crate::virtio::mock::{Driver, DriverRing, HEAP, RING, WRITE};
use crate::virtio::ring::Layout;
use crate::virtio::spec::feature::{EVENT_IDX, INDIRECT_DESC, VERSION_1};

/// `VIRTIO_CONSOLE_F_SIZE`.
const SIZE_FEATURE: u64 = super::SIZE;

const STDIN: u16 = 0;
const STDOUT: u16 = 5;
const STDERR: u16 = 7;

/// A host end in memory.
#[derive(Clone, Debug, Default)]
struct End(Rc<RefCell<EndState>>);

#[derive(Debug, Default)]
struct EndState {
    output: Vec<u8>,
    input: VecDeque<u8>,
    has_ended: bool,
    /// Somebody has asked for input.
    is_touched: bool,
    /// It was told that there is none at the moment.
    is_hungry: bool,
}

impl End {
    fn with(input: &[u8]) -> Self {
        let end = Self::default();
        end.0.borrow_mut().input.extend(input);
        end.0.borrow_mut().has_ended = true;
        end
    }

    fn output(&self) -> Vec<u8> {
        self.0.borrow().output.clone()
    }
}

impl HostEnd for End {
    fn write(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().output.extend(bytes);
    }

    fn read(&mut self) -> Input {
        let mut end = self.0.borrow_mut();
        end.is_touched = true;
        end.is_hungry = false;
        match end.input.pop_front() {
            Some(byte) => Input::Byte(byte),
            None if end.has_ended => Input::End,
            None => {
                end.is_hungry = true;
                Input::Empty
            }
        }
    }

    fn has_input(&self) -> bool {
        let end = self.0.borrow();
        end.is_hungry && (!end.input.is_empty() || end.has_ended)
    }

    fn wait(&mut self, _: Option<Duration>) -> Waited {
        unreachable!("devices do not wait")
    }
}

/// A console with three ports, and a driver with a ring for each queue.
struct Guest {
    driver: Driver,
    rings: Vec<DriverRing>,
    ends: [End; 3],
    window: Window,
}

/// Entries of each ring; descriptor n goes with buffer n.
const SIZE: u16 = 8;
/// Bytes of each buffer.
const BUFFER: u64 = 0x1000;

impl Guest {
    fn new(stdin: End, is_terminal: bool, features: u64) -> Self {
        let window = Window::default();
        let ends = [stdin, End::default(), End::default()];
        let names = ["stdin", "stdout", "stderr"];
        let ports = names.iter().zip(&ends).map(|(name, end)| Port {
            name,
            has_input: *name == "stdin",
            terminal: is_terminal.then(|| window.clone()),
            end: SharedConsole::new(Box::new(end.clone())),
        });
        let console = Console::new(ports.collect());
        let mut driver = Driver::new(Interface::Modern, Some(Box::new(console)));
        assert!(driver.negotiate(VERSION_1 | features));
        let rings = (0..8).map(|queue| {
            let layout = Layout::legacy(RING + 0x2000 * queue, SIZE.into(), 4096);
            DriverRing {
                layout: layout.expect("a power of two"),
                ..DriverRing::new(SIZE)
            }
        });
        let rings: Vec<DriverRing> = rings.collect();
        for (queue, ring) in (0..).zip(&rings) {
            let Layout {
                descriptors,
                available,
                used,
                ..
            } = ring.layout;
            driver.set(0x30, queue);
            driver.set(0x38, SIZE.into());
            for (register, area) in [(0x80, descriptors), (0x90, available), (0xa0, used)] {
                driver.set(register, area.0 as u32);
                driver.set(register + 4, (area.0 >> 32) as u32);
            }
            driver.set(0x44, 1);
        }
        driver.set(0x70, 15);
        Self {
            driver,
            rings,
            ends,
            window,
        }
    }

    /// One that has said hello and knows the names of all ports.
    fn introduced(stdin: End) -> Self {
        let mut guest = Self::new(stdin, false, MULTIPORT);
        guest.tell(0, 0, 1);
        for port in 0..3 {
            guest.tell(port, 3, 1);
        }
        while guest.told().is_some() {}
        guest
    }

    fn buffer(queue: u16, index: u16) -> u64 {
        HEAP + BUFFER * u64::from(queue * SIZE + index)
    }

    /// Offers one buffer in descriptor `index`.
    fn offer(&mut self, queue: u16, index: u16, len: u32, flags: u16) {
        let ring = &mut self.rings[usize::from(queue)];
        let buffer = (Self::buffer(queue, index), len, flags);
        ring.chain(&mut self.driver.bus.ram, index, &[buffer]);
        ring.offer(&mut self.driver.bus.ram, index);
        self.driver.set(0x50, queue.into());
    }

    /// What was given back of a queue: the bytes of the buffer.
    fn used(&mut self, queue: u16) -> Option<Vec<u8>> {
        let ring = &mut self.rings[usize::from(queue)];
        let (head, len) = ring.used(&self.driver.bus.ram)?;
        Some(self.driver.read(Self::buffer(queue, head), len as usize))
    }

    fn send(&mut self, queue: u16, bytes: &[u8]) {
        self.driver.write(Self::buffer(queue, 0), bytes);
        self.offer(queue, 0, bytes.len() as u32, 0);
        self.driver.settle();
        assert_eq!(self.used(queue), Some(Vec::new()), "it comes back");
    }

    /// Sends a control message.
    fn tell(&mut self, port: u32, event: u16, value: u16) {
        let message = [
            &port.to_le_bytes()[..],
            &event.to_le_bytes(),
            &value.to_le_bytes(),
        ];
        self.send(CONTROL_FROM_DRIVER, &message.concat());
    }

    /// The next control message: port, event, value, and what is behind it.
    fn told(&mut self) -> Option<(u8, u8, u8, String)> {
        let ring = &self.rings[usize::from(CONTROL_TO_DRIVER)];
        if ring.offered == ring.seen {
            self.offer(CONTROL_TO_DRIVER, 0, 64, WRITE);
        }
        self.driver.settle();
        let message = self.used(CONTROL_TO_DRIVER)?;
        assert_eq!(message[1..4], [0; 3]);
        assert_eq!((message[5], message[7]), (0, 0));
        let name = String::from_utf8(message[8..].to_vec()).expect("a name");
        Some((message[0], message[4], message[6], name))
    }
}

/// What a device says of one port that is ready.
fn introduction(port: u8, name: &str) -> [(u8, u8, u8, String); 2] {
    [(port, 7, 1, name.to_owned()), (port, 6, 1, String::new())]
}

#[test]
fn features_and_configuration_are_those_that_are_documented() {
    let mut guest = Guest::new(End::default(), false, MULTIPORT);
    let driver = &mut guest.driver;
    let ring = INDIRECT_DESC | EVENT_IDX;
    assert_eq!(
        driver.features(),
        SIZE_FEATURE | MULTIPORT | ring | VERSION_1
    );
    assert_eq!(driver.get(0x08), 3);
    assert_eq!(driver.config(4, Width::B4), 3);
    assert_eq!(driver.config(0, Width::B4), 0);
    assert_eq!(driver.config(8, Width::B8), 0);
    driver.set_config(4, Width::B4, 77);
    assert_eq!(driver.config(4, Width::B2), 3);
}

#[test]
fn ports_are_introduced_step_by_step() {
    let mut guest = Guest::new(End::default(), false, MULTIPORT);
    assert_eq!(guest.told(), None, "nobody has asked");
    guest.tell(0, 0, 1);
    assert_eq!(guest.told(), Some((0, 1, 0, String::new())));
    assert_eq!(guest.told(), Some((1, 1, 0, String::new())));
    assert_eq!(guest.told(), Some((2, 1, 0, String::new())));
    for (port, name) in [(0, "stdin"), (2, "stderr"), (1, "stdout")] {
        guest.tell(port, 3, 1);
        for message in introduction(port as u8, name) {
            assert_eq!(guest.told(), Some(message));
        }
    }
    assert_eq!(guest.told(), None);
}

#[test]
fn a_terminal_is_announced_as_a_console() {
    let mut guest = Guest::new(End::default(), true, MULTIPORT);
    guest.tell(1, 3, 1);
    assert_eq!(guest.told(), Some((1, 4, 1, String::new())));
    for message in introduction(1, "stdout") {
        assert_eq!(guest.told(), Some(message));
    }
}

#[test]
fn the_size_of_a_terminal_is_told_when_it_is_known_and_when_it_changes() {
    let mut guest = Guest::new(End::default(), true, MULTIPORT | SIZE_FEATURE);
    guest.tell(0, 3, 1);
    assert_eq!(guest.told(), Some((0, 4, 1, String::new())));
    for message in introduction(0, "stdin") {
        assert_eq!(guest.told(), Some(message), "it is not known");
    }
    let resized = |guest: &mut Guest, columns, rows| {
        guest.window.resize(columns, rows);
        let now = guest.driver.now;
        guest.driver.bus.refresh(now);
    };
    resized(&mut guest, 80, 24);
    let said = (0, 5, 0, "\u{50}\0\u{18}\0".to_owned());
    assert_eq!(guest.told(), Some(said.clone()));
    resized(&mut guest, 80, 24);
    assert_eq!(guest.told(), None, "nothing new");
    // A port that is ready later gets it with its introduction.
    guest.tell(1, 3, 1);
    let introduced = [(); 4].map(|()| guest.told().expect("a message").1);
    assert_eq!(introduced, [4, 5, 7, 6]);
    // Only the last one counts.
    resized(&mut guest, 100, 30);
    resized(&mut guest, 300, 24);
    let all: Vec<_> = std::iter::from_fn(|| guest.told()).collect();
    let size = "\u{2c}\u{1}\u{18}\0".to_owned();
    assert_eq!(all, [(0, 5, 0, size.clone()), (1, 5, 0, size)]);
    assert_eq!(guest.driver.config(0, Width::B4), 300 | 24 << 16);
}

#[test]
fn who_has_not_chosen_sizes_is_not_told_of_them() {
    let mut guest = Guest::new(End::default(), true, MULTIPORT);
    guest.window.resize(80, 24);
    guest.tell(0, 3, 1);
    let introduced = [(); 3].map(|()| guest.told().expect("a message").1);
    assert_eq!((introduced, guest.told()), ([4, 7, 6], None));
    // Without control messages it is in the configuration.
    let mut guest = Guest::new(End::default(), true, SIZE_FEATURE);
    let before = guest.driver.get(0x60);
    guest.window.resize(80, 24);
    let now = guest.driver.now;
    guest.driver.bus.refresh(now);
    assert_eq!(guest.driver.config(0, Width::B4), 80 | 24 << 16);
    assert_eq!((before & 2, guest.driver.get(0x60) & 2), (0, 2));
}

#[test]
fn bytes_of_any_kind_go_to_their_stream() {
    let mut guest = Guest::introduced(End::default());
    let all: Vec<u8> = (0..=255).collect();
    guest.send(STDOUT, &all);
    guest.send(STDERR, b"\0wrong\n");
    guest.send(STDOUT, b"");
    guest.send(1, b"port 0 takes output, too");
    assert_eq!(guest.ends[1].output(), all);
    assert_eq!(guest.ends[2].output(), b"\0wrong\n");
    assert_eq!(guest.ends[0].output(), b"port 0 takes output, too");
    assert!(!guest.ends[0].0.borrow().is_touched);
}

#[test]
fn output_keeps_its_order_and_takes_time() {
    let mut guest = Guest::introduced(End::default());
    let text: Vec<u8> = (0..3 * PIECE + 1).map(|n| (n / 7) as u8).collect();
    // One chain of four buffers, then another chain.
    let base = Guest::buffer(STDOUT, 0);
    guest.driver.write(base, &text);
    let buffers: Vec<_> = (0..4)
        .map(|n| (base + n * 4096, if n == 3 { 1 } else { 4096 }, 0))
        .collect();
    let ring = &mut guest.rings[usize::from(STDOUT)];
    ring.chain(&mut guest.driver.bus.ram, 0, &buffers);
    ring.offer(&mut guest.driver.bus.ram, 0);
    guest.driver.write(base + 0x5000, b"the end");
    guest.offer(STDOUT, 5, 7, 0);
    let start = guest.driver.now;
    for pieces in 1..=4 {
        assert_eq!(guest.used(STDOUT), None, "not before all is taken");
        assert!(guest.driver.step());
        let done = text.len().min(pieces * PIECE);
        assert_eq!(guest.ends[1].output(), text[..done]);
    }
    assert_eq!(guest.driver.now, start.after(4 * LATENCY));
    assert_eq!(guest.used(STDOUT), Some(Vec::new()));
    guest.driver.settle();
    assert_eq!(guest.used(STDOUT), Some(Vec::new()));
    assert_eq!(guest.ends[1].output(), [&text[..], b"the end"].concat());
}

#[test]
fn input_is_left_alone_until_the_port_is_open_and_has_a_buffer() {
    let mut guest = Guest::introduced(End::with(b"abc"));
    guest.offer(STDIN, 0, 2, WRITE);
    guest.driver.settle();
    assert_eq!(guest.used(STDIN), None);
    assert!(!guest.ends[0].0.borrow().is_touched);
    guest.tell(0, 6, 1);
    assert_eq!(guest.used(STDIN), Some(b"ab".to_vec()));
    assert_eq!(guest.ends[0].0.borrow().input, b"c", "back-pressure");
    let mut other = Guest::introduced(End::with(b"abc"));
    other.tell(0, 6, 1);
    assert!(!other.ends[0].0.borrow().is_touched);
}

#[test]
fn the_end_of_input_closes_the_port_once() {
    let mut guest = Guest::introduced(End::with(b"abc"));
    guest.tell(0, 6, 1);
    guest.offer(STDIN, 0, 64, WRITE);
    guest.offer(STDIN, 1, 64, WRITE);
    guest.driver.settle();
    assert_eq!(guest.used(STDIN), Some(b"abc".to_vec()));
    assert_eq!(guest.used(STDIN), None, "no buffer without bytes");
    assert_eq!(guest.told(), Some((0, 6, 0, String::new())));
    assert_eq!(guest.told(), None);
    guest.send(STDOUT, b"goes on");
    // Who asks anew hears it anew.
    guest.tell(0, 3, 1);
    for message in introduction(0, "stdin") {
        assert_eq!(guest.told(), Some(message));
    }
    assert_eq!(guest.told(), Some((0, 6, 0, String::new())));
}

#[test]
fn input_that_comes_late_is_waited_for() {
    let stdin = End::default();
    let mut guest = Guest::introduced(stdin.clone());
    guest.tell(0, 6, 1);
    guest.offer(STDIN, 0, 64, WRITE);
    guest.driver.settle();
    assert_eq!(
        (guest.used(STDIN), guest.driver.bus.deadline()),
        (None, None)
    );
    stdin.0.borrow_mut().input.extend(b"hi\n");
    let now = guest.driver.now;
    guest.driver.bus.refresh(now);
    assert_eq!(guest.used(STDIN), Some(b"hi\n".to_vec()));
    // Closed by the driver: what comes stays with the host until it opens again.
    guest.offer(STDIN, 1, 64, WRITE);
    guest.driver.settle();
    guest.tell(0, 6, 0);
    stdin.0.borrow_mut().input.extend(b"more");
    guest.driver.bus.refresh(now);
    assert_eq!(guest.used(STDIN), None);
    guest.tell(0, 6, 1);
    assert_eq!(guest.used(STDIN), Some(b"more".to_vec()));
}

#[test]
fn without_control_messages_there_is_port_0_alone() {
    let mut guest = Guest::new(End::with(b"in"), true, 0);
    guest.offer(STDIN, 0, 64, WRITE);
    guest.driver.settle();
    assert_eq!(guest.used(STDIN), Some(b"in".to_vec()));
    guest.send(1, b"out");
    assert_eq!(guest.ends[0].output(), b"out");
    for queue in [CONTROL_TO_DRIVER, CONTROL_FROM_DRIVER, STDOUT] {
        guest.offer(
            queue,
            1,
            64,
            if queue == CONTROL_TO_DRIVER { WRITE } else { 0 },
        );
        guest.driver.settle();
        assert_eq!(guest.used(queue), None, "{queue}");
    }
    assert_eq!(guest.ends[1].output(), b"");
}

#[test]
fn nonsense_changes_nothing() {
    let mut guest = Guest::introduced(End::with(b"abc"));
    for (port, event) in [(3, 3), (u32::MAX, 6), (0, 2), (0, 1), (0, 7), (0, 0xffff)] {
        guest.tell(port, event, 1);
        assert_eq!(guest.told(), None, "{port} {event}");
    }
    for len in [0, 1, 7] {
        guest.send(CONTROL_FROM_DRIVER, &vec![0; len]);
    }
    assert_eq!(guest.told(), None);
    assert_eq!(guest.driver.get(0x70), 15);
}

#[test]
fn a_message_that_finds_no_room_is_lost() {
    let mut guest = Guest::introduced(End::default());
    guest.tell(0, 3, 1);
    // A buffer of before takes the name.
    assert_eq!(guest.told().map(|said| said.1), Some(7));
    guest.offer(CONTROL_TO_DRIVER, 1, 7, WRITE);
    guest.driver.settle();
    assert_eq!(guest.used(CONTROL_TO_DRIVER), Some(Vec::new()));
    assert_eq!(guest.driver.get(0x70), 15);
}

#[test]
fn a_buffer_for_input_without_room_breaks_the_queue() {
    let mut guest = Guest::introduced(End::with(b"abc"));
    guest.tell(0, 6, 1);
    guest.offer(STDIN, 0, 64, 0);
    guest.driver.settle();
    assert_eq!(guest.driver.get(0x70), 15 | 64);
    assert!(!guest.ends[0].0.borrow().is_touched, "no byte is lost");
}

#[test]
fn a_driver_that_only_asks_costs_nothing() {
    let mut guest = Guest::new(End::default(), false, MULTIPORT);
    for _ in 0..1000 {
        guest.tell(0, 0, 1);
        guest.tell(2, 3, 1);
    }
    let mut messages = 0;
    while guest.told().is_some() {
        messages += 1;
    }
    assert_eq!(messages, 5, "each thing once");
}

#[test]
fn a_reset_forgets_what_was_under_way() {
    let mut guest = Guest::introduced(End::with(b"abc"));
    guest.tell(0, 6, 1);
    let at = Guest::buffer(STDOUT, 0);
    guest.driver.write(at, b"never");
    guest.offer(STDOUT, 0, 5, 0);
    guest.offer(STDIN, 0, 64, WRITE);
    guest.driver.set(0x70, 0);
    assert_eq!(guest.driver.bus.deadline(), None);
    guest.driver.settle();
    assert_eq!(guest.ends[1].output(), b"");
    assert!(!guest.ends[0].0.borrow().is_touched);
    assert_eq!(guest.rings[0].used(&guest.driver.bus.ram), None);
    assert_eq!(guest.rings[5].used(&guest.driver.bus.ram), None);
}
