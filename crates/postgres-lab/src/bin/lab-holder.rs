//! Holds a private server until standard input ends. Prints, a line each: how its superuser reaches
//! it, the id of its first process, its data directory.

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use postgres_lab::{Server, ServerOptions};

fn main() -> ExitCode {
    match hold() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn hold() -> Result<(), Box<dyn Error>> {
    let server = Server::start(ServerOptions::new())?;
    let process_id = server.process_id().ok_or("the server is gone")?;
    let mut output = io::stdout().lock();
    writeln!(output, "{}", server.superuser_url("postgres"))?;
    writeln!(output, "{process_id}")?;
    writeln!(output, "{}", server.data_dir().display())?;
    output.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
