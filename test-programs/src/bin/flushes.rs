//! Writes the disk in virtio-mmio slot 0 round and round, and reports each
//! flush that has ended, for tests of what is on an image after the emulator
//! was killed.
//!
//! Batch number n fills `BATCH` blocks of 4 KiB with the number n in every
//! word, from block n × `BATCH` on, modulo the blocks that there are. After
//! the flush it prints `flushed n`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    use core::sync::atomic::Ordering;

    use pagewalk_test_programs::{
        board::block::{BLOCK_SIZE, Block, Error, Request},
        println,
    };

    /// Blocks written between two flushes, all in flight together.
    const BATCH: u64 = 5;
    /// The end of it, if nobody kills the run.
    const BATCHES: u64 = 100_000;

    fn write(disk: &mut Block, number: u64, blocks: u64) -> Result<(), Error> {
        for tag in 0..BATCH as usize {
            let buffer = disk.buffer(tag);
            for word in 0..BLOCK_SIZE / 8 {
                buffer.word(word).store(number, Ordering::Relaxed);
            }
            let block = (number * BATCH + tag as u64) % blocks;
            disk.submit(tag, Request::Write(block));
        }
        disk.notify();
        let mut left = BATCH;
        while left > 0 {
            match disk.poll() {
                Some(ended) => {
                    ended?;
                    left -= 1;
                }
                None => disk.wait(),
            }
        }
        disk.execute(Request::Flush)
    }

    fn work() -> Result<(), Error> {
        let mut disk = Block::new(0, false)?;
        let blocks = disk.blocks();
        for number in 1..=BATCHES {
            write(&mut disk, number, blocks)?;
            println!("flushed {number}");
        }
        Ok(())
    }

    pub(crate) fn program() -> u64 {
        match work() {
            Ok(()) => 0,
            Err(error) => {
                println!("failed: {error:?}");
                1
            }
        }
    }
}

pagewalk_test_programs::board!(guest::program);
