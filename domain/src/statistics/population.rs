//! How many people live in a country, to set requests against.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{Figure, Half};
use crate::CountryCode;

/// Of how many inhabitants a figure is told, as statistics of crime and of health do.
const INHABITANTS: u128 = 100_000;
/// A figure for so many inhabitants is kept in hundredths.
const HUNDREDTHS: u128 = 100;

/// The inhabitants of a country, as one release of Unicode CLDR gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    pub inhabitants: u64,
    /// The year in which the release came out.
    pub year: u16,
    /// Which release, such as `CLDR 46`.
    pub release: &'static str,
}

impl Population {
    /// Whose count it is: `Unicode CLDR 46 (2024)`.
    pub fn source(&self) -> String {
        format!("Unicode {} ({})", self.release, self.year)
    }
}

/// Releases by year, and the inhabitants of each country in each.
#[derive(Default)]
struct Populations {
    releases: Vec<(u16, &'static str)>,
    countries: BTreeMap<CountryCode, Vec<Option<u64>>>,
}

static POPULATIONS: LazyLock<Populations> =
    // The test below reads the file.
    LazyLock::new(|| read(include_str!("populations.csv")).unwrap_or_default());

/// Reads what `scripts/make-populations` wrote.
fn read(csv: &'static str) -> Option<Populations> {
    let mut lines = csv.lines().map(|line| line.split(','));
    let releases = lines.next()?.skip(1).map(|release| {
        let (year, release) = release.split_once(' ')?;
        Some((year.parse().ok()?, release))
    });
    let releases = releases.collect::<Option<Vec<_>>>()?;
    let countries = lines.map(|mut cells| {
        let country = CountryCode::parse(cells.next()?)?;
        let inhabitants = cells.map(|cell| if cell.is_empty() { Some(None) } else { cell.parse().ok().map(Some) });
        let inhabitants = inhabitants.collect::<Option<Vec<_>>>()?;
        (inhabitants.len() == releases.len()).then_some((country, inhabitants))
    });
    Some(Populations { countries: countries.collect::<Option<_>>()?, releases })
}

/// The inhabitants of a country in a period: those of the last release up to its year, or else of the first one after
/// it. `None` where nobody counted.
pub fn population(country: CountryCode, period: Half) -> Option<Population> {
    let Populations { releases, countries } = &*POPULATIONS;
    let inhabitants = countries.get(&country)?;
    let known = releases
        .iter()
        .zip(inhabitants)
        .filter_map(|(&(year, release), inhabitants)| Some(Population { inhabitants: (*inhabitants)?, year, release }));
    let known = known.collect::<Vec<_>>();
    known.iter().rev().find(|of| of.year <= period.year()).or(known.first()).copied()
}

/// How much of a figure comes to 100,000 inhabitants, in hundredths. An exact count gives the nearest hundredth, or
/// fewer than one where there is something; a range gives one that holds all that it may be.
pub fn per_inhabitants(figure: Figure, population: Population) -> Figure {
    let people = u128::from(population.inhabitants.max(1));
    let parts = |count: u64| u128::from(count) * INHABITANTS * HUNDREDTHS;
    let whole = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
    match figure {
        Figure::Exact(count) => match whole((parts(count) + people / 2) / people) {
            0 if count > 0 => Figure::FewerThan(1),
            nearest => Figure::Exact(nearest),
        },
        Figure::Band { low, high } => Figure::between(whole(parts(low) / people), whole(parts(high).div_ceil(people))),
        Figure::FewerThan(bound) => Figure::FewerThan(whole(parts(bound).div_ceil(people))),
        Figure::NotReported | Figure::NotApplicable => figure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::figure::tests::figures;
    use proptest::prelude::*;

    fn of(country: &str, period: &str) -> Option<Population> {
        population(CountryCode::parse(country).unwrap(), Half::parse(period).unwrap())
    }

    #[test]
    fn every_line_is_read_and_every_country_has_one() {
        let read = read(include_str!("populations.csv")).expect("every line is read");
        assert!(read.releases.is_sorted() && read.releases.len() > 1);
        for country in CountryCode::all() {
            assert!(read.countries.contains_key(&country), "{country:?}");
        }
    }

    #[test]
    fn a_period_has_the_inhabitants_of_its_year_or_of_the_nearest_before() {
        let german = |period| of("DE", period).map(|of| (of.inhabitants, of.year, of.release));
        assert_eq!(german("2013-H1"), Some((80_996_700, 2015, "CLDR 28")), "the first there is");
        assert_eq!(german("2018-H2"), Some((80_594_000, 2017, "CLDR 32")));
        assert_eq!(german("2019"), Some((80_457_700, 2019, "CLDR 36")));
        assert_eq!(german("2025-H1"), Some((84_119_100, 2024, "CLDR 46")));
    }

    #[test]
    fn what_is_left_of_a_few_among_many_is_not_zero() {
        let india = of("IN", "2020-H1").unwrap();
        assert_eq!(per_inhabitants(Figure::Exact(1), india), Figure::FewerThan(1));
        assert_eq!(per_inhabitants(Figure::Exact(0), india), Figure::Exact(0));
        assert_eq!(per_inhabitants(Figure::Exact(32_622), india), Figure::Exact(246), "2.46 of each 100,000");
    }

    proptest! {
        #[test]
        fn it_holds_all_that_the_figure_may_be(figure in figures(), inhabitants in 1..2_000_000_000u64, part in 0..=100u64) {
            let per = per_inhabitants(figure, Population { inhabitants, year: 2020, release: "" });
            match (figure.bounds(), per.bounds()) {
                (Some((low, high)), Some((least, most))) => {
                    let count = low + (high - low) / 100 * part;
                    let exact = u128::from(count) * INHABITANTS * HUNDREDTHS;
                    let people = u128::from(inhabitants);
                    // Rounded, an exact one may lie half a hundredth off; what is fewer than a bound lies below it.
                    let off = if figure.is_exact() { people.div_ceil(2) } else { 0 };
                    let above = if let Figure::FewerThan(_) = per { people } else { 0 };
                    prop_assert!(u128::from(least) * people <= exact + off, "{per:?}");
                    prop_assert!(exact <= u128::from(most) * people + off + above, "{per:?}");
                }
                (None, None) => prop_assert_eq!(per, figure),
                other => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn only_nothing_is_nothing(count in 1..1_000_000u64, inhabitants in 1..2_000_000_000u64) {
            let population = Population { inhabitants, year: 2020, release: "" };
            prop_assert_ne!(per_inhabitants(Figure::Exact(count), population), Figure::Exact(0));
        }
    }
}
