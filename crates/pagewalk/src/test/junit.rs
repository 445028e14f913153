//! The results as JUnit XML, in the form that CI servers read: a suite a
//! group, a case a test.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::Report;

/// The whole document.
pub(super) fn document(reports: &[Report], wall: Duration) -> String {
    let mut groups: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in reports {
        groups.entry(&report.test.group).or_default().push(report);
    }
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = reports.iter();
    open(&mut xml, 0, "testsuites", "pagewalk", all, wall);
    for (group, reports) in groups {
        let wall = reports.iter().map(|report| report.wall).sum();
        open(
            &mut xml,
            1,
            "testsuite",
            group,
            reports.iter().copied(),
            wall,
        );
        for report in reports {
            case(&mut xml, report);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn open<'a>(
    xml: &mut String,
    depth: usize,
    element: &str,
    name: &str,
    reports: impl Iterator<Item = &'a Report> + Clone,
    wall: Duration,
) {
    let failures = reports.clone().filter(|report| report.result.is_err());
    writeln!(
        xml,
        "{:indent$}<{element} name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3}\">",
        "",
        escape(name),
        reports.clone().count(),
        failures.count(),
        wall.as_secs_f64(),
        indent = 2 * depth,
    )
    .expect("writing to a string");
}

fn case(xml: &mut String, report: &Report) {
    let test = &report.test;
    write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{:.3}\"",
        escape(&test.group),
        escape(&test.name),
        escape(&test.path.to_string_lossy()),
        report.wall.as_secs_f64(),
    )
    .expect("writing to a string");
    let Err(failure) = &report.result else {
        xml.push_str("/>\n");
        return;
    };
    write!(
        xml,
        ">\n      <failure message=\"{}\">{}</failure>\n",
        escape(&failure.headline),
        escape(&failure.details.join("\n")),
    )
    .expect("writing to a string");
    if !failure.output.is_empty() {
        let output = escape(&failure.output);
        writeln!(xml, "      <system-out>{output}</system-out>").expect("writing to a string");
    }
    xml.push_str("    </testcase>\n");
}

/// Text that is fit for XML 1.0, as an attribute and between tags: what has a
/// meaning there is escaped, and characters that no document may hold (section
/// 2.2 of the recommendation) are replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // Plain ones become blanks in attributes.
            '\t' | '\n' | '\r' => {
                write!(escaped, "&#{};", character as u32).expect("writing to a string");
            }
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_in_a_text_can_end_it() {
        assert_eq!(escape("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;&apos;c");
        assert_eq!(escape("]]>"), "]]&gt;");
        assert_eq!(escape("two\nlines\t"), "two&#10;lines&#9;");
        assert_eq!(
            escape("\0\x1b[31m\u{ffff}é"),
            "\u{fffd}\u{fffd}[31m\u{fffd}é"
        );
    }
}
