//! The walk against a naive model, on random page tables that are nearly
//! valid: the model is written from the prose of the specification, bit by
//! bit, and shares no code with the walk. (PMP has a model of its own.)

mod common;
#[path = "walk_model/generate.rs"]
mod generate;
#[path = "walk_model/model.rs"]
mod model;

use std::cell::RefCell;
use std::collections::BTreeMap;

use common::Memory;
use generate::case;
use model::{Case, End, model, step_of};
use pagewalk_mmu::{Access, Fault, Pmp, Reason, Translation, VirtAddr, diagnose, probe, translate};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Random walks in one run; `PROPTEST_CASES` makes it another number.
const CASES: u32 = 100_000;

/// How often each end was seen.
#[derive(Default)]
struct Tally {
    found: BTreeMap<(u8, &'static str), u32>,
    refused: BTreeMap<&'static str, u32>,
    updates: u32,
    retries: u32,
}

#[test]
fn the_walk_is_the_model() {
    let tally = RefCell::new(Tally::default());
    // `PROPTEST_CASES` is read by `default`, where it is given.
    let given = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let cases = if given { config.cases } else { CASES };
    let config = Config { cases, ..config };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&case(), |case| compare(&case, &mut tally.borrow_mut()));
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let tally = tally.into_inner();
    println!(
        "{cases} walks; found (page size, A/D policy): {:?}",
        tally.found
    );
    println!(
        "A/D updates: {}; entries read again: {}",
        tally.updates, tally.retries
    );
    println!("refused: {:#?}", tally.refused);
    if cases >= CASES {
        assert_everything_was_seen(&tally);
    }
}

/// A property that is never put to the test shows nothing.
fn assert_everything_was_seen(tally: &Tally) {
    let by_the_hart = [
        Reason::FetchFromDevice,
        Reason::AtomicToDevice,
        Reason::MisalignedDevice,
        Reason::DeviceRefused,
    ];
    for reason in Reason::ALL
        .iter()
        .filter(|reason| !by_the_hart.contains(reason))
    {
        let seen = tally.refused.get(reason.name()).copied().unwrap_or(0);
        assert!(seen >= 10, "{} was seen {seen} times", reason.name());
    }
    for shift in [12, 16, 21, 30, 39, 48] {
        for policy in ["Svade", "Svadu"] {
            assert!(
                tally.found.contains_key(&(shift, policy)),
                "page of 2^{shift}, {policy}"
            );
        }
    }
    assert!(tally.updates >= 100 && tally.retries >= 10);
}

fn compare(case: &Case, tally: &mut Tally) -> Result<(), TestCaseError> {
    let va = VirtAddr(case.va);
    let mut expected_mem = case.mem.clone();
    let expected = model(case, &mut expected_mem);

    // Neither looking nor probing changes anything; both agree with the walk
    // as long as no other hart interferes.
    let quiet = Memory {
        interference: None,
        ..case.mem.clone()
    };
    let mut mem = quiet.clone();
    let probed = probe(va, case.len, case.access, &case.cx, &case.pmp, &mut mem);
    prop_assert_eq!(&mem, &quiet);
    let story = diagnose(va, case.len, case.access, &case.cx, &case.pmp, &quiet);
    let walked = translate(va, case.len, case.access, &case.cx, &case.pmp, &mut mem);
    prop_assert_eq!(probed, walked.map(|found| found.pa));
    prop_assert_eq!(story.result, walked);
    let written = quiet
        .words
        .iter()
        .filter(|(pa, pte)| mem.words[*pa] != **pte)
        .count();
    prop_assert_eq!(written, usize::from(story.ad_update.is_some()));

    let mut mem = case.mem.clone();
    let result = translate(va, case.len, case.access, &case.cx, &case.pmp, &mut mem);
    prop_assert_eq!(&mem, &expected_mem);
    match (&result, &expected) {
        (
            Ok(found),
            End::Found {
                pa,
                page_size,
                global,
            },
        ) => {
            prop_assert_eq!(found.pa.0, *pa);
            if case.cx.translates() {
                prop_assert_eq!(1 << found.page_shift, *page_size);
            }
            prop_assert_eq!(found.global, *global);
            compare_perms(case, &mem, found)?;
        }
        (Err(fault), End::Refused { kind, steps }) => {
            prop_assert_eq!(fault.kind, *kind, "{}", fault);
            prop_assert!(
                steps.contains(&step_of(fault.reason)),
                "{} not in {:?}",
                fault,
                steps
            );
        }
        _ => prop_assert!(false, "walk: {:?}, model: {:?}", result, expected),
    }
    count(case, &mem, &result, tally);
    Ok(())
}

/// The permissions of a translation are exactly the accesses that the model
/// allows in the same context without writing A or D, PMP and memory
/// attributes of the page aside.
fn compare_perms(case: &Case, mem: &Memory, found: &Translation) -> Result<(), TestCaseError> {
    for access in Access::ALL {
        let again = Case {
            access,
            pmp: Pmp::open(),
            ..case.clone()
        };
        let mut after = Memory {
            leaf_refusal: None,
            interference: None,
            ..mem.clone()
        };
        let before = after.clone();
        let end = model(&again, &mut after);
        let allowed = matches!(end, End::Found { .. }) && after == before;
        prop_assert_eq!(
            found.perms.allow(access),
            allowed,
            "{} of {:?}",
            access,
            found
        );
    }
    Ok(())
}

fn count(case: &Case, mem: &Memory, result: &Result<Translation, Fault>, tally: &mut Tally) {
    match result {
        Err(fault) => *tally.refused.entry(fault.reason.name()).or_default() += 1,
        Ok(found) if !case.cx.translates() => {
            *tally
                .found
                .entry((found.page_shift, "untranslated"))
                .or_default() += 1;
        }
        Ok(found) => {
            let policy = if case.cx.hardware_ad {
                "Svadu"
            } else {
                "Svade"
            };
            *tally.found.entry((found.page_shift, policy)).or_default() += 1;
            tally.updates += u32::from(mem.words != case.mem.words);
        }
    }
    tally.retries += u32::from(mem.interference != case.mem.interference);
}
