//! The arguments of `holdfast authority`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `holdfast authority …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityCommand {
    /// Principals: the people and services that can own, approve or ask
    #[command(subcommand)]
    Principal(PrincipalCommand),
    /// Action types: what may be asked for, at which risk
    #[command(subcommand)]
    Action(ActionCommand),
    /// Owners of record
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Approvals and their votes
    #[command(subcommand)]
    Approval(ApprovalCommand),
    /// Admit one artifact: measure it now and bind it to a DOT
    Admit(AdmitArgs),
    /// Snapshot manifest
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Postcondition verifiers
    #[command(subcommand)]
    Verifier(VerifierCommand),
    /// The policy that every decision rests on
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Retire the current head of a DOT (needs its own approval for `retire_dot`)
    Retire(RetireArgs),
    /// Release the hold on a DOT
    Release(ReleaseArgs),
    /// Show the governed rows, all or of one carrier
    Show(ShowArgs),
    /// Import authority rows from a TOML or JSON file (`-` for standard input)
    Import(ImportArgs),
}

/// `holdfast authority principal …`
#[derive(Debug, Subcommand)]
pub(crate) enum PrincipalCommand {
    /// Add a principal, with its aliases and bindings
    Add(PrincipalAddArgs),
}

/// What a principal is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PrincipalKind {
    /// A person
    Human,
    /// A program that acts for people
    Service,
    /// A team
    Team,
    /// Runs things; owns nothing
    Operator,
    /// Asks for things; owns nothing
    Requester,
}

/// On which side a principal stands when it approves.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Side {
    /// The owner's side
    Owner,
    /// The council
    Council,
    /// Neither
    None,
}

/// `holdfast authority principal add`
#[derive(Debug, Args)]
pub(crate) struct PrincipalAddArgs {
    /// Canonical name, for example `principal/alice`
    pub(crate) principal: String,
    /// What it is
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) kind: PrincipalKind,
    /// On which side it approves
    #[arg(long, value_enum, default_value = "none")]
    pub(crate) side: Side,
    /// Name for people
    #[arg(long, default_value = "")]
    pub(crate) display_name: String,
    /// Another name for it; repeatable
    #[arg(long)]
    pub(crate) alias: Vec<String>,
    /// The operating-system user that is it; repeatable
    #[arg(long, value_name = "UID")]
    pub(crate) uid: Vec<u32>,
}

/// `holdfast authority action …`
#[derive(Debug, Subcommand)]
pub(crate) enum ActionCommand {
    /// Add a governed, implemented action type
    Add(ActionAddArgs),
}

/// Risk tiers.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Tier {
    /// One approval
    Low,
    /// One human of the owner's side
    Medium,
    /// One human of the owner's side and two of the council
    High,
}

/// `holdfast authority action add`
#[derive(Debug, Args)]
pub(crate) struct ActionAddArgs {
    /// Operation: register_dot, reregister_dot or retire_dot
    pub(crate) operation: String,
    /// Risk tier; it sets the quorum
    #[arg(long, value_enum, default_value = "medium")]
    pub(crate) tier: Tier,
    /// Scope that an owner must cover
    #[arg(long, default_value = "catalogue")]
    pub(crate) scope: String,
    /// Postcondition verifier
    #[arg(long)]
    pub(crate) verifier: String,
    /// Ask for an independent sign-off as well
    #[arg(long)]
    pub(crate) signoff: bool,
}

/// `holdfast authority owner …`
#[derive(Debug, Subcommand)]
pub(crate) enum OwnerCommand {
    /// Make a principal the owner of a DOT
    Add(OwnerAddArgs),
    /// Revoke an ownership row
    Revoke(OwnerRevokeArgs),
    /// Replace an ownership row by another owner
    Supersede(OwnerSupersedeArgs),
}

/// How a principal owns.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OwnerKind {
    /// Owner of record
    Accountable,
    /// Helps; decides nothing
    Supporting,
    /// Stands in until a date
    Delegated,
    /// A recorded exception
    Exception,
}

/// `holdfast authority owner add`
#[derive(Debug, Args)]
pub(crate) struct OwnerAddArgs {
    /// DOT code
    pub(crate) dot: String,
    /// Owner: a principal
    #[arg(long)]
    pub(crate) owner: String,
    /// How it owns
    #[arg(long, value_enum, default_value = "accountable")]
    pub(crate) kind: OwnerKind,
    /// Scope it owns
    #[arg(long, default_value = "catalogue")]
    pub(crate) scope: String,
    /// From when (UTC, `2026-01-31T00:00:00.000000Z`) [default: now]
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Until when; a delegation needs it
    #[arg(long)]
    pub(crate) to: Option<String>,
}

/// `holdfast authority owner revoke`
#[derive(Debug, Args)]
pub(crate) struct OwnerRevokeArgs {
    /// Key of the ownership row
    pub(crate) ownership: String,
}

/// `holdfast authority owner supersede`
#[derive(Debug, Args)]
pub(crate) struct OwnerSupersedeArgs {
    /// Key of the ownership row
    pub(crate) ownership: String,
    /// The new owner: a principal
    #[arg(long)]
    pub(crate) owner: String,
}

/// `holdfast authority approval …`
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalCommand {
    /// Open an approval for one operation, target and artifact
    Add(ApprovalAddArgs),
    /// Vote on an approval
    Vote(ApprovalVoteArgs),
    /// List approvals and their votes
    List(ApprovalListArgs),
}

/// `holdfast authority approval add`
#[derive(Debug, Args)]
pub(crate) struct ApprovalAddArgs {
    /// DOT code
    pub(crate) dot: String,
    /// Operation
    #[arg(long, default_value = "register_dot")]
    pub(crate) operation: String,
    /// SHA-256 of the artifact, `sha256:…`; or name the admission
    #[arg(
        long,
        required_unless_present = "admission",
        conflicts_with = "admission"
    )]
    pub(crate) artifact_hash: Option<String>,
    /// Take the hash from this admission
    #[arg(long)]
    pub(crate) admission: Option<String>,
    /// Who proposes; never counts as an approver
    #[arg(long)]
    pub(crate) proposer: String,
    /// Days until it expires
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u32,
}

/// `holdfast authority approval vote`
#[derive(Debug, Args)]
pub(crate) struct ApprovalVoteArgs {
    /// Key of the approval
    pub(crate) approval: String,
    /// Who votes: a principal or an alias of it
    #[arg(long)]
    pub(crate) voter: String,
    /// Reject instead of approve; one rejection is enough
    #[arg(long)]
    pub(crate) reject: bool,
    /// This vote is a sign-off on exactly this checksum, `sha256:…`
    #[arg(long, value_name = "CHECKSUM")]
    pub(crate) signoff: Option<String>,
}

/// `holdfast authority approval list`
#[derive(Debug, Args)]
pub(crate) struct ApprovalListArgs {
    /// Only those that still lack votes
    #[arg(long)]
    pub(crate) pending: bool,
}

/// `holdfast authority admit`
#[derive(Debug, Args)]
pub(crate) struct AdmitArgs {
    /// The artifact: a file, or a folder when it is admitted as a tree
    pub(crate) path: PathBuf,
    /// DOT code
    #[arg(long)]
    pub(crate) dot_code: String,
    /// The folder that the artifact must stay inside [default: its own folder]
    #[arg(long)]
    pub(crate) origin: Option<PathBuf>,
}

/// `holdfast authority manifest …`
#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    /// Make the default manifest the current one
    Set(ManifestSetArgs),
}

/// `holdfast authority manifest set`
#[derive(Debug, Args)]
pub(crate) struct ManifestSetArgs {
    /// Issuer: a governed principal of the owner's side
    #[arg(long)]
    pub(crate) issuer: String,
}

/// `holdfast authority verifier …`
#[derive(Debug, Subcommand)]
pub(crate) enum VerifierCommand {
    /// Add a postcondition verifier that is specific to no target
    Add(VerifierAddArgs),
}

/// `holdfast authority verifier add`
#[derive(Debug, Args)]
pub(crate) struct VerifierAddArgs {
    /// Name, for example `verifier/postcondition-1`
    pub(crate) verifier_ref: String,
    /// What it is
    #[arg(long, default_value = "")]
    pub(crate) description: String,
}

/// `holdfast authority policy …`
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Write the default policy
    Set(PolicySetArgs),
}

/// `holdfast authority policy set`
#[derive(Debug, Args)]
pub(crate) struct PolicySetArgs {
    /// Accept that one operating-system user is every role; each decision will state it
    #[arg(long)]
    pub(crate) accept_single_principal: bool,
    /// Somebody whom the proofs take on trust, in the words of `holdfast gate`, for example
    /// "superuser `postgres`"; repeat it for each. On a file it defaults to the file's owner
    #[arg(long, value_name = "LINE")]
    pub(crate) trust: Vec<String>,
}

/// `holdfast authority retire`
#[derive(Debug, Args)]
pub(crate) struct RetireArgs {
    /// DOT code
    pub(crate) dot: String,
    /// Key of the approval for `retire_dot`
    #[arg(long)]
    pub(crate) approval: String,
    /// Why
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

/// `holdfast authority release`
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// DOT code
    pub(crate) dot: String,
    /// Why
    #[arg(long)]
    pub(crate) reason: String,
}

/// `holdfast authority show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Only this carrier, for example `ownership`
    pub(crate) carrier: Option<String>,
}

/// `holdfast authority import`
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// TOML or JSON file, or `-`
    pub(crate) file: PathBuf,
}
