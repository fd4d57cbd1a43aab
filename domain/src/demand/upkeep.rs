//! What can be done in every stage: orders not to tell, whom identifiers lead to, and telling the customers.

use chrono::NaiveDate;

use super::{
    Act, Answer, Challenge, ChallengeOutcome, CheckItem, Demand, Identifier, InStage, LegalReviewer, LookedUp,
    NonDisclosureOrder, NoticeAbout, OrderEnd, OrderEnding, OrderRecord, Refusal, Step, Verdict,
};
use crate::{CustomerId, Timestamp};

impl<S: InStage + Clone> Demand<S> {
    fn noted(self, by: Option<&LegalReviewer>, now: Timestamp, act: Act) -> Step<S> {
        let stage = self.stage.clone();
        self.record(by, now, act, stage)
    }

    /// Notes to which customers one of the demand's identifiers leads.
    pub fn resolve(mut self, identifier: Identifier, by: &LegalReviewer, now: Timestamp) -> Step<S> {
        let nobody = identifier.customers.is_empty();
        self.case.judge(|_| if nobody { Err(Refusal::NoCustomer) } else { Ok(()) })?;
        self.case.resolve(&identifier)?;
        self.noted(Some(by), now, Act::Resolved { identifier })
    }

    /// Notes that somebody looked whose an identifier is, and where, and that it is no customer's.
    pub fn belongs_to_nobody(
        mut self,
        identifier: Identifier,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<S> {
        let reason = self.case.reason(why)?;
        let identifier = Identifier { customers: Vec::new(), ..identifier };
        self.case.resolve(&identifier)?;
        let looked = LookedUp { reason: reason.clone(), by_name: by.name().to_owned(), at: now };
        self.case.nobodys.push((identifier.clone(), looked));
        self.noted(Some(by), now, Act::BelongsToNobody { identifier, reason })
    }

    /// Records an order not to tell. Until it ends the demand is sealed.
    pub fn issue_order(mut self, order: NonDisclosureOrder, by: &LegalReviewer, now: Timestamp) -> Step<S> {
        self.case.judge(|_| order.lies_ahead(now))?;
        self.case.orders.push(OrderRecord::new(order.clone(), now));
        // What the review said of orders, perhaps that there is none, was said before this one.
        self.case.checklist.forget(&[CheckItem::NonDisclosureOrder]);
        self.noted(Some(by), now, Act::OrderIssued { order })
    }

    /// Answers, once the review is over, what it asks about orders not to tell: one may come in every stage.
    pub fn answer_order(mut self, verdict: Verdict, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<S> {
        let (item, reason) = (CheckItem::NonDisclosureOrder, self.case.reason(why)?);
        self.case.judge(|case| case.check_facts(item, verdict))?;
        self.case.checklist.set(item, Answer::new(verdict, reason.clone(), by, now));
        self.noted(Some(by), now, Act::Answered { item, verdict, reason })
    }

    /// Gives an order in force a later end, as whoever issued it did.
    pub fn extend_order(mut self, order: usize, end: OrderEnd, by: &LegalReviewer, now: Timestamp) -> Step<S> {
        self.case.judge_order(order, |record| record.may_extend(&end, now))?;
        self.case.order(order, now)?.extend(end.clone(), now);
        self.noted(Some(by), now, Act::OrderExtended { order, end })
    }

    /// Challenges an order.
    pub fn challenge_order(mut self, order: usize, grounds: &str, by: &LegalReviewer, now: Timestamp) -> Step<S> {
        let grounds = self.case.reason(grounds)?;
        let record = self.case.order(order, now)?;
        if record.challenges.iter().any(|challenge| challenge.decided.is_none()) {
            return Err(Refusal::ChallengePending);
        }
        record.challenges.push(Challenge { grounds: grounds.clone(), at: now, decided: None });
        self.noted(Some(by), now, Act::OrderChallenged { order, grounds })
    }

    /// Notes what came of that. The order binds until somebody notes that it was lifted.
    pub fn decide_order_challenge(
        mut self,
        order: usize,
        outcome: ChallengeOutcome,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<S> {
        let reason = self.case.reason(why)?;
        let record = self.case.orders.get_mut(order).ok_or(Refusal::NoSuchOrder)?;
        let pending = record.challenges.iter_mut().find(|challenge| challenge.decided.is_none());
        pending.ok_or(Refusal::NoChallenge)?.decided = Some((outcome, reason.clone(), now));
        self.noted(Some(by), now, Act::OrderChallengeDecided { order, outcome, reason })
    }

    /// Notes that an order without a date was looked at and binds on, and when it is looked at next.
    pub fn review_order(
        mut self,
        order: usize,
        next: NaiveDate,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<S> {
        let reason = self.case.reason(why)?;
        self.case.judge_order(order, |record| record.may_review(next, now))?;
        self.case.order(order, now)?.reviewed(next)?;
        self.noted(Some(by), now, Act::OrderReviewed { order, next, reason })
    }

    /// Notes that an order was lifted, or that what it waited for has happened.
    pub fn end_order(
        mut self,
        order: usize,
        how: OrderEnding,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<S> {
        let reason = self.case.reason(why)?;
        self.case.order(order, now)?.ended = Some((how, now));
        self.noted(Some(by), now, Act::OrderEnded { order, how, reason })
    }

    /// Notes that customers were told what they were owed. The server does this by itself, so that nobody is named.
    pub fn notified(mut self, about: NoticeAbout, customers: Vec<CustomerId>, now: Timestamp) -> Step<S> {
        self.case.judge(|case| {
            let owed = case.notice_due(now);
            let is_owed = |(place, customer): (usize, &CustomerId)| {
                let owed = owed.iter().any(|owed| owed.customer == *customer && owed.about == about);
                owed && !customers[..place].contains(customer)
            };
            let all = !customers.is_empty() && customers.iter().enumerate().all(is_owed);
            if all { Ok(()) } else { Err(Refusal::NotOwed) }
        })?;
        self.case.notified.extend(customers.iter().map(|customer| (*customer, about, now)));
        self.noted(None, now, Act::Notified { about, customers })
    }
}
