//! Terms from files and to files, and the desk's forms.

mod apply;
mod desk;
mod file;

pub use self::{
    apply::{Apply, ApplyError, DemoTerms, apply, export},
    desk::{discard, download, export_json, import, paper, propose, publish},
};

/// A form with papers, in bytes: what ten of the largest have together would be too much at once.
pub const LONGEST_UPLOAD: usize = 64 << 20;
