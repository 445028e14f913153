//! Random mixes of requests, cut into buffers at random, against an array of
//! bytes.

use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::virtio::mock::{DriverRing, INDIRECT, NEXT};

/// One request, and how it is laid out.
#[derive(Clone, Debug)]
struct Order {
    kind: u32,
    sector: u64,
    sectors: u32,
    /// What a write writes; also what memory is filled with before a read.
    fill: u8,
    /// Where header and data are cut, in thousandths.
    cuts: Vec<u32>,
    /// How many descriptors are in the ring's table; the rest is indirect.
    direct: Option<usize>,
    /// Unused bytes before each buffer.
    gap: u64,
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let kind = prop_oneof![4 => Just(IN), 4 => Just(OUT), 1 => Just(FLUSH), 1 => 0..20_u32];
    let order = (
        kind,
        0..SECTORS + 2,
        0..6_u32,
        any::<u8>(),
        prop::collection::vec(0..1000_u32, 0..6),
        prop::option::of(0..4_usize),
        0..70_u64,
    );
    let order = order.prop_map(|(kind, sector, sectors, fill, cuts, direct, gap)| Order {
        kind,
        sector,
        sectors,
        fill,
        cuts,
        direct,
        gap,
    });
    prop::collection::vec(order, 1..12)
}

/// Where an order has been laid out.
struct Laid {
    status: u64,
    /// The address of each byte of data.
    data: Vec<u64>,
    expected: Vec<u8>,
    answer: (u8, u32),
}

/// The driver's memory: each buffer is behind the one before.
struct Heap(u64);

impl Heap {
    fn take(&mut self, len: usize, gap: u64) -> Range<u64> {
        let start = self.0 + gap;
        self.0 = start + len as u64;
        start..self.0
    }
}

/// Cuts `len` bytes in pieces.
fn cut(len: usize, cuts: &[u32]) -> Vec<usize> {
    let mut places: Vec<usize> = cuts.iter().map(|&c| len * c as usize / 1000).collect();
    places.extend([0, len]);
    places.sort_unstable();
    places.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// What the request does to `disk`: the data that it reads, and the answer.
fn act(order: &Order, disk: &mut [u8]) -> (Vec<u8>, (u8, u32)) {
    let bytes = order.sectors as usize * SECTOR;
    let start = order.sector as usize * SECTOR;
    let range = start..start + bytes;
    let untouched = vec![order.fill; bytes];
    let fits = range.end <= disk.len();
    match order.kind {
        IN if fits => (disk[range].to_vec(), (OK, bytes as u32 + 1)),
        OUT if fits => {
            disk[range].fill(order.fill);
            (untouched, (OK, 1))
        }
        IN | OUT => (untouched, (IO_ERROR, 1)),
        FLUSH => (untouched, (OK, 1)),
        GET_ID => {
            let len = bytes.min(20);
            let mut data = untouched;
            data[..len].copy_from_slice(&b"fake\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..len]);
            (data, (OK, len as u32 + 1))
        }
        _ => (untouched, (UNSUPPORTED, 1)),
    }
}

/// Lays out an order, with descriptors from `first` on.
fn lay(driver: &mut Driver, heap: &mut Heap, order: &Order, first: u16) -> Laid {
    let bytes = order.sectors as usize * SECTOR;
    let is_write = order.kind == OUT;
    let mut readable = header(order.kind, order.sector).to_vec();
    let mut writable = vec![];
    let data = vec![order.fill; bytes];
    if is_write {
        readable.extend(&data);
    } else {
        writable.extend(&data);
    }
    writable.push(0xff);
    let mut buffers = Vec::new();
    let mut addresses = [Vec::new(), Vec::new()];
    for (side, (content, flags)) in [(&readable, 0), (&writable, WRITE)].into_iter().enumerate() {
        let mut rest = &content[..];
        for len in cut(content.len(), &order.cuts) {
            let place = heap.take(len, order.gap);
            let (now, later) = rest.split_at(len);
            driver.write(place.start, now);
            rest = later;
            buffers.push((place.start, len as u32, flags));
            addresses[side].extend(place);
        }
    }
    let [mut readable, mut writable] = addresses;
    let status = writable.pop().expect("a byte for the status");
    let data = if is_write {
        readable.split_off(16)
    } else {
        writable
    };
    put(driver, heap, order.direct, &buffers, first);
    Laid {
        status,
        data,
        expected: Vec::new(),
        answer: (0, 0),
    }
}

/// Writes the descriptors of a chain, some of them to an indirect table.
fn put(
    driver: &mut Driver,
    heap: &mut Heap,
    direct: Option<usize>,
    buffers: &[(u64, u32, u16)],
    first: u16,
) {
    let ram = &mut driver.bus.ram;
    let direct = direct.filter(|&direct| direct < buffers.len());
    let Some(direct) = direct else {
        driver.ring.chain(ram, first, buffers);
        return;
    };
    let (in_ring, in_table) = buffers.split_at(direct);
    let table = heap.take(16 * in_table.len(), 3);
    for (index, &(address, len, flags)) in (0..).zip(in_ring) {
        let at = first + index;
        let parts = (address, len, flags | NEXT, at + 1);
        driver.ring.descriptor(ram, at, parts);
    }
    let len = 16 * in_table.len() as u32;
    let parts = (table.start, len, INDIRECT, 0);
    driver.ring.descriptor(ram, first + direct as u16, parts);
    // Linked from the first to the last, and then backwards.
    let count = in_table.len() as u16;
    let place = |index: u16| if index == 0 { 0 } else { count - index };
    for (index, &(address, len, flags)) in (0..).zip(in_table) {
        let next = if index + 1 < count { NEXT } else { 0 };
        let link = place(index + 1);
        let parts = (address, len, flags | next, link);
        DriverRing::put(ram, PhysAddr(table.start), place(index), parts);
    }
}

/// Descriptors kept for each request of a batch.
const STRIDE: u16 = 20;

fn check(interface: Interface, features: u64, orders: &[Order]) {
    let (mut driver, disk) = driver(interface);
    let features = features | INDIRECT_DESC | feature::FLUSH;
    driver.start(features, 256);
    let mut model = disk.borrow().now.clone();
    let mut heap = Heap(HEAP);
    let mut laid = Vec::new();
    for (index, order) in (0..).zip(orders) {
        let first = STRIDE * index;
        let mut one = lay(&mut driver, &mut heap, order, first);
        (one.expected, one.answer) = act(order, &mut model);
        driver.ring.offer(&mut driver.bus.ram, first);
        // Some are there when the device looks, others come when it is busy.
        if order.gap % 3 != 0 {
            driver.set(0x50, 0);
        }
        laid.push(one);
    }
    driver.set(0x50, 0);
    driver.settle();
    for (index, one) in (0..).zip(&laid) {
        let (_, written) = one.answer;
        assert_eq!(driver.used(), Some((STRIDE * index, written)), "{index}");
        assert_eq!(driver.read(one.status, 1)[0], one.answer.0, "{index}");
        let data: Vec<u8> = one.data.iter().map(|&at| driver.read(at, 1)[0]).collect();
        assert!(data == one.expected, "data of request {index}");
    }
    assert_eq!(driver.used(), None);
    assert!(disk.borrow().now == model, "the disk");
    assert_eq!(driver.get(0x70), 15);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_layout_does_what_the_request_says(
        orders in orders(),
        is_legacy: bool,
        has_events: bool,
    ) {
        let events = if has_events { EVENT_IDX } else { 0 };
        if is_legacy {
            check(Interface::Legacy, events, &orders);
        } else {
            check(Interface::Modern, events | VERSION_1, &orders);
        }
    }
}

#[test]
fn sectors_that_straddle_buffers_and_chunks_are_written_whole() {
    let disk = FakeDisk::new(300);
    let mut driver = Driver::new(Interface::Modern, Some(Box::new(Block::new(disk.clone()))));
    driver.start(VERSION_1 | feature::FLUSH, 256);
    // Header and 300 sectors in buffers of 1013 bytes.
    let content: Vec<u8> = (0..300 * SECTOR)
        .map(|n| (n.wrapping_mul(n) / 7) as u8)
        .collect();
    let mut bytes = header(OUT, 0).to_vec();
    bytes.extend(&content);
    let mut buffers = Vec::new();
    for (index, part) in (0..).zip(bytes.chunks(1013)) {
        let address = HEAP + 1500 * index;
        driver.write(address, part);
        buffers.push((address, part.len() as u32, 0));
    }
    let status = HEAP + 0x8_0000;
    buffers.push((status, 1, WRITE));
    driver.submit(0, &buffers);
    driver.settle();
    assert_eq!(driver.used(), Some((0, 1)));
    assert_eq!(driver.read(status, 1), [OK]);
    assert!(disk.borrow().now == content);
    let chunk = BUFFER as u64;
    let rest = 300 * SECTOR - 2 * BUFFER;
    let deeds = [
        Deed::Write(0, BUFFER),
        Deed::Write(chunk, BUFFER),
        Deed::Write(2 * chunk, rest),
    ];
    assert_eq!(disk.borrow().deeds, deeds);
}
