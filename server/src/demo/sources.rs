//! What the demo's systems counted themselves: as much as the record has, but for one access that nobody reported.

use std::collections::HashMap;

use chrono::{Days, TimeDelta};
use domain::{
    Timestamp,
    source_count::{HourCount, end_of},
};
use store::{Customer, NewAccess, Store};

use super::DemoError;

/// How many days before the day it is started on the counts begin.
pub const DAYS: u64 = 7;
/// The source of the stories' accesses.
const SOURCE: &str = "jit-broker";
/// The hour in which one more was counted than reported: days before, and the hour of that day. `ODD` has an access there.
const GAP: (u64, i64) = (4, 9);

/// Compares what was counted, hour by hour, with a customer's record. These are its accesses of those days.
pub async fn compare(
    past: &Store,
    customer: &Customer,
    accesses: &[NewAccess],
    started: Timestamp,
) -> Result<(), DemoError> {
    let hour_of = |time: Timestamp| {
        let hours = time.since(Timestamp::start_of(time.day())).num_hours();
        Timestamp::start_of(time.day()).plus(TimeDelta::hours(hours))
    };
    let mut counted = HashMap::<Timestamp, u32>::new();
    for access in accesses.iter().filter(|access| access.event.corrects.is_none()) {
        *counted.entry(hour_of(access.event.started_at)).or_default() += 1;
    }
    let gap = Timestamp::start_of(started.day() - Days::new(GAP.0)).plus(TimeDelta::hours(GAP.1));
    *counted.entry(gap).or_default() += 1;
    let mut counts = Vec::new();
    let mut hour = Timestamp::start_of(started.day() - Days::new(DAYS));
    while end_of(hour) <= started {
        counts.push(HourCount { hour, counted: counted.get(&hour).copied().unwrap_or_default() });
        hour = end_of(hour);
    }
    let compared = past.operator().reporter().compare(&customer.name, SOURCE, false, &counts).await?;
    let compared = compared.map_err(|why| DemoError::Story(format!("nothing was counted: {why:?}")))?;
    match compared.iter().filter(|hour| hour.differs()).count() {
        1 => Ok(()),
        many => Err(DemoError::Story(format!("{many} hours differ, and one is to"))),
    }
}
