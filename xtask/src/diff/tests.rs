//! What programs must be like, on ours alone.

use pagewalk_isa::IsaSet;

use super::generate::{Generator, Wishes};
use super::layout::{DUMP_TRAPS, DUMP_WORDS, ENDED, LOG_ENTRIES, Slot, Word};
use super::peer::{Kind, run_ours};
use super::program::{Program, executable};
use super::{Extension, minimise};

fn programs(isa: IsaSet, only: Option<Extension>, count: u64) -> Vec<Program> {
    let peers = vec![Kind::Spike];
    let generator = Generator::new(Wishes { isa, only, peers }, 7);
    (0..count).map(|index| generator.program(index)).collect()
}

fn dumps(programs: &[Program], isa: IsaSet) -> Vec<Vec<u64>> {
    let all: Vec<&Program> = programs.iter().collect();
    let signature = run_ours(&executable(&all, isa), all.len(), isa).expect("it ends");
    let words = |program: &Program| program.slot().words(&signature.words).to_vec();
    programs.iter().map(words).collect()
}

#[test]
fn programs_come_to_their_end() {
    let programs = programs(IsaSet::ANNOUNCED, None, Slot::COUNT);
    let dumps = dumps(&programs, IsaSet::ANNOUNCED);
    let ended = dumps.iter().filter(|dump| dump[0] == ENDED).count();
    assert!(ended > programs.len() * 9 / 10, "{ended}");
    for dump in &dumps {
        assert!(dump[0] == ENDED || dump[DUMP_TRAPS] == LOG_ENTRIES as u64);
    }
    // Some trap and some do not.
    assert!(dumps.iter().any(|dump| dump[DUMP_TRAPS] > 3));
    assert!(dumps.iter().any(|dump| dump[DUMP_TRAPS] == 0));
}

#[test]
fn a_program_alone_does_what_it_does_in_company() {
    let programs = programs(IsaSet::ANNOUNCED, None, 40);
    let together = dumps(&programs, IsaSet::ANNOUNCED);
    for (program, dump) in programs.iter().zip(together).skip(30) {
        let alone = dumps(std::slice::from_ref(program), IsaSet::ANNOUNCED);
        assert!(alone[0] == dump, "program {}", program.index);
    }
}

#[test]
fn programs_need_no_more_than_the_isa() {
    for isa in ["rv64i", "rv64imac", "rv64gc", "rv64imafc_zicbom"] {
        let isa: IsaSet = isa.parse().expect("an ISA string");
        let programs = programs(isa, None, 40);
        assert_eq!(dumps(&programs, isa).len(), 40);
    }
}

#[test]
fn one_extension_alone() {
    for extension in [
        Extension::Zba,
        Extension::Zacas,
        Extension::C,
        Extension::Zfh,
    ] {
        let programs = programs(IsaSet::ANNOUNCED, Some(extension), 20);
        assert!(programs.iter().any(|program| !program.units.is_empty()));
        assert_eq!(dumps(&programs, IsaSet::ANNOUNCED).len(), 20);
    }
}

#[test]
fn every_word_of_a_dump_has_a_meaning_or_is_behind_the_registers() {
    for index in 0..DUMP_WORDS {
        if Word::at(index) == Word::Unused {
            assert!((64..132).contains(&index), "{index}");
        }
    }
}

#[test]
fn a_minimised_program_still_fails() {
    let program = programs(IsaSet::ANNOUNCED, None, 1).remove(0);
    let count = program.units.len();
    assert!(count > 5);
    let culprit = format!("{:?}", program.units[count / 2]);
    let fails = |program: &Program| {
        let mut units = program.units.iter();
        units.any(|unit| format!("{unit:?}") == culprit)
    };
    let minimised = minimise::minimise(&program, fails);
    assert_eq!(minimised.units.len(), 1);
    assert!(fails(&minimised));
}
