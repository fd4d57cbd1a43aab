//! The charts of published statistics: what a reader asked for, read from the store and put into words.

use std::collections::BTreeMap;

use domain::{
    CountryCode, FieldProblem, in_a_sentence,
    statistics::{
        Figure, Half, MethodChange, Metric, ProcessClass, Rate, StatisticsFilter, Total, Touched, grouped,
        method_changes,
    },
};
use store::{CountryRequests, Footnote, Outcomes, ProcessCounts, RequestCounts, Series, Store, StoreError};

use super::{Chart, ChartName, Kind, Mark, NO_FIGURE, Series as Line, Unit};

/// Countries that have a bar; the table has all.
const BARS: usize = 15;
/// Countries that can be picked out in the page.
const EXPLORED: usize = 30;
/// Countries that have a line in the chart of periods.
const LINES: usize = 5;

/// The statistics that a reader looks at.
pub struct Published {
    /// Every series there is.
    pub all: Vec<Series>,
    /// The one that is looked at.
    pub series: Series,
    /// The filter in force, with the publisher and service of the series.
    pub filter: StatisticsFilter,
    /// What of the reader's filter could not be used.
    pub problems: Vec<FieldProblem>,
    /// Every country of the series, by name.
    pub countries: Vec<CountryCode>,
    pub outcomes: Outcomes,
    /// Preservation requests, which stand outside the totals.
    pub preservation: Total,
    pub by_process: ProcessCounts,
    /// What of the series can be counted, and the kinds of process that it tells apart.
    pub measures: Vec<Metric>,
    pub processes: Vec<ProcessClass>,
    /// Remarks on the figures that are looked at.
    pub footnotes: Vec<Footnote>,
    counts: RequestCounts,
}

impl Published {
    /// Reads what the query asks for; `None` where nothing was ever imported.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn load(store: &Store, query: &str) -> Result<Option<Self>, StoreError> {
        let (mut filter, mut problems) = StatisticsFilter::from_query(query);
        let statistics = store.statistics();
        let all = statistics.series().await?;
        let Some(mut series) = choose(&all, &mut filter, &mut problems).cloned() else { return Ok(None) };
        let (countries, (measures, processes)): (_, (Vec<_>, Vec<_>)) =
            futures::try_join!(statistics.countries(&series), statistics.kinds(&series))?;
        narrow(&mut series, &mut filter, &mut problems, &measures, &processes);
        if let Some(country) = filter.country.filter(|country| !countries.contains(country)) {
            let reason = format!("{} published no figures for {}", series.publisher, country.name());
            problems.push(FieldProblem::new("country", reason));
            filter.country = None;
        }
        let (counts, outcomes, preservation, by_process, footnotes) = futures::try_join!(
            statistics.requests(&series, &filter),
            statistics.outcomes(&series, &filter),
            statistics.preservation(&series, &filter),
            statistics.processes(&series, &filter),
            statistics.footnotes(&series, &filter),
        )?;
        Ok(Some(Self {
            all,
            series,
            filter,
            problems,
            countries,
            outcomes,
            preservation,
            by_process,
            measures,
            processes,
            footnotes,
            counts,
        }))
    }

    /// The periods that are looked at: those of the series, as far as the filter leaves them in.
    pub fn halves(&self) -> Vec<Half> {
        let admits = |half: &Half| {
            self.filter.from.is_none_or(|from| *half >= from) && self.filter.to.is_none_or(|to| *half <= to)
        };
        self.series.from.to(self.series.to).filter(admits).collect()
    }

    /// What a period of the series is called.
    pub fn period(&self) -> &'static str {
        if self.series.from.is_whole() { "year" } else { "half-year" }
    }

    /// `1 request`, `0 to 249 requests`, or of whatever else the series counts.
    pub fn count(&self, figure: Figure) -> String {
        self.unit().say(figure)
    }

    fn unit(&self) -> Unit {
        Unit::whole(self.series.metric.unit())
    }

    /// Requests in each of these half-years.
    pub fn totals(&self) -> BTreeMap<Half, Total> {
        self.counts.halves(self.filter.country)
    }

    /// Requests by who asked, the most first, whatever country the filter names.
    pub fn by_country(&self) -> Vec<CountryRequests> {
        self.counts.countries()
    }

    /// Requests of all countries together, whatever country the filter names.
    pub fn everything(&self) -> Total {
        self.by_country().iter().fold(Total::default(), |mut sum, of| {
            sum.merge(of.total);
            sum
        })
    }

    /// All requests of the period and country.
    pub fn sum(&self) -> Total {
        self.totals().into_values().fold(Total::default(), |mut sum, total| {
            sum.merge(total);
            sum
        })
    }

    /// `first half of 2013 to second half of 2014`.
    pub fn span(&self) -> String {
        let halves = self.halves();
        match (halves.first(), halves.last()) {
            (Some(first), Some(last)) if first != last => format!("{} to {}", first.long(), last.long()),
            (Some(only), _) => only.long(),
            _ => format!("no {}", self.period()),
        }
    }

    /// `From the first half of 2013 to the second half of 2014`, `In the first half of 2013`.
    pub fn during(&self) -> String {
        let halves = self.halves();
        match (halves.first(), halves.last()) {
            (Some(first), Some(last)) if first != last => format!("From the {} to the {}", first.long(), last.long()),
            (Some(only), _) => format!("In the {}", only.long()),
            _ => format!("In no {}", self.period()),
        }
    }

    /// `User data requests`, `Accounts specified in user data requests`, with the kind of process that is chosen.
    pub fn said_series(&self) -> String {
        let process = self.filter.process.map(|of| format!(", {}", lower(of.label()))).unwrap_or_default();
        match self.filter.measure.filter(|measure| *measure != Metric::Requests) {
            Some(measure) => format!("{} in {}{process}", measure.label(), lower(&self.series.service)),
            None => format!("{}{process}", self.series.service),
        }
    }

    /// ` from Germany` where one country is looked at.
    pub fn from_country(&self) -> String {
        self.filter.country.map(|country| format!(" from {}", in_a_sentence(country.name()))).unwrap_or_default()
    }

    /// ` by search warrant` where one kind of process is looked at.
    pub fn under_process(&self) -> String {
        self.filter.process.map(|process| format!(" ({})", lower(process.label()))).unwrap_or_default()
    }

    /// What is counted, in the words of the series.
    fn counted(&self) -> String {
        format!("{}{}", lower(&self.said_series()), self.from_country())
    }

    /// Which edition it is: the newest file that figures are from.
    pub fn edition(&self) -> String {
        let sources = &self.series.sources;
        match sources.first() {
            Some(newest) if newest.title.starts_with("https://") => {
                let more = match sources.len() {
                    1 => String::new(),
                    count => format!(", the newest of {} files", grouped(count as u64)),
                };
                let hash = newest.sha256.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>();
                format!("Downloaded from the publisher on {}{more}, SHA-256 {hash}…", newest.retrieved)
            }
            Some(newest) => format!("{}, {}", newest.title, newest.retrieved),
            None => String::new(),
        }
    }

    /// What changed in how the series is counted, within the periods that are looked at. What was so from the first on
    /// is no change.
    pub fn changes(&self) -> Vec<&'static MethodChange> {
        let halves = self.halves();
        let within = |change: &&MethodChange| halves.iter().skip(1).any(|half| *half == change.from);
        method_changes(&self.series.publisher, &self.series.service).into_iter().filter(within).collect()
    }

    /// Those that touch what a chart shows, as marks on an axis of these periods.
    fn marks(&self, name: ChartName) -> Vec<Mark> {
        let halves = self.halves();
        let counted = if self.series.metric == Metric::Requests { Touched::Requests } else { Touched::Specified };
        let mut looked_at = match name {
            ChartName::Totals | ChartName::Countries | ChartName::Periods | ChartName::Compare => vec![counted],
            ChartName::Processes => vec![counted, Touched::Processes],
            ChartName::Outcomes => vec![counted, Touched::Disclosed],
            ChartName::Disclosure => vec![Touched::Disclosed],
        };
        // What is of one country, or of one kind, is not touched by how others are listed.
        if self.filter.country.is_none() {
            looked_at.push(Touched::Countries);
        }
        if self.filter.process.is_some() {
            looked_at.push(Touched::Processes);
        }
        let mark = |change: &MethodChange| {
            let place = halves.iter().position(|half| *half == change.from)?;
            Some(Mark { category: u32::try_from(place).ok()?, label: change.change.clone() })
        };
        self.changes().into_iter().filter(|change| change.touches(&looked_at)).filter_map(mark).collect()
    }

    /// The countries with the most, each with what it counts by period; or the one that the filter names.
    pub fn lines(&self) -> Vec<(String, BTreeMap<Half, Total>)> {
        if let Some(country) = self.filter.country {
            return vec![(country.name().to_owned(), self.totals())];
        }
        let known = self.by_country().into_iter().filter(|of| of.total.figure.middle().is_some());
        known.take(LINES).map(|of| (of.name, of.halves)).collect()
    }

    fn source(&self) -> String {
        let days = self.series.sources.first().map(|source| source.retrieved.to_string()).unwrap_or_default();
        format!("Source: {}, {}, downloaded on {days}", self.series.publisher, lower(&self.series.service))
    }

    /// The share of requests with data disclosed in each half-year, where it is known.
    pub fn disclosed(&self, half: Half) -> Option<Rate> {
        // A share of anything but requests would be none.
        let outcomes = self.outcomes.halves.get(&half).filter(|_| self.series.metric == Metric::Requests)?;
        share_disclosed(outcomes, self.totals().get(&half)?.figure)
    }

    pub fn chart(&self, name: ChartName) -> Chart {
        match name {
            ChartName::Totals => self.totals_chart(),
            ChartName::Countries => self.countries_chart(),
            ChartName::Periods => self.periods_chart(),
            ChartName::Processes => self.processes_chart(),
            ChartName::Outcomes => self.outcomes_chart(),
            ChartName::Disclosure => self.disclosure_chart(),
            // What one series alone compares is its countries.
            ChartName::Compare => self.periods_chart(),
        }
    }

    fn totals_chart(&self) -> Chart {
        let halves = self.halves();
        let totals = self.totals();
        let name = self.filter.country.map_or("All countries", CountryCode::name).to_owned();
        let figures =
            halves.iter().map(|half| totals.get(half).map_or(Figure::NotApplicable, |of| of.figure)).collect();
        let known = || totals.iter().filter_map(|(half, total)| Some((*half, total.figure, total.figure.middle()?)));
        let sentence = match (known().next(), known().next_back(), known().max_by_key(|(_, _, middle)| *middle)) {
            (Some(first), Some(last), _) if first.0 == last.0 => {
                format!("{} received {} in the {}.", self.series.publisher, self.count(first.1), first.0.long())
            }
            (Some(first), Some(last), Some(most)) => {
                let most = if most.0 == last.0 {
                    format!("the most of any {}", self.period())
                } else {
                    format!("the most were {} in the {}", most.1, most.0.long())
                };
                format!(
                    "{} received {} in the {} and {} in the {}; {most}.",
                    self.series.publisher,
                    self.count(first.1),
                    first.0.long(),
                    last.1,
                    last.0.long()
                )
            }
            _ => "No figures were reported for this selection.".to_owned(),
        };
        Chart {
            kind: Kind::Bars,
            id: "totals".to_owned(),
            title: format!("{}: {} per {}", self.series.publisher, self.counted(), self.period()),
            sentence,
            source: self.source(),
            unit: self.unit(),
            categories: halves.iter().map(Half::to_string).collect(),
            series: vec![Line { name, figures }],
            marks: self.marks(ChartName::Totals),
        }
    }

    fn countries_chart(&self) -> Chart {
        let countries = self.by_country();
        let mut shown = countries.iter().take(BARS).collect::<Vec<_>>();
        if let Some(picked) = self.filter.country
            && shown.iter().all(|of| of.country != Some(picked))
        {
            shown.extend(countries.iter().find(|of| of.country == Some(picked)));
        }
        let everything = countries.iter().fold(Total::default(), |mut sum, of| {
            sum.merge(of.total);
            sum
        });
        let most = countries.first().and_then(|most| Some((most, most.total.figure.rate(everything.figure)?)));
        let sentence = match most {
            Some((most, share)) => format!(
                "The most came from {}: {} of {}, or {}.",
                in_a_sentence(&most.name),
                most.total.figure,
                self.count(everything.figure),
                percent(share)
            ),
            None => "No figures were reported for this selection.".to_owned(),
        };
        Chart {
            kind: Kind::Across,
            id: "countries".to_owned(),
            title: format!(
                "{}: {} by country, {}",
                self.series.publisher,
                lower(&self.said_series()),
                self.short_span()
            ),
            sentence,
            source: self.source(),
            unit: self.unit(),
            categories: shown.iter().map(|of| of.name.clone()).collect(),
            series: vec![Line { name: self.short_span(), figures: shown.iter().map(|of| of.total.figure).collect() }],
            marks: Vec::new(),
        }
    }

    fn periods_chart(&self) -> Chart {
        let halves = self.halves();
        let lines = self.lines();
        let figure = |of: &BTreeMap<Half, Total>, half| of.get(half).map_or(Figure::NotApplicable, |of| of.figure);
        let newest = halves.iter().rev().find(|half| lines.iter().any(|(_, of)| figure(of, half).bounds().is_some()));
        let sentence = match (newest, &lines[..]) {
            (None, _) | (_, []) => "No figures were reported for this selection.".to_owned(),
            (Some(half), [(only, of)]) => {
                format!("{only} in the {}: {}.", half.long(), self.count(figure(of, half)))
            }
            (Some(half), lines) => {
                let unit = self.unit();
                let each = lines.iter().map(|(name, of)| match figure(of, half) {
                    Figure::NotApplicable => format!("{name} {NO_FIGURE}"),
                    figure => format!("{name} {}", unit.label(figure)),
                });
                let each = each.collect::<Vec<_>>().join("; ");
                format!("The {} countries with the most, in the {}: {each}.", lines.len(), half.long())
            }
        };
        let series = lines.iter().map(|(name, of)| Line {
            name: name.clone(),
            figures: halves.iter().map(|half| figure(of, half)).collect(),
        });
        Chart {
            kind: Kind::Lines,
            id: "periods".to_owned(),
            title: format!(
                "{}: {} per {}, by country",
                self.series.publisher,
                lower(&self.said_series()),
                self.period()
            ),
            sentence,
            source: self.source(),
            unit: self.unit(),
            categories: halves.iter().map(Half::to_string).collect(),
            series: series.collect(),
            marks: self.marks(ChartName::Periods),
        }
    }

    fn processes_chart(&self) -> Chart {
        let halves = self.halves();
        let sums = self.by_process.sums();
        let everything = sums.iter().fold(Total::default(), |mut sum, (_, total)| {
            sum.merge(*total);
            sum
        });
        let most = sums.first().and_then(|(class, total)| Some((class, total, total.figure.rate(everything.figure)?)));
        let sentence = match most {
            Some((class, ..)) if sums.len() == 1 => {
                format!("All of them are of one kind: {}.", lower(class.label()))
            }
            Some((class, total, share)) => format!(
                "The most were of the kind “{}”: {} of {}, or {}.",
                lower(class.label()),
                total.figure,
                self.count(everything.figure),
                percent(share)
            ),
            None => "No figures were reported for this selection.".to_owned(),
        };
        let series = sums.iter().map(|(class, _)| {
            let of = self.by_process.halves.get(class);
            let figure = |half| of.and_then(|of| of.get(half)).map_or(Figure::NotApplicable, |total| total.figure);
            Line { name: class.label().to_owned(), figures: halves.iter().map(figure).collect() }
        });
        Chart {
            kind: Kind::Stacked,
            id: "processes".to_owned(),
            title: format!("{}: {} by legal process", self.series.publisher, self.counted()),
            sentence,
            source: self.source(),
            unit: self.unit(),
            categories: halves.iter().map(Half::to_string).collect(),
            series: series.collect(),
            marks: self.marks(ChartName::Processes),
        }
    }

    fn short_span(&self) -> String {
        let halves = self.halves();
        match (halves.first(), halves.last()) {
            (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
            (Some(only), _) => only.to_string(),
            _ => String::new(),
        }
    }

    /// The bars that are picked out in the chart of countries.
    pub fn marked(&self, name: ChartName, chart: &Chart) -> Vec<u32> {
        let picked = self.filter.country.map(CountryCode::name).filter(|_| name == ChartName::Countries);
        let place = picked.and_then(|picked| chart.categories.iter().position(|name| name == picked));
        place.and_then(|place| u32::try_from(place).ok()).into_iter().collect()
    }

    fn outcomes_chart(&self) -> Chart {
        let halves = self.halves();
        let figure = |half: &Half, metric: &Metric| {
            let total = self.outcomes.halves.get(half).and_then(|outcomes| outcomes.get(metric));
            total.map_or(Figure::NotApplicable, |total| total.figure)
        };
        let series = self.outcomes.metrics.iter().map(|metric| Line {
            name: outcome(*metric, self.outcomes.derived).to_owned(),
            figures: halves.iter().map(|half| figure(half, metric)).collect(),
        });
        let last = halves.iter().rev().find_map(|half| Some((*half, self.disclosed(*half)?)));
        let mut sentence = match last {
            Some((half, share)) => format!(
                "In the {} {} disclosed some data for {} of the requests.",
                half.long(),
                self.series.publisher,
                percent(share)
            ),
            None => "The publisher says nothing of how these requests ended.".to_owned(),
        };
        if self.outcomes.derived && last.is_some() {
            sentence.push_str(
                " These counts are worked out from published percentages that are rounded to whole numbers: what \
                 rounding leaves open is hatched.",
            );
        } else if last.is_some() {
            sentence.push_str(
                " The outcomes are as published and not parts of a whole: a request challenged in part may also be one \
                 where data was provided.",
            );
        }
        Chart {
            kind: Kind::Stacked,
            id: "outcomes".to_owned(),
            title: format!("{}: how {} ended", self.series.publisher, self.counted()),
            sentence,
            source: self.source(),
            unit: self.unit(),
            categories: halves.iter().map(Half::to_string).collect(),
            series: series.collect(),
            marks: self.marks(ChartName::Outcomes),
        }
    }

    fn disclosure_chart(&self) -> Chart {
        let halves = self.halves();
        let rates = halves.iter().map(|half| (*half, self.disclosed(*half))).collect::<Vec<_>>();
        let known = || rates.iter().filter_map(|(half, rate)| Some((half, percent((*rate)?))));
        let sentence = match (known().next(), known().next_back()) {
            (Some((first, before)), Some((last, after))) if first != last => format!(
                "{} disclosed some data for {before} of the requests in the {}, and for {after} in the {}.",
                self.series.publisher,
                first.long(),
                last.long()
            ),
            (Some((half, share)), _) => {
                format!(
                    "{} disclosed some data for {share} of the requests in the {}.",
                    self.series.publisher,
                    half.long()
                )
            }
            _ => "The publisher does not say for how many of these requests data was disclosed.".to_owned(),
        };
        let share = |rate: Option<Rate>| rate.map_or(Figure::NotReported, |rate| Figure::between(rate.low, rate.high));
        Chart {
            kind: Kind::Lines,
            id: "disclosure".to_owned(),
            title: format!("{}: share of {} with data disclosed", self.series.publisher, self.counted()),
            sentence,
            source: self.source(),
            unit: Unit::percent(),
            categories: halves.iter().map(Half::to_string).collect(),
            series: vec![Line {
                name: "Some data disclosed".to_owned(),
                figures: rates.into_iter().map(|(_, rate)| share(rate)).collect(),
            }],
            marks: self.marks(ChartName::Disclosure),
        }
    }

    /// Half-yearly figures of the countries with the most requests, for exploring without asking again.
    pub fn explored(&self) -> Vec<Line> {
        let halves = self.halves();
        let countries = self.by_country();
        let lines = countries.iter().filter(|of| of.total.figure.middle().is_some()).take(EXPLORED).map(|of| Line {
            name: of.name.clone(),
            figures: halves
                .iter()
                .map(|half| of.halves.get(half).map_or(Figure::NotApplicable, |total| total.figure))
                .collect(),
        });
        lines.collect()
    }
}

/// The share of these requests with data disclosed, where it is known.
pub fn share_disclosed(outcomes: &BTreeMap<Metric, Total>, requests: Figure) -> Option<Rate> {
    let disclosed = [Metric::NonContentDisclosed, Metric::ContentDisclosed, Metric::DataDisclosed]
        .iter()
        .filter_map(|metric| outcomes.get(metric))
        .fold(Total::default(), |mut sum, total| {
            sum.merge(*total);
            sum
        });
    if disclosed.missing > 0 { None } else { disclosed.figure.rate(requests) }
}

/// An outcome, in the words of a chart.
pub fn outcome(metric: Metric, derived: bool) -> &'static str {
    match (metric, derived) {
        (Metric::DataDisclosed, true) => "Some data disclosed",
        (Metric::NoData, true) => "No data disclosed",
        (Metric::RejectedOrChallenged, _) => "Challenged or rejected",
        (Metric::NonContentDisclosed, _) => "Only non-content provided",
        (metric, _) => metric.label(),
    }
}

/// `1 request`, `0 to 249 requests`.
pub fn requests(figure: Figure) -> String {
    Unit::whole("requests").say(figure)
}

/// `81%`, `about 81%`, `less than 1%`.
pub fn percent(rate: Rate) -> String {
    match rate {
        Rate { high: 1..10, .. } => "less than 1%".to_owned(),
        rate if rate.high - rate.low > 5 => format!("about {}%", grouped(rate.percent())),
        rate => format!("{}%", grouped(rate.percent())),
    }
}

/// The lowest and the highest that a share can be: `81%`, `80.4% to 81.9%`.
pub fn share_range(rate: Rate) -> String {
    Unit::percent().label(Figure::between(rate.low, rate.high))
}

/// How much more or fewer it became, as far as that is known: `7% more`, `between 3% fewer and 5% more`.
pub fn changed(before: Figure, after: Figure) -> Option<String> {
    let Rate { low, high } = after.rate(before)?;
    let percent = |thousandths: u64| (thousandths + 5) / 10;
    let told = |of: u64| {
        if of >= 1_000 {
            format!("{}% more", grouped(percent(of - 1_000)))
        } else {
            format!("{}% fewer", percent(1_000 - of))
        }
    };
    Some(match (told(low), told(high)) {
        (least, most) if least == most && matches!(least.as_str(), "0% more" | "0% fewer") => "as many".to_owned(),
        (least, most) if least == most => least,
        (least, most) => format!("between {least} and {most}"),
    })
}

/// A name inside a sentence: its first letter is no capital, unless the word is one of capitals.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => name.to_owned(),
    }
}

/// Takes what the filter asks to count into the series, and what the series has nothing of out of the filter.
fn narrow(
    series: &mut Series,
    filter: &mut StatisticsFilter,
    problems: &mut Vec<FieldProblem>,
    measures: &[Metric],
    processes: &[ProcessClass],
) {
    if let Some(asked) = filter.measure.filter(|asked| !measures.contains(asked)) {
        let reason = format!("{} is not counted in this series", asked.label());
        problems.push(FieldProblem::new("measure", reason));
        filter.measure = None;
    }
    if let Some(asked) = filter.process.filter(|asked| !processes.contains(asked)) {
        let reason = format!("{} is no kind of process in this series", asked.label());
        problems.push(FieldProblem::new("process", reason));
        filter.process = None;
    }
    // An address that says what would be counted anyway is the shorter one.
    filter.measure = filter.measure.filter(|asked| *asked != series.metric);
    series.metric = filter.measure.unwrap_or(series.metric);
}

/// The series that the filter asks for, or else the publisher's first, or else the longest. The filter names it then.
fn choose<'a>(
    all: &'a [Series],
    filter: &mut StatisticsFilter,
    problems: &mut Vec<FieldProblem>,
) -> Option<&'a Series> {
    if let Some(asked) = filter.publisher.as_ref().filter(|asked| all.iter().all(|of| of.publisher != **asked)) {
        let reason = format!("“{asked}” is not a publisher whose figures are here");
        problems.push(FieldProblem::new("publisher", reason));
        filter.publisher = None;
    }
    if let Some(asked) = filter.service.as_ref().filter(|asked| all.iter().all(|of| of.service != **asked)) {
        problems.push(FieldProblem::new("service", format!("“{asked}” is not a series that is here")));
        filter.service = None;
    }
    let of_publisher = |of: &&Series| filter.publisher.as_ref().is_none_or(|asked| of.publisher == *asked);
    let asked = filter.service.as_ref().and_then(|service| {
        // Another publisher's series may be left over from the form.
        all.iter().filter(of_publisher).find(|of| of.service == *service)
    });
    let most = all.iter().filter(of_publisher).min_by_key(|of| (of.preservation, std::cmp::Reverse(of.halves)));
    let chosen = asked.or(most)?;
    filter.publisher = Some(chosen.publisher.clone());
    filter.service = Some(chosen.service.clone());
    Some(chosen)
}
