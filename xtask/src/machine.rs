//! What a measurement was made on.

use std::{fmt, fs, process::Command, thread};

use serde::{Deserialize, Serialize};

/// The machine, as far as it tells.
#[derive(Serialize, Deserialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    os: String,
    /// Processes that ran or wanted to, on average over the last minute. After
    /// a measurement 1 of them was the measurement, the rest disturbed it.
    load_average: Option<f64>,
}

impl Machine {
    /// Looks at the machine now: best at the end of a measurement.
    pub(crate) fn detect() -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            cpu: cpu_model().unwrap_or_else(unknown),
            cores: thread::available_parallelism().map_or(1, usize::from),
            os: os_name().unwrap_or_else(unknown),
            load_average: load_average(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores, {}", self.cpu, self.cores, self.os)?;
        match self.load_average {
            Some(load) => write!(f, ", load {load:.2} (1 is this measurement)"),
            None => Ok(()),
        }
    }
}

/// The first line that a program prints, if it ends well.
pub(crate) fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    first_line_of(&output.stdout).filter(|_| output.status.success())
}

/// The first line of a program's output that is not empty.
pub(crate) fn first_line_of(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).map(str::to_owned)
}

fn cpu_model() -> Option<String> {
    field("/proc/cpuinfo", "model name", ':')
        .or_else(|| first_line(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"])))
}

fn os_name() -> Option<String> {
    let kernel = first_line(Command::new("uname").arg("-srm"))?;
    match field("/etc/os-release", "PRETTY_NAME", '=') {
        Some(name) => Some(format!("{} ({kernel})", name.trim_matches('"'))),
        None => Some(kernel),
    }
}

fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The value of the first line `KEY SEPARATOR VALUE` of a file.
fn field(file: &str, key: &str, separator: char) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(separator));
    let (_, value) = pairs.find(|(name, _)| name.trim() == key)?;
    Some(value.trim().to_owned())
}
