//! The command line: every verb, every flag, and the help that people read first.

mod authority;
mod bundle;
mod conform;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::authority::*;
pub(crate) use self::bundle::{BundleArgs, VerifyBundleArgs};
pub(crate) use self::conform::ConformArgs;

/// Exit codes are part of the contract; the help states them.
const EXIT_CODES: &str = "\
Exit codes:
   0  registered, replayed, or the question answered with yes
   2  usage
   3  rejected
   4  HOLD
   5  verification failed
   6  store unavailable, or outcome still unknown
  70  internal error

Configuration: flags, then environment (HOLDFAST_…), then holdfast.toml, then defaults;
`holdfast config show` says where each value came from.";

/// A fail-closed registration gate: it registers exactly one admitted artifact, as one inert
/// draft row, or says exactly why not.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Where the governed rows live: `sqlite:PATH` or `postgres://[USER@]HOST[:PORT]/DATABASE`
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Folder with one password file for each role on a server, readable by you only
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) credentials: Option<PathBuf>,
    /// What `holdfast audit head` printed; the gate holds where the store lacks what it notes
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Configuration file [default: holdfast.toml, when it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON on standard output and nothing else: of one answer one document, of a list one a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole job on a new embedded store: one registration, one retry, three refused attacks
    Quickstart(QuickstartArgs),
    /// Make the governed surface (tables, constraints, triggers) in a store; safe to repeat
    Init(InitArgs),
    /// The authority writer's side: principals, owners, approvals, admissions, manifest, policy
    #[command(subcommand)]
    Authority(AuthorityCommand),
    /// Make requests
    #[command(subcommand)]
    Request(RequestCommand),
    /// Register one artifact: all phases, one decision
    Register(RegisterArgs),
    /// Say HOLD or OPEN, with every prerequisite
    Gate(GateArgs),
    /// Say who can really write a table, and whether append-only is really enforced
    Prove(ProveArgs),
    /// Show an attempt and its decision
    Status(StatusArgs),
    /// Show everything that happened to one DOT
    History(HistoryArgs),
    /// The failure-audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Settle open reservations and unfinished verifications
    Recover,
    /// Export everything behind a decision as one document
    Bundle(BundleArgs),
    /// Recompute a bundle: every hash, every key and both verdicts, without a store
    VerifyBundle(VerifyBundleArgs),
    /// Run one block as a filter: one JSON frame of envelopes in, one envelope out
    Block(BlockArgs),
    /// Put the case suite of a block to the built-in one, or to any program that speaks the envelopes
    Conform(ConformArgs),
    /// Say what a code means and what to do about it, or go through a past decision check by check
    Explain(ExplainArgs),
    /// Print a schema, or the list of schemas
    Schema(SchemaArgs),
    /// Show the configuration and where each value came from
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page of holdfast or of one command
    Man(ManArgs),
    /// The snapshot provider's process; started by holdfast itself
    #[command(name = "observe", hide = true)]
    Observe(ObserveArgs),
}

/// `holdfast quickstart`
#[derive(Debug, Args)]
pub(crate) struct QuickstartArgs {
    /// A new or empty folder for the store, the artifact and the requests
    #[arg(long, value_name = "DIR", default_value = "holdfast-quickstart")]
    pub(crate) dir: PathBuf,
}

/// `holdfast init`
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Print the SQL instead of running it
    #[arg(long)]
    pub(crate) print_sql: bool,
}

/// `holdfast request …`
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Make a request envelope with a fresh nonce bound to operation, target and artifact
    New(RequestNewArgs),
}

/// `holdfast request new`
#[derive(Debug, Args)]
pub(crate) struct RequestNewArgs {
    /// DOT code to register
    #[arg(long)]
    pub(crate) dot_code: String,
    /// The artifact; it is hashed now
    #[arg(long, value_name = "PATH")]
    pub(crate) artifact: PathBuf,
    /// Who asks; must be whom the channel authenticates
    #[arg(long)]
    pub(crate) actor: String,
    /// Admission that the artifact was admitted by
    #[arg(long)]
    pub(crate) admission_ref: String,
    /// Operation
    #[arg(long, default_value = "register_dot")]
    pub(crate) operation: String,
    /// Run id [default: a new one]
    #[arg(long)]
    pub(crate) run_id: Option<String>,
    /// Attempt number, a retry counter that keys nothing
    #[arg(long, default_value_t = 1)]
    pub(crate) attempt_no: u64,
    /// Validity in seconds
    #[arg(long, default_value_t = 900)]
    pub(crate) valid_for: u32,
    /// Write it here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `holdfast register`
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The request envelope, or `-`
    pub(crate) request: PathBuf,
    /// Say what would happen; reserve and write nothing. Not foreseen is what changes meanwhile, and
    /// what only the write shows: the capture after it and the reread of what was written
    #[arg(long)]
    pub(crate) plan: bool,
}

const GATE_HELP: &str = "\
On a server the carriers are proven from the catalogs each time, and everything that is missing is
named. A database without a store holds for every prerequisite; declare what is in it with
--carriers, and what keeps it from being relied on is named too.

Examples:
  # what is missing, and what each prerequisite rests on
  holdfast gate --explain
  # is the store an older copy of itself that somebody put back?
  holdfast gate --checkpoint /mnt/elsewhere/head-2.json
  # stay, and say when it opens or closes, and why; ends with Ctrl-C
  holdfast gate --watch
  # somebody else's catalogue, with the uses that it was meant for
  holdfast gate --carriers carriers.toml --store postgres://auditor@db.example/app

Ends with 0 where it says OPEN, with 4 where it says HOLD, with 6 where it cannot answer, which
opens nothing. With --watch it ends as it last said.";

/// `holdfast gate`
#[derive(Debug, Args)]
#[command(after_help = GATE_HELP)]
pub(crate) struct GateArgs {
    /// Show the evidence of each prerequisite, and how old it is
    #[arg(long)]
    pub(crate) explain: bool,
    /// Ask again and again, and print what changes; with --json one envelope a line
    #[arg(long)]
    pub(crate) watch: bool,
    /// Seconds between two answers of --watch
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "watch",
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) every: u32,
    /// Further carriers of the database, each to be proven for its declared use (TOML or JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) carriers: Option<PathBuf>,
}

const PROVE_HELP: &str = "\
Reads the system catalogs in one read-only transaction, as any role that may connect: on a store
of holdfast as its reader, on another database as the user that --store names, with the secret in
the file of that user's name in --credentials. It changes nothing.

Examples:
  # the carriers that `holdfast init` made, each for its declared use
  holdfast prove --store postgres://db.example/governed
  # one table of somebody else's database: who can write it, and what guards it
  holdfast prove public.audit_log --store postgres://auditor@db.example/app
  # declared uses of one's own, as one envelope for programs
  holdfast prove --carriers carriers.toml --store postgres://auditor@db.example/app --json
  # the SQL that would close the gaps, to read
  holdfast prove --carriers carriers.toml --fix --store postgres://auditor@db.example/app

Ends with 0 where every table is proven for its declared use and no code stands against it, with 3
where one is not (a table without a declaration never is), with 6 where the catalogs cannot be read.";

/// `holdfast prove`
#[derive(Debug, Args)]
#[command(after_help = PROVE_HELP)]
pub(crate) struct ProveArgs {
    /// Only these tables: `schema.table`, a name that is unique, or a declared carrier
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    /// Declared uses (TOML or JSON, `-` for standard input) [default: those of `holdfast init`]
    #[arg(long, value_name = "FILE")]
    pub(crate) carriers: Option<PathBuf>,
    /// Every table of the database, declared or not
    #[arg(long, conflicts_with = "tables")]
    pub(crate) all: bool,
    /// Print the SQL that would close the gaps, to read; it is never run
    #[arg(long, conflicts_with = "json")]
    pub(crate) fix: bool,
    /// Rebuild the tables in this empty database and try there what is said of guards
    #[arg(long, value_name = "URL")]
    pub(crate) probe: Option<String>,
}

/// `holdfast status`
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// A replay_key, nonce, attempt id or dot_code
    pub(crate) key: String,
}

/// `holdfast history`
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// DOT code
    pub(crate) dot: String,
}

/// `holdfast audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List failure audits in order
    List(AuditListArgs),
    /// Recompute every record, and hold the log to a head that was kept elsewhere
    Verify(AuditVerifyArgs),
    /// Print a checkpoint: the log's tree head and the last row of each table, to be kept where nobody
    /// who can write the store can
    Head(AuditHeadArgs),
}

/// `holdfast audit list`
#[derive(Debug, Args)]
pub(crate) struct AuditListArgs {
    /// Start at this position
    #[arg(long, default_value_t = 0)]
    pub(crate) from: u64,
    /// At most this many
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u32,
}

/// `holdfast audit verify`
#[derive(Debug, Args)]
#[command(after_help = AUDIT_VERIFY_HELP)]
pub(crate) struct AuditVerifyArgs {
    /// What `holdfast audit head` printed before, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
}

/// `holdfast audit head`
#[derive(Debug, Args)]
#[command(after_help = AUDIT_HEAD_HELP)]
pub(crate) struct AuditHeadArgs {
    /// The head before it, that the store has to continue from; or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) after: Option<PathBuf>,
}

const AUDIT_HEAD_HELP: &str = "\
Keep every head: one that is written over another proves nothing of what came before. A log that does
not hold together, or a store that does not continue from the head before, has none (exit code 5).

Examples:
  holdfast audit head > /mnt/elsewhere/head-1.json
  holdfast audit head --after /mnt/elsewhere/head-1.json > /mnt/elsewhere/head-2.json
  # an older copy of the store, put back, is HOLD
  holdfast gate --checkpoint /mnt/elsewhere/head-2.json";

const AUDIT_VERIFY_HELP: &str = "\
Each record is opened, its failure digest made again, and held against what the store keeps beside it
and against the answer that was given. The records are a Merkle log (RFC 6962) whose tree is not
stored: without a head kept elsewhere, whoever may change rows can rewrite or cut the log unnoticed.

Example:
  holdfast audit verify --head /mnt/elsewhere/head-2.json";

/// `holdfast block`
#[derive(Debug, Args)]
pub(crate) struct BlockArgs {
    /// Which block
    #[arg(value_enum)]
    pub(crate) name: BlockName,
}

/// The six blocks.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum BlockName {
    /// A: owner, approval, quorum
    OwnerResolver,
    /// F: the artifact and its admission
    ArtifactResolverF,
    /// B: the protected surfaces
    SnapshotProvider,
    /// E: the pure validator
    ValidatorE,
    /// Single use and the one write
    Registrar,
    /// The independent reread
    Verifier,
}

/// `holdfast explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A code, for example ENVELOPE_STALE, or a decision's replay_key, nonce, attempt id or dot_code;
    /// without it, all codes
    #[arg(value_name = "CODE|KEY")]
    pub(crate) code: Option<String>,
}

/// `holdfast schema`
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// An envelope type or `common/…`; without it, the list
    pub(crate) name: Option<String>,
}

/// `holdfast config …`
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show each value and its source
    Show,
}

/// `holdfast completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `holdfast man`
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Command path, for example `authority owner add`
    pub(crate) command: Vec<String>,
}

/// `holdfast observe`
#[derive(Debug, Args)]
pub(crate) struct ObserveArgs {
    /// Store nothing of what is seen
    #[arg(long)]
    pub(crate) keep_nothing: bool,
}
