//! Orders not to tell the customer, and when they end.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Challenge, Refusal};
use crate::{FieldProblem, Timestamp, Zone, rules::Rules};

/// An order without a date is looked at again within this, a day of grace for time zones included. Vitrine's own rule,
/// after the United States Department of Justice's policy of one year at most.
const LONGEST_UNREVIEWED: TimeDelta = TimeDelta::days(367);

/// A legal bar on telling the customer of a demand: 18 USC 2705(b), 18 USC 2709(c), or the request of an authority
/// under Regulation (EU) 2023/1543 not to inform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonDisclosureOrder {
    /// Who issued it.
    pub issued_by: String,
    /// The law that allows it.
    pub basis: String,
    /// Its number or mark.
    pub reference: String,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Where its days begin and end.
    pub zone: Zone,
    /// When it ends, as last extended.
    pub end: OrderEnd,
}

/// When an order ends. What has no date has a day on which somebody must look at it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ends", rename_all = "snake_case")]
pub enum OrderEnd {
    /// At the end of this day.
    OnDate {
        /// The last day on which it binds.
        date: NaiveDate,
    },
    /// When something happens, such as the end of an investigation.
    OnEvent {
        /// What has to happen.
        description: String,
        /// The last day on which it must be looked at again.
        review_on: NaiveDate,
    },
    /// It names no end.
    Indefinite {
        /// The last day on which it must be looked at again.
        review_on: NaiveDate,
    },
}

crate::closed_list! {
    /// How an order ended that has no date, or before its date.
    pub enum OrderEnding {
        /// A court or the issuer took it back.
        Lifted => "Lifted",
        /// What it waited for has happened, or its law lets it bind no longer.
        Expired => "Expired",
    }
}

/// An order in a demand's register, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    /// The order, with the end that it has now.
    pub order: NonDisclosureOrder,
    /// From when on it binds here.
    pub recorded_at: Timestamp,
    /// The ends that it had before it was extended, and when that was.
    pub extensions: Vec<(OrderEnd, Timestamp)>,
    /// What was done against it.
    pub challenges: Vec<Challenge>,
    /// How it ended before, or without, a date.
    pub ended: Option<(OrderEnding, Timestamp)>,
}

impl NonDisclosureOrder {
    /// The first moment at which it binds no longer, where it ends on a date: the one after that day where the order
    /// is from, however long clocks make the day.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self.end {
            OrderEnd::OnDate { date } => Some(self.zone.end_of(date)),
            OrderEnd::OnEvent { .. } | OrderEnd::Indefinite { .. } => None,
        }
    }

    /// By when somebody must have looked at it again, where it has no date.
    pub fn review_due(&self) -> Option<Timestamp> {
        match self.end {
            OrderEnd::OnDate { .. } => None,
            OrderEnd::OnEvent { review_on, .. } | OrderEnd::Indefinite { review_on } => {
                Some(self.zone.end_of(review_on))
            }
        }
    }

    /// Refuses an order that is over, or that was to be looked at again, before it is recorded.
    pub(super) fn lies_ahead(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.ends_at().is_some_and(|end| end <= now) {
            return Err(Refusal::OrderOver);
        }
        if self.review_due().is_some_and(|due| due <= now) {
            return Err(Refusal::ReviewNotAhead);
        }
        if self.review_due().is_some_and(|due| due > now.plus(LONGEST_UNREVIEWED)) {
            return Err(Refusal::ReviewTooFar);
        }
        Ok(())
    }
}

impl OrderRecord {
    pub(super) fn new(order: NonDisclosureOrder, recorded_at: Timestamp) -> Self {
        Self { order, recorded_at, extensions: Vec::new(), challenges: Vec::new(), ended: None }
    }

    /// The first moment at which it binds no longer; `None` where that isn't known yet.
    pub fn ends_at(&self) -> Option<Timestamp> {
        let ended = self.ended.map(|(_, at)| at);
        [self.order.ends_at(), ended].into_iter().flatten().min()
    }

    /// Whether it bars from telling.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.ends_at().is_none_or(|end| now < end)
    }

    /// By when somebody must have looked at it again. It passes, and the order still binds.
    pub fn review_due(&self) -> Option<Timestamp> {
        self.order.review_due().filter(|_| self.ended.is_none())
    }

    /// Whether this end may take the place of the one that it has.
    pub(super) fn may_extend(&self, end: &OrderEnd, now: Timestamp) -> Result<(), Refusal> {
        let extended = NonDisclosureOrder { end: end.clone(), ..self.order.clone() };
        extended.lies_ahead(now)?;
        match (self.order.ends_at(), extended.ends_at()) {
            (Some(old), Some(new)) if new <= old => Err(Refusal::NoExtension),
            _ => Ok(()),
        }
    }

    /// Gives it another end.
    pub(super) fn extend(&mut self, end: OrderEnd, now: Timestamp) {
        let old = std::mem::replace(&mut self.order.end, end);
        self.extensions.push((old, now));
    }

    /// Whether this may be the day on which it must be looked at next.
    pub(super) fn may_review(&self, next: NaiveDate, now: Timestamp) -> Result<(), Refusal> {
        let mut reviewed = self.clone();
        reviewed.reviewed(next)?;
        reviewed.order.lies_ahead(now)
    }

    /// Sets the day on which it must be looked at next.
    pub(super) fn reviewed(&mut self, next: NaiveDate) -> Result<(), Refusal> {
        match &mut self.order.end {
            OrderEnd::OnDate { .. } => Err(Refusal::OrderHasDate),
            OrderEnd::OnEvent { review_on, .. } | OrderEnd::Indefinite { review_on } => {
                *review_on = next;
                Ok(())
            }
        }
    }
}

/// An order as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderDraft {
    pub issued_by: String,
    pub basis: String,
    pub reference: String,
    pub issued_on: String,
    /// The time zone of who issued it.
    pub zone: String,
    pub end: OrderEndDraft,
}

/// When an order ends, as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderEndDraft {
    /// `on_date`, `on_event` or `indefinite`.
    pub ends: String,
    pub date: String,
    pub description: String,
    pub review_on: String,
}

impl OrderDraft {
    /// The order, or everything that is wrong with it.
    pub fn check(&self) -> Result<NonDisclosureOrder, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let order = self.checked("", &mut rules);
        rules.end(order)
    }

    /// The order, where its fields stand at `at` in what arrived.
    pub(super) fn checked(&self, at: &str, rules: &mut Rules) -> Option<NonDisclosureOrder> {
        let issued_by = rules.name(&format!("{at}/issued_by"), &self.issued_by);
        let basis = rules.name(&format!("{at}/basis"), &self.basis);
        let reference = rules.name(&format!("{at}/reference"), &self.reference);
        let issued_on = rules.day(&format!("{at}/issued_on"), &self.issued_on);
        let zone = rules.zone(&format!("{at}/zone"), &self.zone);
        let end = self.end.checked(&format!("{at}/end"), rules);
        if let (Some(issued_on), Some(OrderEnd::OnDate { date })) = (issued_on, &end)
            && *date < issued_on
        {
            rules.refuse::<()>(format!("{at}/end/date"), "is before the day on which the order was issued");
        }
        Some(NonDisclosureOrder {
            issued_by: issued_by?,
            basis: basis?,
            reference: reference?,
            issued_on: issued_on?,
            zone: zone?,
            end: end?,
        })
    }
}

impl OrderEndDraft {
    /// The end, or everything that is wrong with it.
    pub fn check(&self) -> Result<OrderEnd, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let end = self.checked("", &mut rules);
        rules.end(end)
    }

    fn checked(&self, at: &str, rules: &mut Rules) -> Option<OrderEnd> {
        let mut day = |name: &str, day: &str| rules.day(&format!("{at}/{name}"), day);
        match self.ends.trim() {
            "on_date" => Some(OrderEnd::OnDate { date: day("date", &self.date)? }),
            "indefinite" => Some(OrderEnd::Indefinite { review_on: day("review_on", &self.review_on)? }),
            "on_event" => {
                let review_on = day("review_on", &self.review_on);
                let description = rules.words(&format!("{at}/description"), &self.description);
                Some(OrderEnd::OnEvent { description: description?, review_on: review_on? })
            }
            _ => rules.refuse(format!("{at}/ends"), "is not one of on_date, on_event, indefinite"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn draft(zone: &str, date: &str) -> OrderDraft {
        OrderDraft {
            issued_by: "District Court".to_owned(),
            basis: "18 USC 2705(b)".to_owned(),
            reference: "26-mj-77".to_owned(),
            issued_on: "2010-01-01".to_owned(),
            zone: zone.to_owned(),
            end: OrderEndDraft { ends: "on_date".to_owned(), date: date.to_owned(), ..OrderEndDraft::default() },
        }
    }

    fn order(zone: &str, date: &str) -> OrderRecord {
        OrderRecord::new(draft(zone, date).check().unwrap(), time("2010-01-02T00:00:00Z"))
    }

    #[test]
    fn an_order_ends_with_its_last_day_where_it_is_from() {
        assert_eq!(order("America/New_York", "2026-12-31").ends_at(), Some(time("2027-01-01T05:00:00Z")));
        assert_eq!(order("Asia/Tokyo", "2026-12-31").ends_at(), Some(time("2026-12-31T15:00:00Z")));
        // Clocks go back on that day, and forward at its very end, so that the next begins at one.
        assert_eq!(order("America/New_York", "2026-11-01").ends_at(), Some(time("2026-11-02T05:00:00Z")));
        assert_eq!(order("Africa/Cairo", "2026-04-23").ends_at(), Some(time("2026-04-23T22:00:00Z")));
        // The day after was never: it ends where its last day does.
        assert_eq!(order("Pacific/Apia", "2011-12-29").ends_at(), Some(time("2011-12-30T10:00:00Z")));
    }

    #[test]
    fn an_order_without_a_date_has_a_day_of_review() {
        for ends in ["on_event", "indefinite"] {
            let end = OrderEndDraft { ends: ends.to_owned(), description: "trial".to_owned(), ..Default::default() };
            let problems = OrderDraft { end, ..draft("Europe/Berlin", "") }.check().unwrap_err();
            assert_eq!(problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), ["/end/review_on"]);
        }
    }

    #[test]
    fn an_order_cannot_end_before_it_was_issued() {
        assert_eq!(draft("Europe/Berlin", "2009-12-31").check().unwrap_err()[0].field, "/end/date");
    }

    #[test]
    fn an_extension_makes_an_order_end_later() {
        let mut order = order("UTC", "2026-12-31");
        let now = time("2026-06-01T00:00:00Z");
        let until = |date: &str| OrderEnd::OnDate { date: date.parse().unwrap() };
        assert_eq!(order.may_extend(&until("2026-12-31"), now), Err(Refusal::NoExtension));
        assert_eq!(order.may_extend(&until("2027-01-31"), now), Ok(()));
        order.extend(until("2027-01-31"), now);
        assert_eq!(order.ends_at(), Some(time("2027-02-01T00:00:00Z")));
    }

    #[test]
    fn a_review_that_is_passed_stays_due_and_the_order_binds() {
        let mut order = order("UTC", "2026-12-31");
        order.order.end = OrderEnd::Indefinite { review_on: "2026-06-01".parse().unwrap() };
        let later = time("2030-01-01T00:00:00Z");
        assert_eq!(order.review_due(), Some(time("2026-06-02T00:00:00Z")));
        assert!(order.is_in_force(later));
        assert_eq!(order.may_review("2029-12-31".parse().unwrap(), later), Err(Refusal::ReviewNotAhead));
        assert_eq!(order.may_review("2030-12-31".parse().unwrap(), later), Ok(()));
    }

    proptest! {
        #[test]
        fn an_order_binds_on_the_whole_of_its_last_day_and_no_longer(
            zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()), days in 15_400i64..25_000, second in -200_000i64..200_000
        ) {
            let date = Timestamp::from_micros(days * 86_400_000_000).unwrap().day();
            let order = order(zone.name(), &date.to_string());
            let at = Timestamp::from_micros((days * 86_400 + second) * 1_000_000).unwrap();
            prop_assert_eq!(order.is_in_force(at), zone.day(at) <= date, "{} {}", zone.name(), at);
        }
    }
}
