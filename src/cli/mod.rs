//! The headless side: the same engine calls that the pages make, for scripts.
//!
//! Errors are one line on stderr; exit status 1, or 2 for wrong usage. With `--json` stdout carries one JSON document and nothing
//! else. A window and a screenshot are only parsed here: whoever called [`run`] opens them.

mod args;
mod cast;
mod compress;
mod inference;
mod layers;
mod networks;
mod numbers;
mod picture;
mod print;
mod progress;
mod report;
mod select;
mod sweep;
mod tensors;
mod train;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Arguments, Command};
pub use args::{ScreenshotArgs, Size, Theme, WindowArgs};

/// What the arguments ask for.
#[derive(Debug)]
pub enum Outcome {
    /// Open the window.
    Window(WindowArgs),
    /// Draw a page into a file.
    Screenshot(ScreenshotArgs),
    /// A headless command has run, or the usage was wrong; everything is said.
    Done(ExitCode),
}

/// Why a command failed: one line that names the file or the argument and says what was expected.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    fn new(message: impl std::fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl From<crate::io::Error> for Failure {
    fn from(error: crate::io::Error) -> Self {
        Self::new(error)
    }
}

/// Parses the arguments (the program's name first) and runs a headless command to its end.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Outcome {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return Outcome::Done(usage(&error)),
    };
    if arguments.command.is_some() {
        crate::io::keep_inputs();
    }
    let result = match arguments.command {
        None => {
            return match mistyped(&arguments.window.files) {
                Some(message) => {
                    complain(&message);
                    Outcome::Done(ExitCode::from(2))
                }
                None => Outcome::Window(arguments.window),
            };
        }
        Some(Command::Screenshot(screenshot)) => return Outcome::Screenshot(screenshot),
        Some(Command::Formats { formats, json }) => numbers::formats(&formats, json),
        Some(Command::Decode { format, codes, json }) => numbers::decode(&format, &codes, json),
        Some(Command::Encode { format, values, policy, json }) => numbers::encode(&format, &values, policy, json),
        Some(Command::Table { format, json }) => numbers::table(&format, json),
        Some(Command::Cast { format, input, output, codes, policy }) => {
            cast::cast(&format, &input, &output, codes, policy)
        }
        Some(Command::Inspect { file, npy_dtype, json }) => tensors::inspect(&file, npy_dtype, json),
        Some(Command::Quantize(args)) => tensors::quantize(&args),
        Some(Command::Sweep(args)) => match &args.file {
            Some(file) => tensors::sweep(file, &args),
            None => sweep::sweep(&args),
        },
        Some(Command::Evaluate(args)) => networks::evaluate(&args),
        Some(Command::Train(args)) => train::train(&args),
        Some(Command::Compress(args)) => compress::compress(&args),
        Some(Command::Picture(args)) => picture::picture(&args),
    };
    Outcome::Done(match result.and_then(print::to_stdout) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            complain(&message);
            ExitCode::FAILURE
        }
    })
}

/// A bare word in the place of a file, where no such file is: a command that nobody knows.
fn mistyped(files: &[PathBuf]) -> Option<String> {
    let word = files.first()?.to_str()?;
    if word.contains(['.', '/', '\\', ':']) || Path::new(word).exists() {
        return None;
    }
    let arguments = Arguments::command();
    let commands: Vec<&str> = arguments.get_subcommands().map(clap::Command::get_name).collect();
    Some(format!("{word}: there is no such command and no such file; commands are {}", commands.join(", ")))
}

/// Says on one line what is wrong.
fn complain(message: &str) {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    eprintln!("error: {}", print::visible(&line));
}

/// Help and version go to stdout; wrong usage becomes one line of what clap has to say, without its usage block.
fn usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let text = error.render().to_string();
    let said = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said = said.map(|line| line.strip_prefix("error: ").unwrap_or(line)).filter(|line| !line.is_empty());
    let said: Vec<&str> = said.filter(|line| !line.starts_with("For more information")).collect();
    complain(&said.join(" "));
    ExitCode::from(2)
}
