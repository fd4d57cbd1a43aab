//! What is due about a demand, and when: answers, reviews, and telling the customers.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Case, CheckItem, NoticeAbout, OrderRecord, Status, Verdict};
use crate::{CustomerId, Timestamp};

/// How soon a demand is reviewed, where its answer isn't due sooner than in twice that, and an order that comes after
/// the review. Vitrine's own rule.
const REVIEW_WITHIN: TimeDelta = TimeDelta::days(5);
/// How soon an emergency disclosure is looked at again. Vitrine's own rule: no law sets one.
const EMERGENCY_REVIEW_WITHIN: TimeDelta = TimeDelta::days(14);

crate::closed_list! {
    /// What is due.
    pub enum DeadlineKind {
        Answer => "Answer the authority",
        Review => "Finish the review",
        OrderAnswer => "Say whether the order not to tell is valid",
        OrderReview => "Look again at the order not to tell",
        Release => "Tell the customers",
        EmergencyReview => "Review the emergency disclosure",
        PreservationEnds => "Stop preserving, or extend it",
    }
}

/// One thing that is due. It stays, overdue, until it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// By when.
    pub due: Timestamp,
    /// What.
    pub kind: DeadlineKind,
    /// The place of the order that it is about.
    pub order: Option<usize>,
}

impl Deadline {
    /// Whether it has passed.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due <= now
    }
}

/// A notice that a customer is owed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwedNotice {
    /// Who is owed it.
    pub customer: CustomerId,
    /// What it is about.
    pub about: NoticeAbout,
}

/// For how long, and by which orders, a customer couldn't be told (SCC 2021/914, clause 15.1(b)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// When the customer would have been told.
    pub from: Timestamp,
    /// When it could be told.
    pub until: Timestamp,
    /// What barred it.
    pub orders: Vec<DelayedBy>,
}

/// An order that delayed a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayedBy {
    pub issued_by: String,
    pub basis: String,
    pub reference: String,
    /// From when it barred the provider from telling.
    pub from: Timestamp,
    pub until: Timestamp,
    /// The grounds on which the provider challenged it.
    pub challenged: Vec<String>,
}

impl Delay {
    /// How long it was.
    pub fn length(&self) -> TimeDelta {
        self.until.since(self.from)
    }
}

impl Case {
    /// Whether nobody but the legal team may learn that the demand exists: until every order has ended.
    pub fn is_sealed(&self, now: Timestamp) -> bool {
        self.orders.iter().any(|order| order.is_in_force(now))
    }

    /// When the last order ends; `None` where there is none, or one whose end nobody knows yet.
    pub fn release_at(&self) -> Option<Timestamp> {
        let ends = self.orders.iter().map(OrderRecord::ends_at).collect::<Option<Vec<_>>>()?;
        ends.into_iter().max()
    }

    /// The customers that are owed a notice now, and of what: of the demand as soon as it is known to be authentic and
    /// whom it concerns, which is before anything is disclosed; and of its outcome. Whom an order kept from knowing
    /// until the outcome is told both at once.
    pub fn notice_due(&self, now: Timestamp) -> Vec<OwedNotice> {
        if self.is_sealed(now) {
            return Vec::new();
        }
        let Some(about) = self.notice_about() else { return Vec::new() };
        let is_owed = |owed: &OwedNotice| !self.notified.iter().any(|told| (told.0, told.1) == (owed.customer, about));
        self.customers().into_iter().map(|customer| OwedNotice { customer, about }).filter(is_owed).collect()
    }

    fn notice_about(&self) -> Option<NoticeAbout> {
        if !self.is_open() {
            return Some(NoticeAbout::Outcome);
        }
        self.checklist.is_met(CheckItem::Authentic).then_some(NoticeAbout::Demand)
    }

    /// When the demand must be looked at by itself: when its last order ends and a notice is owed then. A moment that
    /// has passed says to do it now. Acts change it, and are looked at when they are done.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let registered = self.acts.first().map(|first| first.at)?;
        let release = if self.orders.is_empty() { registered } else { self.release_at()? };
        (!self.notice_due(release).is_empty()).then_some(release)
    }

    /// When a customer was first told of the demand.
    pub fn told_at(&self, customer: CustomerId) -> Option<Timestamp> {
        self.notified.iter().filter(|told| told.0 == customer).map(|told| told.2).min()
    }

    /// What delayed telling a customer of the demand, or of its outcome, once that is over.
    pub fn delay(&self, customer: CustomerId, about: NoticeAbout, now: Timestamp) -> Option<Delay> {
        if self.is_sealed(now) {
            return None;
        }
        let authentic = self.checklist.answer(CheckItem::Authentic).filter(|answer| answer.verdict == Verdict::Met);
        let ready = [authentic.map(|answer| answer.at), self.decided_at].into_iter().flatten().min()?;
        let told = self.notified.iter().filter(|told| (told.0, told.1) == (customer, about)).map(|told| told.2).min();
        let delayed = self.orders.iter().filter_map(|record| {
            let until = record.ends_at().filter(|end| *end > ready)?;
            if told.is_some_and(|told| record.recorded_at >= told) {
                return None;
            }
            Some(DelayedBy {
                issued_by: record.order.issued_by.clone(),
                basis: record.order.basis.clone(),
                reference: record.order.reference.clone(),
                from: record.recorded_at,
                until,
                challenged: record.challenges.iter().map(|challenge| challenge.grounds.clone()).collect(),
            })
        });
        let orders = delayed.collect::<Vec<_>>();
        let from = orders.iter().map(|order| order.from).min()?.max(ready);
        let until = orders.iter().map(|order| order.until).max()?;
        Some(Delay { from, until, orders })
    }

    /// What is due, the soonest first. What has passed stays, because only doing it makes it go.
    pub fn deadlines(&self, now: Timestamp) -> Vec<Deadline> {
        let deadline = |kind, due| Deadline { due, kind, order: None };
        let mut deadlines = Vec::new();
        let answer = self.intake.deadline.filter(|_| self.is_open() && self.status != Status::Preserving);
        deadlines.extend(answer.map(|due| deadline(DeadlineKind::Answer, due)));
        if self.status == Status::UnderReview {
            deadlines.push(deadline(DeadlineKind::Review, self.review_due()));
        }
        let newest = self.orders.iter().enumerate().rfind(|(_, order)| order.is_in_force(now));
        let unanswered =
            self.status != Status::UnderReview && self.checklist.answer(CheckItem::NonDisclosureOrder).is_none();
        if let (true, Some((place, order))) = (unanswered, newest) {
            let due = order.recorded_at.plus(REVIEW_WITHIN);
            deadlines.push(Deadline { due, kind: DeadlineKind::OrderAnswer, order: Some(place) });
        }
        for (place, order) in self.orders.iter().enumerate().filter(|(_, order)| order.is_in_force(now)) {
            let review = order.review_due().map(|due| (DeadlineKind::OrderReview, due));
            deadlines.extend(review.map(|(kind, due)| Deadline { due, kind, order: Some(place) }));
        }
        let release = match self.is_sealed(now) {
            true => self.release_at(),
            false => self.wake_at(),
        };
        deadlines.extend(release.map(|due| deadline(DeadlineKind::Release, due)));
        if let (true, Some(disclosure), None) = (self.is_emergency(), &self.disclosure, &self.emergency_reviewed) {
            deadlines.push(deadline(DeadlineKind::EmergencyReview, disclosure.at.plus(EMERGENCY_REVIEW_WITHIN)));
        }
        if self.status == Status::Preserving {
            deadlines.extend(self.preserved_until().map(|due| deadline(DeadlineKind::PreservationEnds, due)));
        }
        deadlines.sort_unstable();
        deadlines
    }

    /// Half of the time that there is to answer is for the review.
    fn review_due(&self) -> Timestamp {
        let received = self.intake.received_at;
        let half = self.intake.deadline.map(|deadline| deadline.since(received) / 2);
        received.plus(half.map_or(REVIEW_WITHIN, |half| half.min(REVIEW_WITHIN)))
    }
}
