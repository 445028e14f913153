//! A naive model of the specification, and random guests that compare it with
//! the device.

use super::tests::{Board, COUNT, enables, threshold};
use proptest::prelude::*;

const CONTEXTS: u64 = 4;

#[derive(Clone, Copy, Default)]
struct Source {
    level: bool,
    priority: u32,
    pending: bool,
    in_service: bool,
    /// By context.
    enabled: [bool; CONTEXTS as usize],
}

/// One sentence of the specification after the other.
struct Model {
    sources: [Source; COUNT as usize],
    thresholds: [u32; CONTEXTS as usize],
}

impl Model {
    fn new() -> Self {
        Self {
            sources: [Source::default(); COUNT as usize],
            thresholds: [0; CONTEXTS as usize],
        }
    }

    fn source(&mut self, number: u32) -> Option<&mut Source> {
        let exists = (1..COUNT).contains(&number);
        exists.then(|| &mut self.sources[number as usize])
    }

    fn gateways(&mut self) {
        for source in &mut self.sources[1..] {
            if source.level && !source.in_service {
                source.pending = true;
            }
        }
    }

    /// Numbers and priorities of what `context` could claim.
    fn claimable(&self, context: usize) -> impl Iterator<Item = (u32, u32)> {
        let wanted =
            move |source: &Source| source.pending && source.enabled[context] && source.priority > 0;
        let numbered = (0..).zip(&self.sources);
        numbered
            .filter(move |(_, source)| wanted(source))
            .map(|(number, source)| (number, source.priority))
    }

    fn is_notified(&self, context: usize) -> bool {
        let threshold = self.thresholds[context];
        self.claimable(context)
            .any(|(_, priority)| priority > threshold)
    }

    fn claim(&mut self, context: usize) -> u32 {
        let mut best = (0, 0);
        for (number, priority) in self.claimable(context) {
            if priority > best.1 {
                best = (number, priority);
            }
        }
        if let Some(source) = self.source(best.0) {
            source.pending = false;
            source.in_service = true;
        }
        best.0
    }

    fn complete(&mut self, context: usize, number: u32) {
        if let Some(source) = self.source(number)
            && source.enabled[context]
        {
            source.in_service = false;
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Level(u32, bool),
    Priority(u32, u32),
    Enable(u64, u32, bool),
    Threshold(u64, u32),
    Claim(u64),
    Complete(u64, u32),
}

/// A few sources, so that steps meet: both ends of words, the last, and some
/// that do not exist.
fn source() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![0, 1, 2, 31, 32, 33, 63, 64, 65, 95, 96, 127, 1023])
}

fn step() -> impl Strategy<Value = Step> {
    let context = || 0..CONTEXTS;
    prop_oneof![
        4 => (source(), any::<bool>()).prop_map(|(s, high)| Step::Level(s, high)),
        2 => (source(), 0..16u32).prop_map(|(s, value)| Step::Priority(s, value)),
        3 => (context(), source(), prop::bool::weighted(0.8))
            .prop_map(|(c, s, on)| Step::Enable(c, s, on)),
        1 => (context(), 0..16u32).prop_map(|(c, value)| Step::Threshold(c, value)),
        3 => context().prop_map(Step::Claim),
        3 => (context(), source()).prop_map(|(c, s)| Step::Complete(c, s)),
    ]
}

fn both(board: &mut Board, model: &mut Model, step: Step) {
    match step {
        Step::Level(number, high) => {
            if number < COUNT {
                board.level(number, high);
                model.sources[number as usize].level = high;
            }
        }
        Step::Priority(number, value) => {
            board.set_priority(number, value);
            if let Some(source) = model.source(number) {
                source.priority = value % 8;
            }
        }
        Step::Enable(context, number, on) => {
            let at = enables(context, number);
            let bit = 1 << (number % 32);
            let others = board.read(at) & !bit;
            board.write(at, if on { others | bit } else { others });
            if let Some(source) = model.source(number) {
                source.enabled[context as usize] = on;
            }
        }
        Step::Threshold(context, value) => {
            board.write(threshold(context), value);
            model.thresholds[context as usize] = value % 8;
        }
        Step::Claim(context) => {
            assert_eq!(board.claim(context), model.claim(context as usize));
        }
        Step::Complete(context, number) => {
            board.complete(context, number);
            model.complete(context as usize, number);
        }
    }
    model.gateways();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_device_is_the_model(steps in prop::collection::vec(step(), 1..200)) {
        let mut board = Board::new();
        let mut model = Model::new();
        for step in steps {
            both(&mut board, &mut model, step);
            for context in 0..CONTEXTS {
                let notified = model.is_notified(context as usize);
                prop_assert_eq!(board.is_notified(context), notified, "context {}", context);
            }
            for number in 0..COUNT {
                let pending = model.sources[number as usize].pending;
                prop_assert_eq!(board.is_pending(number), pending, "source {}", number);
            }
        }
    }
}
