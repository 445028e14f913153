//! The benchmark of block devices: reads or writes blocks of 4 KiB, one after
//! another or anywhere, with one or many requests in flight.
//!
//! Block 0 of the disk in virtio-mmio slot 0 says what to do, so that one
//! program serves all rows: eight little-endian words, see `Order`. Nothing is
//! written to that block. Every other block begins with a word that depends on
//! its number; reads add these words up, writes put others there.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    use core::sync::atomic::Ordering;

    use pagewalk_test_programs::{
        board::block::{Block, Error, MAX_DEPTH, Request},
        println,
        random::Random,
    };

    /// The first word of block 0: `PWBLOCK1`.
    const MAGIC: u64 = u64::from_le_bytes(*b"PWBLOCK1");

    /// What block 0 asks for, word by word after the magic.
    struct Order {
        /// 0 to read, 1 to write.
        writes: bool,
        /// 0 for one block after another, 1 for any.
        is_random: bool,
        /// Requests in flight, 1 to 32.
        depth: usize,
        /// Whether VIRTIO_F_EVENT_IDX is used.
        event_index: bool,
        /// How many requests.
        requests: u64,
    }

    impl Order {
        fn read() -> Result<Self, Error> {
            let mut disk = Block::new(0, false)?;
            disk.execute(Request::Read(0))?;
            let words = disk.buffer(0);
            let word = |index| words.word(index).load(Ordering::Relaxed);
            assert_eq!(word(0), MAGIC, "block 0 has no order");
            let depth = word(3) as usize;
            assert!((1..=MAX_DEPTH).contains(&depth), "a depth of {depth}");
            Ok(Self {
                writes: word(1) != 0,
                is_random: word(2) != 0,
                depth,
                event_index: word(4) != 0,
                requests: word(5),
            })
        }
    }

    /// The word that block `block` begins with after it was written.
    fn stamp(block: u64) -> u64 {
        block.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
    }

    /// The sum of the first words of all blocks that were read.
    fn work(order: &Order) -> Result<u64, Error> {
        let mut disk = Block::new(0, order.event_index)?;
        let blocks = disk.blocks() - 1;
        let mut random = Random::new(1);
        let mut place = |index| {
            1 + match order.is_random {
                true => random.below(blocks),
                false => index % blocks,
            }
        };
        let mut sum = 0u64;
        let mut started = 0;
        let mut start = |disk: &mut Block, tag: usize| {
            let block = place(started);
            started += 1;
            if order.writes {
                disk.buffer(tag)
                    .word(0)
                    .store(stamp(block), Ordering::Relaxed);
                disk.submit(tag, Request::Write(block));
            } else {
                disk.submit(tag, Request::Read(block));
            }
            started
        };
        let first = order.requests.min(order.depth as u64);
        for tag in 0..first as usize {
            start(&mut disk, tag);
        }
        disk.notify();
        let (mut left_to_start, mut left) = (order.requests - first, order.requests);
        while left > 0 {
            let mut is_new = false;
            while let Some(ended) = disk.poll() {
                let tag = ended?;
                left -= 1;
                if !order.writes {
                    sum = sum.wrapping_add(disk.buffer(tag).word(0).load(Ordering::Relaxed));
                }
                if left_to_start > 0 {
                    left_to_start -= 1;
                    start(&mut disk, tag);
                    is_new = true;
                }
            }
            if is_new {
                disk.notify();
            }
            if left > 0 {
                disk.wait();
            }
        }
        if order.writes {
            disk.execute(Request::Flush)?;
        }
        Ok(sum)
    }

    pub(crate) fn program() -> u64 {
        let result = Order::read().and_then(|order| Ok((work(&order)?, order.requests)));
        match result {
            Ok((sum, requests)) => {
                println!("block checksum={sum:#018x} requests={requests}");
                0
            }
            Err(error) => {
                println!("block failed: {error:?}");
                1
            }
        }
    }
}

pagewalk_test_programs::board!(guest::program);
