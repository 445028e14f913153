//! Arbitrary drivers of a virtio console, some of them here; the fuzz target
//! `ports` looks for more.

mod invariants;

/// A generator of Knuth's: numbers that are the same everywhere.
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn arbitrary_drivers_find_no_way_out() {
    let lucky = (0..400).filter(|seed| invariants::check(&bytes(*seed, 2000)) > 0);
    // Else nothing was tested.
    assert!(lucky.count() > 40);
}
