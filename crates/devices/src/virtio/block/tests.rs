use std::cell::RefCell;
use std::rc::Rc;

use pagewalk_bus::{PhysAddr, Width};

use super::*;
use crate::virtio::Interface;
use crate::virtio::mock::{Deed, Driver, FakeDisk, HEAP, RAM, WRITE};
use crate::virtio::spec::feature::{ANY_LAYOUT, EVENT_IDX, INDIRECT_DESC, VERSION_1};

mod layouts;

const SECTORS: u64 = 16;
const SECTOR: usize = SECTOR_SIZE as usize;

/// Where requests of these tests have their parts.
const HEADER: u64 = HEAP;
const STATUS: u64 = HEAP + 0x100;
const DATA: u64 = HEAP + 0x1000;

const IN: u32 = 0;
const OUT: u32 = 1;
const FLUSH: u32 = 4;
const GET_ID: u32 = 8;

const OK: u8 = 0;
const IO_ERROR: u8 = 1;
const UNSUPPORTED: u8 = 2;

type Fake = Rc<RefCell<FakeDisk>>;

fn driver(interface: Interface) -> (Driver, Fake) {
    let disk = FakeDisk::new(SECTORS);
    let driver = Driver::new(interface, Some(Box::new(Block::new(disk.clone()))));
    (driver, disk)
}

/// A modern driver in operation, with a cache that it flushes itself.
fn started() -> (Driver, Fake) {
    started_with(feature::FLUSH)
}

fn started_with(features: u64) -> (Driver, Fake) {
    let (mut driver, disk) = driver(Interface::Modern);
    driver.start(VERSION_1 | features, 8);
    (driver, disk)
}

fn header(kind: u32, sector: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&kind.to_le_bytes());
    bytes[8..].copy_from_slice(&sector.to_le_bytes());
    bytes
}

/// Submits one request in three descriptors.
fn submit(driver: &mut Driver, kind: u32, sector: u64, len: u32) {
    let flags = if kind == OUT { 0 } else { WRITE };
    driver.write(HEADER, &header(kind, sector));
    driver.write(STATUS, &[0xff]);
    let data = (DATA, len, flags);
    driver.submit(0, &[(HEADER, 16, 0), data, (STATUS, 1, WRITE)]);
}

/// One request in three descriptors. Its status, and what `used` says.
fn request(driver: &mut Driver, kind: u32, sector: u64, len: u32) -> (u8, u32) {
    submit(driver, kind, sector, len);
    driver.settle();
    let (head, written) = driver.used().expect("an answer");
    assert_eq!((head, driver.used()), (0, None));
    (driver.read(STATUS, 1)[0], written)
}

#[test]
fn both_interfaces_read_and_write() {
    for interface in [Interface::Modern, Interface::Legacy] {
        let (mut driver, disk) = driver(interface);
        let features = driver.features();
        driver.start(features & !EVENT_IDX, 8);
        assert_eq!(request(&mut driver, IN, 3, 1024), (OK, 1025));
        let expected = [[4; SECTOR], [5; SECTOR]].concat();
        assert_eq!(driver.read(DATA, 1024), expected);
        assert!(driver.line());
        driver.set(0x64, 1);
        assert!(!driver.line());
        driver.write(DATA, &[0xab; 1024]);
        assert_eq!(request(&mut driver, OUT, 14, 1024), (OK, 1));
        assert_eq!(disk.borrow().now[14 * SECTOR..], [0xab; 1024]);
        assert_eq!(disk.borrow().now[13 * SECTOR..14 * SECTOR], [14; SECTOR]);
        let deeds = [Deed::Read(3 * 512, 1024), Deed::Write(14 * 512, 1024)];
        assert_eq!(disk.borrow().deeds, deeds);
    }
}

#[test]
fn features_are_those_that_are_documented() {
    let own = feature::SEG_MAX | feature::BLK_SIZE | feature::FLUSH | feature::CONFIG_WCE;
    let ring = INDIRECT_DESC | EVENT_IDX;
    let (mut modern, _) = driver(Interface::Modern);
    assert_eq!(modern.features(), own | ring | VERSION_1);
    let (mut legacy, _) = driver(Interface::Legacy);
    assert_eq!(legacy.features(), own | ring | ANY_LAYOUT);
    let (mut read_only, disk) = driver(Interface::Modern);
    disk.borrow_mut().is_read_only = true;
    assert_eq!(read_only.features(), own | ring | VERSION_1 | feature::RO);
}

#[test]
fn the_configuration_tells_the_size() {
    let (mut driver, _) = driver(Interface::Modern);
    assert_eq!(driver.get(0x08), 2);
    assert_eq!(driver.config(0, Width::B8), SECTORS);
    assert_eq!(driver.config(12, Width::B4), 254);
    assert_eq!(driver.config(20, Width::B4), 512);
    assert_eq!(driver.config(56, Width::B8), 0);
    assert_eq!(driver.config(0xe00, Width::B8), 0);
    driver.set_config(0, Width::B8, 0);
    assert_eq!(driver.config(0, Width::B4), SECTORS);
}

#[test]
fn what_is_not_on_the_disk_is_refused() {
    for kind in [IN, OUT] {
        let (mut driver, disk) = started();
        driver.write(DATA, &[0xee; 2048]);
        for (sector, len) in [
            (SECTORS, 512),
            (SECTORS - 1, 1024),
            (SECTORS + 1, 0),
            (u64::MAX, 512),
            (u64::MAX / 512, 512),
            (1 << 55, 512),
            (1 << 63, 0),
        ] {
            let answer = request(&mut driver, kind, sector, len);
            assert_eq!(answer, (IO_ERROR, 1), "{kind}: {len} at {sector}");
        }
        assert_eq!(disk.borrow().deeds, []);
        assert_eq!(driver.read(DATA, 2048), [0xee; 2048]);
        assert_eq!(driver.get(0x70), 15, "a bad request breaks nothing");
        assert_eq!(request(&mut driver, kind, SECTORS - 1, 512).0, OK);
        assert_eq!(request(&mut driver, kind, SECTORS, 0).0, OK, "nothing");
    }
}

#[test]
fn data_is_in_whole_sectors() {
    for kind in [IN, OUT] {
        let (mut driver, disk) = started();
        for len in [1, 511, 513, 1000] {
            assert_eq!(request(&mut driver, kind, 0, len), (IO_ERROR, 1), "{len}");
        }
        assert_eq!(disk.borrow().deeds, []);
    }
}

#[test]
fn unknown_types_are_unsupported() {
    let (mut driver, disk) = started();
    for kind in [2, 3, 5, 7, 9, 11, 13, 14, 0x8000_0001, u32::MAX] {
        assert_eq!(request(&mut driver, kind, 0, 512), (UNSUPPORTED, 1));
    }
    assert_eq!(disk.borrow().deeds, []);
}

#[test]
fn a_short_header_is_an_error() {
    let (mut driver, disk) = started();
    for len in [0, 1, 15] {
        driver.submit(0, &[(HEADER, len, 0), (STATUS, 1, WRITE)]);
        driver.settle();
        assert_eq!(driver.used(), Some((0, 1)));
        assert_eq!(driver.read(STATUS, 1), [IO_ERROR]);
    }
    assert_eq!(disk.borrow().deeds, []);
}

#[test]
fn a_request_without_room_for_its_status_breaks_the_queue() {
    let (mut driver, disk) = started();
    driver.write(HEADER, &header(OUT, 0));
    driver.submit(0, &[(HEADER, 16, 0), (DATA, 512, 0)]);
    assert_eq!(driver.get(0x70), 15 | 64);
    driver.settle();
    assert_eq!((driver.used(), driver.line()), (None, true));
    assert_eq!(disk.borrow().deeds, []);
}

#[test]
fn a_request_moves_64_mib_at_most() {
    let limits = Limits {
        size: 1 << 40,
        is_read_only: false,
    };
    let mut driver = Driver::new(Interface::Modern, None);
    // 128 or 129 times the same 512 KiB: that is much for a small memory.
    for (count, last, fits) in [(127, 0x8_0000, true), (128, 512, false)] {
        let mut chain = Vec::from([(RAM.0, 0x8_0000, WRITE); 127]);
        chain.resize(count, (RAM.0, 0x8_0000, WRITE));
        chain.extend([(RAM.0, last, WRITE), (STATUS, 1, WRITE)]);
        chain.insert(0, (HEADER, 16, 0));
        driver.ring = crate::virtio::mock::DriverRing::new(256);
        let ram = &mut driver.bus.ram;
        ram.zero(driver.ring.layout.descriptors, 0x4000).unwrap();
        driver.ring.chain(ram, 0, &chain);
        driver.ring.offer(ram, 0);
        let mut ring = Ring::new(ram, driver.ring.layout, 256).unwrap();
        let chain = ring.take(ram).unwrap().unwrap();
        ram.write_bytes(PhysAddr(HEADER), &header(IN, 0)).unwrap();
        let len = chain.writable.len() - 1;
        let expected = if fits {
            Ok(Request::Read { offset: 0, len })
        } else {
            Err(Refusal::TooLong(len))
        };
        assert_eq!(Request::parse(ram, &chain, limits), expected);
    }
}

#[test]
fn a_read_only_disk_is_not_written() {
    let (mut driver, disk) = driver(Interface::Modern);
    disk.borrow_mut().is_read_only = true;
    for features in [feature::RO, 0] {
        driver.start(VERSION_1 | features, 8);
        assert_eq!(request(&mut driver, OUT, 0, 512), (IO_ERROR, 1));
        assert_eq!(disk.borrow().deeds, []);
        assert_eq!(request(&mut driver, IN, 0, 512), (OK, 513));
        disk.borrow_mut().deeds.clear();
    }
}

#[test]
fn the_disk_has_a_name_of_20_bytes() {
    let (mut driver, disk) = started();
    for (id, name) in [
        ("disk.img", *b"disk.img\0\0\0\0\0\0\0\0\0\0\0\0"),
        ("twenty-bytes-are-here", *b"twenty-bytes-are-her"),
        ("", [0; 20]),
    ] {
        disk.borrow_mut().id = id;
        driver.write(DATA, &[0xee; 32]);
        assert_eq!(request(&mut driver, GET_ID, 0, 20), (OK, 21));
        assert_eq!(driver.read(DATA, 20), name);
        assert_eq!(request(&mut driver, GET_ID, 0, 32), (OK, 21));
        assert_eq!(driver.read(DATA + 20, 12), [0xee; 12]);
        assert_eq!(request(&mut driver, GET_ID, 0, 4), (OK, 5));
    }
}

#[test]
fn a_failing_host_is_an_error_of_the_request() {
    let (mut driver, disk) = started();
    disk.borrow_mut().good_deeds = 0;
    driver.write(DATA, &[0xee; 512]);
    for kind in [IN, OUT, FLUSH] {
        let len = if kind == FLUSH { 0 } else { 512 };
        assert_eq!(request(&mut driver, kind, 1, len), (IO_ERROR, 1));
    }
    assert_eq!(driver.read(DATA, 512), [0xee; 512]);
    assert_eq!(driver.get(0x70), 15);
    disk.borrow_mut().good_deeds = usize::MAX;
    assert_eq!(request(&mut driver, IN, 1, 512), (OK, 513));
}

#[test]
fn what_was_read_before_the_host_failed_counts_as_written() {
    let disk = FakeDisk::new(300);
    let mut driver = Driver::new(Interface::Modern, Some(Box::new(Block::new(disk.clone()))));
    driver.start(VERSION_1, 8);
    disk.borrow_mut().good_deeds = 1;
    let answer = request(&mut driver, IN, 0, 300 * 512);
    assert_eq!(answer, (IO_ERROR, BUFFER as u32 + 1));
    assert_eq!(disk.borrow().deeds, [Deed::Read(0, BUFFER)]);
    assert_eq!(driver.read(DATA, BUFFER), disk.borrow().now[..BUFFER]);
    assert_eq!(driver.read(DATA + BUFFER as u64, 512), [0; 512]);
}

#[test]
fn only_what_was_flushed_outlives_a_loss_of_power() {
    let (mut driver, disk) = started();
    driver.write(DATA, &[0xab; 512]);
    assert_eq!(request(&mut driver, OUT, 1, 512).0, OK);
    assert_eq!(disk.borrow().stable[512..1024], [2; 512], "not yet");
    submit(&mut driver, FLUSH, 0, 0);
    assert_eq!(driver.used(), None, "not complete before it is done");
    assert!(driver.step());
    assert_eq!(driver.used(), Some((0, 1)));
    assert_eq!(driver.read(STATUS, 1), [OK]);
    assert_eq!(request(&mut driver, OUT, 2, 512).0, OK);
    disk.borrow_mut().lose_power();
    assert_eq!(disk.borrow().now[512..1024], [0xab; 512]);
    assert_eq!(disk.borrow().now[1024..1536], [3; 512]);
}

#[test]
fn a_driver_that_cannot_flush_writes_through() {
    for interface in [Interface::Modern, Interface::Legacy] {
        let (mut driver, disk) = driver(interface);
        driver.start(feature::BLK_SIZE, 8);
        driver.write(DATA, &[0xab; 512]);
        assert_eq!(request(&mut driver, OUT, 1, 512).0, OK);
        disk.borrow_mut().lose_power();
        assert_eq!(disk.borrow().now[512..1024], [0xab; 512]);
        disk.borrow_mut().good_deeds = 1;
        assert_eq!(request(&mut driver, OUT, 1, 512), (IO_ERROR, 1), "no flush");
    }
}

#[test]
fn the_driver_can_choose_the_cache() {
    let flushes = |driver: &mut Driver, disk: &Fake| {
        disk.borrow_mut().deeds.clear();
        assert_eq!(request(driver, OUT, 1, 512).0, OK);
        disk.borrow().deeds.contains(&Deed::Flush)
    };
    let (mut driver, disk) = started_with(feature::FLUSH | feature::CONFIG_WCE);
    assert_eq!(driver.config(32, Width::B1), 1);
    assert!(!flushes(&mut driver, &disk));
    driver.set_config(32, Width::B1, 0);
    assert_eq!(driver.config(32, Width::B1), 0);
    assert!(flushes(&mut driver, &disk));
    driver.set_config(32, Width::B1, 1);
    assert!(!flushes(&mut driver, &disk));
    let (mut no_flush, disk) = started_with(feature::CONFIG_WCE);
    assert_eq!(no_flush.config(32, Width::B1), 0);
    assert!(flushes(&mut no_flush, &disk));
    let (mut no_choice, disk) = started_with(feature::FLUSH);
    no_choice.set_config(32, Width::B1, 0);
    assert!(!flushes(&mut no_choice, &disk));
}

#[test]
fn what_counts_for_a_write_is_the_cache_when_it_was_made() {
    let (mut driver, disk) = started_with(feature::FLUSH | feature::CONFIG_WCE);
    for (before, after) in [(0, 1), (1, 0)] {
        driver.set_config(32, Width::B1, before);
        disk.borrow_mut().deeds.clear();
        submit(&mut driver, OUT, 1, 512);
        driver.set_config(32, Width::B1, after);
        driver.settle();
        assert_eq!(driver.used(), Some((0, 1)));
        let flushed = disk.borrow().deeds.contains(&Deed::Flush);
        assert_eq!(flushed, before == 0);
    }
}

#[test]
fn a_request_takes_its_time_and_no_other() {
    let (mut driver, disk) = started();
    for (kind, len, time) in [
        (IN, 0, 2_000),
        (IN, 512, 2_128),
        (OUT, 8 * 512, 3_024),
        (FLUSH, 0, 12_000),
        (GET_ID, 20, 2_000),
        (99, 512, 2_000),
    ] {
        submit(&mut driver, kind, 0, len);
        assert_eq!(driver.bus.deadline(), Some(driver.now.after(time)));
        let before = disk.borrow().deeds.len();
        driver.bus.refresh(driver.now.after(time - 1));
        assert_eq!(disk.borrow().deeds.len(), before, "not before its time");
        assert!(driver.step());
        assert_eq!(driver.used().map(|(head, _)| head), Some(0));
        assert_eq!(driver.bus.deadline(), None);
    }
    let (mut through, _) = started_with(0);
    submit(&mut through, OUT, 0, 512);
    let time = 2_128 + 10_000;
    assert_eq!(through.bus.deadline(), Some(through.now.after(time)));
}

#[test]
fn requests_are_served_one_by_one() {
    let (mut driver, disk) = started();
    driver.write(HEADER, &header(IN, 2));
    driver.write(HEADER + 16, &header(IN, 1));
    let chain = |n: u64| {
        let data = (DATA + 512 * n, 512, WRITE);
        [(HEADER + 16 * n, 16, 0), data, (STATUS + n, 1, WRITE)]
    };
    driver.submit(0, &chain(0));
    // The driver is told not to notify: the second is found all the same.
    assert_eq!(driver.ring.used_flags(&driver.bus.ram), 1);
    let ram = &mut driver.bus.ram;
    driver.ring.chain(ram, 3, &chain(1));
    driver.ring.offer(ram, 3);
    assert!(driver.step());
    assert_eq!(disk.borrow().deeds, [Deed::Read(1024, 512)]);
    assert_eq!((driver.used(), driver.used()), (Some((0, 513)), None));
    driver.set(0x50, 0);
    assert!(driver.step());
    assert_eq!(disk.borrow().deeds.len(), 2);
    assert_eq!(driver.used(), Some((3, 513)));
    assert!(!driver.step());
    assert_eq!(driver.ring.used_flags(&driver.bus.ram), 0);
}

#[test]
fn event_indexes_save_interrupts() {
    let (mut driver, _) = started_with(EVENT_IDX);
    driver.ring.set_used_event(&mut driver.bus.ram, 1);
    assert_eq!(request(&mut driver, IN, 0, 512).0, OK);
    assert!(!driver.line());
    assert_eq!(request(&mut driver, IN, 0, 512).0, OK);
    assert!(driver.line());
}

#[test]
fn a_reset_drops_the_write_in_hand() {
    let (mut driver, disk) = started();
    submit(&mut driver, OUT, 0, 512);
    driver.set(0x70, 0);
    driver.settle();
    driver.start(VERSION_1, 8);
    assert_eq!(disk.borrow().deeds, []);
    assert_eq!(request(&mut driver, IN, 0, 512), (OK, 513));
}

#[test]
fn reading_into_decoded_code_is_noticed() {
    let (mut driver, _) = started();
    let page = PhysAddr(DATA);
    driver.bus.ram.set_code_granules(page, 1 << 4);
    assert_eq!(request(&mut driver, IN, 0, 4096), (OK, 4097));
    let noted = driver.bus.ram.take_code_writes();
    assert_eq!(noted, [(page, 4096)]);
    assert!(driver.bus.take_device_writes());
}
