//! `holdfast authority …`: the authority writer's side, with its own credential.

mod approval;
mod artifact;
mod owner;
mod people;
mod show;

use authority::{
    AuthorityError, Draft, HoldEntry, ManifestEntry, PolicySettings, VerifierEntry,
    default_manifest,
};
use canonical::Identifier;
use deployment::{Authority, StoreAddress};

use crate::advice;
use crate::args::{
    AuthorityCommand, ManifestCommand, PolicyCommand, PolicySetArgs, VerifierCommand,
};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{GOOD, Out, paint};
use crate::wiring;

pub(crate) use artifact::{import_file, measure};

/// One authority session: the credential, and how to print.
struct Session<'a> {
    writer: Authority,
    json: bool,
    out: &'a mut Out,
}

pub(crate) fn run(
    command: &AuthorityCommand,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let mut session = Session {
        writer: wiring::authority(config)?,
        json,
        out,
    };
    match command {
        AuthorityCommand::Principal(command) => people::principal(&mut session, command)?,
        AuthorityCommand::Action(command) => people::action(&mut session, command)?,
        AuthorityCommand::Owner(command) => owner::run(&mut session, command)?,
        AuthorityCommand::Approval(command) => approval::run(&mut session, command)?,
        AuthorityCommand::Admit(args) => artifact::admit(&mut session, args)?,
        AuthorityCommand::Manifest(ManifestCommand::Set(args)) => {
            let issuer = identifier("issuer", &args.issuer)?;
            let manifest = manifest(issuer)?;
            session.write("set the manifest", |draft| draft.set_manifest(&manifest))?;
        }
        AuthorityCommand::Verifier(VerifierCommand::Add(args)) => {
            let entry = VerifierEntry {
                verifier_ref: identifier("verifier", &args.verifier_ref)?,
                specific_target: None,
                description: text("description", &args.description)?,
            };
            session.write("add the verifier", |draft| draft.set_verifier(&entry))?;
        }
        AuthorityCommand::Policy(PolicyCommand::Set(args)) => {
            let settings = policy(args, &config.store_address()?)?;
            session.write("set the policy", |draft| draft.set_policy(&settings))?;
        }
        AuthorityCommand::Retire(args) => approval::retire(&mut session, args)?,
        AuthorityCommand::Release(args) => {
            let entry = HoldEntry {
                dot_code: Some(identifier("DOT code", &args.dot)?),
                reason: text("reason", &args.reason)?,
            };
            session.write("release the hold", |draft| draft.release(&entry))?;
        }
        AuthorityCommand::Show(args) => show::run(&mut session, args)?,
        AuthorityCommand::Import(args) => artifact::import(&mut session, args)?,
    }
    Ok(Exit::Yes)
}

impl Session<'_> {
    /// Makes one row and says under which key it stands.
    fn write(
        &mut self,
        tried: &str,
        make: impl FnOnce(&mut Draft<'_, Authority>) -> Result<String, AuthorityError>,
    ) -> Result<String, Failure> {
        let failed = |error: AuthorityError| refused(tried, &error);
        let mut draft = Draft::begin(&mut self.writer).map_err(failed)?;
        let key = make(&mut draft).map_err(failed)?;
        draft.commit().map_err(failed)?;
        self.say(&key);
        Ok(key)
    }

    fn say(&mut self, key: &str) {
        if self.json {
            self.out.line(serde_json::json!({ "row_key": key }));
        } else {
            self.out.line(format!("{} {key}", paint(GOOD, "written")));
        }
    }
}

/// The default policy, but for what the arguments accept.
fn policy(args: &PolicySetArgs, store: &StoreAddress) -> Result<PolicySettings, Failure> {
    let assurance = args.accept_single_principal.then_some("single-principal");
    let mut settings = PolicySettings {
        assurance_accepted: assurance.and_then(|word| word.parse().ok()),
        ..PolicySettings::default()
    };
    if !args.trust.is_empty() {
        let lines = args.trust.iter().map(|line| text("somebody trusted", line));
        settings.trust_base = lines.collect::<Result<_, _>>()?;
    } else if matches!(store, StoreAddress::Postgres(_)) {
        // Whom a server's proofs rest on depends on the server; a default would be a guess.
        return Err(
            Failure::usage("set a policy on a server without saying who is trusted")
                .next("name each with --trust, as `holdfast gate` does under `single-writer`"),
        );
    }
    Ok(settings)
}

/// The default manifest under this issuer.
pub(crate) fn manifest(issuer: Identifier) -> Result<ManifestEntry, Failure> {
    default_manifest(issuer)
        .map_err(|error| Failure::internal("make the default manifest").because(&error))
}

/// An authority row that was refused, in the words of whoever refused it.
pub(crate) fn refused(tried: &str, error: &AuthorityError) -> Failure {
    match error {
        AuthorityError::Store(_) if !advice::is_refusal(error) => {
            Failure::unavailable(tried).because(error)
        }
        _ => Failure::usage(tried).because(error),
    }
}

/// An identifier from an argument.
pub(crate) fn identifier(what: &str, value: &str) -> Result<Identifier, Failure> {
    value.parse().map_err(|error| {
        Failure::usage(format!("take `{value}` as {what}"))
            .because(&error)
            .next("use letters, digits and . _ : / @ + - (ASCII), starting with a letter or digit")
    })
}

/// A text from an argument.
pub(crate) fn text(what: &str, value: &str) -> Result<canonical::Text, Failure> {
    value
        .parse()
        .map_err(|error| Failure::usage(format!("take `{value}` as {what}")).because(&error))
}
