//! The figures in the documents. They come from one file of results, so that nobody
//! types a figure: a test holds the documents to that file.

use std::{fs, path::Path};

use anyhow::{Context, ensure};

use super::{
    contestant::Form,
    plot,
    report::{FORMAT, NATIVE, OURS, Report},
    table::Table,
};

/// The results, in the workspace.
const RESULTS: &str = "docs/benchmarks.json";
/// The plot, in the workspace.
const PLOT: &str = "docs/benchmarks.svg";
/// The lines between which figures stand.
const BEGIN: &str = "<!-- figures: written by `cargo xtask bench --update` -->";
const END: &str = "<!-- end of figures -->";

/// A document with figures: its place in the workspace, and how they look there.
type Document = (&'static str, fn(&Report) -> String);
const DOCUMENTS: [Document; 2] = [("docs/benchmarks.md", all_figures), ("README.md", summary)];

/// Reads a file of results.
pub(super) fn read(file: &Path) -> anyhow::Result<Report> {
    let read = || {
        let mut report: Report = serde_json::from_str(&fs::read_to_string(file)?)?;
        let format = report.format;
        ensure!(
            format == FORMAT,
            "version {format} of the format, and not {FORMAT}"
        );
        report.evaluate();
        Ok(report)
    };
    read().with_context(|| format!("reading {}", file.display()))
}

/// Writes a file of results.
pub(super) fn write(file: &Path, report: &Report) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    fs::write(file, text + "\n").with_context(|| format!("writing {}", file.display()))
}

/// Writes the plot.
pub(super) fn write_plot(file: &Path, report: &Report) -> anyhow::Result<()> {
    let svg = plot::svg(report).context("there is nothing to plot: no row ran on the host")?;
    fs::write(file, svg).with_context(|| format!("writing {}", file.display()))
}

/// Makes these results those of the documents.
pub(super) fn update(workspace: &Path, report: &Report) -> anyhow::Result<()> {
    write_plot(&workspace.join(PLOT), report)?;
    for (file, figures) in DOCUMENTS {
        let path = workspace.join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {file}"))?;
        let text = with_figures(&text, &figures(report)).with_context(|| file.to_owned())?;
        fs::write(&path, text).with_context(|| format!("writing {file}"))?;
    }
    write(&workspace.join(RESULTS), report)
}

/// A document with other figures between its two lines.
fn with_figures(text: &str, figures: &str) -> anyhow::Result<String> {
    let count = |line: &str| text.lines().filter(|other| *other == line).count();
    ensure!(
        count(BEGIN) == 1 && count(END) == 1,
        "it has no single `{BEGIN}` and `{END}`"
    );
    let (before, rest) = text
        .split_once(BEGIN)
        .context("the first line was counted")?;
    let (_, after) = rest
        .split_once(END)
        .context("the last line is not behind the first")?;
    Ok(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        figures.trim()
    ))
}

/// Everything, as in the text that the command prints.
fn all_figures(report: &Report) -> String {
    let lines = report.circumstances();
    let mut text: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    for table in report.tables() {
        text += &format!("\n{}\n\n{}", table.title, markdown(&table));
    }
    text
}

/// Means and the plot.
fn summary(report: &Report) -> String {
    let heading = [
        "",
        "rows",
        "time / time on the host",
        "our speed / its speed",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for contestant in report.contestants.iter().filter(|c| c.name != NATIVE) {
        let name = &contestant.name;
        let Some((times, count)) = report.mean(name, |m| m.times_native) else {
            continue;
        };
        let ratio = report.mean(name, |m| m.our_speed_ratio);
        let title = match (OURS.contains(&name.as_str()), contestant.form) {
            (true, Form::Process) => "Pagewalk, processes under its kernel".to_owned(),
            (true, _) => "Pagewalk, bare metal".to_owned(),
            (false, _) => contestant.version.clone().unwrap_or(name.clone()),
        };
        let ratio = ratio.map_or(String::new(), |(ratio, _)| format!("{ratio:.2}"));
        rows.push(vec![title, count.to_string(), format!("{times:.1}"), ratio]);
    }
    let table = Table {
        title: String::new(),
        rows,
    };
    let date = report.date.as_deref().unwrap_or("an unknown day");
    format!(
        "{}\nGeometric means over rows, medians, rounds: {}, {date}. {}.\n\n\
         ![Each row: time over that on the host]({PLOT})",
        markdown(&table),
        report.rounds,
        report.machine,
    )
}

fn markdown(table: &Table) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = "|---".repeat(table.rows[0].len());
    let rest: String = table.rows[1..].iter().map(|row| line(row)).collect();
    format!("{}{rule}|\n{rest}", line(&table.rows[0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::tests::example;

    /// The documents of this workspace, and the file from which their figures come.
    #[test]
    fn figures_are_those_of_the_file() {
        let workspace = super::super::workspace();
        let report = read(&workspace.join(RESULTS)).unwrap();
        let found = fs::read_to_string(workspace.join(PLOT)).unwrap();
        let advice = format!("type: cargo xtask bench --from {RESULTS} --update");
        assert!(plot::svg(&report).unwrap() == found, "{PLOT}; {advice}");
        for (file, figures) in DOCUMENTS {
            let text = fs::read_to_string(workspace.join(file)).unwrap();
            let expected = with_figures(&text, &figures(&report)).unwrap();
            assert!(text == expected, "{file}; {advice}");
        }
    }

    #[test]
    fn figures_stand_between_their_lines() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = with_figures(&text, "new").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(with_figures(&new, "new").unwrap(), new);
        for bad in [
            "a",
            BEGIN,
            &format!("{END}\n{BEGIN}"),
            &format!("{text}{text}"),
        ] {
            assert!(with_figures(bad, "new").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_summary_has_a_line_for_all_but_the_host() {
        let text = summary(&example());
        for line in [
            "| Pagewalk, bare metal | 1 | 8.0 |  |\n",
            "| Pagewalk, processes under its kernel | 1 | 16.0 |  |\n",
            "| peer 1.0 | 1 | 20.0 | 2.50 |\n",
            "medians, rounds: 3, 2026-01-31.",
            "(docs/benchmarks.svg)",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert!(!text.contains("native"), "{text}");
    }

    #[test]
    fn another_version_is_refused() {
        let file = std::env::temp_dir().join(format!("xtask-{}-results", std::process::id()));
        write(&file, &example()).unwrap();
        assert_eq!(read(&file).unwrap().rounds, 3);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("\"format\": 1", "\"format\": 0")).unwrap();
        let error = format!("{:#}", read(&file).err().unwrap());
        fs::remove_file(&file).unwrap();
        assert!(error.contains("version 0"), "{error}");
    }
}
