//! How often sign-in may be tried: by account and by network address, with growing delay.
//!
//! Guesses from elsewhere must not lock a person out: a device on which the person signed in before has a bucket of
//! its own and doesn't wait for its network's other guesses, and passkeys need none.

use std::net::{IpAddr, Ipv6Addr};

use chrono::TimeDelta;
use domain::{PersonId, Timestamp};

use super::Client;
use crate::{
    Result, Store,
    engine::{At, in_transaction},
};

/// What failures are counted by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bucket<'a> {
    /// An account, tried from a device that is not known to belong to it. The account need not exist.
    Account(&'a str),
    /// An account, tried from a device that is known to belong to it.
    Device(PersonId, &'a str),
    /// The second factor of a person whose password was right.
    Code(PersonId),
    /// Everybody behind a network address.
    Address(&'a str),
    /// What is begun from a network address before anybody is known, and kept for minutes.
    Begun(&'a str),
}

impl Bucket<'_> {
    fn name(self) -> String {
        match self {
            Self::Account(email) => format!("account {email}"),
            Self::Device(person, device) => format!("device {person} {device}"),
            Self::Code(person) => format!("code {person}"),
            Self::Address(address) => format!("address {}", network(address)),
            Self::Begun(address) => format!("begun {}", network(address)),
        }
    }

    /// Failures that cost nothing, and how long it takes for one to be forgotten.
    fn patience(self) -> (i64, TimeDelta) {
        match self {
            Self::Account(_) | Self::Device(..) | Self::Code(_) => (5, TimeDelta::minutes(10)),
            Self::Address(_) => (30, TimeDelta::minutes(1)),
            Self::Begun(_) => (60, TimeDelta::seconds(10)),
        }
    }
}

/// What an address's tries are counted under. Whoever has one IPv6 address has its network's 2^64 others too.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// The longest that anybody waits for the next try.
const LONGEST_DELAY: TimeDelta = TimeDelta::minutes(15);

/// How long to wait after so many failures: nothing at first, then a second, two, four, and so on.
fn delay(failures: i64, free: i64) -> TimeDelta {
    match failures.saturating_sub(free) {
        over if over < 0 => TimeDelta::zero(),
        over => TimeDelta::seconds(1 << over.min(20)).min(LONGEST_DELAY),
    }
}

impl Store {
    /// Counts a try in every bucket as failed, before it is known; [`forgive`](Self::forgive) takes it back. So tries
    /// at the same time don't slip through together. Answers how long to wait where a bucket is closed, and then
    /// nothing was counted.
    pub(super) async fn begin_try(&self, buckets: &[Bucket<'_>]) -> Result<Option<TimeDelta>> {
        let now = self.now();
        let forgotten = now.minus(TimeDelta::days(1));
        let wait = in_transaction!(self, transaction => {
            sqlx::query("DELETE FROM sign_in_failure WHERE failed_at < $1")
                .bind(At(forgotten)).execute(&mut *transaction).await?;
            let mut wait = TimeDelta::zero();
            let mut counted = Vec::with_capacity(buckets.len());
            for bucket in buckets {
                let hash = self.keys.hash("sign-in bucket", &bucket.name());
                // Changing nothing locks the row, so that two tries don't count as one.
                let (failures, At(failed_at), At(blocked_until)): (i64, At, At) = sqlx::query_as(
                    "INSERT INTO sign_in_failure (bucket_hash, failures, failed_at, blocked_until)
                     VALUES ($1, 0, $2, $2)
                     ON CONFLICT (bucket_hash) DO UPDATE SET failures = sign_in_failure.failures
                     RETURNING failures, failed_at, blocked_until",
                )
                .bind(hash.as_slice()).bind(At(now)).fetch_one(&mut *transaction).await?;
                wait = wait.max(blocked_until.since(now));
                counted.push((bucket, hash, remaining(failures, failed_at, now, *bucket) + 1));
            }
            if wait <= TimeDelta::zero() {
                for (bucket, hash, failures) in counted {
                    let until = now.plus(delay(failures, bucket.patience().0));
                    sqlx::query(
                        "UPDATE sign_in_failure SET failures = $2, failed_at = $3, blocked_until = $4
                         WHERE bucket_hash = $1",
                    )
                    .bind(hash.as_slice()).bind(failures).bind(At(now)).bind(At(until))
                    .execute(&mut *transaction).await?;
                }
            }
            wait
        });
        Ok((wait > TimeDelta::zero()).then_some(wait))
    }

    /// Counts a ceremony that somebody unknown begins, so that nobody fills the database with them; how long to wait
    /// where there were too many.
    pub async fn count_ceremony(&self, client: &Client) -> Result<Option<TimeDelta>> {
        self.begin_try(&[Bucket::Begun(&client.address)]).await
    }

    /// Takes back a try that went well: an account begins anew, an address only loses this one.
    pub(super) async fn forgive(&self, buckets: &[Bucket<'_>]) -> Result<()> {
        let now = self.now();
        in_transaction!(self, transaction => for bucket in buckets {
            let keep = matches!(bucket, Bucket::Address(_));
            sqlx::query(
                "UPDATE sign_in_failure SET failures = CASE WHEN $2 THEN failures - 1 ELSE 0 END, blocked_until = $3
                 WHERE bucket_hash = $1 AND failures > 0",
            )
            .bind(self.keys.hash("sign-in bucket", &bucket.name()).as_slice()).bind(keep).bind(At(now))
            .execute(&mut *transaction).await?;
        });
        Ok(())
    }
}

/// Failures that are not forgotten yet.
fn remaining(failures: i64, failed_at: Timestamp, now: Timestamp, bucket: Bucket<'_>) -> i64 {
    let (_, each) = bucket.patience();
    (failures - now.since(failed_at).num_seconds() / each.num_seconds()).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_begins_late_and_grows_to_a_quarter_of_an_hour() {
        let seconds = [0, 4, 5, 6, 7, 10, 15, 60, i64::MAX].map(|failures| delay(failures, 5).num_seconds());
        assert_eq!(seconds, [0, 0, 1, 2, 4, 32, 900, 900, 900]);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network(""), "");
    }
}
