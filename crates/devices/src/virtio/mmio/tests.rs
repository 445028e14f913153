use std::cell::RefCell;
use std::rc::Rc;

use pagewalk_bus::PhysAddr;

use super::*;
use crate::virtio::mock::{Driver, HEAP, NEXT, RAM, RING, SLOT, WRITE};
use crate::virtio::spec::feature::{ANY_LAYOUT, EVENT_IDX, INDIRECT_DESC, VERSION_1};

const OWN_FEATURE: u64 = 1 << 3;

/// What the transport has told an [`Echo`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Told {
    features: u64,
    notified: Vec<u16>,
    stopped: Vec<u16>,
    ticks: u32,
    resets: u32,
}

/// A device of two queues that answers a chain on queue 0 with its own bytes
/// after 100 nanoseconds, and one on queue 1 at once, with a new configuration.
#[derive(Debug)]
struct Echo {
    config: [u8; 12],
    waiting: Option<(Instant, crate::virtio::ring::Chain)>,
    told: Rc<RefCell<Told>>,
}

impl Echo {
    const SIZES: [u16; 2] = [8, 2];

    fn answer(cx: &mut FunctionCx<'_>, queue: u16, chain: &crate::virtio::ring::Chain) {
        let len = chain.readable.len().min(chain.writable.len());
        let mut bytes = vec![0; len as usize];
        chain.readable.read(cx.ram, 0, &mut bytes).expect("so many");
        chain.writable.write(cx.ram, 0, &bytes).expect("so many");
        cx.give_back(queue, chain.head, len);
    }
}

impl Function for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn device_id(&self) -> u32 {
        0x77
    }

    fn features(&self) -> u64 {
        OWN_FEATURE
    }

    fn queue_sizes(&self) -> &[u16] {
        &Self::SIZES
    }

    fn read_config(&self, offset: u64, out: &mut [u8]) {
        for (index, place) in (offset..).zip(out) {
            if let Some(&byte) = self.config.get(index as usize) {
                *place = byte;
            }
        }
    }

    fn write_config(&mut self, offset: u64, bytes: &[u8]) {
        for (index, byte) in (offset..).zip(bytes) {
            if let Some(place) = self.config.get_mut(index as usize) {
                *place = *byte;
            }
        }
    }

    fn set_features(&mut self, features: u64) {
        self.told.borrow_mut().features = features;
    }

    fn notify(&mut self, cx: &mut FunctionCx<'_>, queue: u16) {
        self.told.borrow_mut().notified.push(queue);
        if queue == 0 && self.waiting.is_none() {
            self.waiting = cx.take(0).map(|chain| (cx.now.after(100), chain));
        } else if let Some(chain) = cx.take(1) {
            Self::answer(cx, 1, &chain);
            cx.config_changed();
        }
    }

    fn stop_queue(&mut self, queue: u16) {
        self.told.borrow_mut().stopped.push(queue);
        self.waiting = None;
    }

    fn deadline(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|(due, _)| *due)
    }

    fn tick(&mut self, cx: &mut FunctionCx<'_>) {
        self.told.borrow_mut().ticks += 1;
        if let Some((_, chain)) = self.waiting.take_if(|(due, _)| *due <= cx.now) {
            Self::answer(cx, 0, &chain);
        }
    }

    fn reset(&mut self) {
        self.waiting = None;
        self.told.borrow_mut().resets += 1;
    }
}

fn echo(interface: Interface) -> (Driver, Rc<RefCell<Told>>) {
    let told = Rc::new(RefCell::new(Told::default()));
    let function = Echo {
        config: *b"configurable",
        waiting: None,
        told: told.clone(),
    };
    (Driver::new(interface, Some(Box::new(function))), told)
}

fn started() -> (Driver, Rc<RefCell<Told>>) {
    let (mut driver, told) = echo(Interface::Modern);
    driver.start(VERSION_1, 8);
    (driver, told)
}

/// A chain that is answered with its own 4 bytes.
const ECHO: [(u64, u32, u16); 2] = [(HEAP, 4, 0), (HEAP + 8, 4, WRITE)];

fn is_broken(driver: &mut Driver) -> bool {
    driver.get(0x70) & status::NEEDS_RESET != 0
}

#[test]
fn a_slot_says_what_is_in_it() {
    for (interface, version) in [(Interface::Modern, 2), (Interface::Legacy, 1)] {
        let (mut driver, _) = echo(interface);
        let identity = [0, 4, 8, 12].map(|register| driver.get(register));
        assert_eq!(identity, [0x7472_6976, version, 0x77, 0x554d_4551]);
    }
}

#[test]
fn an_empty_slot_has_an_identity_and_nothing_else() {
    for (interface, version) in [(Interface::Modern, 2), (Interface::Legacy, 1)] {
        let mut driver = Driver::new(interface, None);
        for offset in (0..0x100).step_by(4) {
            driver.set(offset, u32::MAX);
        }
        driver.set_config(0, Width::B8, u64::MAX);
        for offset in (0..Mmio::SIZE).step_by(4) {
            let expected = match offset {
                0 => MAGIC,
                4 => version,
                12 => VENDOR,
                0xb0..0xc0 if interface == Interface::Modern => u32::MAX,
                _ => 0,
            };
            assert_eq!(driver.get(offset), expected, "{offset:#x}");
        }
        assert_eq!(driver.bus.deadline(), None);
        driver.bus.refresh(driver.now);
        assert!(!driver.line());
    }
}

#[test]
fn registers_take_32_bits_and_the_configuration_all_widths() {
    let (mut driver, _) = echo(Interface::Modern);
    let now = driver.now;
    for width in [Width::B1, Width::B2, Width::B8] {
        let bus = &mut driver.bus;
        assert_eq!(bus.read_device(SLOT, width, now), Err(BusFault));
        let status = SLOT.offset(0x70);
        assert_eq!(bus.write_device(status, width, 1, now), Err(BusFault));
    }
    assert_eq!(driver.config(0, Width::B1), u64::from(b'c'));
    assert_eq!(driver.config(2, Width::B2), 0x666e);
    assert_eq!(driver.config(8, Width::B4), 0x656c_6261);
    assert_eq!(
        driver.config(0, Width::B8),
        u64::from_le_bytes(*b"configur")
    );
    assert_eq!(driver.config(8, Width::B8), 0x656c_6261, "zeros follow");
    assert_eq!(driver.config(0xef8, Width::B8), 0);
    driver.set_config(1, Width::B1, u64::from(b'O'));
    driver.set_config(8, Width::B8, u64::MAX);
    assert_eq!(
        driver.config(0, Width::B4),
        u64::from(u32::from_le_bytes(*b"cOnf"))
    );
    assert_eq!(driver.config(8, Width::B8), 0xffff_ffff);
}

#[test]
fn no_access_panics_and_unknown_registers_are_zero() {
    for interface in [Interface::Modern, Interface::Legacy] {
        let (mut driver, _) = echo(interface);
        for value in [0, 1, 3, 11, 15, u32::MAX, RING as u32] {
            for offset in (0..0x100).step_by(4) {
                driver.set(offset, value);
                let read = driver.get(offset);
                if Register::at(offset, interface).is_none() {
                    assert_eq!(read, 0, "{offset:#x}");
                }
                driver.bus.refresh(driver.now);
            }
        }
    }
}

#[test]
fn shared_memory_regions_do_not_exist() {
    let (mut driver, _) = echo(Interface::Modern);
    driver.set(0xac, 1);
    for register in [0xb0, 0xb4, 0xb8, 0xbc] {
        assert_eq!(driver.get(register), u32::MAX);
    }
}

#[test]
fn features_are_offered_in_halves() {
    let ring = INDIRECT_DESC | EVENT_IDX;
    let (mut modern, _) = echo(Interface::Modern);
    assert_eq!(modern.features(), OWN_FEATURE | ring | VERSION_1);
    modern.set(0x14, 2);
    assert_eq!(modern.get(0x10), 0);
    let (mut legacy, _) = echo(Interface::Legacy);
    assert_eq!(legacy.features(), OWN_FEATURE | ring | ANY_LAYOUT);
}

#[test]
fn only_what_is_offered_can_be_chosen() {
    let (mut driver, told) = echo(Interface::Modern);
    for bit in 0..64 {
        let wanted = VERSION_1 | 1 << bit;
        let is_offered = driver.features() & wanted == wanted;
        assert_eq!(driver.negotiate(wanted), is_offered, "bit {bit}");
        assert_eq!(told.borrow().features & 1 << bit != 0, is_offered);
    }
    assert!(driver.negotiate(OWN_FEATURE), "VERSION_1 may be left out");
}

#[test]
fn a_refused_driver_can_choose_again() {
    let (mut driver, told) = echo(Interface::Modern);
    assert!(!driver.negotiate(VERSION_1 | 1));
    assert_eq!(driver.get(0x70), 3, "without FEATURES_OK");
    driver.set(0x70, 7);
    driver.set_up_queue(8);
    driver.submit(0, &ECHO);
    assert_eq!(told.borrow().notified, [], "not in operation");
    driver.choose(VERSION_1);
    driver.set(0x70, 15);
    assert_eq!(driver.get(0x70), 15);
    assert_eq!(told.borrow().notified, [0]);
}

#[test]
fn features_beyond_the_first_64_are_not_offered() {
    let (mut driver, _) = echo(Interface::Modern);
    driver.set(0x24, 2);
    driver.set(0x20, 1);
    driver.choose(VERSION_1);
    driver.set(0x70, 11);
    assert_eq!(driver.get(0x70), 3);
}

#[test]
fn features_are_fixed_by_features_ok() {
    let (mut driver, told) = started();
    driver.choose(VERSION_1 | OWN_FEATURE);
    driver.set(0x70, 15);
    assert_eq!(told.borrow().features, VERSION_1);
}

#[test]
fn a_legacy_driver_gets_of_its_wishes_what_is_there() {
    let (mut driver, told) = echo(Interface::Legacy);
    driver.choose(VERSION_1 | OWN_FEATURE | 1 | EVENT_IDX);
    assert_eq!(told.borrow().features, OWN_FEATURE | EVENT_IDX);
}

#[test]
fn status_bits_are_set_one_by_one_and_cleared_together() {
    let (mut driver, told) = started();
    driver.set(0x70, 1);
    assert_eq!(driver.get(0x70), 15);
    driver.set(0x70, u32::MAX);
    assert_eq!(driver.get(0x70), 0x8f, "NEEDS_RESET is for the device");
    driver.set(0x70, 0);
    assert_eq!(driver.get(0x70), 0);
    assert_eq!(
        told.borrow().resets,
        3,
        "construction, and two by the driver"
    );
}

#[test]
fn queues_have_sizes_of_their_own() {
    let (mut driver, _) = echo(Interface::Modern);
    let max = [0, 1, 2, 0x1_0000, u32::MAX].map(|queue| {
        driver.set(0x30, queue);
        driver.get(0x34)
    });
    assert_eq!(max, [8, 2, 0, 0, 0]);
    driver.set(0x44, 1);
    assert_eq!(driver.get(0x44), 0, "no such queue");
    assert!(!is_broken(&mut driver));
}

#[test]
fn a_request_is_answered_with_an_interrupt() {
    for interface in [Interface::Modern, Interface::Legacy] {
        let (mut driver, _) = echo(interface);
        driver.start(OWN_FEATURE, 8);
        driver.write(HEAP, b"ping");
        driver.submit(2, &ECHO);
        assert_eq!(driver.bus.deadline(), Some(driver.now.after(100)));
        driver.bus.refresh(driver.now.after(99));
        assert_eq!((driver.used(), driver.line()), (None, false));
        driver.settle();
        assert_eq!(driver.used(), Some((2, 4)));
        assert_eq!(driver.read(HEAP + 8, 4), b"ping");
        assert_eq!((driver.get(0x60), driver.line()), (1, true));
        driver.set(0x64, 2);
        assert!(driver.line(), "another one was acknowledged");
        driver.set(0x64, 1);
        assert_eq!((driver.get(0x60), driver.line()), (0, false));
    }
}

#[test]
fn each_queue_has_a_ring_of_its_own() {
    let (mut driver, told) = started();
    // A second ring in the same place as the first: that of queue 0 is idle.
    driver.set(0x30, 1);
    driver.set(0x38, 2);
    let layout = crate::virtio::mock::layout(2);
    for (register, area) in [
        (0x80, layout.descriptors),
        (0x90, layout.available),
        (0xa0, layout.used),
    ] {
        driver.set(register, area.0 as u32);
        driver.set(register + 4, (area.0 >> 32) as u32);
    }
    driver.set(0x44, 1);
    assert_eq!(driver.get(0x44), 1);
    driver.ring = crate::virtio::mock::DriverRing::new(2);
    driver.write(HEAP, b"ping");
    let ram = &mut driver.bus.ram;
    driver.ring.chain(ram, 0, &ECHO);
    driver.ring.offer(ram, 0);
    let generation = driver.get(0xfc);
    driver.set(0x50, 1);
    assert_eq!(told.borrow().notified, [0, 1], "the first by DRIVER_OK");
    assert_eq!(driver.used(), Some((0, 4)), "at once");
    assert_eq!(driver.get(0x60), 3, "used buffers, and a configuration");
    assert_eq!(driver.get(0xfc), generation + 1);
    driver.set(0x50, 2);
    driver.set(0x50, u32::MAX);
    assert_eq!(told.borrow().notified, [0, 1], "no such queues");
}

#[test]
fn modern_queues_are_served_from_driver_ok_on() {
    let (mut driver, told) = echo(Interface::Modern);
    assert!(driver.negotiate(VERSION_1));
    driver.set_up_queue(8);
    driver.submit(0, &ECHO);
    driver.bus.refresh(driver.now);
    assert_eq!(
        *told.borrow(),
        Told {
            features: VERSION_1,
            resets: 2,
            ..Told::default()
        }
    );
    driver.set(0x70, 15);
    driver.settle();
    assert_eq!(driver.used(), Some((0, 4)), "without another notification");
}

#[test]
fn legacy_queues_are_served_before_driver_ok() {
    let (mut driver, _) = echo(Interface::Legacy);
    driver.set_up_queue(8);
    driver.submit(0, &ECHO);
    driver.settle();
    assert_eq!(driver.used(), Some((0, 4)));
}

#[test]
fn a_reset_forgets_the_request_in_hand() {
    for by_board in [false, true] {
        let (mut driver, _) = started();
        driver.submit(0, &ECHO);
        if by_board {
            driver.bus.reset_devices();
        } else {
            driver.set(0x70, 0);
        }
        assert_eq!(driver.bus.deadline(), None);
        driver.now = driver.now.after(1000);
        driver.bus.refresh(driver.now);
        assert_eq!((driver.used(), driver.line()), (None, false));
        assert_eq!((driver.get(0x44), driver.get(0x60)), (0, 0));
        driver.start(VERSION_1, 8);
        driver.submit(0, &ECHO);
        driver.settle();
        assert_eq!(driver.used(), Some((0, 4)), "and works again");
    }
}

#[test]
fn a_queue_that_is_taken_back_is_not_touched() {
    let (mut driver, told) = started();
    driver.submit(0, &ECHO);
    driver.set(0x44, 0);
    assert_eq!(driver.get(0x44), 0);
    assert_eq!(told.borrow().stopped, [0]);
    driver.settle();
    driver.set(0x50, 0);
    assert_eq!((driver.used(), driver.bus.deadline()), (None, None));
    driver.set_up_queue(4);
    driver.submit(0, &ECHO);
    driver.settle();
    assert_eq!(driver.used(), Some((0, 4)));
    let (mut legacy, told) = echo(Interface::Legacy);
    legacy.start(0, 8);
    assert_eq!(legacy.get(0x40), (RING / 4096) as u32);
    legacy.submit(0, &ECHO);
    legacy.set(0x40, 0);
    legacy.settle();
    assert_eq!((legacy.used(), legacy.get(0x40)), (None, 0));
    assert_eq!(told.borrow().stopped, [0]);
}

#[test]
fn a_queue_in_use_keeps_its_place() {
    let (mut driver, _) = started();
    for register in [0x38, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4] {
        driver.set(register, 1);
    }
    driver.set(0x44, 1);
    driver.submit(0, &ECHO);
    driver.settle();
    assert_eq!(driver.used(), Some((0, 4)));
}

#[test]
fn a_broken_ring_stops_the_device_until_it_is_reset() {
    for interface in [Interface::Modern, Interface::Legacy] {
        let (mut driver, told) = echo(interface);
        driver.start(OWN_FEATURE, 8);
        driver.submit(0, &[(0, 4, 0)]);
        assert_eq!(driver.get(0x70), 15 | status::NEEDS_RESET);
        assert_eq!((driver.get(0x60), driver.line()), (2, true));
        driver.set(0x64, 3);
        assert!(!driver.line());
        let before = told.borrow().clone();
        driver.submit(1, &ECHO);
        driver.bus.refresh(driver.now);
        driver.set(0x70, 15);
        assert_eq!((driver.used(), driver.line()), (None, false));
        assert_eq!(*told.borrow(), before, "the device was not asked again");
        driver.start(OWN_FEATURE, 8);
        driver.submit(0, &ECHO);
        driver.settle();
        assert_eq!(driver.used(), Some((0, 4)));
    }
}

#[test]
fn a_ring_that_breaks_with_a_request_in_hand_is_left_alone() {
    let (mut driver, _) = started();
    driver.submit(0, &ECHO);
    driver.ring.set_available(&mut driver.bus.ram, 100);
    driver.settle();
    assert_eq!(driver.used(), Some((0, 4)), "it was sound");
    driver.set(0x50, 0);
    assert!(is_broken(&mut driver));
}

#[test]
fn queues_that_cannot_be_are_refused() {
    let breaks = |register: u64, value: u32| {
        let (mut driver, _) = echo(Interface::Modern);
        assert!(driver.negotiate(VERSION_1));
        driver.set_up_queue(8);
        driver.set(0x44, 0);
        driver.set(register, value);
        driver.set(0x44, 1);
        let broken = is_broken(&mut driver);
        assert_eq!(driver.get(0x44), u32::from(!broken));
        assert_eq!(driver.get(0x60), 0, "not before DRIVER_OK");
        driver.set(0x70, 15);
        assert_eq!((driver.get(0x60) == 2, driver.line()), (broken, broken));
        broken
    };
    for (size, is_bad) in [(0, true), (1, false), (3, true), (8, false), (16, true)] {
        assert_eq!(breaks(0x38, size), is_bad, "size {size}");
    }
    for register in [0x80, 0x90, 0xa0] {
        assert!(breaks(register, RING as u32 + 1), "misaligned");
        assert!(breaks(register, SLOT.0 as u32), "device space");
        assert!(breaks(register + 4, 0xffff_ffff), "far away");
    }
}

#[test]
fn legacy_queues_that_cannot_be_are_refused() {
    let breaks = |register: u64, value: u32| {
        let (mut driver, _) = echo(Interface::Legacy);
        driver.start(0, 8);
        driver.set(0x40, 0);
        driver.set(register, value);
        driver.set(0x40, (RING / 4096) as u32);
        is_broken(&mut driver)
    };
    for (register, value, is_bad) in [
        (0x38, 4, false),
        (0x38, 0, true),
        (0x38, 5, true),
        (0x3c, 64, false),
        (0x3c, 0, true),
        (0x3c, 48, true),
        (0x3c, 1 << 31, true),
        (0x28, 0, true),
        (0x28, u32::MAX, true),
        (0x28, 8192, true),
    ] {
        assert_eq!(breaks(register, value), is_bad, "{register:#x}, {value:#x}");
    }
}

#[test]
fn the_size_of_legacy_pages_outlives_a_reset_by_the_driver() {
    let start = |driver: &mut Driver| {
        driver.set(0x38, 8);
        driver.set(0x3c, 4096);
        driver.set(0x40, (RING / 4096) as u32);
        is_broken(driver)
    };
    let (mut driver, _) = echo(Interface::Legacy);
    driver.set(0x28, 4096);
    driver.set(0x70, 0);
    assert!(!start(&mut driver));
    driver.bus.reset_devices();
    assert!(start(&mut driver), "a board begins anew");
}

#[test]
fn misuse_is_logged_a_few_times_only() {
    let mut mmio = Mmio::new(Driver::IRQ, Interface::Modern, None);
    let mut lines = 0;
    for _ in 0..100 {
        mmio.complaints.say(|_| lines += 1);
    }
    assert_eq!(lines, Mmio::COMPLAINTS);
}

#[test]
fn a_chain_over_the_end_of_ram_is_not_echoed() {
    let (mut driver, _) = started();
    let end = RAM.0 + crate::virtio::mock::RAM_SIZE;
    driver.write(end - 4, b"last");
    driver
        .ring
        .descriptor(&mut driver.bus.ram, 0, (HEAP, 4, NEXT, 1));
    driver.submit(1, &[(end - 3, 4, WRITE)]);
    assert!(is_broken(&mut driver));
    assert_eq!(driver.read(end - 4, 4), b"last");
    assert_eq!(driver.bus.name_at(PhysAddr(end)), None);
}
