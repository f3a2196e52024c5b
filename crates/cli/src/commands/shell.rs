//! `holdfast completions` and `holdfast man`, generated from the arguments themselves.

use std::io::Write;

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) fn completions(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "holdfast", &mut script);
    emit(&script)
}

pub(crate) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut name = "holdfast".to_owned();
    for word in &args.command {
        let Some(next) = command
            .find_subcommand(word)
            .filter(|next| !next.is_hide_set())
        else {
            return Err(
                Failure::usage(format!("print the manual of `{name} {word}`"))
                    .cause("there is no such command")
                    .next("`holdfast --help` lists the commands"),
            );
        };
        name = format!("{name}-{word}");
        command = next.clone();
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.name(name))
        .render(&mut page)
        .map_err(|error| Failure::internal("write the manual page").because(&error))?;
    Ok(emit(&page))
}

/// A reader that went away early (`| head`) is no error.
fn emit(bytes: &[u8]) -> Exit {
    let _ = std::io::stdout().write_all(bytes);
    Exit::Yes
}
