//! `holdfast explain`: what a code means and what to do about it; a key goes to the decision it names.

use crate::args::ExplainArgs;
use crate::codes::{self, CodeFacts};
use crate::commands::explain_decision;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BOLD, Out, paint, table, wrap};

pub(crate) fn run(
    args: &ExplainArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let Some(asked) = &args.code else {
        if json {
            let all = codes::all().iter();
            let all: Vec<_> = all.map(|(code, facts)| as_json(code, facts)).collect();
            out.line(serde_json::Value::from(all));
        } else {
            list(out);
        }
        return Ok(Exit::Yes);
    };
    let code = asked.to_uppercase().replace('-', "_");
    let Some(facts) = codes::find(&code) else {
        if explain_decision::is_named_by(asked, config) {
            return explain_decision::run(asked, config, json, out);
        }
        return Err(Failure::usage(format!("explain `{code}`"))
            .cause("there is no such code, and no decision of that name in the store")
            .next("`holdfast explain` lists all codes; a decision is named with --store"));
    };
    if json {
        out.line(as_json(&code, facts));
    } else {
        show(out, &code, facts);
    }
    Ok(Exit::Yes)
}

fn as_json(code: &str, facts: &CodeFacts) -> serde_json::Value {
    serde_json::json!({
        "code": code, "class": facts.class, "layer": facts.layer, "raised_by": facts.raised_by,
        "retry": facts.retry, "meaning": facts.meaning, "action": facts.action,
    })
}

fn list(out: &mut Out) {
    let rows = codes::all()
        .iter()
        .map(|(code, facts)| vec![code.clone(), facts.class.clone(), facts.meaning.clone()]);
    out.line(table(&["code", "class", "meaning"], rows));
}

fn show(out: &mut Out, code: &str, facts: &CodeFacts) {
    out.line(paint(BOLD, code));
    out.line(wrap(&facts.meaning, 2));
    out.line("");
    out.line(paint(BOLD, "What to do"));
    out.line(wrap(&facts.action, 2));
    out.line("");
    out.line(format!("  class      {}", facts.class));
    out.line(format!("  raised by  {}", facts.raised_by.join(", ")));
    out.line(format!("  layer      {}", facts.layer));
    out.line(format!("  retry      {}", retry(&facts.retry)));
}

fn retry(word: &str) -> &str {
    match word {
        "never" => "never helps",
        "same" => "the same request may succeed later",
        "fresh" => "a corrected request with a fresh nonce may succeed",
        "after_fix" => "only after somebody changed what it names",
        other => other,
    }
}
