//! The emulator is killed while its guest works.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{Dir, command, pagewalk};

const SECTOR: usize = 512;
const BLOCK: usize = 4096;

/// Blocks of the image: the guest comes round often.
const BLOCKS: u64 = 97;

/// Blocks that the guest `flushes` writes between two flushes.
const BATCH: u64 = 5;

const ROUNDS: u64 = 10;

/// Kills the run after `lines` reports and some time; the last report.
fn kill_after(mut victim: Child, lines: u64, delay: Duration) -> u64 {
    let stdout = victim.stdout.take().expect("it is a pipe");
    // The last line may have been cut short.
    let mut lines_of_guest = BufReader::new(stdout).split(b'\n');
    let mut last = 0;
    let count = |line: std::io::Result<Vec<u8>>, last: &mut u64| {
        let line = String::from_utf8(line.expect("it can be read")).expect("UTF-8");
        let number = line.strip_prefix("flushed ").and_then(|n| n.parse().ok());
        assert_eq!(number, Some(*last + 1), "{line}");
        *last += 1;
    };
    for _ in 0..=lines {
        count(lines_of_guest.next().expect("it lives"), &mut last);
    }
    thread::sleep(delay);
    victim.kill().expect("it can be killed");
    // What it has reported and we have not read yet counts, too.
    lines_of_guest.for_each(|line| count(line, &mut last));
    let status = victim.wait().expect("it has ended");
    assert_eq!(status.code(), None, "it was killed");
    last
}

/// The number in every word of a sector.
fn number_of(sector: &[u8]) -> u64 {
    let (words, _) = sector.as_chunks::<8>();
    assert!(
        words.iter().all(|word| *word == words[0]),
        "it is torn: {words:x?}"
    );
    u64::from_le_bytes(words[0])
}

#[test]
fn what_a_guest_has_flushed_survives_a_kill() {
    let dir = Dir::new("kill");
    for round in 0..ROUNDS {
        let image = dir.file("a.img", vec![0; BLOCKS as usize * BLOCK]);
        let image = image.to_str().expect("UTF-8");
        let victim = command()
            .args(["run", "--drive", image, "--builtin", "flushes"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        // At another point of its work each time.
        let delay = Duration::from_micros(round * 377 % 2000);
        let flushed = kill_after(victim, round * 9, delay);

        let mut expected = vec![0; BLOCKS as usize];
        for number in 1..=flushed {
            for block in number * BATCH..(number + 1) * BATCH {
                expected[(block % BLOCKS) as usize] = number;
            }
        }
        let bytes = fs::read(image).expect("it is there");
        for (index, sector) in bytes.chunks(SECTOR).enumerate() {
            let number = number_of(sector);
            let flushed_here = expected[index / (BLOCK / SECTOR)];
            // The next flush may have ended without a word of it, and the batch
            // after that may have begun.
            assert!(
                number == flushed_here || (flushed + 1..=flushed + 2).contains(&number),
                "round {round}: sector {index} has {number}, but {flushed_here} was flushed"
            );
        }
        // Its lock has ended with it.
        pagewalk(["run", "--drive", image, "--builtin", "hello"]).exits_with(0);
    }
}
