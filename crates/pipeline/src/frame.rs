//! Frames: slot names and the envelopes in them, joined without re-serialising a byte.

/// Builds one frame: a JSON object whose members are slots and whose values are envelopes.
#[derive(Debug, Default)]
pub struct FrameBuilder {
    bytes: Vec<u8>,
}

impl FrameBuilder {
    /// An empty frame.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an envelope (or any JSON text) under a slot; a missing one adds nothing.
    #[must_use]
    pub fn slot(mut self, name: &str, json: Option<&[u8]>) -> Self {
        if let Some(json) = json {
            self.name(name);
            self.bytes.extend_from_slice(json);
        }
        self
    }

    /// Adds a list of envelopes.
    #[must_use]
    pub fn list(mut self, name: &str, items: &[&[u8]]) -> Self {
        self.name(name);
        self.bytes.push(b'[');
        self.bytes.extend_from_slice(&items.join(&b','));
        self.bytes.push(b']');
        self
    }

    /// Adds a plain text that needs no escaping: names, identities, times.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        self.bytes
            .extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
        self
    }

    /// The frame.
    pub fn finish(mut self) -> Vec<u8> {
        if self.bytes.is_empty() {
            self.bytes.push(b'{');
        }
        self.bytes.push(b'}');
        self.bytes
    }

    fn name(&mut self, name: &str) {
        self.bytes
            .push(if self.bytes.is_empty() { b'{' } else { b',' });
        self.bytes
            .extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
        self.bytes.push(b':');
    }
}

#[cfg(test)]
mod tests {
    use super::FrameBuilder;

    #[test]
    fn slots_keep_their_bytes() {
        let frame = FrameBuilder::new()
            .slot("a", Some(br#"{"x":1}"#))
            .slot("b", None)
            .list("c", &[b"1", b"2"])
            .text("now", "t")
            .finish();
        assert_eq!(frame, br#"{"a":{"x":1},"c":[1,2],"now":"t"}"#);
    }
}
