//! The pages. Each takes its data from the [`PageContext`](crate::context::PageContext).

pub mod access;
pub mod access_record;
pub mod account;
pub mod activity;
pub mod api_docs;
pub mod authenticator;
pub mod customers;
pub mod demand;
pub mod demand_acts;
pub mod demand_new;
pub mod demands;
pub mod desk;
pub mod home;
pub mod join;
pub mod not_found;
pub mod notice;
pub mod notices;
pub mod overview;
pub mod people;
pub mod sign_in;
pub mod sign_in_code;
pub mod sign_in_rule;
pub mod single_sign_on;
pub mod tokens;
pub mod transparency;
