//! What a run has cost, as text or JSON.

use std::fmt::Write;
use std::time::Duration;

use pagewalk_machine::Stats;
use serde_json::json;

use crate::args::StatsFormat;
use crate::size::grouped;

/// What `--stats` reports.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) guest: Stats,
    /// Time spent in running, without loading and reporting.
    pub(crate) wall: Duration,
    /// Resets that the guest asked for.
    pub(crate) resets: u64,
}

impl Cost {
    fn mips(&self) -> f64 {
        let seconds = self.wall.as_secs_f64();
        if seconds == 0.0 {
            return 0.0;
        }
        self.guest.instructions as f64 / seconds / 1e6
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
            ("traps", grouped(traps)),
        ];
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
        text
    }

    fn json(&self) -> String {
        let guest = &self.guest;
        let traps: serde_json::Map<_, _> = guest
            .traps
            .iter()
            .map(|(cause, count)| ((*cause).to_owned(), json!(count)))
            .collect();
        json!({
            "instructions": guest.instructions,
            "wall_seconds": self.wall.as_secs_f64(),
            "mips": self.mips(),
            "decoded_blocks": guest.blocks,
            "tlb_hits": guest.tlb_hits,
            "tlb_misses": guest.tlb_misses,
            "page_walks": guest.walks,
            "traps": traps,
            "resets": self.resets,
        })
        .to_string()
    }
}
