//! All kinds of disk against an array of bytes.

use proptest::prelude::*;

use pagewalk_devices::disk::fake::FakeFile;
use pagewalk_devices::disk::{Access, Disk, FileDisk, MemoryDisk, Overlay};

use crate::support::{Dir, SECTOR, pattern};

/// Sectors of the disk: some blocks of an overlay, and part of one.
const SECTORS: usize = 43;

#[derive(Clone, Debug)]
enum Step {
    Read {
        sector: usize,
        sectors: usize,
    },
    Write {
        sector: usize,
        sectors: usize,
        fill: u8,
    },
    Flush,
}

/// A range of sectors, empty ones too.
fn range() -> impl Strategy<Value = (usize, usize)> {
    (0..=SECTORS).prop_flat_map(|sector| (Just(sector), 0..=(SECTORS - sector).min(20)))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => range().prop_map(|(sector, sectors)| Step::Read { sector, sectors }),
        4 => (range(), any::<u8>())
            .prop_map(|((sector, sectors), fill)| Step::Write { sector, sectors, fill }),
        1 => Just(Step::Flush),
    ]
}

/// Bytes that differ from write to write and from byte to byte.
fn data(fill: u8, len: usize) -> Vec<u8> {
    (0..len)
        .map(|i| (i as u8).wrapping_mul(7).wrapping_add((i / SECTOR) as u8) ^ fill)
        .collect()
}

/// Does the same to a disk and to an array of bytes.
fn agree(disk: &mut dyn Disk, bytes: &mut [u8], steps: &[Step]) -> Result<(), TestCaseError> {
    prop_assert_eq!(disk.size(), bytes.len() as u64);
    for step in steps {
        match *step {
            Step::Read { sector, sectors } => {
                let (start, len) = (sector * SECTOR, sectors * SECTOR);
                let mut out = vec![0xee; len];
                disk.read(start as u64, &mut out).expect("it can be read");
                prop_assert!(out == bytes[start..start + len], "{:?}", step);
            }
            Step::Write {
                sector,
                sectors,
                fill,
            } => {
                let (start, len) = (sector * SECTOR, sectors * SECTOR);
                let data = data(fill, len);
                disk.write(start as u64, &data).expect("it can be written");
                bytes[start..start + len].copy_from_slice(&data);
            }
            Step::Flush => disk.flush().expect("it can be flushed"),
        }
    }
    let mut all = vec![0xee; bytes.len()];
    disk.read(0, &mut all).expect("it can be read");
    prop_assert!(all == bytes);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Files of failures would be left in the repository.
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    })]

    #[test]
    fn all_disks_are_arrays_of_bytes(
        steps in proptest::collection::vec(step(), 0..40),
        missing in 0..SECTOR,
    ) {
        let original = pattern(SECTORS * SECTOR - missing);
        let mut padded = original.clone();
        padded.resize(SECTORS * SECTOR, 0);
        let dir = Dir::new("model");
        let path = dir.file("a.img", &original);

        let mut disk = MemoryDisk::new(original.clone());
        let mut expected = padded.clone();
        agree(&mut disk, &mut expected, &steps)?;
        prop_assert!(disk.bytes() == expected);

        let base = FileDisk::open(&path, Access::ReadOnly).expect("it is an image");
        agree(&mut Overlay::new(base), &mut padded.clone(), &steps)?;
        prop_assert!(std::fs::read(&path).expect("it is there") == original);

        let mut disk = FileDisk::open(&path, Access::ReadWrite).expect("it is an image");
        agree(&mut disk, &mut padded.clone(), &steps)?;
        let file = std::fs::read(&path).expect("it is there");
        prop_assert!(file == expected[..file.len()]);

        let fake = FakeFile::new(original);
        agree(&mut fake.disk(Access::ReadWrite), &mut padded, &steps)?;
        prop_assert!(fake.contents() == file);
    }
}
