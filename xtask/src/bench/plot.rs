//! The results as a plot: for each row of the common comparison a group of bars, the
//! time of a unit over that on the host, on a logarithmic axis. An SVG file without
//! anything from elsewhere, with colours for light and dark backgrounds.

use std::fmt::Write;

use super::report::{NATIVE, Report, RowReport};

/// Colours of the bars that can be seen on white and on black.
const COLOURS: [&str; 6] = [
    "#2f81f7", "#d29922", "#3fa34d", "#a371f7", "#e5534b", "#8b949e",
];

// Lengths in units of the picture.
const WIDTH: f64 = 760.0;
/// Where the axis begins: names of rows stand to the left.
const LEFT: f64 = 90.0;
/// Where it ends: numbers of the longest bars stand to the right.
const RIGHT: f64 = 700.0;
const TOP: f64 = 58.0;
const BAR: f64 = 10.0;
const GAP: f64 = 8.0;

/// Text is dark, or light where the reader prefers a dark background.
const STYLE: &str = "text{font:10px sans-serif;fill:#24292f}.grid{stroke:#8b949e;\
     stroke-opacity:.4}@media(prefers-color-scheme:dark){text{fill:#c9d1d9}}";

/// Powers of ten between which all values lie.
struct Axis {
    first: i32,
    last: i32,
}

impl Axis {
    fn of(values: &[f64]) -> Self {
        let exponents = || values.iter().map(|value| value.log10());
        let least = exponents().fold(0.0, f64::min).floor() as i32;
        let most = exponents().fold(1.0, f64::max).ceil() as i32;
        Self {
            first: least,
            last: most,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        LEFT + share * (RIGHT - LEFT)
    }
}

/// The picture; `None` if nothing was measured beside the host.
pub(super) fn svg(report: &Report) -> Option<String> {
    let rows: Vec<&RowReport> = report.rows.iter().filter(|row| row.is_common).collect();
    let times = |row: &RowReport, name: &str| row.of(name).and_then(|m| m.times_native);
    let names = report.contestants.iter().map(|c| c.name.as_str());
    let has_any = |name: &&str| rows.iter().any(|row| times(row, name).is_some());
    let names: Vec<&str> = names
        .filter(|name| *name != NATIVE)
        .filter(has_any)
        .collect();
    let bars = |row: &RowReport| -> Vec<(usize, f64)> {
        let all = names.iter().enumerate();
        all.filter_map(|(index, name)| Some((index, times(row, name)?)))
            .collect()
    };
    let values: Vec<f64> = rows
        .iter()
        .flat_map(|row| bars(row))
        .map(|(_, v)| v)
        .collect();
    if values.is_empty() {
        return None;
    }
    let axis = Axis::of(&values);
    let mut body = String::new();
    let mut y = TOP;
    for row in &rows {
        let bars = bars(row);
        let height = bars.len() as f64 * BAR;
        if bars.is_empty() {
            continue;
        }
        text(
            &mut body,
            LEFT - 6.0,
            y + height / 2.0 + 4.0,
            "end",
            &row.title,
        );
        for (index, value) in bars {
            let (colour, end) = (COLOURS[index % COLOURS.len()], axis.place(value));
            let length = (end - LEFT).max(1.0);
            element(
                &mut body,
                format_args!(
                    "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{:.1}\" \
                     fill=\"{colour}\"/>",
                    BAR - 1.0
                ),
            );
            let number = format!("{value:.*}", usize::from(value < 10.0));
            text(
                &mut body,
                LEFT + length + 4.0,
                y + BAR - 1.0,
                "start",
                &number,
            );
            y += BAR;
        }
        y += GAP;
    }
    Some(frame(&axis, &names, &body, y))
}

/// Puts title, legend and grid around the bars, which end at `bottom`.
fn frame(axis: &Axis, names: &[&str], bars: &str, bottom: f64) -> String {
    let mut svg = String::new();
    let height = bottom + 12.0;
    element(
        &mut svg,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             role=\"img\">\n<style>{STYLE}</style>"
        ),
    );
    let title = "Time of a unit / time on the host itself: shorter is faster";
    text(&mut svg, LEFT, 14.0, "start", title);
    for (index, name) in names.iter().enumerate() {
        let x = LEFT + 110.0 * index as f64;
        let colour = COLOURS[index % COLOURS.len()];
        element(
            &mut svg,
            format_args!("<rect x=\"{x}\" y=\"22\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"),
        );
        text(&mut svg, x + 14.0, 31.0, "start", name);
    }
    for exponent in axis.first..=axis.last {
        let value = 10_f64.powi(exponent);
        let x = axis.place(value);
        element(
            &mut svg,
            format_args!(
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>",
                TOP - 4.0
            ),
        );
        text(&mut svg, x, TOP - 8.0, "middle", &value.to_string());
    }
    svg + bars + "</svg>\n"
}

fn element(svg: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(svg, "{text}").expect("writing to a string");
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    element(
        svg,
        format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::tests::example;

    #[test]
    fn a_bar_ends_where_the_axis_has_its_value() {
        let svg = svg(&example()).unwrap();
        // The values are 8, 16 and 20, so the axis goes from 1 to 100.
        for value in [8.0_f64, 16.0, 20.0] {
            let length = value.log10() / 2.0 * (RIGHT - LEFT);
            assert!(svg.contains(&format!("width=\"{length:.1}\"")), "{svg}");
        }
        let count = |what: &str| svg.matches(what).count();
        assert_eq!(count("class=\"grid\""), 3);
        assert_eq!(count("<rect"), 2 * 3, "bars and legend");
        assert_eq!(count(">peer<"), 1);
        assert_eq!(count(">native<"), 0);
    }

    #[test]
    fn without_the_host_there_is_nothing_to_see() {
        let mut report = example();
        for row in &mut report.rows {
            row.measurements
                .iter_mut()
                .for_each(|m| m.times_native = None);
        }
        assert_eq!(svg(&report), None);
    }
}
