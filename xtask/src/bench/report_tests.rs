use super::*;

fn contestant(name: &str, form: Form) -> ContestantReport {
    ContestantReport {
        name: name.to_owned(),
        form,
        version: Some(format!("{name} 1.0")),
        startup_seconds: Some(0.5),
        error: None,
    }
}

const CONTESTANTS: [(&str, Form); 4] = [
    ("pagewalk", Form::BareMetal),
    ("kernel", Form::Process),
    ("native", Form::Native),
    ("peer", Form::BareMetal),
];

/// A row in which the contestants above have these times, two units of a million
/// instructions and a second to set up; ours count instructions.
fn row(title: &str, link: Link, seconds: [&[f64]; 4]) -> RowReport {
    let measurements = CONTESTANTS
        .iter()
        .zip(seconds)
        .map(|((name, form), seconds)| Measurement {
            seconds: seconds.to_vec(),
            setup_seconds: vec![1.0],
            instructions: OURS.contains(name).then_some(2_000_000),
            ..Measurement::new(&contestant(name, *form))
        });
    RowReport {
        title: title.to_owned(),
        unit: "some work".to_owned(),
        link,
        is_common: link == Link::Separate,
        units: 2,
        measurements: measurements.collect(),
    }
}

fn report(rows: Vec<RowReport>) -> Report {
    let contestants = CONTESTANTS
        .iter()
        .map(|(name, form)| contestant(name, *form));
    Report {
        format: FORMAT,
        date: Some("2026-01-31".to_owned()),
        machine: Machine::detect(),
        commit: None,
        rounds: 3,
        contestants: contestants.collect(),
        rows,
        blocks: Vec::new(),
        problems: Vec::new(),
    }
}

/// A report in which ours takes 4 s a unit on bare metal and 8 s in a process, the host
/// half a second, and the peer ten; the second link takes half as long again.
pub(crate) fn example() -> Report {
    let mut report = report(vec![
        row(
            "work",
            Link::Separate,
            [&[9.0, 99.0, 7.0], &[17.0], &[2.0], &[21.0]],
        ),
        row("work-shared", Link::Shared, [&[13.0], &[], &[], &[21.0]]),
    ]);
    report.evaluate();
    report
}

#[test]
fn times_are_medians_without_what_comes_before() {
    let report = example();
    let of = |name| report.rows[0].of(name).unwrap();
    let ours = of("pagewalk").unit.unwrap();
    assert_eq!((ours.min, ours.median, ours.max), (3.0, 4.0, 49.0));
    assert_eq!(of("pagewalk").mips, Some(0.25));
    assert_eq!(of("kernel").mips, Some(0.125));
    assert_eq!(of("peer").mips, Some(0.1));
    assert_eq!(of("native").mips, None);
    assert_eq!(of("pagewalk").times_native, Some(8.0));
    assert_eq!(of("kernel").times_native, Some(16.0));
    assert_eq!(of("peer").our_speed_ratio, Some(2.5));
    assert_eq!(of("kernel").our_speed_ratio, None);
    assert_eq!(report.problems, Vec::<String>::new());
}

#[test]
fn links_are_compared() {
    let report = example();
    let shared = |name| report.rows[1].of(name).unwrap().shared_over_separate;
    assert_eq!((shared("pagewalk"), shared("peer")), (Some(1.5), Some(1.0)));
}

#[test]
fn means_are_those_of_the_common_rows() {
    let times = |ours: f64| -> [Vec<f64>; 4] { [ours, 9.0, 3.0, 9.0].map(|time| vec![time]) };
    let rows = [("a", 3.0), ("b", 9.0), ("rewrite", 77.0)].map(|(title, ours)| {
        let times = times(ours);
        row(
            title,
            Link::Separate,
            [&times[0], &times[1], &times[2], &times[3]],
        )
    });
    let mut report = report(rows.into());
    report.evaluate();
    assert_eq!(report.mean("pagewalk", |m| m.times_native), Some((2.0, 2)));
    assert_eq!(report.mean("pagewalk", |m| m.our_speed_ratio), None);
}

#[test]
fn who_fails_has_no_speed_and_is_reported() {
    let mut report = report(vec![row(
        "work",
        Link::Separate,
        [&[9.0], &[9.0], &[2.0], &[3.0]],
    )]);
    report.rows[0].measurements[3].error = Some("it broke".to_owned());
    report.evaluate();
    assert_eq!(report.rows[0].of("peer").unwrap().mips, None);
    assert!(report.ours_passed());
    let text = report.to_string();
    assert!(text.contains("work on peer: it broke"), "{text}");
    report.rows[0].measurements[1].error = Some("it broke".to_owned());
    assert!(!report.ours_passed());
}

#[test]
fn disagreement_is_a_problem() {
    let mut report = report(vec![
        row("work", Link::Separate, [&[9.0], &[9.0], &[2.0], &[3.0]]),
        row("work-shared", Link::Shared, [&[9.0], &[], &[], &[3.0]]),
    ]);
    report.rows[0].measurements[3].instructions = Some(1_999_999);
    report.rows[1].measurements[0].instructions = Some(2_000_001);
    report.evaluate();
    let expected = [
        "work: instructions 1999999 on peer, 2000000 on pagewalk",
        "work: the two links differ in their instructions",
    ];
    assert_eq!(report.problems, expected);
}

#[test]
fn the_file_holds_the_report() {
    let report = example();
    let text = serde_json::to_string(&report).unwrap();
    let read: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(read.to_string(), report.to_string());
}

#[test]
fn medians() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
}
