//! A customer's month, counted from what is kept. Each part reads the month and the one before by an index, and nothing
//! else of the record.

use domain::{
    Month, Place, Purpose,
    access::ApprovalKind,
    inquiry::{AnswerPromptness, DisputeOutcome, Wait},
    summary::{Summary, SummaryFinding, SummaryLine, SummarySection, side_by_side},
};

use crate::{Member, Result, Settlement, StoreError};

/// How often each of several things was: in the month (`true`) and in the one before.
pub(crate) type Counts<K> = Vec<(bool, K, i64)>;

/// Of accesses: purpose, country of the accessor's office, where the accessor sat, service.
pub(crate) type Tallied = (Purpose, Place, Place, String);

/// Of accesses: the accessor's role, by whose approval, whether they correct earlier records, and whether they were not
/// made as they were granted.
pub(crate) type Told = (String, ApprovalKind, bool, bool);

/// What was asked about accesses.
pub(crate) struct Asked {
    pub opened: Counts<()>,
    /// Disputes that were decided.
    pub outcomes: Counts<DisputeOutcome>,
    /// The waits that began in the month.
    pub waits: Vec<Wait>,
}

/// A query whose `$1` is the customer; the month before begins at `$2`, the month at `$3`, and it ends before `$4`.
macro_rules! of_two_months {
    ($sql:expr, $customer:expr, $month:expr) => {{
        let month: domain::Month = $month;
        sqlx::query_as($sql)
            .bind($customer.0)
            .bind($crate::engine::At(month.previous().starts_at()))
            .bind($crate::engine::At(month.starts_at()))
            .bind($crate::engine::At(month.next().starts_at()))
    }};
}
pub(crate) use of_two_months;

/// What a column's code means.
pub(crate) fn read<T>(
    table: &'static str,
    column: &'static str,
    code: String,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T> {
    read(&code).ok_or(StoreError::Inconsistent { table, column, value: code })
}

impl Member {
    /// The months that a summary can be made of, the newest first: from that of the first access to this one.
    pub async fn summary_months(&self) -> Result<Vec<Month>> {
        let today = self.records.now().day();
        let first = self.records.first_day().await?.unwrap_or(today);
        let (first, mut month) = (Month::of(first), Month::of(today));
        let mut months = vec![month];
        while month > first {
            month = month.previous();
            months.push(month);
        }
        Ok(months)
    }

    /// What was done with the customer's data in a month, as it is known now. Nothing where there can't be one.
    pub async fn summary(&self, month: Month) -> Result<Option<Summary>> {
        if !self.summary_months().await?.contains(&month) {
            return Ok(None);
        }
        let now = self.records.now();
        let tallied = self.records.tallied(month).await?;
        let told = self.records.told(month).await?;
        let notices = self.notices.issued(month).await?;
        let asked = self.inquiries.asked(month).await?;
        let (findings, left_out) = self.findings.of_month(month).await?;
        let gaps = self.records.gaps(month).await?;
        let findings = findings.into_iter().rev();
        let findings =
            findings.map(|(finding, settlement)| SummaryFinding { finding, settled: settlement.map(settled) });
        let is_elsewhere =
            |(_, office, sat, _): &Tallied| ![*office, *sat].contains(&Place::NotStated) && office != sat;
        let totals = vec![
            in_all("Accesses in the record", &tallied, |_| true),
            in_all("Of them corrections of earlier records", &told, |(_, _, corrects, _)| *corrects),
            in_all("Of them exceptions: not made as they were granted", &told, |(.., is_exception)| *is_exception),
            in_all("Where the accessor sat in another country than its office", &tallied, is_elsewhere),
        ];
        let mut inquiries = vec![in_all("Opened", &asked.opened, |()| true)];
        inquiries.extend(lines(&asked.outcomes, |outcome| format!("Disputes decided: {}", outcome.label())));
        let sections = vec![
            (SummarySection::Total, totals),
            (SummarySection::Purpose, lines(&tallied, |(purpose, ..)| purpose.label().to_owned())),
            (SummarySection::Role, lines(&told, |(role, ..)| role.clone())),
            (SummarySection::Country, lines(&tallied, |(_, office, ..)| office.name().to_owned())),
            (SummarySection::Service, lines(&tallied, |(.., service)| service.clone())),
            (SummarySection::Approval, lines(&told, |(_, kind, ..)| kind.label().to_owned())),
            (SummarySection::Notice, lines(&notices, |kind| kind.label().to_owned())),
            (SummarySection::Inquiry, inquiries),
        ];
        let answers = AnswerPromptness::of(&asked.waits, now);
        Ok(Some(Summary { month, made_at: now, sections, answers, findings: findings.collect(), left_out, gaps }))
    }
}

fn in_all<K>(item: &str, counts: &Counts<K>, admits: impl Fn(&K) -> bool) -> SummaryLine {
    let sum = |of_month: bool| {
        let admitted = counts.iter().filter(|(this, key, _)| *this == of_month && admits(key));
        admitted.map(|(.., count)| count).sum()
    };
    SummaryLine::new(item, sum(true), sum(false))
}

fn lines<K>(counts: &Counts<K>, item: impl Fn(&K) -> String) -> Vec<SummaryLine> {
    let of = |of_month: bool| counts.iter().filter(move |(this, ..)| *this == of_month);
    let item = |(_, key, count): &(bool, K, i64)| (item(key), *count);
    side_by_side(of(true).map(&item), of(false).map(&item))
}

fn settled(settlement: Settlement) -> String {
    match settlement {
        Settlement::Dismissed { reason } => format!("Dismissed: {reason}"),
        Settlement::Asked { inquiry } => format!("Asked about: inquiry {inquiry}."),
    }
}
