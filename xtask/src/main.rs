//! The workspace's own tasks, one file each.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod bundle;
mod check_deps;
mod ci;
mod codegen;
mod command;
mod contract_diff;
mod contract_graph;
mod examples;
#[cfg(test)]
mod fixtures;
mod frozen;
mod fuzz;
mod generate;
mod mutants;
mod oracle;
mod postgres;
mod profile;
mod report;
mod schemas;
mod workspace;

/// Tasks of this workspace: contracts, their graph, dependency rules, and everything at once.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Generate each crate's contract types and bundle from the schemas that its manifest names
    Codegen(codegen::Arguments),
    /// Print who is joined to whom by which envelope
    ContractGraph(contract_graph::Arguments),
    /// Say what every schema change since a git revision means for producers and consumers
    ContractDiff(contract_diff::Arguments),
    /// Hold the real dependencies against the committed list, and name the offender
    CheckDeps,
    /// Run everything that must hold: format, contracts, dependencies, lints, tests, docs
    Ci,
    /// Run a command with a PostgreSQL server for its tests, or fetch other versions of it
    Postgres(postgres::Arguments),
    /// Compare block E with the validator in Python on seeded situations
    Oracle(oracle::Arguments),
    /// Put coverage-guided inputs to what must hold of any bytes; what fails is kept in `tests/corpora`
    Fuzz(fuzz::Arguments),
    /// Change the code one place at a time: what no test notices has to be explained in a list
    Mutants(mutants::Arguments),
    /// Measure, as ratios in one run, and print one table
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Command::parse().task {
        Task::Codegen(arguments) => codegen::run(&arguments),
        Task::ContractGraph(arguments) => contract_graph::run(&arguments),
        Task::ContractDiff(arguments) => contract_diff::run(&arguments),
        Task::CheckDeps => check_deps::run(),
        Task::Ci => ci::run(),
        Task::Postgres(arguments) => postgres::run(&arguments),
        Task::Oracle(arguments) => oracle::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Mutants(arguments) => mutants::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
