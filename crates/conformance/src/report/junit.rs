//! JUnit's XML, as far as collectors of test results agree on it.

use std::fmt::Write as _;

use super::{Report, Verdict};
use crate::judge::FAIL_OPEN;

pub(super) fn write(report: &Report) -> String {
    let failures = report
        .count("failed")
        .saturating_add(report.count(FAIL_OPEN));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" \
         tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{}\">\n",
        report.block.name(),
        report.results.len(),
        report.count("excused"),
    );
    for one in &report.results {
        let name = if one.id == one.input {
            one.id.clone()
        } else {
            format!("{} ({})", one.id, one.input)
        };
        let _ = write!(
            xml,
            "    <testcase classname=\"{}.{}\" name=\"{}\"",
            report.block.name(),
            escaped(&one.family),
            escaped(&name)
        );
        let inner = match &one.verdict {
            Verdict::Passed => None,
            Verdict::Failed(found) => Some(failure("failed", found)),
            Verdict::FailOpen(found) => Some(failure(FAIL_OPEN, found)),
            Verdict::Excused { found, reason } => Some(format!(
                "<skipped message=\"{}\"/>",
                escaped(&format!("{reason}: {found}"))
            )),
        };
        match inner {
            None => xml.push_str("/>\n"),
            Some(inner) => {
                let _ = writeln!(xml, ">{inner}</testcase>");
            }
        }
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn failure(kind: &str, found: &str) -> String {
    format!("<failure type=\"{kind}\" message=\"{}\"/>", escaped(found))
}

/// Text inside an attribute; what XML cannot carry at all is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            other if other.is_control() || matches!(other, '\u{FFFE}' | '\u{FFFF}') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::block::Block;
    use crate::report::Result;

    #[test]
    fn each_end_of_a_case_has_its_element() {
        let one = |id: &str, verdict| Result {
            id: id.to_owned(),
            input: id.to_owned(),
            family: "replay".to_owned(),
            why: String::new(),
            due: vec![],
            verdict,
        };
        let report = Report {
            block: Block::ValidatorE,
            results: vec![
                one("A", Verdict::Passed),
                one("B", Verdict::Failed("<&\">\u{1}".to_owned())),
                one("C", Verdict::FailOpen("passed".to_owned())),
            ],
            took: Duration::from_secs(1),
        };
        assert!(!report.conforms());
        assert_eq!(
            report.junit(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
             <testsuite name=\"validator-e\" tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\">\n    \
             <testcase classname=\"validator-e.replay\" name=\"A\"/>\n    \
             <testcase classname=\"validator-e.replay\" name=\"B\"><failure type=\"failed\" \
             message=\"&lt;&amp;&quot;&gt;\"/></testcase>\n    \
             <testcase classname=\"validator-e.replay\" name=\"C\"><failure type=\"REJECT_FAIL_OPEN\" \
             message=\"passed\"/></testcase>\n  </testsuite>\n</testsuites>\n"
        );
    }
}
