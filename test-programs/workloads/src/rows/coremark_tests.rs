//! The same results by other ways.

use super::*;
use crate::meter::digest_of_a_unit;

/// The state in which a word ends, from what it looks like.
fn class(word: &str) -> State {
    let unsigned = |text: &str| text.strip_prefix(['+', '-']).map(str::to_owned);
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let body = unsigned(word).unwrap_or(word.to_owned());
    if body.is_empty() {
        return if word.is_empty() {
            State::Start
        } else {
            State::Sign
        };
    }
    let (mantissa, exponent) = match body.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body.as_str(), None),
    };
    let is_mantissa = !mantissa.is_empty() && are_digits(&mantissa.replacen('.', "", 1));
    match exponent {
        _ if !is_mantissa => State::Invalid,
        None if mantissa.contains('.') => State::Fraction,
        None => State::Integer,
        Some("") => State::Exponent,
        Some("+" | "-") => State::ExponentSign,
        Some(text) if are_digits(&unsigned(text).unwrap_or(text.to_owned())) => State::Scientific,
        Some(_) => State::Invalid,
    }
}

/// Changes of state in a word, counted by its beginnings.
fn changes(word: &str) -> usize {
    let states: Vec<State> = (0..=word.len()).map(|end| class(&word[..end])).collect();
    states.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// The remainder of a division of polynomials, with all bits in one list.
fn crc(words: &[u16]) -> u16 {
    let bits = words
        .iter()
        .flat_map(|word| (0..16).map(move |bit| word >> bit & 1 == 1));
    // The register is the first sixteen bits, preset to ones; zeros push all through.
    let mut bits: Vec<bool> = bits.chain([false; 16]).collect();
    bits[..16].iter_mut().for_each(|bit| *bit = !*bit);
    for at in 0..bits.len() - 16 {
        if bits[at] {
            for power in [0, 1, 14, 16] {
                bits[at + power] ^= true;
            }
        }
    }
    let remainder = &bits[bits.len() - 16..];
    let place = |(at, bit): (usize, &bool)| u16::from(*bit) << at;
    remainder.iter().enumerate().map(place).sum()
}

fn list_results(data: &Data, round: u16, results: &mut Vec<u16>) {
    let found = (0..SEARCHES).map(|search| {
        let wanted = value_to_find(round, search);
        let place = data.values.iter().position(|value| *value == wanted);
        place.map_or(u16::MAX, |place| place as u16)
    });
    results.extend(found);
    let mut items: Vec<_> = (0_u16..).zip(data.values).collect();
    items.sort_by_key(|(place, value)| (*value, std::cmp::Reverse(*place)));
    results.extend(items.into_iter().flat_map(|(place, value)| [place, value]));
}

fn matrix_results(data: &Data, round: u16, results: &mut Vec<u16>) {
    let a = |i: usize, j: usize| i64::from((data.a[i][j]).wrapping_add(round as i16));
    let product = |i: usize, j: usize, k: usize| a(i, k) * i64::from(data.b[k][j]);
    let bits = |number: i64| ((number >> 2) % 16 + 16) % 16 * (((number >> 5) % 128 + 128) % 128);
    let all = || (0..SIZE).flat_map(|j| (0..SIZE).map(move |k| (j, k)));
    for i in 0..SIZE {
        let sum: i64 = (0..SIZE).map(|j| a(i, j) * i64::from(round as i16)).sum();
        results.push(sum as u16);
    }
    for i in 0..SIZE {
        results.push(all().map(|(j, k)| product(i, j, k)).sum::<i64>() as u16);
    }
    for i in 0..SIZE {
        results.push(all().map(|(j, k)| bits(product(i, j, k))).sum::<i64>() as u16);
    }
}

fn text_results(data: &Data, round: u16, results: &mut Vec<u16>) {
    let mut text = data.text;
    for _ in 0..2 {
        let words = String::from_utf8(text.to_vec()).unwrap();
        let words: Vec<&str> = words.split(',').collect();
        results.push(words.iter().map(|word| changes(word)).sum::<usize>() as u16);
        for state in 0..STATES {
            let ends = words.iter().filter(|word| class(word) as usize == state);
            results.push(ends.count() as u16);
        }
        for at in (0..TEXT).step_by(11 + usize::from(round % 13)) {
            text[at] ^= 0x1c;
        }
    }
}

#[test]
fn expected_digest_is_that_of_other_ways() {
    let data = Data::new();
    let mut checksum = Checksum::new();
    for round in 0..ROUNDS {
        let mut results = Vec::new();
        list_results(&data, round, &mut results);
        matrix_results(&data, round, &mut results);
        text_results(&data, round, &mut results);
        checksum.add(crc(&results).into());
    }
    let digest = checksum.finish();
    assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
}

/// The check value of CRC-16/MODBUS in the catalogue of parametrised CRC algorithms is
/// that of the text `123456789`, an odd number of bytes; that of `12345678` follows.
#[test]
fn the_crc_is_a_published_one() {
    let mut crc = Crc(u16::MAX);
    for pair in b"12345678".chunks(2) {
        crc.add(u16::from_le_bytes([pair[0], pair[1]]));
    }
    // The last byte, bit by bit.
    for bit in 0..8 {
        let carry = (crc.0 ^ u16::from(b'9') >> bit) & 1;
        crc.0 = (crc.0 >> 1) ^ (carry * 0xa001);
    }
    assert_eq!(crc.0, 0x4b37);
}

#[test]
fn states_of_words() {
    for (word, state) in [
        ("", State::Start),
        ("-", State::Sign),
        ("12", State::Integer),
        ("-.", State::Fraction),
        ("1.5", State::Fraction),
        (".5e", State::Exponent),
        ("5e-", State::ExponentSign),
        ("5e-7", State::Scientific),
        ("1.2.3", State::Invalid),
        ("e5", State::Invalid),
        ("5e7e", State::Invalid),
    ] {
        let read = word.bytes().fold(State::Start, State::next);
        assert_eq!((read, class(word)), (state, state), "{word}");
    }
}

#[test]
fn a_unit_has_the_expected_digest() {
    assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
}
