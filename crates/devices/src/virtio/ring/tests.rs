use super::*;
use crate::virtio::mock::{
    DriverRing, HEAP, INDIRECT, NEXT, RAM, RAM_SIZE, RING, WRITE, layout, ram,
};

const BOTH: RingFeatures = RingFeatures {
    indirect: true,
    event_index: true,
};
const INDIRECT_ONLY: RingFeatures = RingFeatures {
    indirect: true,
    event_index: false,
};
const PLAIN: RingFeatures = RingFeatures {
    indirect: false,
    event_index: false,
};

/// Both sides of a ring.
struct Pair {
    ram: Ram,
    driver: DriverRing,
    device: Ring,
}

fn pair(size: u16, features: RingFeatures) -> Pair {
    let ram = ram();
    let mut device = Ring::new(&ram, layout(size), Ring::MAX_SIZE).expect("a good layout");
    device.set_features(features);
    Pair {
        ram,
        driver: DriverRing::new(size),
        device,
    }
}

impl Pair {
    fn put(&mut self, index: u16, parts: (u64, u32, u16, u16)) {
        self.driver.descriptor(&mut self.ram, index, parts);
    }

    fn put_indirect(&mut self, table: u64, index: u16, parts: (u64, u32, u16, u16)) {
        DriverRing::put(&mut self.ram, PhysAddr(table), index, parts);
    }

    fn offer(&mut self, head: u16) {
        self.driver.offer(&mut self.ram, head);
    }

    fn take(&mut self) -> Result<Option<Chain>, RingError> {
        self.device.take(&mut self.ram)
    }

    /// The error of the chain at descriptor 0; nothing in memory changes.
    fn refusal(&mut self) -> RingError {
        self.offer(0);
        let before = contents(&self.ram);
        let error = self.take().expect_err("a broken ring");
        assert!(contents(&self.ram) == before, "{error}: memory was changed");
        assert_eq!(self.take(), Err(error), "it stays broken");
        error
    }

    /// Offers chain 0, takes it and gives it back. Whether an interrupt is due.
    fn round(&mut self) -> bool {
        self.offer(0);
        let chain = self.take().expect("a sound ring").expect("a chain");
        let ram = &mut self.ram;
        let interrupt = self.device.give_back(ram, chain.head, 7).expect("RAM");
        assert_eq!(self.driver.used(&self.ram), Some((0, 7)));
        interrupt
    }
}

fn contents(ram: &Ram) -> Vec<u8> {
    let mut bytes = vec![0; RAM_SIZE as usize];
    ram.read_bytes(RAM, &mut bytes).expect("RAM");
    bytes
}

fn segment(address: u64, len: u32) -> Segment {
    Segment {
        address: PhysAddr(address),
        len,
    }
}

#[test]
fn a_chain_is_what_its_descriptors_say() {
    let mut pair = pair(8, PLAIN);
    pair.put(3, (HEAP, 16, NEXT, 7));
    pair.put(7, (HEAP + 100, 5, NEXT, 0));
    pair.put(0, (HEAP + 200, 0, NEXT, 1));
    pair.put(1, (HEAP + 300, 9, NEXT | WRITE, 6));
    pair.put(6, (HEAP + 400, 1, WRITE, 9999));
    pair.offer(3);
    let chain = pair.take().unwrap().unwrap();
    assert_eq!(chain.head, 3);
    assert_eq!(
        chain.readable.segments(),
        [segment(HEAP, 16), segment(HEAP + 100, 5)]
    );
    assert_eq!(
        chain.writable.segments(),
        [segment(HEAP + 300, 9), segment(HEAP + 400, 1)]
    );
    assert_eq!((chain.readable.len(), chain.writable.len()), (21, 10));
    assert_eq!(pair.take(), Ok(None));
}

#[test]
fn buffers_are_one_string_of_bytes() {
    let mut pair = pair(4, PLAIN);
    pair.put(0, (HEAP, 3, NEXT | WRITE, 1));
    pair.put(1, (HEAP + 10, 1, NEXT | WRITE, 2));
    pair.put(2, (HEAP + 20, 4, WRITE, 0));
    pair.offer(0);
    let buffers = pair.take().unwrap().unwrap().writable;
    let ram = &mut pair.ram;
    assert_eq!(buffers.write(ram, 1, b"abcdef"), Some(()));
    let mut back = [0; 8];
    assert_eq!(buffers.read(ram, 0, &mut back), Some(()));
    assert_eq!(back, *b"\0abcdef\0");
    let mut memory = [0; 24];
    ram.read_bytes(PhysAddr(HEAP), &mut memory).unwrap();
    assert_eq!(memory[..4], *b"\0ab\0");
    assert_eq!(memory[10..12], *b"c\0");
    assert_eq!(memory[20..], *b"def\0");
    assert_eq!(buffers.write(ram, 4, b"12345"), None);
    assert_eq!(buffers.read(ram, u32::MAX, &mut back), None);
    assert_eq!(buffers.write(ram, 8, b""), Some(()));
}

#[test]
fn a_chain_in_hand_does_not_change_with_its_descriptors() {
    let mut pair = pair(4, PLAIN);
    pair.put(0, (HEAP, 8, 0, 0));
    pair.offer(0);
    let chain = pair.take().unwrap().unwrap();
    pair.put(0, (0, u32::MAX, NEXT | WRITE, 77));
    assert_eq!(chain.readable.segments(), [segment(HEAP, 8)]);
    assert!(chain.writable.is_empty());
}

#[test]
fn sizes_are_powers_of_two_up_to_the_maximum() {
    let ram = ram();
    for size in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
        let ring = Ring::new(&ram, layout(size), 256).expect("a good size");
        assert_eq!(ring.size(), size);
    }
    let good = layout(4);
    for size in [0, 3, 6, 255, 257, 512, 0x1_0000, 0x1_0004, u32::MAX] {
        let max = 256;
        let error = Ring::new(&ram, Layout { size, ..good }, max).unwrap_err();
        assert_eq!(error, RingError::Size { size, max });
    }
    let error = Ring::new(&ram, layout(16), 8).unwrap_err();
    assert_eq!(error, RingError::Size { size: 16, max: 8 });
}

#[test]
fn areas_are_aligned_and_in_ram() {
    let ram = ram();
    let good = layout(4);
    let at = |layout: Layout| Ring::new(&ram, layout, 256).map(|_| ());
    let end = RAM.0 + RAM_SIZE;
    for (address, fits) in [
        (end - 64, true),
        (end - 48, false),
        (end, false),
        (RAM.0, true),
        (RAM.0 - 16, false),
        (0x1000_1000, false),
        (0, false),
        (u64::MAX - 15, false),
    ] {
        let descriptors = PhysAddr(address);
        let result = at(Layout {
            descriptors,
            ..good
        });
        assert_eq!(result.is_ok(), fits, "{address:#x}");
    }
    for (area, address, align) in [
        ("descriptor table", RING + 8, 16),
        ("available ring", RING + 1, 2),
        ("used ring", RING + 2, 4),
    ] {
        let address = PhysAddr(address);
        let mut layout = good;
        match area {
            "descriptor table" => layout.descriptors = address,
            "available ring" => layout.available = address,
            _ => layout.used = address,
        }
        let error = RingError::Misaligned {
            area,
            address,
            align,
        };
        assert_eq!(at(layout), Err(error));
    }
    for (available, used) in [(end - 12, RING), (RING, end - 36), (RING, u64::MAX - 3)] {
        let layout = Layout {
            available: PhysAddr(available),
            used: PhysAddr(used),
            ..good
        };
        let result = at(layout);
        assert!(matches!(result, Err(RingError::AreaOutsideRam { .. })));
    }
    let available = PhysAddr(end - 14);
    assert_eq!(at(Layout { available, ..good }), Ok(()));
}

#[test]
fn the_legacy_layout_is_one_piece() {
    let layout = Layout::legacy(0x8000_0000, 8, 4096).unwrap();
    assert_eq!(layout.descriptors, PhysAddr(0x8000_0000));
    assert_eq!(layout.available, PhysAddr(0x8000_0080));
    assert_eq!(layout.used, PhysAddr(0x8000_1000));
    let tight = Layout::legacy(0x8000_0000, 8, 4).unwrap();
    assert_eq!(tight.used, PhysAddr(0x8000_0080 + 22 + 2));
    for align in [0, 3, 4097, u32::MAX] {
        let error = Layout::legacy(0x8000_0000, 8, align).unwrap_err();
        assert_eq!(error, RingError::Alignment(align));
    }
    // What wraps around is not RAM.
    let wild = Layout::legacy(u64::MAX - 4095, u32::MAX, 1 << 31).unwrap();
    assert!(Ring::new(&ram(), wild, 256).is_err());
}

#[test]
fn rings_of_all_sizes_go_round() {
    for size in [1, 2, 256] {
        let mut pair = pair(size, PLAIN);
        for index in 0..size {
            pair.put(index, (HEAP + 8 * u64::from(index), 8, WRITE, 0));
        }
        for round in 0..3 {
            for index in 0..size {
                pair.offer(size - 1 - index);
            }
            for index in 0..size {
                let chain = pair.take().unwrap().expect("as many as there is room for");
                assert_eq!(chain.head, size - 1 - index, "round {round}");
                let ram = &mut pair.ram;
                pair.device
                    .give_back(ram, chain.head, u32::from(index))
                    .unwrap();
            }
            assert_eq!(pair.take(), Ok(None));
            for index in 0..size {
                let used = pair.driver.used(&pair.ram);
                assert_eq!(used, Some((size - 1 - index, u32::from(index))));
            }
            assert_eq!(pair.driver.used(&pair.ram), None);
        }
    }
}

#[test]
fn an_available_index_too_far_ahead_is_refused() {
    for (ahead, is_sound) in [(4, true), (5, false), (0x8000, false), (0xffff, false)] {
        let mut pair = pair(4, PLAIN);
        pair.put(0, (HEAP, 8, 0, 0));
        pair.driver.set_available(&mut pair.ram, ahead);
        let expected = RingError::TooFarAhead { ahead };
        assert_eq!(pair.take().err(), (!is_sound).then_some(expected));
    }
}

#[test]
fn heads_and_links_stay_in_the_table() {
    let mut beyond = pair(4, PLAIN);
    beyond.offer(4);
    let error = beyond.take().unwrap_err();
    assert_eq!(error, RingError::Index { index: 4, count: 4 });
    let mut pair = pair(4, PLAIN);
    pair.put(0, (HEAP, 8, NEXT, 0xffff));
    let index = 0xffff;
    assert_eq!(pair.refusal(), RingError::Index { index, count: 4 });
}

#[test]
fn loops_are_refused() {
    let mut alone = pair(4, PLAIN);
    alone.put(0, (HEAP, 8, NEXT, 0));
    assert_eq!(alone.refusal(), RingError::ChainTooLong);
    let mut two = pair(4, PLAIN);
    two.put(0, (HEAP, 8, NEXT, 1));
    two.put(1, (HEAP, 0, NEXT, 0));
    assert_eq!(two.refusal(), RingError::ChainTooLong);
    let mut inside = pair(4, INDIRECT_ONLY);
    inside.put(0, (HEAP, 32, INDIRECT, 0));
    inside.put_indirect(HEAP, 0, (HEAP, 8, NEXT, 1));
    inside.put_indirect(HEAP, 1, (HEAP, 8, NEXT, 0));
    assert_eq!(inside.refusal(), RingError::ChainTooLong);
    let mut smallest = pair(1, PLAIN);
    smallest.put(0, (HEAP, 8, NEXT, 0));
    assert_eq!(smallest.refusal(), RingError::ChainTooLong);
}

#[test]
fn a_chain_is_as_long_as_the_queue_at_most() {
    for (in_table, fits) in [(6, true), (7, false)] {
        let mut pair = pair(8, INDIRECT_ONLY);
        pair.put(0, (HEAP, 8, NEXT, 1));
        pair.put(1, (HEAP, 8, NEXT, 2));
        pair.put(2, (HEAP, 16 * u32::from(in_table), INDIRECT, 0));
        for index in 0..in_table {
            let next = if index + 1 < in_table { NEXT } else { 0 };
            pair.put_indirect(HEAP, index, (HEAP, 4, next | WRITE, index + 1));
        }
        if fits {
            pair.offer(0);
            let chain = pair.take().unwrap().unwrap();
            assert_eq!((chain.readable.len(), chain.writable.len()), (16, 24));
        } else {
            assert_eq!(pair.refusal(), RingError::ChainTooLong);
        }
    }
}

#[test]
fn readable_buffers_come_first() {
    let mut pair = pair(4, PLAIN);
    pair.put(0, (HEAP, 8, NEXT | WRITE, 1));
    pair.put(1, (HEAP, 8, 0, 0));
    assert_eq!(pair.refusal(), RingError::ReadableAfterWritable);
}

#[test]
fn buffers_are_in_ram() {
    let end = RAM.0 + RAM_SIZE;
    for (address, len, fits) in [
        (RAM.0, RAM_SIZE as u32, true),
        (end - 8, 8, true),
        (end - 8, 9, false),
        (RAM.0 - 1, 2, false),
        (end, 1, false),
        (0, 8, false),
        (0x1000_1000, 4, false),
        (u64::MAX, 1, false),
        (u64::MAX - 3, 8, false),
        (RAM.0 | 1 << 63, 8, false),
        (RAM.0, u32::MAX, false),
    ] {
        for flags in [0, WRITE] {
            let mut pair = pair(4, PLAIN);
            pair.put(0, (address, len, flags, 0));
            let address = PhysAddr(address);
            if fits {
                pair.offer(0);
                assert!(pair.take().is_ok(), "{address}");
            } else {
                let error = RingError::BufferOutsideRam { address, len };
                assert_eq!(pair.refusal(), error);
            }
        }
    }
}

#[test]
fn a_chain_has_less_than_4_gib() {
    const MIB: u64 = 1 << 20;
    let mut ram = Ram::new(RAM, 33 * MIB).expect("not touched, not taken");
    for (each, fits) in [(16 * MIB - 1, true), (16 * MIB, false)] {
        let driver = DriverRing::new(256);
        let mut device = Ring::new(&ram, layout(256), 256).unwrap();
        for index in 0..256 {
            let next = if index < 255 { NEXT } else { 0 };
            driver.descriptor(&mut ram, index, (RAM.0 + MIB, each as u32, next, index + 1));
        }
        driver.clone().offer(&mut ram, 0);
        let len = device
            .take(&mut ram)
            .map(|chain| chain.unwrap().readable.len());
        let expected = if fits {
            Ok((256 * each) as u32)
        } else {
            Err(RingError::ChainTooLarge)
        };
        assert_eq!(len, expected);
    }
}

#[test]
fn an_indirect_table_is_a_chain_of_its_own() {
    let mut pair = pair(4, INDIRECT_ONLY);
    // The WRITE flag of the descriptor that refers to it means nothing, nor
    // does the place of the table.
    pair.put(0, (HEAP + 1, 48, INDIRECT | WRITE, 3));
    pair.put_indirect(HEAP + 1, 0, (HEAP + 100, 8, NEXT, 2));
    pair.put_indirect(HEAP + 1, 2, (HEAP + 200, 4, WRITE, 1));
    pair.offer(0);
    let chain = pair.take().unwrap().unwrap();
    assert_eq!(chain.readable.segments(), [segment(HEAP + 100, 8)]);
    assert_eq!(chain.writable.segments(), [segment(HEAP + 200, 4)]);
}

#[test]
fn indirect_tables_are_tables_in_ram() {
    let end = RAM.0 + RAM_SIZE;
    for (address, len) in [
        (HEAP, 0),
        (HEAP, 8),
        (HEAP, 24),
        (HEAP, 16 * 5),
        (HEAP, 16 * 0x1_0000),
        (HEAP, u32::MAX - 15),
        (end - 16, 32),
        (end, 16),
        (0x1000_1000, 16),
        (u64::MAX - 15, 16),
        (u64::MAX - 15, 32),
    ] {
        let mut pair = pair(4, INDIRECT_ONLY);
        pair.put(0, (address, len, INDIRECT, 0));
        let address = PhysAddr(address);
        assert_eq!(pair.refusal(), RingError::IndirectTable { address, len });
    }
}

#[test]
fn indirect_descriptors_are_where_they_may_be() {
    let mut not_negotiated = pair(4, PLAIN);
    not_negotiated.put(0, (HEAP, 16, INDIRECT, 0));
    assert_eq!(not_negotiated.refusal(), RingError::Indirect);
    let mut with_next = pair(4, BOTH);
    with_next.put(0, (HEAP, 16, INDIRECT | NEXT, 1));
    assert_eq!(with_next.refusal(), RingError::Indirect);
    let mut nested = pair(4, BOTH);
    nested.put(0, (HEAP, 16, INDIRECT, 0));
    nested.put_indirect(HEAP, 0, (HEAP, 16, INDIRECT, 0));
    assert_eq!(nested.refusal(), RingError::Indirect);
    let mut link = pair(4, BOTH);
    link.put(0, (HEAP, 32, INDIRECT, 0));
    link.put_indirect(HEAP, 0, (HEAP, 16, NEXT, 2));
    assert_eq!(link.refusal(), RingError::Index { index: 2, count: 2 });
}

#[test]
fn without_event_indexes_a_flag_turns_interrupts_off() {
    let mut pair = pair(2, PLAIN);
    assert!(pair.round());
    pair.driver.set_flags(&mut pair.ram, 1);
    assert!(!pair.round());
    pair.driver.set_flags(&mut pair.ram, 0);
    assert!(pair.round());
}

#[test]
fn with_event_indexes_the_driver_says_which_buffer_interrupts() {
    let mut pair = pair(2, BOTH);
    pair.driver.set_used_event(&mut pair.ram, 2);
    // The flag means nothing then (2.7.7.2).
    pair.driver.set_flags(&mut pair.ram, 1);
    let interrupts: Vec<bool> = (0..4).map(|_| pair.round()).collect();
    assert_eq!(interrupts, [false, false, true, false]);
}

#[test]
fn event_indexes_wrap_around() {
    const PERIOD: u16 = 1000;
    let mut pair = pair(2, BOTH);
    let mut event = PERIOD;
    pair.driver.set_used_event(&mut pair.ram, event);
    for round in 0..3 * 0x1_0000_u32 {
        let is_due = round as u16 == event;
        assert_eq!(pair.round(), is_due, "round {round:#x}");
        if is_due {
            event = event.wrapping_add(PERIOD);
            pair.driver.set_used_event(&mut pair.ram, event);
        }
        assert_eq!(pair.take(), Ok(None));
        let next = (round + 1) as u16;
        assert_eq!(pair.driver.avail_event(&pair.ram), next);
    }
}

#[test]
fn without_event_indexes_a_flag_tells_the_driver_to_be_quiet() {
    let mut pair = pair(4, PLAIN);
    assert_eq!(pair.take(), Ok(None));
    assert_eq!(pair.driver.used_flags(&pair.ram), 0);
    pair.offer(0);
    pair.offer(0);
    for _ in 0..2 {
        assert!(pair.take().unwrap().is_some());
        assert_eq!(pair.driver.used_flags(&pair.ram), 1, "busy");
    }
    assert_eq!(pair.take(), Ok(None));
    assert_eq!(pair.driver.used_flags(&pair.ram), 0, "idle");
}

#[test]
fn with_event_indexes_a_busy_device_needs_no_notification() {
    let mut pair = pair(8, BOTH);
    assert_eq!(pair.take(), Ok(None));
    // 2.7.10.1, for one chain at a time.
    let notifies = |pair: &Pair| {
        let before = pair.driver.offered.wrapping_sub(1);
        pair.driver.avail_event(&pair.ram) == before
    };
    pair.offer(0);
    assert!(notifies(&pair), "the first one");
    assert!(pair.take().unwrap().is_some());
    for _ in 0..3 {
        pair.offer(0);
        assert!(!notifies(&pair), "the device is busy");
    }
    for _ in 0..3 {
        assert!(pair.take().unwrap().is_some());
    }
    assert_eq!(pair.take(), Ok(None));
    pair.offer(0);
    assert!(notifies(&pair), "the device has become idle");
    assert_eq!(pair.driver.used_flags(&pair.ram), 0);
}
