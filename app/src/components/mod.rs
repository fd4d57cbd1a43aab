//! Parts that pages are made of.

mod frame;
mod loaded;

pub use frame::Frame;
pub use loaded::{Interactive, Loaded};
