//! The rows of block devices: requests of 4 KiB a second, by the program
//! `bench-block` on a raw image.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    contestant::Contestant,
    measure::Sitting,
    programs,
    report::{self, ContestantReport},
};

/// Bytes of a block, the unit of all requests.
const BLOCK_SIZE: u64 = 4096;
/// Blocks of the image; the first one holds the order.
const BLOCKS: u64 = 16_384;
/// The first word of the order.
const MAGIC: [u8; 8] = *b"PWBLOCK1";

/// Requests of a run with one at a time in flight.
const REQUESTS_ALONE: u64 = 100_000;
/// Requests of a run with many in flight.
const REQUESTS_TOGETHER: u64 = 400_000;
/// How many "many" are.
const DEPTH: u64 = 32;

/// What requests do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Access {
    Read,
    Write,
}

/// Where they do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Sequential,
    Random,
}

/// How many are in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Flight {
    /// One.
    Alone,
    /// [`DEPTH`], each ended one announced.
    Together,
    /// [`DEPTH`], announced when half of them have ended.
    EventIndex,
}

/// What one row measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    access: Access,
    place: Place,
    flight: Flight,
}

impl Order {
    /// All rows.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for flight in [Flight::Alone, Flight::Together, Flight::EventIndex] {
            for access in [Access::Read, Access::Write] {
                for place in [Place::Sequential, Place::Random] {
                    all.push(Self {
                        access,
                        place,
                        flight,
                    });
                }
            }
        }
        all
    }

    /// What stands in the first column, and what `--filter` looks at.
    pub(super) fn name(self) -> String {
        let access = match self.access {
            Access::Read => "read",
            Access::Write => "write",
        };
        let place = match self.place {
            Place::Sequential => "sequential",
            Place::Random => "random",
        };
        let flight = match self.flight {
            Flight::Alone => "1",
            Flight::Together => "32",
            Flight::EventIndex => "32-event-idx",
        };
        format!("block-{access}-{place}-{flight}")
    }

    fn requests(self) -> u64 {
        match self.flight {
            Flight::Alone => REQUESTS_ALONE,
            Flight::Together | Flight::EventIndex => REQUESTS_TOGETHER,
        }
    }

    /// The order as the program reads it, for `requests` requests.
    fn bytes(self, requests: u64) -> Vec<u8> {
        let words = [
            u64::from(self.access == Access::Write),
            u64::from(self.place == Place::Random),
            if self.flight == Flight::Alone {
                1
            } else {
                DEPTH
            },
            u64::from(self.flight == Flight::EventIndex),
            requests,
        ];
        let mut bytes = MAGIC.to_vec();
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }
}

/// The results of one row.
#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) order: Order,
    pub(super) requests: u64,
    pub(super) measurements: Vec<Measurement>,
}

/// The results of one row on one contestant.
#[derive(Serialize, Deserialize)]
pub(super) struct Measurement {
    pub(super) contestant: String,
    /// Wall time of each round, start-up included.
    pub(super) seconds: Vec<f64>,
    /// Wall time of each round without a request.
    pub(super) startup_seconds: Vec<f64>,
    /// What was read or is on the disk: the same on all contestants.
    pub(super) checksum: Option<String>,
    pub(super) requests_per_second: Option<f64>,
    /// Our speed over that of this contestant.
    pub(super) our_speed_ratio: Option<f64>,
    pub(super) error: Option<String>,
}

/// The raw image on which all contestants work.
struct Image {
    path: PathBuf,
    file: File,
}

impl Image {
    /// An image of [`BLOCKS`] blocks, all of them on the disk.
    fn create(path: PathBuf) -> anyhow::Result<Self> {
        let create = || {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(&path)?;
            let block = [0xa5; BLOCK_SIZE as usize];
            (0..BLOCKS).try_for_each(|_| file.write_all(&block))?;
            file.sync_all()?;
            Ok(file)
        };
        let file = create().map_err(|error: std::io::Error| {
            anyhow::Error::new(error).context(format!("creating {}", path.display()))
        })?;
        Ok(Self { path, file })
    }

    /// Writes the order and the first words of all other blocks: their numbers
    /// to be read, zero to be written. All of it is on the disk then: no flush
    /// of a guest has to bring it there.
    fn prepare(&mut self, order: Order, requests: u64) -> std::io::Result<()> {
        for block in 1..BLOCKS {
            let word = match order.access {
                Access::Read => block,
                Access::Write => 0,
            };
            self.file.seek(SeekFrom::Start(block * BLOCK_SIZE))?;
            self.file.write_all(&word.to_le_bytes())?;
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&order.bytes(requests))?;
        self.file.sync_data()
    }

    /// How many blocks have been written.
    fn written(&mut self) -> std::io::Result<u64> {
        let mut count = 0;
        for block in 1..BLOCKS {
            let mut word = [0; 8];
            self.file.seek(SeekFrom::Start(block * BLOCK_SIZE))?;
            self.file.read_exact(&mut word)?;
            count += u64::from(word != [0; 8]);
        }
        Ok(count)
    }
}

/// Measures all rows whose name is wanted, on all contestants that have drives and
/// start.
pub(super) fn measure(
    sitting: &Sitting<'_>,
    is_wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<Vec<Row>> {
    let orders = Order::all().into_iter();
    let orders: Vec<_> = orders.filter(|order| is_wanted(&order.name())).collect();
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let contestants = sitting.contestants.iter().zip(sitting.startups);
    let contestants: Vec<_> = contestants
        .filter(|(contestant, startup)| contestant.has_drives() && startup.error.is_none())
        .collect();
    let program = sitting.programs.block();
    let mut image = Image::create(program.with_extension("img"))?;
    let mut rows = Vec::new();
    for order in orders {
        eprintln!("{}: {} requests", order.name(), order.requests());
        let measurements = contestants
            .iter()
            .map(|(_, startup)| Measurement::new(startup));
        let mut measurements: Vec<_> = measurements.collect();
        for _ in 0..sitting.effort.rounds {
            for ((contestant, _), measurement) in contestants.iter().zip(&mut measurements) {
                measurement.add(
                    contestant,
                    &program,
                    order,
                    &mut image,
                    sitting.effort.timeout,
                );
            }
        }
        rows.push(Row {
            order,
            requests: order.requests(),
            measurements,
        });
    }
    Ok(rows)
}

impl Measurement {
    fn new(contestant: &ContestantReport) -> Self {
        Self {
            contestant: contestant.name.clone(),
            seconds: Vec::new(),
            startup_seconds: Vec::new(),
            checksum: None,
            requests_per_second: None,
            our_speed_ratio: None,
            error: None,
        }
    }

    /// Adds one run, unless an earlier one has failed.
    fn add(
        &mut self,
        contestant: &Contestant,
        program: &Path,
        order: Order,
        image: &mut Image,
        timeout: Duration,
    ) {
        if self.error.is_some() {
            return;
        }
        let mut run = |requests| {
            image.prepare(order, requests)?;
            let run = contestant.run_with_drive(program, &image.path, timeout)?;
            let line = programs::find_value(&run.output, "checksum=")?;
            let checksum = match order.access {
                Access::Read => line,
                Access::Write => format!("{} blocks", image.written()?),
            };
            anyhow::Ok((run.seconds, checksum))
        };
        match run(0).and_then(|(startup, _)| Ok((startup, run(order.requests())?))) {
            Ok((startup, (seconds, checksum))) => {
                self.startup_seconds.push(startup);
                self.seconds.push(seconds);
                self.checksum = Some(checksum);
            }
            Err(error) => {
                self.error = Some(format!("{error:#}"));
            }
        }
    }
}

impl Row {
    /// Computes all that follows from the times; says what the contestants
    /// disagree about.
    pub(super) fn evaluate(&mut self) -> Vec<String> {
        for measurement in &mut self.measurements {
            let whole = report::median(&measurement.seconds);
            let startup = report::median(&measurement.startup_seconds);
            measurement.requests_per_second = whole
                .zip(startup)
                .map(|(whole, startup)| whole - startup)
                .filter(|net| *net > 0.0)
                .map(|net| self.requests as f64 / net);
        }
        let Some((ours, peers)) = self.measurements.split_first_mut() else {
            return Vec::new();
        };
        let ours = ours.requests_per_second;
        for peer in peers {
            let pair = ours.zip(peer.requests_per_second);
            peer.our_speed_ratio = pair.map(|(ours, peer)| ours / peer);
        }
        let name = self.order.name();
        let checksums = self
            .measurements
            .iter()
            .map(|m| (m.contestant.as_str(), m.checksum.clone()));
        let differences = report::first_differences("checksum", checksums);
        let problems = differences.iter().map(|text| format!("{name}: {text}"));
        problems.chain(self.errors()).collect()
    }

    fn errors(&self) -> impl Iterator<Item = String> {
        self.measurements.iter().filter_map(|m| {
            let error = m.error.as_ref()?;
            Some(format!(
                "{} on {}: {error}",
                self.order.name(),
                m.contestant
            ))
        })
    }

    /// Whether the first contestant, ours, has not failed.
    pub(super) fn ours_passed(&self) -> bool {
        self.measurements
            .first()
            .is_none_or(|ours| ours.error.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            access: Access::Write,
            place: Place::Random,
            flight: Flight::EventIndex,
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Order::all().into_iter().map(Order::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 12);
        assert_eq!(order().name(), "block-write-random-32-event-idx");
    }

    #[test]
    fn an_image_holds_the_order_and_shows_what_was_written() {
        let path = std::env::temp_dir().join(format!("xtask-{}-image", std::process::id()));
        let mut image = Image::create(path).unwrap();
        image.prepare(order(), 7).unwrap();
        assert_eq!(image.written().unwrap(), 0);
        let bytes = std::fs::read(&image.path).unwrap();
        assert_eq!(bytes.len() as u64, BLOCKS * BLOCK_SIZE);
        assert_eq!(bytes[..8], *b"PWBLOCK1");
        let words: Vec<u8> = bytes[8..48].iter().step_by(8).copied().collect();
        assert_eq!(words, [1, 1, 32, 1, 7]);
        let read = Order {
            access: Access::Read,
            ..order()
        };
        image.prepare(read, 7).unwrap();
        assert_eq!(image.written().unwrap(), BLOCKS - 1);
        std::fs::remove_file(&image.path).unwrap();
    }

    #[test]
    fn speeds_are_requests_over_the_time_without_the_startup() {
        let measurement = |seconds: f64, checksum: &str| Measurement {
            contestant: checksum.to_owned(),
            seconds: vec![seconds],
            startup_seconds: vec![1.0],
            checksum: Some(checksum.to_owned()),
            requests_per_second: None,
            our_speed_ratio: None,
            error: None,
        };
        let mut row = Row {
            order: order(),
            requests: 100,
            measurements: vec![measurement(2.0, "a"), measurement(5.0, "b")],
        };
        let problems = row.evaluate();
        assert_eq!(row.measurements[0].requests_per_second, Some(100.0));
        assert_eq!(row.measurements[1].our_speed_ratio, Some(4.0));
        assert_eq!(
            problems,
            ["block-write-random-32-event-idx: checksum b on b, a on a"]
        );
    }
}
