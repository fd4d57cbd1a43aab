//! Reminding customers of notices that nobody has acknowledged.

use domain::{
    CustomerId, Timestamp,
    notice::{NoticeKind, Reminders},
};
use uuid::Uuid;

use crate::{
    Result, Store, StoreError,
    engine::{At, RowsOf, in_transaction, on_rows_of_everybody},
    mail::{MailContent, mail_wanted},
};

/// Notices that are looked at in one go.
const PIECE: i64 = 500;

impl Store {
    /// Queues the reminders that are due; of how many notices and requests for access. However many servers call it, each
    /// goes out once.
    pub async fn remind_due(&self) -> Result<u64> {
        let now = self.now();
        let requests = self.remind_of_requests().await?;
        let due: Vec<(Uuid, i64, At)> = on_rows_of_everybody!(self, "notices", rows => sqlx::query_as(
            "SELECT customer_id, sequence, look_at FROM notice_reminder WHERE look_at <= $1 ORDER BY look_at LIMIT $2"
        ).bind(At(now)).bind(PIECE).fetch_all(rows).await)?;
        let mut reminded = requests;
        for (customer, sequence, look_at) in due {
            reminded += u64::from(self.remind(customer, sequence, look_at, now).await?);
        }
        Ok(reminded)
    }

    /// Looks at one notice. False where nothing is due, or somebody else looked meanwhile.
    async fn remind(&self, customer: Uuid, sequence: i64, look_at: At, now: Timestamp) -> Result<bool> {
        type Row = (At, Option<At>, String, bool);
        Ok(in_transaction!(self, transaction => {
            transaction.rows_of(customer).await?;
            // Changing nothing locks the row: whoever looks at the same time waits, and finds it looked at.
            let last: Option<Option<At>> = sqlx::query_scalar(
                "UPDATE notice_reminder SET look_at = look_at
                 WHERE customer_id = $1 AND sequence = $2 AND look_at = $3 RETURNING reminded_at",
            )
            .bind(customer).bind(sequence).bind(look_at).fetch_optional(&mut *transaction).await?;
            let Some(last) = last else { return Ok(false) };
            let last = last.map(|At(last)| last);
            let (At(issued_at), due_at, code, acknowledged): Row = sqlx::query_as(
                "SELECT issued_at, due_at, kind,
                     EXISTS (SELECT 1 FROM notice_message WHERE customer_id = $1 AND sequence = $2
                             AND kind = 'acknowledgement')
                 FROM notice WHERE customer_id = $1 AND sequence = $2",
            )
            .bind(customer).bind(sequence).fetch_one(&mut *transaction).await?;
            let reminders = Reminders { issued_at, due_at: due_at.map(|At(at)| at), acknowledged };
            let due = reminders.next(last);
            let sends = due.is_some_and(|due| due <= now);
            if sends {
                let kind = NoticeKind::from_code(&code);
                let kind = kind.ok_or(StoreError::Inconsistent { table: "notice", column: "kind", value: code })?;
                let content = MailContent::Notice { customer: CustomerId(customer), sequence, kind, reminder: true };
                mail_wanted!(self, transaction, customer, "mail_reminders", content.clone(), now);
            }
            let (last, next) = if sends { (Some(now), reminders.next(Some(now))) } else { (last, due) };
            match next {
                Some(next) => sqlx::query(
                    "UPDATE notice_reminder SET look_at = $3, reminded_at = $4 WHERE customer_id = $1 AND sequence = $2",
                )
                .bind(customer).bind(sequence).bind(At(next)).bind(last.map(At)).execute(&mut *transaction).await?,
                None => sqlx::query("DELETE FROM notice_reminder WHERE customer_id = $1 AND sequence = $2")
                    .bind(customer).bind(sequence).execute(&mut *transaction).await?,
            };
            sends
        }))
    }
}
