//! The charts of published statistics: what a reader asked for, read from the store and put into words.

use std::collections::BTreeMap;

use domain::{
    CountryCode, FieldProblem,
    statistics::{Figure, Half, Metric, Rate, StatisticsFilter, Total, grouped},
};
use store::{CountryRequests, Outcomes, RequestCounts, Series, Store, StoreError};

use super::{Chart, ChartName, Kind, Series as Line, Unit};

/// Countries that have a bar; the table has all.
const BARS: usize = 15;
/// Countries that can be picked out in the page.
const EXPLORED: usize = 30;

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
        let Some(series) = choose(&all, &mut filter, &mut problems).cloned() else { return Ok(None) };
        let countries = statistics.countries(&series).await?;
        if let Some(country) = filter.country.filter(|country| !countries.contains(country)) {
            let reason = format!("{} published no figures for {}", series.publisher, country.name());
            problems.push(FieldProblem::new("country", reason));
            filter.country = None;
        }
        let counts = statistics.requests(&series, &filter).await?;
        let outcomes = statistics.outcomes(&series, &filter).await?;
        let preservation = statistics.preservation(&series, &filter).await?;
        Ok(Some(Self { all, series, filter, problems, countries, outcomes, preservation, counts }))
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

    /// What is counted, in the words of the series.
    fn counted(&self) -> String {
        let service = self.series.service.to_lowercase();
        match self.filter.country {
            Some(country) => format!("{service} from {}", country.name()),
            None => service,
        }
    }

    fn source(&self) -> String {
        let days = self.series.sources.first().map(|source| source.retrieved.to_string()).unwrap_or_default();
        format!("Source: {}, {}, downloaded on {days}", self.series.publisher, self.series.service.to_lowercase())
    }

    /// The share of requests with data disclosed in each half-year, where it is known.
    pub fn disclosed(&self, half: Half) -> Option<Rate> {
        // A share of anything but requests would be none.
        let outcomes = self.outcomes.halves.get(&half).filter(|_| self.series.metric == Metric::Requests)?;
        let requests = self.totals().get(&half)?.figure;
        let disclosed = [Metric::NonContentDisclosed, Metric::ContentDisclosed, Metric::DataDisclosed]
            .iter()
            .filter_map(|metric| outcomes.get(metric))
            .fold(Total::default(), |mut sum, total| {
                sum.merge(*total);
                sum
            });
        if disclosed.missing > 0 { None } else { disclosed.figure.rate(requests) }
    }

    pub fn chart(&self, name: ChartName) -> Chart {
        match name {
            ChartName::Totals => self.totals_chart(),
            ChartName::Countries => self.countries_chart(),
            ChartName::Outcomes => self.outcomes_chart(),
            ChartName::Disclosure => self.disclosure_chart(),
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
            marks: Vec::new(),
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
                most.name,
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
                self.series.service.to_lowercase(),
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
            marks: Vec::new(),
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
            marks: Vec::new(),
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
