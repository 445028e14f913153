//! What the guest's real-time clock shows at its start.

/// When a guest believes to start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Date {
    /// When it does, by the host's clock.
    Now,
    /// Nanoseconds since 1970, UTC.
    At(u64),
}

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// Years of which all nanoseconds fit 64 bits.
const YEARS: std::ops::RangeInclusive<u64> = 1970..=2553;

/// Reads `now`, `2026-01-31` or `2026-01-31T12:30:00`, in UTC.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    const EXPECTED: &str = "`now` or a time in UTC is expected, for instance 2026-01-31T12:30:00";
    if text == "now" {
        return Ok(Date::Now);
    }
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let [year, month, day] = numbers(date, '-').ok_or(EXPECTED)?;
    let [hour, minute, second] = numbers(time, ':').ok_or(EXPECTED)?;
    if !YEARS.contains(&year) {
        let (first, last) = (YEARS.start(), YEARS.end());
        return Err(format!("years go from {first} to {last}"));
    }
    let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return Err("there is no such time".to_owned());
    }
    let days = days_since_1970(year, month, day);
    let seconds = days * SECONDS_PER_DAY + (hour * 60 + minute) * 60 + second;
    Ok(Date::At(seconds * 1_000_000_000))
}

/// Three numbers of at most four digits each.
fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let number = |part: &str| {
        let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let numbers: Option<Vec<u64>> = text.split(separator).map(number).collect();
    numbers?.try_into().ok()
}

fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let years = (*YEARS.start()..year).map(|year| 365 + u64::from(is_leap(year)));
    let months = (1..month).map(|month| days_in(year, month));
    years.sum::<u64>() + months.sum::<u64>() + day - 1
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_1970() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("1970-01-02T00:00:01", 86_401),
            ("2000-02-29T23:59:59", 951_868_799),
            ("2000-3-1", 951_868_800),
            ("2001-09-09T01:46:40", 1_000_000_000),
            ("2026-01-01", 1_767_225_600),
            ("2100-03-01", 4_107_542_400),
            ("2553-12-31T23:59:59", 18_429_292_799),
        ] {
            assert_eq!(parse(text), Ok(Date::At(seconds * 1_000_000_000)), "{text}");
        }
        assert_eq!(parse("now"), Ok(Date::Now));
        let start = pagewalk_machine::Config::START_TIME;
        assert_eq!(parse("2026-01-01T00:00:00"), Ok(Date::At(start)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "today",
            "2026",
            "2026-01",
            "2026-01-01T",
            "2026-01-01T10:00",
            "+2026-1-1",
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains("for instance 2026"), "{text}: {error}");
        }
        for text in ["1969-12-31", "2554-01-01", "0-1-1"] {
            let error = parse(text).expect_err(text);
            assert_eq!(error, "years go from 1970 to 2553", "{text}");
        }
        for text in [
            "2026-13-01",
            "2026-00-01",
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
        ] {
            assert_eq!(
                parse(text),
                Err("there is no such time".to_owned()),
                "{text}"
            );
        }
        for time in ["24:00:00", "0:60:0", "0:0:60"] {
            let text = format!("2026-01-01T{time}");
            assert_eq!(
                parse(&text),
                Err("there is no such time".to_owned()),
                "{text}"
            );
        }
    }
}
