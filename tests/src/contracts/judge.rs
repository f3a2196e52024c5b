//! The judges of one contract, and what each says of a document.

use std::error::Error;

use canonical::WriteError;
use envelope::Contract;
use jsonschema::{Draft, PatternOptions, Validator};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Difference;

/// The opening path, the bundled schema, the Rust type and the schema derived from it.
pub(super) struct Judges<'c, T> {
    contract: &'c Contract<T>,
    bundled: Validator,
    derived: Validator,
}

/// Who accepts one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opinions {
    pub(super) bundled: bool,
    pub(super) derived: bool,
    pub(super) rust: bool,
}

impl<'c, T> Judges<'c, T> {
    pub(super) fn new(
        contract: &'c Contract<T>,
        bundle: &Value,
        definition: &str,
    ) -> Result<Self, Box<dyn Error>>
    where
        T: JsonSchema,
    {
        let definitions = bundle.get("$defs").ok_or("the bundle has no definitions")?;
        let bundled = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/$defs/{definition}"),
            "$defs": definitions,
        });
        Ok(Self {
            contract,
            bundled: compile(&bundled)?,
            derived: compile(&schemars::schema_for!(T).to_value())?,
        })
    }
}

// As the opening path compiles, so that what is compared is what is shipped.
fn compile(schema: &Value) -> Result<Validator, Box<dyn Error>> {
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("uint64", |_: &str| false)
        .with_format("int64", |_: &str| false)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)?;
    Ok(validator)
}

impl<T: Serialize + DeserializeOwned> Judges<'_, T> {
    fn opinions(&self, document: &Value) -> (Opinions, Option<T>) {
        let value = T::deserialize(document).ok();
        let opinions = Opinions {
            bundled: self.bundled.is_valid(document),
            derived: self.derived.is_valid(document),
            rust: value.is_some(),
        };
        (opinions, value)
    }

    /// Whether all accept; fails when they differ, or when what they accept changes its bytes.
    pub(super) fn agree(&self, document: &Value) -> Result<bool, String> {
        let (opinions, value) = self.opinions(document);
        let Opinions {
            bundled,
            derived,
            rust,
        } = opinions;
        if bundled != derived || bundled != rust {
            return Err(format!("{opinions:?}"));
        }
        let Some(value) = value else {
            return Ok(false);
        };
        let again = serde_json::to_value(&value).map_err(|error| error.to_string())?;
        match (canonical::write(document), canonical::write(&again)) {
            (Ok(bytes), Ok(again)) if bytes == again => Ok(true),
            (Ok(_), Ok(_)) => Err("accepted, but written again as other bytes".to_owned()),
            // No schema bounds the whole: what is larger than is ever read has no canonical bytes.
            (Err(WriteError::TooLarge), Err(WriteError::TooLarge)) => {
                self.refuse_the_size(document).map(|()| true)
            }
            (bytes, again) => Err(format!("accepted, but {bytes:?}, and then {again:?}")),
        }
    }

    /// Fails unless the opening path refuses this document for its size, before it is parsed.
    fn refuse_the_size(&self, document: &Value) -> Result<(), String> {
        let bytes = serde_json::to_vec(document).map_err(|error| error.to_string())?;
        match self.contract.open_request(&bytes) {
            Ok(_) => Err("too large to be written, and was opened".to_owned()),
            Err(refusal) if refusal.code == "ENVELOPE_MALFORMED" => Ok(()),
            Err(refusal) => Err(format!("too large to be written, but {refusal}")),
        }
    }

    /// Fails unless the judges differ exactly as listed and the opening path refuses.
    pub(super) fn differ_as_listed(
        &self,
        document: &Value,
        difference: Difference,
    ) -> Result<(), String> {
        let (opinions, _) = self.opinions(document);
        if opinions != difference.opinions() {
            return Err(format!("listed as {difference:?}, but {opinions:?}"));
        }
        let bytes = serde_json::to_vec(document).map_err(|error| error.to_string())?;
        let canonical = canonical::write(document).unwrap_or_else(|_| bytes.clone());
        for opened in [
            self.contract.open(&canonical),
            self.contract.open_request(&bytes),
        ] {
            match opened {
                Ok(_) => return Err(format!("listed as {difference:?}, and was opened")),
                Err(refusal) if refusal.code == difference.code() => {}
                Err(refusal) => return Err(format!("listed as {difference:?}, but {refusal}")),
            }
        }
        Ok(())
    }
}
