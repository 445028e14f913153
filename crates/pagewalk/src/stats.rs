//! What a run has cost, as text or JSON.

use std::fmt::Write;
use std::time::Duration;

use pagewalk_guest_abi::counter;
use pagewalk_machine::Stats;
use serde_json::{Map, Value, json};

use crate::args::StatsFormat;
use crate::process::Exit;
use crate::size::grouped;

/// What `--stats` reports.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) guest: Stats,
    /// Time spent in running, without loading and reporting.
    pub(crate) wall: Duration,
    /// Resets that the guest asked for.
    pub(crate) resets: u64,
    /// What has happened to processes, if there was a kernel of ours to tell.
    pub(crate) processes: Option<Vec<Exit>>,
}

impl Cost {
    fn mips(&self) -> f64 {
        let seconds = self.wall.as_secs_f64();
        if seconds == 0.0 {
            return 0.0;
        }
        self.guest.instructions as f64 / seconds / 1e6
    }

    /// The part of the floating-point operations that the host's own did, as far as
    /// value and flags are known to be the same.
    fn float_share(&self) -> f64 {
        let host = self.guest.floats.saturating_sub(self.guest.floats_exact);
        host as f64 / self.guest.floats as f64
    }

    /// The report, without a newline at its end.
    pub(crate) fn report(&self, format: StatsFormat) -> String {
        match format {
            StatsFormat::Text => self.text(),
            StatsFormat::Json => self.json(),
        }
    }

    fn text(&self) -> String {
        let guest = &self.guest;
        let traps: u64 = guest.traps.iter().map(|(_, count)| count).sum();
        let mut rows = vec![
            ("instructions", grouped(guest.instructions)),
            ("wall time", format!("{:.2?}", self.wall)),
            ("speed", format!("{:.1} MIPS", self.mips())),
            ("decoded blocks", grouped(guest.blocks)),
            ("TLB hits", grouped(guest.tlb_hits)),
            ("TLB misses", grouped(guest.tlb_misses)),
            ("page walks", grouped(guest.walks)),
        ];
        if guest.floats > 0 {
            rows.push(("float operations", grouped(guest.floats)));
            rows.push((
                "… by the host",
                format!("{:.2} %", 100.0 * self.float_share()),
            ));
        }
        rows.push(("traps", grouped(traps)));
        let causes = guest.traps.iter();
        rows.extend(causes.map(|(cause, count)| (*cause, grouped(*count))));
        if self.resets > 0 {
            rows.push(("resets", grouped(self.resets)));
        }
        let names = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let values = rows.iter().map(|(_, value)| value.len()).max().unwrap_or(0);
        let mut text = String::new();
        for (name, value) in rows {
            let newline = if text.is_empty() { "" } else { "\n" };
            write!(text, "{newline}{name:names$}  {value:>values$}").expect("writing to a string");
        }
        if let Some(exits) = &self.processes {
            text.push_str("\n\n");
            text.push_str(&table(exits));
        }
        text
    }

    fn json(&self) -> String {
        let guest = &self.guest;
        let traps: serde_json::Map<_, _> = guest
            .traps
            .iter()
            .map(|(cause, count)| ((*cause).to_owned(), json!(count)))
            .collect();
        let mut report = json!({
            "instructions": guest.instructions,
            "wall_seconds": self.wall.as_secs_f64(),
            "mips": self.mips(),
            "decoded_blocks": guest.blocks,
            "tlb_hits": guest.tlb_hits,
            "tlb_misses": guest.tlb_misses,
            "page_walks": guest.walks,
            "float_operations": guest.floats,
            "float_operations_by_host": guest.floats.saturating_sub(guest.floats_exact),
            "traps": traps,
            "resets": self.resets,
        });
        if let Some(exits) = &self.processes {
            report["processes"] = exits.iter().map(process).collect();
        }
        report.to_string()
    }
}

/// A process and its counters by name.
fn process(exit: &Exit) -> Value {
    let names = counter::ALL.iter().map(|(name, _)| (*name).to_owned());
    let counters: Map<_, _> = names.zip(exit.counters.map(|count| json!(count))).collect();
    json!({
        "pid": exit.pid,
        "name": exit.name,
        "status": exit.status,
        "counters": counters,
    })
}

/// One line a process, and a heading.
fn table(exits: &[Exit]) -> String {
    let heading = ["pid", "name", "status"].map(str::to_owned).into_iter();
    let names = counter::ALL.iter().map(|(name, _)| (*name).to_owned());
    let line = |exit: &Exit| {
        let who = [
            exit.pid.to_string(),
            exit.name.clone(),
            exit.status.to_string(),
        ];
        let counters = exit.counters.iter().map(|count| grouped(*count));
        who.into_iter().chain(counters).collect()
    };
    let mut lines: Vec<Vec<String>> = vec![heading.chain(names).collect()];
    lines.extend(exits.iter().map(line));
    let columns = 0..lines[0].len();
    let widths = columns.map(|column| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    });
    let widths: Vec<usize> = widths.collect();
    let lines = lines.iter().map(|line| {
        let cells = line.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(column, (cell, width))| match column {
                // Names are text, all else are numbers.
                1 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        cells.join("  ")
    });
    lines.collect::<Vec<_>>().join("\n")
}
