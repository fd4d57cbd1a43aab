//! The pages. Each takes its data from the [`PageContext`](crate::context::PageContext).

pub mod access;
pub mod access_record;
pub mod api_docs;
pub mod desk;
pub mod home;
pub mod not_found;
pub mod overview;
pub mod sign_in;
pub mod transparency;
