//! `holdfast config show`: each value and where it came from.

use crate::config::Config;
use crate::exit::Exit;
use crate::print::{Out, table};

pub(crate) fn show(config: &Config, json: bool, out: &mut Out) -> Exit {
    let settings = [
        ("store", &config.store),
        ("credentials", &config.credentials),
    ];
    if json {
        let shown = settings.map(|(key, setting)| {
            let from = setting.source.to_string();
            let value = serde_json::json!({ "value": setting.value, "from": from });
            (key.to_owned(), value)
        });
        out.line(serde_json::Value::Object(shown.into_iter().collect()));
        return Exit::Yes;
    }
    let rows = settings.map(|(key, setting)| {
        let from = setting.source.to_string();
        vec![key.to_owned(), setting.value.clone(), from]
    });
    out.line(table(&["key", "value", "from"], rows));
    Exit::Yes
}
