//! The program: everything is in the library, so that tests can use it.

use std::process::ExitCode;

/// Rendering and downloads are many short allocations, some freed on another thread: see `make bench`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
