//! One customer's notices as its own systems read them.

use domain::{CustomerId, MemberRole, PersonId, notice::NoticeFilter};
use uuid::Uuid;

use super::{CustomerNotices, NoticePage};
use crate::{Result, Store, trail::Actor};

/// The right of a customer's systems to read its notices. It answers none, and who reads this way has read none.
#[derive(Clone)]
pub struct NoticeReader(CustomerNotices);

impl NoticeReader {
    pub(crate) fn new(store: Store, customer: CustomerId) -> Self {
        // A system is nobody of whom it is kept what they read.
        let nobody = PersonId(Uuid::nil());
        Self(CustomerNotices::new(store, customer, nobody, MemberRole::Auditor, Actor::operator()))
    }

    /// Notices that the filter admits, the newest first, or those before a place.
    pub async fn page(&self, filter: &NoticeFilter, before: Option<i64>) -> Result<NoticePage> {
        self.0.page(filter, before).await
    }
}
