//! Processes that end in the middle of their work.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pagewalk_devices::disk::{Access, Disk, FileDisk};

use crate::alone;
use crate::support::{Dir, SECTOR};

/// Names the image in processes that the tests here start.
const IMAGE: &str = "PAGEWALK_TEST_IMAGE";

/// Sectors of the image, each of them written again and again.
const SECTORS: u64 = 97;

/// Sectors written between two flushes.
const BATCH: u64 = 5;

/// How often a process is killed.
const ROUNDS: u64 = 12;

/// This program again, to run only the test `name`, below.
fn another(name: &str, image: &Path) -> Command {
    let mut command = Command::new(env::current_exe().expect("it is known"));
    command
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(IMAGE, image)
        .stdout(Stdio::piped());
    command
}

fn image_to_use() -> Option<PathBuf> {
    env::var_os(IMAGE).map(PathBuf::from)
}

/// A sector that is known by its number, in every word.
fn sector_of(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(SECTOR / 8)
}

/// The number of a sector that was written by [`sector_of`].
fn number_of(sector: &[u8]) -> u64 {
    let (words, _) = sector.as_chunks::<8>();
    assert!(
        words.iter().all(|word| *word == words[0]),
        "it is torn: {words:x?}"
    );
    u64::from_le_bytes(words[0])
}

#[test]
#[ignore = "the victim of the next test, which starts it"]
fn writes_until_it_is_killed() {
    let Some(image) = image_to_use() else { return };
    let mut disk = FileDisk::open(image, Access::ReadWrite).expect("it is an image");
    for number in 1.. {
        // Several sectors in one request, to the end of the disk and around.
        let first = number * BATCH % SECTORS;
        let count = BATCH.min(SECTORS - first);
        let data = sector_of(number).repeat(count as usize);
        disk.write(first * SECTOR as u64, &data)
            .expect("it can be written");
        disk.flush().expect("it can be flushed");
        println!("flushed {number}");
    }
}

/// Kills the victim after `lines` reports and some time; the last report.
fn kill_after(mut victim: Child, lines: u64, delay: Duration) -> u64 {
    let stdout = victim.stdout.take().expect("it is a pipe");
    let mut reports = BufReader::new(stdout).lines().filter_map(|line| {
        let line = line.expect("it can be read");
        line.strip_prefix("flushed ")?.parse::<u64>().ok()
    });
    let mut last = reports.nth(lines as usize).expect("it lives");
    std::thread::sleep(delay);
    victim.kill().expect("it can be killed");
    // What it has reported and we have not read yet counts, too.
    last = reports.last().unwrap_or(last);
    let status = victim.wait().expect("it has ended");
    assert!(!status.success(), "it was killed");
    last
}

#[test]
fn what_was_flushed_survives_a_kill() {
    let _alone = alone();
    let dir = Dir::new("kill");
    let image = dir.file("a.img", vec![0; SECTORS as usize * SECTOR]);
    for round in 0..ROUNDS {
        fs::write(&image, vec![0; SECTORS as usize * SECTOR]).expect("it can be written");
        let victim = another("kill::writes_until_it_is_killed", &image).spawn();
        // At another point of its work each time.
        let delay = Duration::from_micros(round * 173 % 1000);
        let flushed = kill_after(victim.expect("it starts"), round * 7, delay);

        let mut expected = vec![0; SECTORS as usize];
        for number in 1..=flushed {
            let first = number * BATCH % SECTORS;
            for sector in first..(first + BATCH).min(SECTORS) {
                expected[sector as usize] = number;
            }
        }
        let bytes = fs::read(&image).expect("it is there");
        for (index, sector) in bytes.chunks(SECTOR).enumerate() {
            let number = number_of(sector);
            assert!(
                number == expected[index] || number == flushed + 1,
                "round {round}: sector {index} has {number}, but {} was flushed",
                expected[index]
            );
        }
        FileDisk::open(&image, Access::ReadWrite).expect("its lock ended with it");
    }
}

#[test]
#[ignore = "part of the next test, which starts it"]
fn writes_more_than_it_may() {
    let Some(image) = image_to_use() else { return };
    let mut disk = FileDisk::open(image, Access::ReadWrite).expect("it is an image");
    let error = disk.write(28 * SECTOR as u64, &sector_of(1).repeat(8));
    let error = error.expect_err("half of it is not allowed");
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    disk.write(0, &sector_of(2)).expect("this is allowed");
    disk.flush().expect("it can be flushed");
}

/// To a limit of its process, a file reacts as to a full disk: with a write
/// that is cut short, and then with an error. It needs no privilege.
#[test]
fn a_write_that_the_host_cuts_short_tears_no_sector() {
    let _alone = alone();
    let dir = Dir::new("limit");
    let image = dir.file("a.img", vec![0; 64 * SECTOR]);
    let limited = another("kill::writes_more_than_it_may", &image);
    // Blocks of 512 bytes; the signal would end the process.
    let script = r#"trap "" XFSZ; ulimit -f 32 && exec "$0" "$@""#;
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(limited.get_program())
        .args(limited.get_args())
        .env(IMAGE, &image)
        .output()
        .expect("there is a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{output:#?}"
    );

    let bytes = fs::read(&image).expect("it is there");
    let numbers: Vec<u64> = bytes.chunks(SECTOR).map(number_of).collect();
    let mut expected = vec![0; 64];
    expected[0] = 2;
    expected[28..32].fill(1);
    assert_eq!(numbers, expected);
}
