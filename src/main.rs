//! Arguments → a window or a headless command.

use std::process::ExitCode;

fn main() -> ExitCode {
    quantscope::start(std::env::args_os())
}
