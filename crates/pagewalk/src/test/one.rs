//! Runs one test, and says why it failed.

use pagewalk_machine::loader::Program;
use pagewalk_machine::{Limits, Machine, Outcome, PowerSource, StopFlag};

use crate::config::TestConfig;
use crate::console::Capture;
use crate::place::Scene;
use crate::size::grouped;
use crate::story;

use super::discover::Test;

/// The mark that the official suite's environment leaves in the number of the
/// test case when a trap comes that the test does not expect (`ori TESTNUM,
/// TESTNUM, 1337`); what is written to `tohost` holds it shifted by one.
const UNEXPECTED_TRAP: u64 = 1337 >> 1;

/// Why a test failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// One line: the case that failed, or how the test ended instead.
    pub(super) headline: String,
    /// Where the harts are and what trapped last.
    pub(super) details: Vec<String>,
    /// The end of what the test printed.
    pub(super) output: String,
}

impl Failure {
    fn new(headline: String) -> Self {
        Self {
            headline,
            details: Vec::new(),
            output: String::new(),
        }
    }
}

/// Runs a test on a board of its own.
pub(super) fn run(config: &TestConfig, test: &Test, stop: &StopFlag) -> Result<(), Failure> {
    let cannot = |error: &dyn std::fmt::Display| Failure::new(format!("cannot be run: {error}"));
    let program = Program::from_file(&test.path).map_err(|error| cannot(&error.problem))?;
    let mut machine = Machine::new(&config.board).map_err(|error| cannot(&error))?;
    machine
        .load(&program)
        .map_err(|error| cannot(&error.problem))?;
    let output = Capture::default();
    machine.set_console(Box::new(output.clone()));
    let outcome = machine.run(&Limits {
        instructions: Some(config.max_instructions),
        stop: stop.clone(),
    });
    let scene = Scene {
        machine: &machine,
        program: Some(&program),
        board: &config.board,
    };
    let Some((headline, mut details)) = what_failed(scene, config, &outcome) else {
        return Ok(());
    };
    details.extend(scene.harts());
    details.extend(last_traps(scene));
    Err(Failure {
        headline,
        details,
        output: output.text(),
    })
}

/// `None` for a test that passed.
fn what_failed(
    scene: Scene<'_>,
    config: &TestConfig,
    outcome: &Outcome,
) -> Option<(String, Vec<String>)> {
    let headline = match outcome {
        Outcome::Exit { code: 0, .. } => return None,
        Outcome::Exit { code, source } => failed_case(*code, *source),
        Outcome::Verdict { hart, verdict } => {
            let story = story::verdict(scene, *hart, verdict);
            return Some((format!("verdict: {}", story.headline), story.lines));
        }
        Outcome::Budget => format!(
            "has not ended after {} instructions (--max-instructions)",
            grouped(config.max_instructions)
        ),
        Outcome::Reset => "asked for a reset of the board".to_owned(),
        Outcome::Interrupted => "was interrupted".to_owned(),
    };
    Some((headline, Vec::new()))
}

fn failed_case(code: u64, source: PowerSource) -> String {
    let by = match source {
        PowerSource::Htif => "tohost",
        PowerSource::Finisher => "the test finisher",
    };
    if source == PowerSource::Htif && code & UNEXPECTED_TRAP == UNEXPECTED_TRAP {
        return format!("a trap that the test did not expect (code {code} from {by})");
    }
    format!("test case {code} failed (code {code} from {by})")
}

/// The last trap of each hart that had one.
fn last_traps(scene: Scene<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, hart) in scene.machine.harts().enumerate() {
        let Some(trap) = hart.last_trap() else {
            continue;
        };
        lines.push(format!("last trap of hart {index}:"));
        lines.extend(story::indented(story::trap(scene, index, trap)));
    }
    let traps = scene.machine.harts().filter_map(|hart| hart.last_trap());
    lines.extend(story::ad_hint(scene, traps));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_an_unexpected_trap_is_known() {
        let case = |code| failed_case(code, PowerSource::Htif);
        assert!(case(5).starts_with("test case 5 failed"));
        // Case 3, marked, as `tohost` tells it.
        let marked = (3 << 1 | 1337) >> 1;
        assert!(case(marked).starts_with("a trap that the test did not expect"));
        let finisher = failed_case(marked, PowerSource::Finisher);
        assert!(finisher.contains("from the test finisher"));
    }
}
