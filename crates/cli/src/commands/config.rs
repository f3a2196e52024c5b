//! `holdfast config show`: each value and where it came from.

use crate::config::{Config, Setting, Source};
use crate::exit::Exit;
use crate::print::{Out, table};

pub(crate) fn show(config: &Config, json: bool, out: &mut Out) -> Exit {
    let settings = [
        ("store", Some(&config.store)),
        ("credentials", Some(&config.credentials)),
        ("checkpoint", config.checkpoint.as_ref()),
    ];
    if json {
        let shown = settings.map(|(key, setting)| {
            let value = setting.map(|setting| &setting.value);
            let shown = serde_json::json!({ "value": value, "from": from(setting) });
            (key.to_owned(), shown)
        });
        out.line(serde_json::Value::Object(shown.into_iter().collect()));
        return Exit::Yes;
    }
    let rows = settings.map(|(key, setting)| {
        let value = setting.map_or("(none)", |setting| &setting.value);
        vec![key.to_owned(), value.to_owned(), from(setting)]
    });
    out.line(table(&["key", "value", "from"], rows));
    Exit::Yes
}

fn from(setting: Option<&Setting>) -> String {
    setting
        .map_or(&Source::Default, |setting| &setting.source)
        .to_string()
}
