//! Telling customers that a mechanism fell on which transfers of their data rest.

use domain::terms::{Publication, fallen};

use crate::{
    Result, Store,
    engine::{At, in_transaction},
    notices::{NewNotice, issue_notice},
};

/// In microseconds.
const HALF_AN_HOUR: i64 = 30 * 60 * 1_000_000;

impl Store {
    /// Tells, once, the customers of each transfer in effect whose mechanism is in force no more. `seen` is what the
    /// caller was given last time: nothing is read where neither the half-hour nor what is published changed since. How many
    /// notices went out, and what to give next time.
    pub async fn tell_of_fallen(&self, seen: Option<(i64, i64)>) -> Result<(usize, (i64, i64))> {
        let now = self.now();
        // Days begin at full hours, in each zone at its own; some at half ones.
        let state = (now.micros() / HALF_AN_HOUR, self.term_revision().await?);
        if seen == Some(state) {
            return Ok((0, state));
        }
        let published = self.published_terms().await?;
        let customers = self.operator().customers().await?;
        let publication = Publication::new(&[], &published, now);
        let mut told = 0;
        for fallen in fallen(&published, now) {
            let concerned = customers.iter().filter(|customer| publication.is_shown(fallen.version, &customer.name));
            let notices = concerned
                .map(|customer| NewNotice::new(customer.id, fallen.content.clone(), fallen.version.0, Vec::new(), now))
                .collect::<Result<Vec<_>>>()?;
            told += in_transaction!(self, transaction => {
                let first = sqlx::query(
                    "INSERT INTO term_fall (version_id, mechanism, told_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(fallen.version.0).bind(fallen.mechanism.as_str()).bind(At(now))
                .execute(&mut *transaction).await?.rows_affected();
                if first == 1 {
                    for notice in &notices {
                        issue_notice!(self, transaction, notice, now);
                    }
                    notices.len()
                } else {
                    0
                }
            });
        }
        Ok((told, state))
    }
}
