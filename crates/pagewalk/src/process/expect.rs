//! `--expect 'cow_copy==12'`: what the counters of processes shall be at the end.

use std::fmt;

use pagewalk_guest_abi::counter;

use super::records::Exit;

/// How two numbers compare: as it is written, and what it means.
type Comparison = (&'static str, fn(&u64, &u64) -> bool);

/// Longer ones first: one may begin with another.
const COMPARISONS: [Comparison; 6] = [
    ("==", u64::eq),
    ("!=", u64::ne),
    ("<=", u64::le),
    (">=", u64::ge),
    ("<", u64::lt),
    (">", u64::gt),
];

/// What a counter shall be: of one process, or of all together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation {
    pid: Option<u64>,
    /// The index in [`counter::ALL`].
    counter: usize,
    comparison: Comparison,
    value: u64,
}

/// Reads `[PID:]COUNTER==NUMBER`.
pub(crate) fn parse(text: &str) -> Result<Expectation, String> {
    let expected = "a comparison is expected, for instance 'cow_copy==12' or '1:major<3'";
    let place = text.find(['=', '!', '<', '>']).ok_or(expected)?;
    let (name, rest) = text.split_at(place);
    let comparison = COMPARISONS
        .into_iter()
        .find(|(sign, _)| rest.starts_with(sign));
    let comparison = comparison.ok_or("the comparisons are ==, !=, <, <=, > and >=")?;
    let value = rest[comparison.0.len()..].trim().replace('_', "");
    let value = value
        .parse()
        .map_err(|_| format!("`{value}` is no count"))?;
    let (pid, name) = match name.trim().split_once(':') {
        Some((pid, name)) => {
            let number = pid
                .parse()
                .map_err(|_| format!("`{pid}` is no process number"))?;
            (Some(number), name)
        }
        None => (None, name.trim()),
    };
    Ok(Expectation {
        pid,
        counter: index_of(name)?,
        comparison,
        value,
    })
}

/// The counter of this name; its plural is understood, too.
fn index_of(name: &str) -> Result<usize, String> {
    let singular = match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    };
    let position = |wanted: &str| counter::ALL.iter().position(|(known, _)| *known == wanted);
    position(name)
        .or_else(|| position(&singular))
        .ok_or_else(|| {
            let names: Vec<&str> = counter::ALL.iter().map(|(name, _)| *name).collect();
            format!(
                "there is no counter `{name}`; there are {}",
                names.join(", ")
            )
        })
}

impl Expectation {
    /// Says what was found instead, if it does not hold.
    pub(crate) fn check(&self, exits: &[Exit]) -> Result<(), String> {
        let mut found = exits
            .iter()
            .filter(|exit| self.pid.is_none_or(|pid| exit.pid == pid));
        let mut sum: Option<u64> = None;
        for exit in &mut found {
            sum = Some(sum.unwrap_or(0).saturating_add(exit.counters[self.counter]));
        }
        match sum {
            Some(sum) if (self.comparison.1)(&sum, &self.value) => Ok(()),
            Some(sum) => Err(format!("expected {self}, found {sum}")),
            None => Err(format!("expected {self}, but no such process has ended")),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pid) = self.pid {
            write!(f, "{pid}:")?;
        }
        let (name, _) = counter::ALL[self.counter];
        write!(f, "{name}{}{}", self.comparison.0, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(pid: u64, counter: &str, value: u64) -> Exit {
        let mut counters = [0; counter::ALL.len()];
        counters[index_of(counter).expect("it is in the table")] = value;
        Exit {
            pid,
            name: String::new(),
            status: 0,
            counters,
        }
    }

    #[test]
    fn counters_of_all_processes_are_added() {
        let exits = [exit(1, "cow_copy", 10), exit(2, "cow_copy", 2)];
        for (text, found) in [
            ("cow_copies==12", None),
            ("cow_copy == 12", None),
            ("cow_copy>=12", None),
            ("cow_copy<=12", None),
            ("cow_copy!=13", None),
            ("2:cow_copy<3", None),
            ("major==0", None),
            ("cow_copy>12", Some("expected cow_copy>12, found 12")),
            ("1:cow_copy==12", Some("expected 1:cow_copy==12, found 10")),
            (
                "3:minor<1",
                Some("expected 3:minor<1, but no such process has ended"),
            ),
        ] {
            let checked = parse(text).expect(text).check(&exits);
            assert_eq!(checked.err().as_deref(), found, "{text}");
        }
        assert!(parse("minor==0").expect("good").check(&[]).is_err());
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (text, expected) in [
            ("minor", "a comparison is expected"),
            ("minor=1", "the comparisons are"),
            ("minor==", "`` is no count"),
            ("minor==-1", "`-1` is no count"),
            ("minor==many", "`many` is no count"),
            ("x:minor==1", "`x` is no process number"),
            ("faults==1", "no counter `faults`; there are minor, major,"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
