//! Terms from files and to files, the desk's forms, and what customers take away.

mod apply;
pub mod customer;
pub mod desk;
mod file;
mod stamp;

pub use self::apply::{Apply, ApplyError, DemoTerms, apply, export};

/// A form with papers, in bytes: what ten of the largest have together would be too much at once.
pub const LONGEST_UPLOAD: usize = 64 << 20;
