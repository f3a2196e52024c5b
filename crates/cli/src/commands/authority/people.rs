//! Principals and action types.

use authority::{
    ActionTypeEntry, AuthorityError, BindingEntry, Channel, Draft, PrincipalEntry,
    PrincipalKind as Kind, Reason, Side as AuthoritySide,
};

use super::{Session, identifier, refused, text};
use crate::args::{ActionCommand, PrincipalAddArgs, PrincipalCommand, PrincipalKind, Side, Tier};
use crate::failure::Failure;

pub(super) fn principal(
    session: &mut Session<'_>,
    command: &PrincipalCommand,
) -> Result<(), Failure> {
    let PrincipalCommand::Add(args) = command;
    let entry = PrincipalEntry {
        principal: identifier("principal", &args.principal)?,
        kind: kind(args.kind),
        side: side(args.side),
        display_name: text("display name", &args.display_name)?,
    };
    let bindings = bindings(args)?;
    let tried = "add the principal";
    let failed = |error: AuthorityError| refused(tried, &error);
    // One transaction: a principal without its names would be half a principal.
    let mut draft = Draft::begin(&mut session.writer).map_err(failed)?;
    let mut keys = Vec::new();
    match draft.add_principal(&entry) {
        // A principal that is there gets the names and credentials that are new.
        Err(AuthorityError::Refused { reason, .. })
            if matches!(*reason, Reason::AlreadyOnRecord { .. }) && !bindings.is_empty() => {}
        made => keys.push(made.map_err(failed)?),
    }
    for binding in &bindings {
        keys.push(draft.add_binding(binding).map_err(failed)?);
    }
    draft.commit().map_err(failed)?;
    for key in keys {
        session.say(&key);
    }
    Ok(())
}

fn bindings(args: &PrincipalAddArgs) -> Result<Vec<BindingEntry>, Failure> {
    let aliases = args
        .alias
        .iter()
        .map(|alias| (Channel::Alias, alias.clone()));
    let uids = args.uid.iter().map(|uid| (Channel::OsUid, uid.to_string()));
    let principal = identifier("principal", &args.principal)?;
    aliases
        .chain(uids)
        .map(|(channel, value)| {
            Ok(BindingEntry {
                channel,
                value: value.parse().map_err(|error| {
                    Failure::usage(format!("bind the name `{value}`")).because(&error)
                })?,
                principal: principal.clone(),
            })
        })
        .collect()
}

pub(super) fn action(session: &mut Session<'_>, command: &ActionCommand) -> Result<(), Failure> {
    let ActionCommand::Add(args) = command;
    let entry = ActionTypeEntry {
        operation: identifier("operation", &args.operation)?,
        object_type: identifier("object type", "dot")?,
        implemented: true,
        risk_tier: tier(args.tier)
            .parse()
            .map_err(|_| Failure::internal("name the risk tier"))?,
        required_scope: identifier("scope", &args.scope)?,
        postcondition_verifier_ref: identifier("verifier", &args.verifier)?,
        signoff_required: args.signoff,
    };
    session.write("add the action type", |draft| draft.set_action_type(&entry))?;
    Ok(())
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "low",
        Tier::Medium => "medium",
        Tier::High => "high",
    }
}

fn kind(kind: PrincipalKind) -> Kind {
    match kind {
        PrincipalKind::Human => Kind::Human,
        PrincipalKind::Service => Kind::Service,
        PrincipalKind::Team => Kind::Team,
        PrincipalKind::Operator => Kind::Operator,
        PrincipalKind::Requester => Kind::Requester,
    }
}

fn side(side: Side) -> AuthoritySide {
    match side {
        Side::Owner => AuthoritySide::Owner,
        Side::Council => AuthoritySide::Council,
        Side::None => AuthoritySide::None,
    }
}
