//! Sizes and counts as people write them.

/// Reads a size of memory in bytes: `128M`, `2G`, `64KiB`; a plain number
/// counts mebibytes, as for QEMU and Spike.
pub(crate) fn parse_memory(text: &str) -> Result<u64, String> {
    let (number, suffix) = split(text);
    let shift = match suffix.to_ascii_lowercase().as_str() {
        "k" | "kib" => 10,
        "" | "m" | "mib" => 20,
        "g" | "gib" => 30,
        "t" | "tib" => 40,
        _ => return Err(format!("`{suffix}` is no unit; there are K, M, G and T")),
    };
    let number = digits(number)?;
    let bytes = number
        .checked_mul(1 << shift)
        .ok_or("that is more than 64 bits can address; a number without a unit counts mebibytes")?;
    match bytes {
        0 => Err("a board needs some memory".to_owned()),
        _ if !bytes.is_multiple_of(4096) => Err("memory comes in whole pages of 4K".to_owned()),
        _ => Ok(bytes),
    }
}

/// Reads a count above zero: `5000000`, `5_000_000`, `5M`; the suffixes K, M,
/// G and T are powers of 1000.
pub(crate) fn parse_count(text: &str) -> Result<u64, String> {
    let (number, suffix) = split(text);
    let unit: u64 = match suffix {
        "" => 1,
        "k" | "K" => 1_000,
        "m" | "M" => 1_000_000,
        "g" | "G" => 1_000_000_000,
        "t" | "T" => 1_000_000_000_000,
        _ => return Err(format!("`{suffix}` is no unit; there are K, M, G and T")),
    };
    let count = digits(number)?
        .checked_mul(unit)
        .ok_or("that does not fit 64 bits")?;
    if count == 0 {
        return Err("it must be at least 1".to_owned());
    }
    Ok(count)
}

/// Reads a 64-bit number: an address, `0x8000_0000`, or a decimal number.
pub(crate) fn parse_address(text: &str) -> Result<u64, String> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (number, radix) = hex.map_or((text, 10), |hex| (hex, 16));
    let number = number.replace('_', "");
    if number.is_empty() || !number.chars().all(|digit| digit.is_digit(radix)) {
        return Err("a number is expected, decimal or with 0x".to_owned());
    }
    u64::from_str_radix(&number, radix).map_err(|_| "that does not fit 64 bits".to_owned())
}

/// The number at the start, and what follows it.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_');
    text.split_at(end.unwrap_or(text.len()))
}

fn digits(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    if digits.is_empty() {
        return Err("a whole number is expected, with or without a unit".to_owned());
    }
    digits
        .parse()
        .map_err(|_| "that does not fit 64 bits".to_owned())
}

/// A number with commas between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_units() {
        for (text, bytes) in [
            ("128M", 128 << 20),
            ("128", 128 << 20),
            ("64k", 64 << 10),
            ("1_000K", 1000 << 10),
            ("2GiB", 2 << 30),
            ("1t", 1 << 40),
        ] {
            assert_eq!(parse_memory(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn senseless_memory_is_refused() {
        for (text, expected) in [
            ("0", "some memory"),
            ("0G", "some memory"),
            ("3K", "whole pages"),
            ("", "a whole number"),
            ("M", "a whole number"),
            ("-1M", "no unit"),
            ("1.5G", "no unit"),
            ("1X", "no unit"),
            ("18446744073709551615", "more than 64 bits"),
            ("99999999999999999999", "does not fit"),
        ] {
            let error = parse_memory(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn counts_have_decimal_units() {
        assert_eq!(parse_count("5_000"), Ok(5_000));
        assert_eq!(parse_count("5M"), Ok(5_000_000));
        assert_eq!(parse_count("2G"), Ok(2_000_000_000));
        for text in ["0", "0K", "", "many", "-3", "1e9", "99999999T"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_decimal_or_hexadecimal() {
        for (text, number) in [
            ("0", 0),
            ("4096", 4096),
            ("0x8000_0000", 0x8000_0000),
            ("0Xff", 255),
            ("0xffffffffffffffff", u64::MAX),
        ] {
            assert_eq!(parse_address(text), Ok(number), "{text}");
        }
        for text in [
            "",
            "0x",
            "_",
            "ff",
            "0xg",
            "-1",
            "+1",
            "1K",
            "0x1_0000_0000_0000_0000",
        ] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn groups_are_of_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (9_876_543_210, "9,876,543,210"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
