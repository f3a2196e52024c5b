//! `holdfast schema`: the contracts themselves, as they were compiled in.

use crate::args::SchemaArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;

macro_rules! schemas {
    ($($name:literal => $file:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../schemas/", $file, ".schema.json")))),*]
    };
}

const SCHEMAS: &[(&str, &str)] = schemas![
    "artifact-attestation" => "artifact-attestation.v1",
    "authority-readback" => "authority-readback.v1",
    "carrier-report" => "carrier-report.v1",
    "failure-audit" => "failure-audit.v1",
    "gate-report" => "gate-report.v1",
    "integration" => "integration.v1",
    "owner-attestation" => "owner-attestation.v1",
    "policy" => "policy.v1",
    "registration-decision" => "registration-decision.v1",
    "registration-request" => "registration-request.v1",
    "snapshot" => "snapshot.v1",
    "verdict" => "verdict.v1",
    "verification-report" => "verification-report.v1",
    "common/carriers" => "common/carriers",
    "common/codes" => "common/codes",
    "common/header" => "common/header",
    "common/request" => "common/request",
    "common/scalars" => "common/scalars",
];

pub(crate) fn run(args: &SchemaArgs, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let Some(name) = &args.name else {
        if json {
            let names: Vec<&str> = SCHEMAS.iter().map(|(name, _)| *name).collect();
            out.line(serde_json::Value::from(names));
            return Ok(Exit::Yes);
        }
        for (name, _) in SCHEMAS {
            out.line(name);
        }
        return Ok(Exit::Yes);
    };
    let plain = name.strip_suffix(".v1").unwrap_or(name);
    let Some((_, text)) = SCHEMAS.iter().find(|(known, _)| *known == plain) else {
        return Err(Failure::usage(format!("print the schema `{name}`"))
            .cause("there is no such schema")
            .next("`holdfast schema` lists them"));
    };
    out.line(text.trim_end());
    Ok(Exit::Yes)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_schema_file_is_compiled_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        let count = ["", "common"]
            .iter()
            .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
            .filter(|entry| {
                entry
                    .as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .ends_with(".schema.json")
            })
            .count();
        assert_eq!(count, super::SCHEMAS.len());
    }
}
