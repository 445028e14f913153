//! Words of memory as numbers of other types.
#![allow(unsafe_code, reason = "looks at the same bytes as another type")]

/// Numbers of which every pattern of bits is one, and which need no more alignment
/// than a word.
///
/// # Safety
///
/// That has to be true.
pub(crate) unsafe trait Number: Copy {}

// SAFETY: integers and floating point; none is larger than a word.
unsafe impl Number for u8 {}
// SAFETY: as above.
unsafe impl Number for u32 {}
// SAFETY: as above.
unsafe impl Number for f64 {}

/// The same memory as numbers of another type.
pub(crate) fn view<T: Number>(words: &mut [u64]) -> &mut [T] {
    let numbers = size_of_val(words) / size_of::<T>();
    // SAFETY: the same bytes, borrowed as before; what `Number` promises makes them
    // numbers, and words are aligned for them.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), numbers) }
}

/// So many words are so many bytes.
pub(crate) const fn words(bytes: usize) -> usize {
    assert!(bytes.is_multiple_of(8));
    bytes / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_has_the_bits_of_the_words() {
        let mut memory = [1.5_f64.to_bits(), 7 << 32 | 9];
        assert_eq!(view::<f64>(&mut memory)[0], 1.5);
        assert_eq!(view::<u32>(&mut memory).len(), 4);
        let second = u64::from_ne_bytes(*view::<u8>(&mut memory)[8..].first_chunk().unwrap());
        assert_eq!(second, 7 << 32 | 9);
        view::<u8>(&mut memory).fill(0);
        assert_eq!(memory, [0, 0]);
    }
}
