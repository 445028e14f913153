//! The host-target interface: two words in RAM, `tohost` and `fromhost`.
//!
//! Source: Spike's and riscv-pk's use of it. A guest writes a command to
//! `tohost`: device in bits 63:56, command in 55:48, payload below.
//!
//! | device | command | payload | meaning |
//! |---|---|---|---|
//! | 0 | 0 | odd | exit with status payload >> 1 |
//! | 0 | 0 | address | system call: eight words at the address |
//! | 1 | 0 | – | read a byte from the console; the answer is the byte + 0x100 |
//! | 1 | 1 | byte | write a byte to the console |
//!
//! The command is taken when the last byte of the word has been written, so
//! that a guest may write it by parts, low part first; a low part alone is
//! taken after a while, since some programs write no more than that.
//!
//! An answer goes to `fromhost` when that is zero, else it waits until the
//! guest has taken the one before: two harts may have a command under way.

use std::collections::VecDeque;

use pagewalk_bus::{Instant, PhysAddr, PowerRequest, PowerSource, Ram, Width};

use crate::complaints::Complaints;
use crate::{Console, Input};

/// How long a low part alone waits for the rest, in virtual nanoseconds.
const PATIENCE: u64 = 10_000;

/// Virtual nanoseconds from the wish for a byte to the byte.
const BYTE_TIME: u64 = 100_000;

/// The system calls that are carried out: numbers as in Linux.
const SYS_WRITE: u64 = 64;
const SYS_EXIT: u64 = 93;
const ENOSYS: i64 = 38;
const EBADF: i64 = 9;
const EFAULT: i64 = 14;

/// The two words, and a command that may be incomplete.
#[derive(Debug)]
pub struct Htif {
    tohost: PhysAddr,
    fromhost: Option<PhysAddr>,
    partial_since: Option<Instant>,
    answers: VecDeque<u64>,
    /// Bytes of input that the guest has asked for and not got.
    wanted: usize,
    /// When to ask the console for the next one; not before it has some, if it
    /// had none.
    next_byte: Option<Instant>,
    complaints: Complaints,
}

/// Commands that cannot be carried out of which the log tells.
const WARNINGS: u32 = 8;

/// Most answers that wait; a guest that never takes one loses the oldest.
const MAX_ANSWERS: usize = 64;

impl Htif {
    /// An interface at these addresses, which the machine watches.
    #[must_use]
    pub fn new(tohost: PhysAddr, fromhost: Option<PhysAddr>) -> Self {
        Self {
            tohost,
            fromhost,
            partial_since: None,
            answers: VecDeque::new(),
            wanted: 0,
            next_byte: None,
            complaints: Complaints::new(WARNINGS),
        }
    }

    /// The words, address and length in bytes, of which the machine tells
    /// [`Htif::written`].
    pub fn words(&self) -> impl Iterator<Item = (PhysAddr, u64)> {
        [Some(self.tohost), self.fromhost]
            .into_iter()
            .flatten()
            .map(|pa| (pa, 8))
    }

    /// When [`Htif::tick`] has something to do: an incomplete command is taken
    /// as it is, or a byte of input is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let all = [self.partial_deadline(), self.next_byte];
        all.into_iter().flatten().min()
    }

    fn partial_deadline(&self) -> Option<Instant> {
        Some(self.partial_since?.after(PATIENCE))
    }

    /// The console has input, which may have been waited for.
    pub fn refresh(&mut self, now: Instant, ram: &mut Ram, console: &mut dyn Console) {
        if self.next_byte.is_none() {
            self.read(now, ram, console);
        }
    }

    /// Answers the oldest wish for a byte, if there is a byte.
    fn read(&mut self, now: Instant, ram: &mut Ram, console: &mut dyn Console) {
        if self.wanted == 0 {
            return;
        }
        self.next_byte = None;
        match console.read() {
            Input::Byte(byte) => {
                self.wanted -= 1;
                self.next_byte = (self.wanted > 0).then(|| now.after(BYTE_TIME));
                self.queue_answer(ram, 1 << 56 | 0x100 | u64::from(byte));
            }
            Input::Empty => {}
            // As with a keyboard at which nobody sits: the answer never comes.
            Input::End => self.wanted = 0,
        }
    }

    /// The guest has written `len` bytes at `pa`, part of which are one of the
    /// words.
    pub fn written(
        &mut self,
        pa: PhysAddr,
        len: u64,
        now: Instant,
        ram: &mut Ram,
        console: &mut dyn Console,
    ) -> Option<PowerRequest> {
        self.deliver(ram);
        let (tohost, end) = (self.tohost.0, pa.0 + len);
        if pa.0 <= tohost + 7 && tohost + 7 < end {
            return self.take(now, ram, console);
        }
        if pa.0 < tohost + 8 && tohost < end {
            self.partial_since.get_or_insert(now);
        }
        None
    }

    /// Does what is due.
    pub fn tick(
        &mut self,
        now: Instant,
        ram: &mut Ram,
        console: &mut dyn Console,
    ) -> Option<PowerRequest> {
        if self.next_byte.is_some_and(|due| due <= now) {
            self.read(now, ram, console);
        }
        if self.partial_deadline()? <= now {
            self.take(now, ram, console)
        } else {
            None
        }
    }

    fn take(
        &mut self,
        now: Instant,
        ram: &mut Ram,
        console: &mut dyn Console,
    ) -> Option<PowerRequest> {
        self.partial_since = None;
        let command = ram.read(self.tohost, Width::B8)?;
        if command == 0 {
            return None;
        }
        let (device, operation) = (command >> 56, command >> 48 & 0xff);
        let payload = command & ((1 << 48) - 1);
        match (device, operation) {
            (0, 0) if payload & 1 != 0 => return Some(exit(payload >> 1)),
            (0, 0) => {
                if let Some(request) = self.system_call(PhysAddr(payload), ram, console) {
                    return Some(request);
                }
                self.answer(ram, 1);
            }
            (1, 1) => {
                console.write(&[payload as u8]);
                self.answer(ram, command & !0xff);
            }
            (1, 0) => {
                self.acknowledge(ram);
                self.wanted = (self.wanted + 1).min(MAX_ANSWERS);
                self.next_byte.get_or_insert(now.after(BYTE_TIME));
            }
            _ => {
                self.complain(format_args!("no device {device} with command {operation}"));
                self.acknowledge(ram);
            }
        }
        None
    }

    fn complain(&mut self, what: std::fmt::Arguments<'_>) {
        self.complaints
            .say(|end| log::warn!(target: "guest", "HTIF: {what}{end}"));
    }

    fn acknowledge(&self, ram: &mut Ram) {
        ram.write(self.tohost, Width::B8, 0);
    }

    fn answer(&mut self, ram: &mut Ram, value: u64) {
        self.acknowledge(ram);
        self.queue_answer(ram, value);
    }

    fn queue_answer(&mut self, ram: &mut Ram, value: u64) {
        if self.answers.len() == MAX_ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back(value);
        self.deliver(ram);
    }

    /// Puts the next answer where the guest looks for it, if the place is
    /// free.
    fn deliver(&mut self, ram: &mut Ram) {
        let Some(fromhost) = self.fromhost else {
            return;
        };
        if ram.read(fromhost, Width::B8) == Some(0)
            && let Some(answer) = self.answers.pop_front()
        {
            ram.write(fromhost, Width::B8, answer);
        }
    }

    /// Number and arguments are eight words at `block`; the result takes the
    /// place of the number.
    fn system_call(
        &mut self,
        block: PhysAddr,
        ram: &mut Ram,
        console: &mut dyn Console,
    ) -> Option<PowerRequest> {
        let word = |ram: &Ram, index: u64| ram.read(block.offset(8 * index), Width::B8);
        let (Some(number), Some(a), Some(b), Some(c)) =
            (word(ram, 0), word(ram, 1), word(ram, 2), word(ram, 3))
        else {
            self.complain(format_args!(
                "system call at {block}, where there is no RAM"
            ));
            return None;
        };
        let result = match number {
            SYS_WRITE => write(ram, console, a, PhysAddr(b), c),
            SYS_EXIT => return Some(exit(a)),
            _ => {
                self.complain(format_args!("system call {number} is not supported"));
                -ENOSYS
            }
        };
        ram.write(block, Width::B8, result as u64);
        None
    }
}

fn exit(code: u64) -> PowerRequest {
    PowerRequest::Exit {
        code,
        source: PowerSource::Htif,
    }
}

/// Bytes copied to the console at once.
const CHUNK: u64 = 4096;

fn write(ram: &Ram, console: &mut dyn Console, fd: u64, from: PhysAddr, len: u64) -> i64 {
    if fd != 1 && fd != 2 {
        return -EBADF;
    }
    if len > 0 && !ram.contains(from, len) {
        return -EFAULT;
    }
    let mut buffer = [0; CHUNK as usize];
    let mut done = 0;
    while done < len {
        let part = (len - done).min(CHUNK);
        let bytes = &mut buffer[..part as usize];
        if ram.read_bytes(from.offset(done), bytes).is_none() {
            return -EFAULT;
        }
        console.write(bytes);
        done += part;
    }
    len as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Waited};

    const TOHOST: PhysAddr = PhysAddr(0x8000_1000);
    const FROMHOST: PhysAddr = PhysAddr(0x8000_1040);

    #[derive(Debug, Default)]
    struct Screen(Vec<u8>, Vec<Input>);

    impl Console for Screen {
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }

        fn read(&mut self) -> Input {
            self.1.pop().unwrap_or(Input::End)
        }

        fn has_input(&self) -> bool {
            false
        }

        fn wait(&mut self, _: Option<std::time::Duration>) -> Waited {
            Waited::Never
        }
    }

    struct Guest {
        ram: Ram,
        htif: Htif,
        screen: Screen,
    }

    impl Guest {
        fn new() -> Self {
            Self {
                ram: Ram::new(PhysAddr(0x8000_0000), 0x4000).expect("four pages"),
                htif: Htif::new(TOHOST, Some(FROMHOST)),
                screen: Screen::default(),
            }
        }

        fn store(&mut self, pa: PhysAddr, width: Width, value: u64) -> Option<PowerRequest> {
            self.ram.write(pa, width, value).expect("RAM");
            let (ram, screen) = (&mut self.ram, &mut self.screen);
            self.htif
                .written(pa, width.bytes(), Instant(0), ram, screen)
        }
    }

    #[test]
    fn an_odd_value_ends_the_run() {
        let mut guest = Guest::new();
        assert_eq!(guest.store(TOHOST, Width::B8, 7 << 1 | 1), Some(exit(7)));
    }

    #[test]
    fn a_value_may_come_in_parts() {
        let mut guest = Guest::new();
        assert_eq!(guest.store(TOHOST, Width::B4, u64::from(b'A')), None);
        assert_eq!(guest.store(TOHOST.offset(4), Width::B4, 0x0101_0000), None);
        assert_eq!(guest.screen.0, b"A");
        assert_eq!(guest.ram.read(TOHOST, Width::B8), Some(0));
    }

    #[test]
    fn a_low_part_alone_counts_after_a_while() {
        let mut guest = Guest::new();
        assert_eq!(guest.store(TOHOST, Width::B1, 1), None);
        let (ram, screen) = (&mut guest.ram, &mut guest.screen);
        assert_eq!(guest.htif.tick(Instant(PATIENCE - 1), ram, screen), None);
        assert_eq!(
            guest.htif.tick(Instant(PATIENCE), ram, screen),
            Some(exit(0))
        );
    }

    #[test]
    fn the_write_call_goes_to_the_console_and_is_answered() {
        let mut guest = Guest::new();
        let (block, text) = (0x8000_2000, 0x8000_3000);
        guest.ram.write_bytes(PhysAddr(text), b"hello").unwrap();
        for (index, word) in [SYS_WRITE, 1, text, 5].into_iter().enumerate() {
            guest
                .ram
                .write(PhysAddr(block + 8 * index as u64), Width::B8, word)
                .unwrap();
        }
        assert_eq!(guest.store(TOHOST, Width::B8, block), None);
        assert_eq!(guest.screen.0, b"hello");
        assert_eq!(guest.ram.read(FROMHOST, Width::B8), Some(1));
        assert_eq!(guest.ram.read(PhysAddr(block), Width::B8), Some(5));
    }

    #[test]
    fn an_answer_waits_until_the_one_before_is_taken() {
        let mut guest = Guest::new();
        for byte in *b"ab" {
            let command = 0x0101 << 48 | u64::from(byte);
            assert_eq!(guest.store(TOHOST, Width::B8, command), None);
        }
        assert_ne!(guest.ram.read(FROMHOST, Width::B8), Some(0));
        guest.store(FROMHOST, Width::B8, 0);
        assert_ne!(
            guest.ram.read(FROMHOST, Width::B8),
            Some(0),
            "the second answer"
        );
        guest.store(FROMHOST, Width::B8, 0);
        assert_eq!(guest.ram.read(FROMHOST, Width::B8), Some(0));
    }

    #[test]
    fn input_comes_when_it_is_due_and_when_it_is_there() {
        let mut guest = Guest::new();
        guest.screen.1 = vec![Input::Byte(b'y'), Input::Empty, Input::Byte(b'x')];
        let ask = 0x0100 << 48;
        assert_eq!(guest.store(TOHOST, Width::B8, ask), None);
        assert_eq!(guest.htif.deadline(), Some(Instant(BYTE_TIME)));
        let answer = |byte: u8| Some(1 << 56 | 0x100 | u64::from(byte));
        let (ram, screen) = (&mut guest.ram, &mut guest.screen);
        guest.htif.tick(Instant(BYTE_TIME), ram, screen);
        assert_eq!(ram.read(FROMHOST, Width::B8), answer(b'x'));
        assert_eq!(guest.htif.deadline(), None);

        guest.store(FROMHOST, Width::B8, 0);
        guest.store(TOHOST, Width::B8, ask);
        let (ram, screen) = (&mut guest.ram, &mut guest.screen);
        guest.htif.tick(Instant(BYTE_TIME), ram, screen);
        assert_eq!(ram.read(FROMHOST, Width::B8), Some(0), "none there");
        assert_eq!(guest.htif.deadline(), None, "and no time to look again");
        guest.htif.refresh(Instant(BYTE_TIME), ram, screen);
        assert_eq!(ram.read(FROMHOST, Width::B8), answer(b'y'));
    }

    #[test]
    fn hostile_calls_get_an_error_and_nothing_else() {
        for (fd, address, len, expected) in [
            (9, 0x8000_3000, 5, -EBADF),
            (1, 0x7000_0000, 5, -EFAULT),
            (1, 0x8000_3000, u64::MAX, -EFAULT),
            (1, u64::MAX, 2, -EFAULT),
            (1, 0x8000_3000, 0, 0),
        ] {
            let mut guest = Guest::new();
            let block = 0x8000_2000;
            for (index, word) in [SYS_WRITE, fd, address, len].into_iter().enumerate() {
                guest
                    .ram
                    .write(PhysAddr(block + 8 * index as u64), Width::B8, word)
                    .unwrap();
            }
            assert_eq!(guest.store(TOHOST, Width::B8, block), None);
            assert_eq!(
                guest.ram.read(PhysAddr(block), Width::B8),
                Some(expected as u64)
            );
            assert!(guest.screen.0.is_empty());
        }
        assert_eq!(Guest::new().store(TOHOST, Width::B8, 0x1234_5678), None);
        assert_eq!(Guest::new().store(TOHOST, Width::B8, u64::MAX << 48), None);
    }
}
