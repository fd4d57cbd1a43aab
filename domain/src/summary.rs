//! A customer's month: what was done with its data, compared with the month before, for who forwards it as it is.

use std::collections::BTreeMap;

use crate::{Month, Timestamp, export::spreadsheet_safe, finding::Finding, inquiry::AnswerPromptness};

crate::closed_list! {
    /// What a summary counts, table by table.
    pub enum SummarySection {
        Total => "In all",
        Purpose => "By purpose",
        Role => "By the accessor’s role",
        Country => "By the country of the accessor’s office",
        Service => "By service",
        Approval => "By whose approval",
        Notice => "Notices issued",
        Inquiry => "Inquiries",
        Finding => "Findings",
        Gap => "Gaps that sources’ own counts show",
        About => "About this summary",
    }
}

/// One figure with that of the month before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryLine {
    /// As people read it.
    pub item: String,
    pub count: i64,
    pub before: i64,
}

/// What a source's own counts tell of a month that its record doesn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGap {
    pub source: String,
    /// Hours in which it counted more accesses than the record has, and how many are missing.
    pub hours: i64,
    pub missing: i64,
    /// Hours that it said nothing of, though it counted earlier and later ones.
    pub uncounted: i64,
}

impl SourceGap {
    /// `In 2 hours the record lacks 3 accesses that it counted. It did not say what it did in 4 hours.`
    pub fn sentence(&self) -> String {
        let hours = |count: i64| if count == 1 { "1 hour".to_owned() } else { format!("{count} hours") };
        let accesses = if self.missing == 1 { "access" } else { "accesses" };
        let missing = (self.missing > 0)
            .then(|| format!("In {} the record lacks {} {accesses} that it counted.", hours(self.hours), self.missing));
        let uncounted =
            (self.uncounted > 0).then(|| format!("It did not say what it did in {}.", hours(self.uncounted)));
        missing.into_iter().chain(uncounted).collect::<Vec<_>>().join(" ")
    }
}

/// How somebody settled a finding, in words, if they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryFinding {
    pub finding: Finding,
    pub settled: Option<String>,
}

/// A month in figures and findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub month: Month,
    /// As of when: a month that goes on, or that something is still answered of, changes.
    pub made_at: Timestamp,
    pub sections: Vec<(SummarySection, Vec<SummaryLine>)>,
    /// How soon what was asked in this month was answered.
    pub answers: AnswerPromptness,
    /// What stands out among its accesses, the oldest first.
    pub findings: Vec<SummaryFinding>,
    /// How much else stands out by the counts of days, and was not looked at because there was too much.
    pub left_out: usize,
    pub gaps: Vec<SourceGap>,
}

/// The columns of a summary's CSV, in order. A new column goes to the end: readers may count.
pub const SUMMARY_CSV_HEADER: [&str; 6] = ["month", "section", "item", "count", "count_month_before", "note"];

/// The figures of two months side by side, the most frequent first.
pub fn side_by_side(
    counts: impl IntoIterator<Item = (String, i64)>,
    before: impl IntoIterator<Item = (String, i64)>,
) -> Vec<SummaryLine> {
    let mut both = BTreeMap::<String, (i64, i64)>::new();
    for (item, count) in counts {
        both.entry(item).or_default().0 += count;
    }
    for (item, count) in before {
        both.entry(item).or_default().1 += count;
    }
    let mut lines =
        both.into_iter().map(|(item, (count, before))| SummaryLine { item, count, before }).collect::<Vec<_>>();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.count), std::cmp::Reverse(line.before)));
    lines
}

impl SummaryLine {
    pub fn new(item: &str, count: i64, before: i64) -> Self {
        Self { item: item.to_owned(), count, before }
    }

    /// `3 more`, `2 fewer`, `as many`, than in the month before.
    pub fn change(&self) -> String {
        match self.count - self.before {
            0 => "as many".to_owned(),
            more if more > 0 => format!("{} more", crate::statistics::grouped(more.unsigned_abs())),
            fewer => format!("{} fewer", crate::statistics::grouped(fewer.unsigned_abs())),
        }
    }
}

impl Summary {
    /// Whether the month had not ended when this was made.
    pub fn goes_on(&self) -> bool {
        self.made_at <= self.month.ends_at()
    }

    /// How many accesses sources counted that the record lacks.
    pub fn missing(&self) -> i64 {
        self.gaps.iter().map(|gap| gap.missing).sum()
    }

    /// The lines of one section.
    pub fn section(&self, section: SummarySection) -> &[SummaryLine] {
        self.sections.iter().find(|(of, _)| *of == section).map_or(&[], |(_, lines)| lines)
    }

    /// The CSV's lines: each figure, then how answers were kept, each finding, what the record lacks, and as of when
    /// all this is.
    pub fn csv_lines(&self) -> Vec<[String; 6]> {
        let month = self.month.to_string();
        let line = |section: SummarySection, item: &str, count: Option<i64>, before: Option<i64>, note: &str| {
            let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
            let text = |text: &str| spreadsheet_safe(text).into_owned();
            [month.clone(), section.code().to_owned(), text(item), number(count), number(before), text(note)]
        };
        let figures = self.sections.iter().flat_map(|(section, lines)| {
            lines.iter().map(|of| line(*section, &of.item, Some(of.count), Some(of.before), ""))
        });
        let answers = [
            ("Answered, of what was asked in this month", self.answers.answered),
            ("Answered in the promised time", self.answers.in_time),
            ("Not answered yet", self.answers.open),
            ("Not answered yet and late", self.answers.open_late),
        ];
        let answers = answers
            .into_iter()
            .map(|(item, count)| line(SummarySection::Inquiry, item, i64::try_from(count).ok(), None, ""));
        let findings = self.findings.iter().map(|one| {
            let settled = one.settled.as_deref().unwrap_or("Nobody has looked at it.");
            let note = format!("{} {settled}", one.finding.words);
            let count = i64::try_from(one.finding.count).ok();
            line(SummarySection::Finding, one.finding.kind.label(), count, None, &note)
        });
        let gaps = self
            .gaps
            .iter()
            .map(|gap| line(SummarySection::Gap, &gap.source, Some(gap.missing), None, &gap.sentence()));
        let mut about = vec![line(SummarySection::About, "Made at", None, None, &self.made_at.to_string())];
        if self.goes_on() {
            let note = "The month goes on: its figures grow.";
            about.push(line(SummarySection::About, "Not the whole month", None, None, note));
        }
        if self.left_out > 0 {
            let note = "So much stood out that the older of it was not looked at: so many times and days.";
            let count = i64::try_from(self.left_out).ok();
            about.push(line(SummarySection::About, "Findings that were left out", count, None, note));
        }
        figures.chain(answers).chain(findings).chain(gaps).chain(about).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(of: &[(&str, i64)]) -> Vec<(String, i64)> {
        of.iter().map(|(item, count)| ((*item).to_owned(), *count)).collect()
    }

    #[test]
    fn months_stand_side_by_side_also_where_one_has_none_of_a_kind() {
        let lines = side_by_side(counts(&[("a", 2), ("b", 5)]), counts(&[("a", 3), ("c", 1)]));
        let expected = [("b", 5, 0), ("a", 2, 3), ("c", 0, 1)];
        assert_eq!(lines, expected.map(|(item, count, before)| SummaryLine::new(item, count, before)));
        let changes = lines.iter().map(SummaryLine::change).collect::<Vec<_>>();
        assert_eq!(changes, ["5 more", "1 fewer", "1 fewer"]);
        assert_eq!(SummaryLine::new("a", 1_000, 1_000).change(), "as many");
    }

    #[test]
    fn no_cell_of_the_csv_is_a_formula() {
        let summary = Summary {
            month: Month::parse("2026-03").unwrap(),
            made_at: Timestamp::parse("2026-04-01T00:00:00Z").unwrap(),
            sections: vec![(SummarySection::Service, vec![SummaryLine::new("=1+1", 1, 0)])],
            answers: AnswerPromptness { answered: 2, in_time: 1, ..AnswerPromptness::default() },
            findings: Vec::new(),
            left_out: 7,
            gaps: vec![SourceGap { source: "bastion".to_owned(), hours: 1, missing: 2, uncounted: 3 }],
        };
        let lines = summary.csv_lines();
        assert_eq!(lines[0], ["2026-03", "service", "'=1+1", "1", "0", ""].map(str::to_owned));
        let note = "In 1 hour the record lacks 2 accesses that it counted. It did not say what it did in 3 hours.";
        let about =
            |item: &str, count: &str, note: &str| ["2026-03", "about", item, count, "", note].map(str::to_owned);
        assert_eq!(lines[5], ["2026-03", "gap", "bastion", "2", "", note].map(str::to_owned));
        assert_eq!(lines[6], about("Made at", "", "2026-04-01T00:00:00.000000Z"));
        assert_eq!(lines[7][2..4], ["Findings that were left out", "7"]);
        assert_eq!(lines.len(), 8, "the month is over");
        let early = Summary { made_at: Timestamp::parse("2026-03-09T00:00:00Z").unwrap(), left_out: 0, ..summary };
        let last = early.csv_lines();
        assert_eq!(last[7], about("Not the whole month", "", "The month goes on: its figures grow."));
        assert_eq!(lines[2], ["2026-03", "inquiry", "Answered in the promised time", "1", "", ""].map(str::to_owned));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_side_by_side(
            now in proptest::collection::vec(("[a-d]", 0i64..100), 0..12),
            before in proptest::collection::vec(("[a-d]", 0i64..100), 0..12),
        ) {
            let lines = side_by_side(now.clone(), before.clone());
            let sum = |of: &[(String, i64)]| of.iter().map(|(_, count)| count).sum::<i64>();
            prop_assert_eq!(lines.iter().map(|line| line.count).sum::<i64>(), sum(&now));
            prop_assert_eq!(lines.iter().map(|line| line.before).sum::<i64>(), sum(&before));
            prop_assert!(lines.is_sorted_by_key(|line| std::cmp::Reverse(line.count)));
        }
    }
}
