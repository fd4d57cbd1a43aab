//! Parts that pages are made of.

mod chart_figure;
mod frame;
mod loaded;

pub use chart_figure::ChartFigure;
pub use frame::Frame;
pub use loaded::{Interactive, Loaded};
