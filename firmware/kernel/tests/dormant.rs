//! As long as a dormant process has a page in memory, no running process loses one:
//! under every policy, on random schedules.

mod world;

use std::collections::BTreeSet;

use pagewalk_kernel::mem::{Access, Page, PageState, Policy, SpaceId};
use world::{Ad, World, at, config};

const SPACES: u64 = 5;
/// Pages of each.
const PAGES: u64 = 12;
const STEPS: usize = 2_000;
const SEEDS: u64 = 8;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ z >> 31) % end
    }
}

fn first(number: u64) -> u64 {
    0x100 * (number + 1)
}

struct Schedule {
    w: World,
    spaces: Vec<SpaceId>,
    dormant: Vec<bool>,
}

impl Schedule {
    /// Pages in memory of the processes that run, or of those that do not.
    fn resident(&self, dormant: bool) -> BTreeSet<(u64, u64)> {
        let mut pages = BTreeSet::new();
        for number in (0..SPACES).filter(|number| self.dormant[*number as usize] == dormant) {
            for page in 0..PAGES {
                let space = self.spaces[number as usize];
                let state = self.w.mm.page_state(space, Page(first(number) + page));
                if matches!(state, PageState::Frame(_)) {
                    pages.insert((number, page));
                }
            }
        }
        pages
    }
}

/// So many times a page of a sleeper went, and one of somebody who runs.
fn run(policy: Policy, seed: u64) -> (usize, usize) {
    let mut random = Random(seed);
    let mut config = config(8 + random.below(30) as u32, 200);
    config.policy = policy;
    let ad = if seed.is_multiple_of(2) {
        Ad::Hardware
    } else {
        Ad::Fault
    };
    let mut w = World::new(&config, 256, ad);
    let spaces: Vec<SpaceId> = (0..SPACES).map(|_| w.space()).collect();
    for (number, &space) in (0..).zip(&spaces) {
        w.anonymous(space, first(number), PAGES);
    }
    let dormant = vec![false; SPACES as usize];
    let mut schedule = Schedule { w, spaces, dormant };
    let (mut from_sleepers, mut from_runners) = (0, 0);
    let mut values = vec![[0; PAGES as usize]; SPACES as usize];
    for step in 0..STEPS {
        let number = random.below(SPACES);
        let who = number as usize;
        if random.below(20) == 0 {
            schedule.dormant[who] ^= true;
            schedule
                .w
                .mm
                .set_dormant(schedule.spaces[who], schedule.dormant[who]);
        }
        if schedule.dormant[who] {
            continue;
        }
        let (running, sleeping) = (schedule.resident(false), schedule.resident(true));
        let page = random.below(PAGES);
        let (space, address) = (schedule.spaces[who], at(first(number) + page));
        if random.below(2) == 0 {
            let value = step as u64 + 1;
            schedule.w.store(space, address, value);
            values[who][page as usize] = value;
        } else {
            let found = schedule.w.access(space, address, Access::Load, 0);
            assert_eq!(found, Ok(values[who][page as usize]));
        }
        let lost = running.difference(&schedule.resident(false)).count();
        let left = schedule.resident(true);
        // What sleeps now has slept all the time.
        assert!(
            lost == 0 || left.is_empty(),
            "{policy:?}, seed {seed}, step {step}: {lost} pages taken from those who run, while {left:?} sleep"
        );
        from_runners += lost;
        from_sleepers += sleeping.len() - left.len();
        schedule.w.check();
    }
    (from_sleepers, from_runners)
}

fn sleepers_go_first(policy: impl Fn(u64) -> Policy) {
    for seed in 0..SEEDS {
        let (from_sleepers, from_runners) = run(policy(seed), seed);
        assert!(from_sleepers > 50, "{from_sleepers} of sleepers");
        // There are more frames in some worlds than those who run need.
        assert!(from_runners > 0 || seed > 0, "{from_runners} of others");
    }
}

#[test]
fn with_second_chance() {
    sleepers_go_first(|_| Policy::Clock);
}

#[test]
fn first_in_first_out() {
    sleepers_go_first(|_| Policy::Fifo);
}

#[test]
fn at_random() {
    sleepers_go_first(Policy::Random);
}
