//! Published statistics: every import stays, its bytes too; readers see the newest download of each half-year. Public data, so no
//! customer stands in the way.

mod changes;
mod desk;
mod import;
mod notes;
mod outcomes;
mod processes;
mod read;

pub use changes::{Import, SeriesChanges};
pub use desk::{NotImported, StatisticsDesk, Upload, UploadedFile};
pub use import::{Imported, NewImport};
pub use notes::{Footnote, ReadSo};
pub use outcomes::{CountryOutcomes, Outcomes};
pub use processes::ProcessCounts;
pub use read::{CountryRequests, RequestCounts, Series, SeriesSource};

use crate::Store;

/// The published statistics.
#[derive(Clone, Copy)]
pub struct Statistics<'a>(&'a Store);

impl Store {
    pub fn statistics(&self) -> Statistics<'_> {
        Statistics(self)
    }
}
