//! The `holdfast` command: reads arguments, calls the pipeline, prints, and ends with an exit
//! code that scripts can rely on. It holds no rules of its own.

#![forbid(unsafe_code)]

mod advice;
mod args;
mod checkpoint;
mod codes;
mod commands;
mod config;
mod contract;
mod defect;
mod exit;
mod failure;
mod input;
mod print;
mod progress;
mod show;
mod watch;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

use crate::args::{AuditCommand, Cli, Command, ConfigCommand, RequestCommand};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Out, note};

/// Envelopes are many short texts: allocating them is a tenth of a registration with the system's
/// allocator. It serves the bundled SQL engine too: two allocators reserve more address space than
/// a registration is allowed.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = defect::guarded(|| {
        run(&cli).unwrap_or_else(|failure| {
            note(&failure);
            failure.exit()
        })
    });
    exit.into()
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    let config = Config::load(cli)?;
    let mut out = Out::new();
    let json = cli.json;
    match &cli.command {
        Command::Quickstart(args) => commands::quickstart::run(args, json, &mut out),
        Command::Init(args) => commands::init::run(args, &config, json, &mut out),
        Command::Authority(command) => commands::authority::run(command, &config, json, &mut out),
        Command::Request(RequestCommand::New(args)) => commands::request::run(args, &mut out),
        Command::Register(args) => commands::register::run(args, &config, json, &mut out),
        Command::Gate(args) => commands::gate::run(args, &config, json, &mut out),
        Command::Prove(args) => commands::prove::run(args, &config, json, &mut out),
        Command::Status(args) => commands::status::status(args, &config, json, &mut out),
        Command::History(args) => commands::status::history(args, &config, json, &mut out),
        Command::Audit(AuditCommand::List(args)) => {
            commands::audit::list(args, &config, json, &mut out)
        }
        Command::Audit(AuditCommand::Verify(args)) => {
            commands::audit::verify(args, &config, json, &mut out)
        }
        Command::Audit(AuditCommand::Head(args)) => commands::audit::head(args, &config, &mut out),
        Command::Recover => commands::recover::run(&config, json, &mut out),
        Command::Block(args) => commands::block::run(args, &mut out),
        Command::Conform(args) => commands::conform::run_suite(args, json, &mut out),
        Command::Bundle(args) => commands::bundle::run(args, &config, &mut out),
        Command::VerifyBundle(args) => commands::verify_bundle::run(args, json, &mut out),
        Command::Explain(args) => commands::explain::run(args, &config, json, &mut out),
        Command::Schema(args) => commands::schema::run(args, json, &mut out),
        Command::Config(ConfigCommand::Show) => Ok(commands::config::show(&config, json, &mut out)),
        Command::Completions(args) => Ok(commands::shell::completions(args)),
        Command::Man(args) => commands::shell::man(args),
        Command::Observe(args) => commands::observe::run(args, &config),
    }
}
