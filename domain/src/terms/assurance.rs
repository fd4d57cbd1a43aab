//! What a certificate or an audit is worth on a day.

use chrono::{Days, Months, NaiveDate};

use super::kinds::Assurance;

/// A certificate is said to end soon this long before it does, in days.
const SOON: u64 = 60;
/// A report is said to be old when its period ended longer ago, in months.
const OLD: u32 = 12;

/// What it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssuranceStatus {
    NotYet,
    Valid {
        until: NaiveDate,
    },
    EndsSoon {
        until: NaiveDate,
    },
    Expired {
        until: NaiveDate,
    },
    /// A report on a period that ended less than a year ago.
    Current {
        until: NaiveDate,
    },
    /// A report on a period that ended longer ago.
    Old {
        until: NaiveDate,
    },
}

impl Assurance {
    /// What it is worth on a day, by its dates alone.
    pub fn status(&self, day: NaiveDate) -> AssuranceStatus {
        if day < self.issued_on {
            return AssuranceStatus::NotYet;
        }
        match self.valid_until {
            Some(until) if day > until => AssuranceStatus::Expired { until },
            Some(until) if day.checked_add_days(Days::new(SOON)).is_none_or(|soon| soon > until) => {
                AssuranceStatus::EndsSoon { until }
            }
            Some(until) => AssuranceStatus::Valid { until },
            None => {
                let until = self.period_until.unwrap_or(self.issued_on);
                match until.checked_add_months(Months::new(OLD)) {
                    Some(old) if day > old => AssuranceStatus::Old { until },
                    _ => AssuranceStatus::Current { until },
                }
            }
        }
    }
}

impl AssuranceStatus {
    /// In a few words.
    pub fn sentence(self) -> String {
        let long = |day: NaiveDate| day.format("%-d %B %Y").to_string();
        match self {
            Self::NotYet => "Not issued yet".to_owned(),
            Self::Valid { until } => format!("Valid until {}", long(until)),
            Self::EndsSoon { until } => format!("Ends soon, on {}", long(until)),
            Self::Expired { until } => format!("Expired on {}", long(until)),
            Self::Current { until } => format!("Covers the time until {}", long(until)),
            Self::Old { until } => format!("Old: covers the time until {} only", long(until)),
        }
    }

    /// Whether it still says something about today.
    pub fn holds(self) -> bool {
        matches!(self, Self::Valid { .. } | Self::EndsSoon { .. } | Self::Current { .. })
    }
}
