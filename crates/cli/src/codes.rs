//! What each code means, read from the one schema that lists them.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../schemas/common/codes.schema.json");

/// One code as `explain` shows it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CodeFacts {
    pub(crate) class: String,
    pub(crate) layer: String,
    pub(crate) raised_by: Vec<String>,
    pub(crate) retry: String,
    pub(crate) meaning: String,
    pub(crate) action: String,
}

static CODES: LazyLock<Vec<(String, CodeFacts)>> =
    LazyLock::new(|| read(SCHEMA).unwrap_or_default());

fn read(schema: &str) -> Option<Vec<(String, CodeFacts)>> {
    let document: Value = serde_json::from_str(schema).ok()?;
    let definition = document.pointer("/$defs/RejectCode")?;
    let facts = definition.get("x-codes")?;
    definition
        .get("enum")?
        .as_array()?
        .iter()
        .map(|code| {
            let code = code.as_str()?;
            let one = CodeFacts::deserialize(facts.get(code)?).ok()?;
            Some((code.to_owned(), one))
        })
        .collect()
}

/// All codes in precedence order.
pub(crate) fn all() -> &'static [(String, CodeFacts)] {
    &CODES
}

/// The facts of one code; `None` when there is no such code.
pub(crate) fn find(code: &str) -> Option<&'static CodeFacts> {
    CODES
        .iter()
        .find(|(name, _)| name == code)
        .map(|(_, facts)| facts)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_command_that_a_code_names_is_there() {
        use clap::CommandFactory;
        let command = crate::args::Cli::command();
        for (code, facts) in super::all() {
            for named in facts.action.split("`holdfast ").skip(1) {
                let words = named
                    .split(['`', ' '])
                    .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()));
                let mut at = &command;
                for (depth, word) in words.enumerate() {
                    match at.find_subcommand(word) {
                        Some(next) => at = next,
                        // What follows a command that has none of its own is an argument of it.
                        None => assert!(depth > 0 && !at.has_subcommands(), "{code}: `{word}`"),
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_of_the_schema_can_be_explained() {
        assert!(super::all().len() > 100, "{}", super::all().len());
    }
}
