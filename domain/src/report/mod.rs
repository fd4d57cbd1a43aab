//! The provider's own report: how often it was asked for data in a half-year, published so that no small group and no
//! sealed demand shows.
//!
//! The rules:
//!
//! 1. **Sealed demands are in no table.** A demand is counted when it is decided and no order not to tell is in force,
//!    at drafting and still at publication ([`Counted`]). Undecided demands wait as sealed ones do, so that what is
//!    counted later says of no demand that it was sealed.
//! 2. **A published figure is never restated.** A later [`Edition`] of a half-year holds the tables of the earlier ones
//!    unchanged, and beside them tables of what came late ([`Part`]): demands that are counted for the first time. Each
//!    demand is counted in one part only, so parts protected apart stay protected together, and no difference of two
//!    editions is left to reckon with.
//! 3. **What comes late comes in half-yearly lots of five at least.** A part is added no earlier than in the calendar
//!    half-year after the last edition, so the day of an edition says of no order when it ended; with fewer than five
//!    demands it waits for the next.
//! 4. **Small groups.** Counts of one to four are held back, and others with them so that every count held back could,
//!    for all that is published, be at least five different numbers, and a small one five or more ([`protect`]). All
//!    that is held back looks alike ([`crate::statistics::Figure::NotReported`]). None is published as 0: it is about
//!    nobody. A total of one to four is “fewer than 5” and nothing more.
//! 5. **Countries** with fewer than five requests share a line, so that nobody learns whether one of them asked.
//! 6. **Accounts** are held back where the largest demand could be told to a tenth (the p% rule).
//! 7. **National security process** is in no table: it is reported in bands alone ([`BandOption`]), or not at all.

mod band;
mod edition;
mod facts;
pub mod protect;
mod tables;
#[cfg(test)]
mod tests;

pub use self::{
    band::{BandCount, BandOption, BandRow},
    edition::{Blocked, Drafted, Drafting, Edition, EditionRow, Erratum, NationalSecurity, Part},
    facts::{Counted, Facts, NationalSecurityKind},
    protect::SMALLEST_GROUP,
    tables::{CLASSES, CountryRow, Held, OTHER_COUNTRIES, OUTCOMES, Protected, Tables, WITHOUT_DATA},
};
