use std::cell::RefCell;
use std::rc::Rc;

use pagewalk_bus::{PhysAddr, Width};
use proptest::prelude::*;

use super::*;
use crate::virtio::Interface;
use crate::virtio::mock::{Deed, Driver, DriverRing, FakeDisk, HEAP, INDIRECT, NEXT, WRITE};
use crate::virtio::spec::feature::{ANY_LAYOUT, EVENT_IDX, INDIRECT_DESC, VERSION_1};

const SECTORS: u64 = 16;
const SECTOR: usize = SECTOR_SIZE as usize;

/// Where requests of these tests have their parts.
const HEADER: u64 = HEAP;
const STATUS: u64 = HEAP + 0x100;
const DATA: u64 = HEAP + 0x1000;

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
    let (mut driver, disk) = driver(Interface::Modern);
    driver.start(VERSION_1 | super::feature::FLUSH | INDIRECT_DESC, 8);
    (driver, disk)
}

fn header(kind: u32, sector: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&kind.to_le_bytes());
    bytes[8..].copy_from_slice(&sector.to_le_bytes());
    bytes
}

/// One request in three descriptors. Its status, and what `used` says.
fn request(driver: &mut Driver, kind: u32, sector: u64, len: u32) -> (u8, u32) {
    let flags = if kind == 1 { 0 } else { WRITE };
    driver.write(HEADER, &header(kind, sector));
    driver.write(STATUS, &[0xff]);
    let data = (DATA, len, flags);
    driver.submit(0, &[(HEADER, 16, 0), data, (STATUS, 1, WRITE)]);
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
        assert_eq!(request(&mut driver, 0, 3, 1024), (OK, 1025));
        let expected = [[4; SECTOR], [5; SECTOR]].concat();
        assert_eq!(driver.read(DATA, 1024), expected);
        assert!(driver.line());
        driver.set(0x64, 1);
        assert!(!driver.line());
        driver.write(DATA, &[0xab; 1024]);
        assert_eq!(request(&mut driver, 1, 14, 1024), (OK, 1));
        assert_eq!(disk.borrow().now[14 * SECTOR..], [0xab; 1024]);
        assert_eq!(disk.borrow().now[13 * SECTOR..14 * SECTOR], [14; SECTOR]);
        let deeds = [Deed::Read(3 * 512, 1024), Deed::Write(14 * 512, 1024)];
        assert_eq!(disk.borrow().deeds, deeds);
    }
}
