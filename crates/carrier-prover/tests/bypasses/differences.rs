//! Two texts side by side.

use std::collections::BTreeSet;

/// The lines that only one of two texts has, each once.
pub(crate) fn differences(before: &str, after: &str) -> String {
    let only = |mark: char, these: &str, those: &str| {
        let mut known: BTreeSet<&str> = those.lines().collect();
        let lines = these.lines().filter(|line| known.insert(line));
        lines.fold(String::new(), |all, line| all + &format!("{mark} {line}\n"))
    };
    only('-', before, after) + &only('+', after, before)
}

/// Texts by their names: the first in full, and of each other one what is not as in the first.
pub(crate) fn beside_the_first(texts: &[(String, String)]) -> String {
    let first = texts.first().map_or("", |(_, text)| text);
    let others = texts.iter().enumerate().map(|(number, (name, text))| {
        let said = if number == 0 {
            text.clone()
        } else {
            differences(first, text)
        };
        format!("== {name}\n{said}\n")
    });
    others.collect()
}
