//! Guests that do anything to registers.

mod invariants;

use invariants::{Board, PLACES, WIDTHS};
use pagewalk_bus::Instant;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_guest_confuses_the_devices(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        invariants::check(&bytes);
    }
}

#[test]
fn every_offset_and_width_is_answered_or_refused() {
    let mut board = Board::new(Instant(0), true);
    for place in &PLACES {
        for width in WIDTHS {
            let offsets = (0..place.size).step_by(width.bytes() as usize);
            for (offset, value) in offsets.zip(0u64..) {
                board.access(place, offset, width, None);
                board.access(place, offset, width, Some(value.wrapping_mul(0x9e37_79b9)));
            }
        }
        board.check_plic();
    }
    board.check_lines();
}
