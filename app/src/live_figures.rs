//! Figures of this portal that show whether a promise is kept, in words.

use chrono::NaiveDate;
use domain::{
    Purpose, long_day,
    notice::{PromptnessReport, SMALLEST_GROUP, within},
    statistics::grouped,
    terms::LiveFigure,
};
use store::{Series, Store, StoreError};

/// A figure with what it is about and from when it is, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Figure { value: String, about: String },
    NotYet(String),
}

/// What every figure is computed from.
pub struct LiveFigures {
    promptness: PromptnessReport,
    series: Vec<Series>,
    /// Today, by UTC.
    day: NaiveDate,
}

impl LiveFigures {
    /// # Errors
    /// Where the store fails.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let promptness = PromptnessReport::for_public(&store.handled().await?);
        Ok(Self { promptness, series: store.statistics().series().await?, day: store.now().day() })
    }

    pub fn tell(&self, figure: LiveFigure) -> Told {
        let day = long_day(self.day);
        let figure_of = |value: String, about: String| Told::Figure { value, about };
        let PromptnessReport { all, delayed_percent, within_a_day_percent, .. } = self.promptness;
        match (figure, all) {
            (LiveFigure::Purposes, _) => figure_of(
                grouped(Purpose::reasons().count() as u64),
                format!(
                    "purposes that an access can have, none of them advertising. The list is closed; as of {day}, UTC"
                ),
            ),
            (LiveFigure::PublishedPeriods, _) => self.published_periods(),
            // The same for none and for a few, so that nobody can tell when the first was.
            (_, None) => Told::NotYet(format!(
                "With fewer than {SMALLEST_GROUP} demands that customers were told of, a figure would be about somebody."
            )),
            (LiveFigure::NotifiedMedian, Some(all)) => figure_of(
                within(all.median),
                format!(
                    "of receiving a demand, half of the customers were told of it; {} demands until {day}, UTC",
                    grouped(all.count as u64)
                ),
            ),
            (LiveFigure::NotifiedWithinADay, Some(all)) => share(
                within_a_day_percent,
                format!("customers were told within a day, of {} demands until {day}, UTC", grouped(all.count as u64)),
            ),
            (LiveFigure::DelayedByOrder, Some(all)) => share(
                delayed_percent,
                format!(
                    "notices were delayed by an order not to tell, of {} until {day}, UTC",
                    grouped(all.count as u64)
                ),
            ),
        }
    }

    fn published_periods(&self) -> Told {
        let Some(longest) = self.series.iter().max_by_key(|series| series.halves) else {
            return Told::NotYet("No statistics of government requests have been brought in here.".to_owned());
        };
        let among = match self.series.len() {
            1 => String::new(),
            count => format!(", the longest of {} published series", grouped(count as u64)),
        };
        Told::Figure {
            value: grouped(longest.halves.into()),
            about: format!(
                "half-years of figures, from the {} to the {}: {}, {}{among}",
                longest.from.long(),
                longest.to.long(),
                longest.publisher,
                longest.service.to_lowercase(),
            ),
        }
    }
}

/// So many of a hundred; held back where one of the two groups would be too small.
fn share(percent: Option<usize>, about: String) -> Told {
    match percent {
        Some(percent) => Told::Figure { value: format!("{percent} of 100"), about },
        None => Told::NotYet(format!(
            "One of the two groups has fewer than {SMALLEST_GROUP}, and a figure would be about somebody."
        )),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::{Timestamp, notice::Handled};

    use super::*;

    fn figures(soon: usize, late: usize) -> LiveFigures {
        let received = Timestamp::parse("2026-02-01T10:00:00Z").unwrap();
        let one = |hours, delayed_by_order| Handled {
            received,
            notified: received.plus(TimeDelta::hours(hours)),
            delayed_by_order,
        };
        let handled = (0..soon).map(|_| one(5, false)).chain((0..late).map(|_| one(400, true))).collect::<Vec<_>>();
        let day = "2026-03-01".parse().unwrap();
        LiveFigures { promptness: PromptnessReport::for_public(&handled), series: Vec::new(), day }
    }

    #[test]
    fn a_figure_is_never_nought_for_want_of_one() {
        let figures = figures(2, 2);
        for figure in LiveFigure::ALL.iter().filter(|figure| **figure != LiveFigure::Purposes) {
            assert!(matches!(figures.tell(*figure), Told::NotYet(_)), "{figure:?}");
        }
        let Told::Figure { value, .. } = figures.tell(LiveFigure::Purposes) else { panic!("the list is always there") };
        assert_eq!(value, Purpose::reasons().count().to_string());
    }

    #[test]
    fn a_share_is_held_back_with_the_few() {
        let few = figures(20, 3);
        assert!(matches!(few.tell(LiveFigure::NotifiedMedian), Told::Figure { .. }));
        assert!(matches!(few.tell(LiveFigure::DelayedByOrder), Told::NotYet(_)));
        assert!(matches!(few.tell(LiveFigure::NotifiedWithinADay), Told::NotYet(_)));
        let told = figures(15, 5).tell(LiveFigure::NotifiedWithinADay);
        let about = "customers were told within a day, of 20 demands until 1 March 2026, UTC".to_owned();
        assert_eq!(told, Told::Figure { value: "75 of 100".to_owned(), about });
    }
}
