//! Countries and what stands in for one.

use std::{borrow::Cow, fmt, sync::LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Text;

/// ISO 3166-1 alpha-2 codes with their English CLDR names, and XK, which CLDR and publishers use for Kosovo.
/// Source: Unicode CLDR 48.2, `cldr-localenames-full/main/en/territories.json` (Unicode License v3).
static NAMES: LazyLock<Vec<(CountryCode, &'static str)>> = LazyLock::new(|| {
    include_str!("country_names.csv")
        .lines()
        .filter_map(|line| line.split_once(','))
        .filter_map(|(code, name)| Some((CountryCode::from_letters(code)?, name.trim_matches('"'))))
        .collect()
});

/// A country by its ISO 3166-1 alpha-2 code. Namibia is `NA`: never read that as "not available".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    fn from_letters(code: &str) -> Option<Self> {
        match code.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Self([*a, *b])),
            _ => None,
        }
    }

    /// The country with this code in capital letters, if the list has it.
    pub fn parse(code: &str) -> Option<Self> {
        let code = Self::from_letters(code)?;
        code.position().map(|_| code)
    }

    /// Every country, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(code, _)| *code)
    }

    fn position(self) -> Option<usize> {
        NAMES.binary_search_by_key(&self, |(code, _)| *code).ok()
    }

    pub fn as_str(&self) -> &str {
        // Only ASCII capitals get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The English name of CLDR.
    pub fn name(self) -> &'static str {
        self.position().map_or("", |position| NAMES[position].1)
    }
}

/// The name of a country, or of a body, as it stands within a sentence: `the United States`, `Germany`.
pub fn in_a_sentence(name: &str) -> Cow<'_, str> {
    const OTHERS: [&str; 7] = ["Bahamas", "Comoros", "Gambia", "Isle of Man", "Maldives", "Netherlands", "Philippines"];
    const ENDS: [&str; 4] = [" Islands", " Republic", " Territory", " Territories"];
    let has_article = name.starts_with("United ")
        || name == "European Union"
        || OTHERS.contains(&name)
        || ENDS.iter().any(|end| name.ends_with(end));
    if has_article { format!("the {name}").into() } else { name.into() }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CountryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Text::deserialize(deserializer)?;
        Self::parse(code.as_ref())
            .ok_or_else(|| serde::de::Error::custom(format!("`{}` is no ISO 3166-1 alpha-2 code", code.as_ref())))
    }
}

/// A continent, where a source names no country because few people work in it.
/// The codes are those of Google's Access Transparency logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::VariantArray)]
pub enum Continent {
    Africa,
    Antarctica,
    Asia,
    Europe,
    NorthAmerica,
    Oceania,
    SouthAmerica,
}

impl Continent {
    pub fn code(self) -> &'static str {
        match self {
            Self::Africa => "AFR",
            Self::Antarctica => "ANT",
            Self::Asia => "ASI",
            Self::Europe => "EUR",
            Self::NorthAmerica => "NAM",
            Self::Oceania => "OCE",
            Self::SouthAmerica => "SAM",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Africa => "Africa",
            Self::Antarctica => "Antarctica",
            Self::Asia => "Asia",
            Self::Europe => "Europe",
            Self::NorthAmerica => "North America",
            Self::Oceania => "Oceania",
            Self::SouthAmerica => "South America",
        }
    }
}

/// Where somebody was, as exactly as the source says it and never more so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Country(CountryCode),
    Continent(Continent),
    NotStated,
}

impl Place {
    /// How [`Place::NotStated`] is written.
    pub const NOT_STATED: &'static str = "not_stated";

    /// A country's code, a continent's code, or `not_stated`.
    pub fn parse(code: &str) -> Option<Self> {
        if code == Self::NOT_STATED {
            return Some(Self::NotStated);
        }
        CountryCode::parse(code).map(Self::Country).or_else(|| {
            <Continent as strum::VariantArray>::VARIANTS
                .iter()
                .find(|continent| continent.code() == code)
                .map(|continent| Self::Continent(*continent))
        })
    }

    pub fn code(&self) -> &str {
        match self {
            Self::Country(country) => country.as_str(),
            Self::Continent(continent) => continent.code(),
            Self::NotStated => Self::NOT_STATED,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Country(country) => country.name(),
            Self::Continent(continent) => continent.name(),
            Self::NotStated => "Not stated",
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Text::deserialize(deserializer)?;
        Self::parse(code.as_ref()).ok_or_else(|| serde::de::Error::custom(format!("`{}` is no place", code.as_ref())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namibia_is_a_country() {
        assert_eq!(CountryCode::parse("NA").unwrap().name(), "Namibia");
    }

    #[test]
    fn some_countries_have_an_article_within_a_sentence() {
        let said = |code| in_a_sentence(CountryCode::parse(code).unwrap().name());
        assert_eq!(
            ["US", "GB", "NL", "DO", "KY", "DE", "IN"].map(said),
            [
                "the United States",
                "the United Kingdom",
                "the Netherlands",
                "the Dominican Republic",
                "the Cayman Islands",
                "Germany",
                "India"
            ]
        );
    }

    #[test]
    fn the_list_is_sorted_and_whole() {
        assert_eq!(CountryCode::all().count(), 250);
        assert!(CountryCode::all().is_sorted());
        assert!(CountryCode::all().all(|country| !country.name().is_empty()));
    }

    #[test]
    fn places_are_read_back() {
        for code in ["DE", "NA", "XK", "ASI", "not_stated"] {
            assert_eq!(Place::parse(code).unwrap().code(), code);
        }
        assert_eq!(Place::parse("ZZ"), None);
        assert_eq!(Place::parse("de"), None);
    }
}
