//! Notices as people take them away: CSV.

use serde::Serialize;

use super::{Ask, NoticeKind};
use crate::{NoticeId, Timestamp, export::spreadsheet_safe};

/// One notice in a customer's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeEntry {
    pub id: NoticeId,
    pub kind: NoticeKind,
    pub title: String,
    pub issued_at: Timestamp,
    pub ask: Ask,
    /// By when what it asks must be done.
    pub due_by: Option<Timestamp>,
    /// When the provider received the demand, where it is of one.
    pub received_at: Option<Timestamp>,
    /// Whether an order not to tell delayed it.
    pub delayed_by_order: bool,
    /// When somebody of the customer's first acknowledged, objected or answered.
    pub answered_at: Option<Timestamp>,
    /// What they were called then.
    pub answered_by: Option<String>,
}

/// The columns of a list of notices, in order. A new column goes to the end: readers may count.
pub const NOTICE_CSV_HEADER: [&str; 10] = [
    "id",
    "kind",
    "title",
    "issued_at",
    "ask",
    "due_by",
    "received_at",
    "delayed_by_order",
    "answered_at",
    "answered_by",
];

impl NoticeEntry {
    /// The cells of one line, safe to open in a spreadsheet (see [`crate::export`]).
    pub fn csv_cells(&self) -> [String; 10] {
        let text = |text: &str| spreadsheet_safe(text).into_owned();
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        [
            self.id.to_string(),
            self.kind.code().to_owned(),
            text(&self.title),
            self.issued_at.to_string(),
            self.ask.code().to_owned(),
            time(self.due_by),
            time(self.received_at),
            self.delayed_by_order.to_string(),
            time(self.answered_at),
            text(self.answered_by.as_deref().unwrap_or_default()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_reckon_is_told_as_text() {
        let entry = NoticeEntry {
            id: NoticeId(uuid::Uuid::nil()),
            kind: NoticeKind::PolicyChange,
            title: "=1+1".to_owned(),
            issued_at: Timestamp::parse("2026-03-01T10:00:00Z").unwrap(),
            ask: Ask::Acknowledge,
            due_by: None,
            received_at: None,
            delayed_by_order: false,
            answered_at: None,
            answered_by: None,
        };
        assert_eq!(
            entry.csv_cells().join(","),
            "00000000-0000-0000-0000-000000000000,policy_change,'=1+1,2026-03-01T10:00:00.000000Z,acknowledge,,,false,,"
        );
    }
}
