//! The `holdfast` command: reads arguments, calls the pipeline, prints, and ends with an exit
//! code that scripts can rely on. It holds no rules of its own.

#![forbid(unsafe_code)]

mod args;
mod codes;
mod commands;
mod config;
mod exit;
mod failure;
mod print;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command, ConfigCommand};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            anstream::eprintln!("{failure}");
            failure.exit().into()
        }
    }
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    let config = Config::load(cli)?;
    let mut out = Out::new();
    match &cli.command {
        Command::Explain(args) => commands::explain::run(args, &mut out),
        Command::Schema(args) => commands::schema::run(args, &mut out),
        Command::Config(ConfigCommand::Show) => Ok(commands::config::show(&config, &mut out)),
        Command::Completions(args) => Ok(commands::shell::completions(args)),
        Command::Man(args) => commands::shell::man(args),
        _ => Err(Failure::internal("run")),
    }
}
