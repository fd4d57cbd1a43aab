//! Publishers and countries side by side: what a reader asked to compare, read from the store and put into words.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    CountryCode, FieldProblem,
    statistics::{
        Aspect, COMPARED_AT_MOST, ComparedFigure, ComparedMeasure, Comparison, Definition, Figure, Half, MethodChange,
        Metric, Population, StatisticsFilter, Total, Touched, by_year, definition, differing, grouped, method_changes,
        per_inhabitants, population, series_name,
    },
};
use store::{Series, Store, StoreError};

use super::{Chart, Kind, Mark, NO_FIGURE, Series as Line, Unit, published::share_disclosed};

/// What requests name, in the order in which one stands for the others.
const SPECIFIED: [Metric; 3] = [Metric::Accounts, Metric::Devices, Metric::Customers];
/// Periods in a row that are told one by one; more are told by their ends.
const TOLD: usize = 2;

/// What a reader compares.
pub struct Compared {
    /// What is compared, with the series that were chosen or stand for a choice.
    pub asked: Comparison,
    /// What of the reader's choice could not be used.
    pub problems: Vec<FieldProblem>,
    /// Every series in which this is counted.
    pub offered: Vec<Series>,
    /// Countries that any of the chosen series names, by name.
    pub countries: Vec<CountryCode>,
    /// The chosen series, each with how it counts.
    pub series: Vec<ChosenSeries>,
    pub lines: Vec<ComparedLine>,
    /// Whether half-years are put together to years, for the sake of a series that knows years alone.
    pub by_year: bool,
}

/// A series that is compared.
pub struct ChosenSeries {
    /// It counts what is compared, or requests where shares are.
    pub series: Series,
    pub definition: Option<&'static Definition>,
    /// Its periods, as far as they are here.
    periods: BTreeSet<Half>,
    /// Whether its shares are worked out from published percentages.
    derived: bool,
}

/// One series and one country, or all countries together.
pub struct ComparedLine {
    /// The place of its series among the chosen ones.
    of: usize,
    pub country: Option<CountryCode>,
    pub name: String,
    /// As they are drawn: in the unit of the comparison.
    totals: BTreeMap<Half, Total>,
}

impl Compared {
    /// Reads what the query asks for; `None` where nothing was ever imported.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn load(store: &Store, query: &str) -> Result<Option<Self>, StoreError> {
        let (mut asked, mut problems) = Comparison::from_query(query);
        let statistics = store.statistics();
        let all = statistics.series().await?;
        if all.is_empty() {
            return Ok(None);
        }
        let counted = statistics.counted_metrics().await?;
        let offered = all.iter().filter_map(|series| {
            let metrics = counted.get(&(series.publisher.clone(), series.service.clone()))?;
            Some(Series { metric: metric(asked.measure, metrics)?, ..series.clone() })
        });
        let offered = offered.collect::<Vec<_>>();
        choose(&all, &offered, &mut asked, &mut problems);
        let chosen = asked.series.iter().filter_map(|name| offered.iter().find(|of| name_of(of) == *name));
        let chosen = chosen.cloned().collect::<Vec<_>>();
        let mut countries = BTreeSet::new();
        for series in &chosen {
            countries.extend(statistics.countries(series).await?);
        }
        narrow(&countries, &mut asked, &mut problems);
        let mut compared = Self {
            by_year: chosen.iter().any(|of| of.from.is_whole()),
            countries: Vec::new(),
            series: Vec::new(),
            lines: Vec::new(),
            asked,
            problems,
            offered,
        };
        for series in chosen {
            compared.add(store, series).await?;
        }
        compared.countries = countries.into_iter().collect();
        compared.countries.sort_by_key(|country| country.name());
        Ok(Some(compared))
    }

    /// Reads one series for every country that is asked for.
    async fn add(&mut self, store: &Store, series: Series) -> Result<(), StoreError> {
        let (statistics, everything) = (store.statistics(), StatisticsFilter::default());
        let counts = statistics.requests(&series, &everything).await?;
        let periods = counts.halves(None).into_keys().collect::<BTreeSet<_>>();
        let mut chosen = ChosenSeries {
            definition: definition(&series.publisher, &series.service),
            periods,
            derived: false,
            series,
        };
        let countries = match &self.asked.countries[..] {
            [] => vec![None],
            countries => countries.iter().copied().map(Some).collect(),
        };
        for country in countries {
            let counted = self.periods_of(chosen.with_gaps(counts.halves(country)));
            let totals = match self.asked.measure {
                ComparedMeasure::Disclosed => {
                    let filter = StatisticsFilter { country, ..everything.clone() };
                    let outcomes = statistics.outcomes(&chosen.series, &filter).await?;
                    chosen.derived |= outcomes.derived;
                    self.shares(&outcomes.halves, counted)
                }
                ComparedMeasure::Requests | ComparedMeasure::Specified => counted,
            };
            let set_against = |(period, total): (Half, Total)| match (country, self.asked.per_inhabitants) {
                (Some(country), true) => (period, against(total, population(country, period))),
                _ => (period, total),
            };
            let totals = totals.into_iter().filter(|(period, _)| self.admits(*period)).map(set_against).collect();
            self.lines.push(ComparedLine { of: self.series.len(), country, name: String::new(), totals });
        }
        self.series.push(chosen);
        let names = self.lines.iter().map(|line| self.name(line)).collect::<Vec<_>>();
        self.lines.iter_mut().zip(names).for_each(|(line, name)| line.name = name);
        Ok(())
    }

    fn periods_of(&self, totals: BTreeMap<Half, Total>) -> BTreeMap<Half, Total> {
        if self.by_year { by_year(&totals) } else { totals }
    }

    /// The share of requests with data disclosed in each period, in tenths of a percent.
    fn shares(
        &self,
        outcomes: &BTreeMap<Half, BTreeMap<Metric, Total>>,
        requests: BTreeMap<Half, Total>,
    ) -> BTreeMap<Half, Total> {
        let metrics = outcomes.values().flat_map(BTreeMap::keys).copied().collect::<BTreeSet<_>>();
        let by_metric = metrics.into_iter().map(|metric| {
            let of = outcomes.iter().filter_map(|(period, of)| Some((*period, *of.get(&metric)?)));
            (metric, self.periods_of(of.collect()))
        });
        let by_metric = by_metric.collect::<Vec<_>>();
        let share = |(period, requests): (Half, Total)| {
            let of_period = by_metric.iter().filter_map(|(metric, of)| Some((*metric, *of.get(&period)?))).collect();
            let share = share_disclosed(&of_period, requests.figure);
            let figure = share.map_or(Figure::NotReported, |share| Figure::between(share.low, share.high));
            (period, Total { figure, missing: requests.missing })
        };
        requests.into_iter().map(share).collect()
    }

    /// Whether a period is among those that were asked for. A year is where any of it is.
    fn admits(&self, period: Half) -> bool {
        let Comparison { from, to, .. } = self.asked;
        if self.by_year {
            from.is_none_or(|from| period.year() >= from.year()) && to.is_none_or(|to| period.year() <= to.year())
        } else {
            self.asked.admits(period)
        }
    }

    /// What a line is called: as much as tells it from the others.
    fn name(&self, line: &ComparedLine) -> String {
        let series = self.series.get(line.of).map(|of| self.short_name(&of.series)).unwrap_or_default();
        let country = line.country.map_or("all countries", CountryCode::name);
        match (self.asked.series.len() > 1, self.asked.countries.len() > 1) {
            (false, true) => country.to_owned(),
            (true, true) => format!("{series}, {country}"),
            (_, false) => series,
        }
    }

    /// The publisher, with the series where it is compared with another of its own.
    fn short_name(&self, series: &Series) -> String {
        let begin = series_name(&series.publisher, "");
        let of_publisher = self.asked.series.iter().filter(|name| name.starts_with(&begin)).count();
        if of_publisher > 1 { name_of(series) } else { series.publisher.clone() }
    }

    /// Every period from the first to the last that any line has.
    pub fn periods(&self) -> Vec<Half> {
        let known = || self.lines.iter().flat_map(|line| line.totals.keys());
        match (known().min(), known().max()) {
            (Some(first), Some(last)) => first.to(*last).collect(),
            _ => Vec::new(),
        }
    }

    /// What a line has for a period. What no file here tells of does not apply.
    pub fn total(&self, line: &ComparedLine, period: Half) -> Total {
        line.totals.get(&period).copied().unwrap_or_default()
    }

    pub fn unit(&self) -> Unit {
        let counted = one(self.series.iter().map(|of| of.series.metric.unit()));
        let counted = counted.unwrap_or("accounts, devices or customers");
        match (self.asked.measure, self.asked.per_inhabitants) {
            (ComparedMeasure::Disclosed, _) => Unit::percent(),
            (_, true) => Unit { name: format!("{counted} per 100,000 inhabitants"), decimals: 2 },
            (ComparedMeasure::Requests, false) => Unit::whole("requests"),
            (ComparedMeasure::Specified, false) => Unit::whole(counted),
        }
    }

    /// What is compared, as the beginning of a sentence: `Requests per 100,000 inhabitants`.
    pub fn what(&self) -> String {
        let mut what = match self.asked.measure {
            ComparedMeasure::Specified => {
                one(self.series.iter().map(|of| of.series.metric.label())).unwrap_or(ComparedMeasure::Specified.label())
            }
            measure => measure.label(),
        }
        .to_owned();
        if self.asked.per_inhabitants {
            what.push_str(" per 100,000 inhabitants");
        }
        what
    }

    /// What a period is called.
    pub fn period(&self) -> &'static str {
        if self.by_year { "year" } else { "half-year" }
    }

    /// `Google and Apple`, with the series where a publisher has two.
    pub fn publishers(&self) -> String {
        listed(&self.series.iter().map(|of| self.short_name(&of.series)).collect::<Vec<_>>())
    }

    /// `Germany and France`, or `all countries`.
    pub fn places(&self) -> String {
        match &self.asked.countries[..] {
            [] => "all countries".to_owned(),
            countries => listed(&countries.iter().map(|of| of.name().to_owned()).collect::<Vec<_>>()),
        }
    }

    /// `2013-H1 to 2022-H2`.
    pub fn span(&self) -> String {
        let periods = self.periods();
        match (periods.first(), periods.last()) {
            (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
            (Some(only), _) => only.to_string(),
            _ => format!("no {}", self.period()),
        }
    }

    /// The newest period that the most lines have figures of, with each of them, in a sentence.
    fn sentence(&self) -> String {
        let known =
            |period: Half| self.lines.iter().filter(|line| self.total(line, period).figure.bounds().is_some()).count();
        let newest = self.periods().into_iter().max_by_key(|period| (known(*period), *period));
        let Some(period) = newest.filter(|period| known(*period) > 0) else {
            return "No figures were reported for this selection.".to_owned();
        };
        let unit = self.unit();
        let each = self.lines.iter().map(|line| {
            let said = match self.total(line, period).figure {
                Figure::NotApplicable => NO_FIGURE.to_owned(),
                figure => unit.label(figure),
            };
            format!("{} {said}", line.name)
        });
        let each = each.collect::<Vec<_>>().join("; ");
        format!("{} in the {}: {each}.", self.what(), period.long())
    }

    /// The chart of what is compared.
    pub fn chart(&self) -> Chart {
        let periods = self.periods();
        let series = self.lines.iter().map(|line| Line {
            name: line.name.clone(),
            figures: periods.iter().map(|period| self.total(line, *period).figure).collect(),
        });
        let newest = self.series.iter().flat_map(|of| &of.series.sources).map(|source| source.retrieved).max();
        let newest = newest.map(|day| format!(", the newest downloaded on {day}")).unwrap_or_default();
        Chart {
            kind: Kind::Lines,
            id: "compare".to_owned(),
            title: format!("{} per {}: {}, {}", self.what(), self.period(), self.publishers(), self.places()),
            sentence: self.sentence(),
            source: format!("Source: {}{newest}", self.publishers()),
            unit: self.unit(),
            categories: periods.iter().map(Half::to_string).collect(),
            series: series.collect(),
            marks: self.marks(&periods),
        }
    }

    fn marks(&self, periods: &[Half]) -> Vec<Mark> {
        let marks = self.changes().into_iter().filter_map(|(series, change)| {
            let of = |period: &Half| *period == change.from || period.is_whole() && period.year() == change.from.year();
            let category = u32::try_from(periods.iter().position(of)?).ok()?;
            Some(Mark { category, label: format!("{series}: {}", change.change) })
        });
        let mut marks = marks.collect::<Vec<_>>();
        marks.sort_by_key(|mark| mark.category);
        marks
    }

    /// What changed in how each series counts what is compared, within the periods that are compared. What was so from
    /// the first on is no change.
    pub fn changes(&self) -> Vec<(String, &'static MethodChange)> {
        let periods = self.periods();
        let within = |change: &&MethodChange| {
            let is = |period: &Half| *period == change.from || period.is_whole() && period.year() == change.from.year();
            periods.iter().skip(1).any(is)
        };
        let measure = match self.asked.measure {
            ComparedMeasure::Requests => Touched::Requests,
            ComparedMeasure::Specified => Touched::Specified,
            ComparedMeasure::Disclosed => Touched::Disclosed,
        };
        // Which countries are listed matters where all of them are added up.
        let looked_at = [measure, Touched::Countries];
        let looked_at = if self.asked.countries.is_empty() { &looked_at[..] } else { &looked_at[..1] };
        let of_series = |of: &ChosenSeries| {
            let name = self.short_name(&of.series);
            let changes = method_changes(&of.series.publisher, &of.series.service).into_iter();
            let changes = changes.filter(within).filter(|change| change.touches(looked_at));
            changes.map(|change| (name.clone(), change)).collect::<Vec<_>>()
        };
        self.series.iter().flat_map(of_series).collect()
    }

    /// In what the definitions of the chosen series differ, as far as it matters here: each aspect with what each says.
    pub fn differences(&self) -> Vec<(Aspect, Vec<(String, String)>)> {
        let known = self.series.iter().filter_map(|of| of.definition).collect::<Vec<_>>();
        let matters = |aspect: &Aspect| match aspect {
            Aspect::Specified => self.asked.measure == ComparedMeasure::Specified,
            Aspect::Disclosure => self.asked.measure == ComparedMeasure::Disclosed,
            Aspect::Request | Aspect::Emergencies | Aspect::NationalSecurity | Aspect::Preservation => true,
        };
        let says = |aspect: Aspect| {
            let of = |of: &ChosenSeries| Some((self.short_name(&of.series), of.definition?.says(aspect).to_owned()));
            (aspect, self.series.iter().filter_map(of).collect())
        };
        differing(&known).into_iter().filter(matters).map(says).collect()
    }

    /// What else keeps figures from being of one kind, in sentences: what the figures themselves show.
    pub fn cautions(&self) -> Vec<String> {
        let mut cautions = Vec::new();
        let short = |of: &ChosenSeries| self.short_name(&of.series);
        if self.by_year {
            let years = self.series.iter().filter(|of| of.series.from.is_whole()).map(short).collect::<Vec<_>>();
            let halves = self.series.iter().filter(|of| !of.series.from.is_whole()).map(short).collect::<Vec<_>>();
            if !halves.is_empty() {
                cautions.push(format!(
                    "{} by years. The half-years of {} are put together; a year of which a half is missing is not known.",
                    reports(&years),
                    listed(&halves)
                ));
            }
        }
        let unknown = self.series.iter().filter(|of| of.definition.is_none()).map(short).collect::<Vec<_>>();
        if !unknown.is_empty() && self.series.len() > 1 {
            cautions.push(format!("How {} is not known here.", counts(&unknown)));
        }
        for (place, of) in self.series.iter().enumerate() {
            let name = short(of);
            let figures = self.lines.iter().filter(|line| line.of == place).flat_map(|line| line.totals.values());
            let ranges = figures.filter(|total| total.figure.bounds().is_some() && !total.figure.is_exact()).count();
            if of.derived && self.asked.measure == ComparedMeasure::Disclosed {
                cautions.push(format!(
                    "{name} publishes percentages that are rounded to whole numbers: its shares are worked out from \
                     them and are ranges."
                ));
            } else if ranges > 0 && !self.asked.per_inhabitants {
                let figures =
                    if ranges == 1 { "1 figure".to_owned() } else { format!("{} figures", grouped(ranges as u64)) };
                cautions.push(format!("{name} gives {figures} as a range, from the least to the most that it can be."));
            }
        }
        let in_part = self.lines.iter().flat_map(|line| line.totals.values());
        if in_part.into_iter().any(|total| total.missing > 0 && total.figure.bounds().is_some()) {
            cautions.push("Some figures leave out parts that were not reported; the table says how many.".to_owned());
        }
        cautions.extend(self.series.iter().filter_map(|of| self.missing(of)));
        cautions
    }

    /// Which of the compared periods a series has no figures of.
    fn missing(&self, of: &ChosenSeries) -> Option<String> {
        let here = |period: &Half| {
            let halves = [1, 2].map(|half| Half::new(period.year(), half));
            let whole = || halves.iter().all(|half| half.is_some_and(|half| of.periods.contains(&half)));
            of.periods.contains(period) || period.is_whole() && whole()
        };
        let periods = self.periods();
        let mut runs = Vec::<Vec<Half>>::new();
        let mut before = true;
        for period in periods.iter().copied() {
            let is_here = here(&period);
            match runs.last_mut().filter(|_| !before && !is_here) {
                Some(run) => run.push(period),
                None if !is_here => runs.push(vec![period]),
                None => {}
            }
            before = is_here;
        }
        let missing = runs.iter().map(Vec::len).sum::<usize>();
        let told = runs.iter().flat_map(|run| match &run[..] {
            [first, .., last] if run.len() > TOLD => vec![format!("{first} to {last}")],
            few => few.iter().map(Half::to_string).collect(),
        });
        let told = told.collect::<Vec<_>>().join(", ");
        let period = format!("{}{}", self.period(), if periods.len() == 1 { "" } else { "s" });
        let name = self.short_name(&of.series);
        (missing > 0)
            .then(|| format!("Of {name} no figures are here for {missing} of the {} {period}: {told}.", periods.len()))
    }

    /// The counts of inhabitants that figures were set against, by country: each with the periods that it was used for.
    pub fn inhabitants(&self) -> Vec<(CountryCode, Population, Half, Half)> {
        let mut used = Vec::<(CountryCode, Population, Half, Half)>::new();
        if !self.asked.per_inhabitants {
            return used;
        }
        for country in &self.asked.countries {
            for period in self.periods() {
                let Some(population) = population(*country, period) else { continue };
                match used.last_mut().filter(|(of, before, ..)| of == country && *before == population) {
                    Some((.., last)) => *last = period,
                    None => used.push((*country, population, period, period)),
                }
            }
        }
        used
    }

    /// The address's query with every choice in it, so that what comes to be here later changes nothing.
    pub fn lasting_query(&self) -> String {
        let periods = self.periods();
        let (from, to) = (periods.first().copied().or(self.asked.from), periods.last().copied().or(self.asked.to));
        Comparison { from, to, ..self.asked.clone() }.to_query()
    }

    /// The first of the chosen series, and the country where it is one: what the other views show of this one.
    pub fn as_filter(&self) -> StatisticsFilter {
        let of_series = self.series.first().map(ChosenSeries::as_filter).unwrap_or_default();
        let country = if let [only] = self.asked.countries[..] { Some(only) } else { None };
        StatisticsFilter { country, from: self.asked.from, to: self.asked.to, ..of_series }
    }

    /// Every figure that is compared, to be taken away.
    pub fn figures(&self) -> Vec<ComparedFigure> {
        let (periods, unit) = (self.periods(), self.unit());
        let measured = (self.asked.measure, unit.name.as_str(), unit.decimals);
        let mut figures = Vec::with_capacity(periods.len() * self.lines.len());
        for line in &self.lines {
            let Some(of) = self.series.get(line.of) else { continue };
            for period in &periods {
                let population =
                    line.country.filter(|_| self.asked.per_inhabitants).and_then(|of| population(of, *period));
                let of = (of.series.publisher.as_str(), of.series.service.as_str(), line.country);
                figures.push(ComparedFigure::new(of, *period, measured, self.total(line, *period), population));
            }
        }
        figures
    }
}

impl ChosenSeries {
    pub fn as_filter(&self) -> StatisticsFilter {
        StatisticsFilter {
            publisher: Some(self.series.publisher.clone()),
            service: Some(self.series.service.clone()),
            ..StatisticsFilter::default()
        }
    }

    /// A country's counts, with every period of the series: one in which the country isn't listed has a number that
    /// was not published.
    fn with_gaps(&self, mut totals: BTreeMap<Half, Total>) -> BTreeMap<Half, Total> {
        for period in &self.periods {
            totals.entry(*period).or_insert(Total { figure: Figure::NotReported, missing: 1 });
        }
        totals
    }
}

/// A series as an address names it.
pub fn name_of(series: &Series) -> String {
    series_name(&series.publisher, &series.service)
}

/// What of a series is compared, if it has any of it.
fn metric(measure: ComparedMeasure, metrics: &BTreeSet<Metric>) -> Option<Metric> {
    let ended = || Metric::OUTCOMES.into_iter().chain([Metric::DisclosedPercentage]).any(|of| metrics.contains(&of));
    match measure {
        ComparedMeasure::Requests => Some(Metric::Requests),
        ComparedMeasure::Disclosed => Some(Metric::Requests).filter(|_| ended()),
        ComparedMeasure::Specified => SPECIFIED.into_iter().find(|of| metrics.contains(of)),
    }
    .filter(|metric| metrics.contains(metric))
}

/// Takes out of the choice what is not here, and puts each publisher's first series where nothing is chosen.
fn choose(all: &[Series], offered: &[Series], asked: &mut Comparison, problems: &mut Vec<FieldProblem>) {
    asked.series.retain(|name| {
        let is_here = all.iter().any(|of| name_of(of) == *name);
        let is_offered = offered.iter().any(|of| name_of(of) == *name);
        if !is_offered {
            let measure = asked.measure.label().to_lowercase();
            let reason = if is_here {
                format!("“{name}” has no figures of this: {measure}")
            } else {
                format!("“{name}” is not a series that is here")
            };
            problems.push(FieldProblem::new("series", reason));
        }
        is_offered
    });
    if asked.series.is_empty() {
        let mut first = offered.iter().collect::<Vec<_>>();
        // One that knows years alone would put the half-years of all others together, and some are of one kind alone.
        let last = |of: &Series| {
            let one_kind = definition(&of.publisher, &of.service).is_some_and(Definition::is_of_one_kind);
            (of.preservation, one_kind, of.from.is_whole())
        };
        first.sort_by(|a, b| a.publisher.cmp(&b.publisher).then(last(a).cmp(&last(b))));
        first.dedup_by(|a, b| a.publisher == b.publisher);
        let halves = first.iter().any(|of| !of.from.is_whole());
        let room = COMPARED_AT_MOST / asked.countries.len().clamp(1, COMPARED_AT_MOST);
        let first = first.into_iter().filter(|of| !halves || !of.from.is_whole());
        asked.series = first.take(room).map(name_of).collect();
    }
    for left_out in asked.series.drain(COMPARED_AT_MOST.min(asked.series.len())..) {
        problems.push(FieldProblem::new(
            "series",
            format!("“{left_out}” is one more than the eight lines there is room for"),
        ));
    }
}

/// Takes out of the choice the countries that none of the series names, and those that there is no room for.
fn narrow(known: &BTreeSet<CountryCode>, asked: &mut Comparison, problems: &mut Vec<FieldProblem>) {
    asked.countries.retain(|country| {
        let is_known = known.contains(country);
        if !is_known {
            let reason = format!("none of these series has figures for {}", country.name());
            problems.push(FieldProblem::new("country", reason));
        }
        is_known
    });
    let room = COMPARED_AT_MOST / asked.series.len().max(1);
    for country in asked.countries.drain(room.min(asked.countries.len())..) {
        let reason = format!("there is room for eight lines, so {} is left out", country.name());
        problems.push(FieldProblem::new("country", reason));
    }
    if asked.per_inhabitants && asked.measure == ComparedMeasure::Disclosed {
        problems.push(FieldProblem::new("per", "a share of requests can’t be set against inhabitants"));
        asked.per_inhabitants = false;
    } else if asked.per_inhabitants && asked.countries.is_empty() {
        let reason = "choose countries: all countries together are not the same for every publisher";
        problems.push(FieldProblem::new("per", reason));
        asked.per_inhabitants = false;
    }
}

/// A figure set against a country's inhabitants; unknown where nobody counted them.
fn against(total: Total, population: Option<Population>) -> Total {
    let figure = match population {
        Some(population) => per_inhabitants(total.figure, population),
        None => Figure::NotReported,
    };
    Total { figure, ..total }
}

/// What all of them are, if they are the same.
fn one(mut names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let first = names.next()?;
    names.all(|other| other == first).then_some(first)
}

/// `A`, `A and B`, `A, B and C`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

fn reports(names: &[String]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "reports" } else { "report" })
}

fn counts(names: &[String]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "counts" } else { "count" })
}
