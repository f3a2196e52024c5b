//! `holdfast prove`: who can really write a table, and whether append-only is really enforced.

mod chosen;
mod embedded;

use std::path::Path;

use canonical::Timestamp;
use carrier_prover::contract::CarrierClass;
use carrier_prover::{
    Catalog, CatalogSource, Declarations, Heading, Prover, ProverError, Report, SourceError,
    render, seal,
};
use deployment::edge;
use store_postgres::{Address, Catalogs, ScratchDatabase, ScratchError};

use crate::args::ProveArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;
use crate::progress::CatalogBar;
use crate::{input, show};

/// The longest file of declarations, in bytes.
const CARRIERS_MAX: usize = 4 * 1024 * 1024;

/// For how long a printed report may be used, in microseconds: the next one may differ.
const VALID_MICROS: i64 = 300_000_000;

pub(crate) fn run(
    args: &ProveArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let store = config.store.value.as_str();
    if !(store.starts_with("postgres://") || store.starts_with("postgresql://")) {
        return embedded::run(args, config, json, out);
    }
    // Any database may be looked at, also one whose name no store of holdfast could have.
    let address = Address::of_any_database(store).map_err(|error| {
        Failure::usage(format!("use the store `{store}` ({})", config.store.source)).because(&error)
    })?;
    let declared = args.carriers.as_deref().map(declarations).transpose()?;
    let bar = CatalogBar::new(Catalog::ALL.len());
    let prover = read(&address, config, &bar)?;
    let chosen = chosen::choose(args, declared, &prover)?;
    bar.judging(chosen.0.len());
    let report = match &args.probe {
        None => prover.prove(&chosen),
        Some(scratch) => {
            let mut scratch = scratch_at(scratch, &address, config)?;
            prover.probe(&chosen, &mut scratch)
        }
    };
    let report = report.map_err(|error| failed(&error))?;
    drop(bar);
    if json {
        let heading = heading(edge::now());
        let sealed = seal(&report, &heading).map_err(|error| failed(&error))?;
        out.envelope(&sealed);
    } else if args.fix {
        show::carriers::fixes(out, &report);
    } else {
        out.line(render(&report));
        show::carriers::summary(out, &report);
    }
    Ok(if is_proven(&report) {
        Exit::Yes
    } else {
        Exit::Rejected
    })
}

/// The declared uses in a file.
pub(super) fn declarations(path: &Path) -> Result<Declarations, Failure> {
    let bytes = input::read(path, CARRIERS_MAX)?;
    let refused = |cause: String| {
        Failure::usage(format!("understand the carriers `{}`", path.display()))
            .cause(cause)
            .next("write [[carrier]] with `carrier`, `relation` and [[carrier.facets]] with `use`")
    };
    if bytes.len() > CARRIERS_MAX {
        return Err(refused(format!("it is larger than {CARRIERS_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|error| refused(error.to_string()))?;
    // An array of objects; TOML begins with a comment or with `[[`.
    let array = text.trim_start().strip_prefix('[');
    let parsed = if array.is_some_and(|rest| rest.trim_start().starts_with('{')) {
        Declarations::from_json(&text)
    } else {
        Declarations::from_toml(&text)
    };
    let declared = parsed.map_err(|error| refused(error.to_string()))?;
    if declared.0.is_empty() {
        return Err(refused("it declares no use".to_owned()));
    }
    Ok(declared)
}

/// The database to try things in.
fn scratch_at(
    scratch: &str,
    proven: &Address,
    config: &Config,
) -> Result<ScratchDatabase, Failure> {
    let tried = format!("try in the scratch database `{scratch}`");
    let address = Address::of_any_database(scratch)
        .map_err(|error| Failure::usage(&tried).because(&error))?;
    ScratchDatabase::connect(&address, proven, &config.credentials()).map_err(|error| match error {
        ScratchError::Same(_) | ScratchError::NotEmpty { .. } | ScratchError::NoSuperuser(_) => {
            Failure::usage(&tried)
                .because(&error)
                .next("make an empty one, and name a superuser of it: nothing in it is kept")
        }
        other => Failure::unavailable(&tried).because(&other),
    })
}

/// Reads the catalogs, once.
fn read(address: &Address, config: &Config, bar: &CatalogBar) -> Result<Prover, Failure> {
    let tried = format!("read the system catalogs of `{address}`");
    let catalogs = Catalogs::connect(address, &config.credentials()).map_err(|error| {
        let database = address.database();
        Failure::unavailable(&tried).because(&error).then(&format!(
            "or name a role in --store (`postgres://ROLE@HOST/{database}`), put its password into \
             `{}/ROLE`, and let it in: GRANT CONNECT ON DATABASE \"{database}\" TO ROLE; more than \
             that it does not need",
            config.credentials.value
        ))
    })?;
    let login = catalogs.login().to_owned();
    let mut watched = Watched { catalogs, bar };
    Prover::new(&mut watched).map_err(|error| {
        Failure::unavailable(format!("{tried} as `{login}`"))
            .because(&error)
            .next("let the role read pg_catalog, as every role may unless somebody revoked it")
    })
}

/// Catalogs, with somebody who watches them being read.
struct Watched<'a> {
    catalogs: Catalogs,
    bar: &'a CatalogBar,
}

impl CatalogSource for Watched<'_> {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        self.bar.reading(catalog.name());
        self.catalogs.read(catalog, row)
    }
}

/// Whether every use is proven and nothing stands against it.
fn is_proven(report: &Report) -> bool {
    !report.carriers.is_empty()
        && report.carriers.iter().all(|proof| {
            proof.class == CarrierClass::ProvenAuthorityControlledCarrier && proof.codes.is_empty()
        })
}

fn heading(now: Timestamp) -> Heading {
    let until = now.micros().saturating_add(VALID_MICROS);
    Heading {
        trust_domain: "holdfast".to_owned(),
        audience: "holdfast.registration".to_owned(),
        run_id: format!("prove-{}", edge::fresh_id()),
        issued_at: now,
        expires_at: Timestamp::from_micros(until).unwrap_or(now),
    }
}

fn failed(error: &ProverError) -> Failure {
    match error {
        ProverError::Declaration(_) | ProverError::NoRelation(_) => {
            Failure::usage("judge the tables").because(error)
        }
        ProverError::Unreadable(_) => Failure::unavailable("judge the tables").because(error),
        _ => Failure::internal("write down what was found").because(error),
    }
}
