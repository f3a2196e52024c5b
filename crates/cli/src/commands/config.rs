//! `holdfast config show`: each value and where it came from.

use crate::config::Config;
use crate::exit::Exit;
use crate::print::{Out, table};

pub(crate) fn show(config: &Config, json: bool, out: &mut Out) -> Exit {
    if json {
        let (value, from) = (&config.store.value, config.store.source.to_string());
        out.line(serde_json::json!({ "store": { "value": value, "from": from } }));
        return Exit::Yes;
    }
    let row = vec![
        "store".to_owned(),
        config.store.value.clone(),
        config.store.source.to_string(),
    ];
    out.line(table(&["key", "value", "from"], [row]));
    Exit::Yes
}
