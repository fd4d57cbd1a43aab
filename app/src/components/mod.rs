//! Parts that pages are made of.

mod browser_zone;
mod chart_figure;
mod frame;
mod loaded;

pub use browser_zone::BrowserZone;
pub use chart_figure::ChartFigure;
pub use frame::Frame;
pub use loaded::{Interactive, Loaded};
