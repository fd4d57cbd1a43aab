//! Parts that pages are made of.

mod browser_zone;
mod chart_figure;
mod data_table;
mod difference;
mod filter_parts;
mod form_parts;
mod frame;
mod loaded;
mod open_data;
mod organisation_nav;
mod prose;
mod statements;

pub use browser_zone::BrowserZone;
pub use chart_figure::ChartFigure;
pub use data_table::{DataRow, DataTable};
pub use difference::Difference;
pub use filter_parts::{Choice, Downloads, LeftOut, zones};
pub use form_parts::{Done, Field, FormProblem, Shown, TextArea};
pub use frame::Frame;
pub use loaded::{Interactive, Loaded};
pub use open_data::OpenData;
pub use organisation_nav::OrganisationNav;
pub use prose::{HeadingLevel, Prose, with_code};
pub use statements::Statements;
