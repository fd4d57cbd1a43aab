//! The names under which publishers list countries, and their codes. Nothing is keyed on a name.

use std::{collections::HashMap, sync::LazyLock};

use crate::CountryCode;

/// Names that are not CLDR's, as publishers have written them, misspellings included.
const OTHER_NAMES: [(&str, &str); 63] = [
    ("aland islands", "AX"),
    ("antigua", "AG"),
    ("bonaire, sint eustatius and saba", "BQ"),
    ("bosnia herzegovina", "BA"),
    ("brunei darussalam", "BN"),
    ("burma", "MM"),
    ("cabo verde", "CV"),
    ("china mainland", "CN"),
    ("congo (drc)", "CD"),
    ("congo (republic)", "CG"),
    ("congo, democratic republic of the", "CD"),
    ("curacao", "CW"),
    ("cypress", "CY"),
    ("czech republic", "CZ"),
    ("democratic republic of the congo", "CD"),
    ("east timor", "TL"),
    ("federated states of micronesia", "FM"),
    ("great britain", "GB"),
    ("heard island and mcdonald islands", "HM"),
    ("holy see", "VA"),
    ("hong kong", "HK"),
    ("iran, islamic republic of", "IR"),
    ("ivory coast", "CI"),
    ("kingdom of bahrain", "BH"),
    ("korea", "KR"),
    ("korea, republic of", "KR"),
    ("lao pdr", "LA"),
    ("macao", "MO"),
    ("macau", "MO"),
    ("macedonia", "MK"),
    ("mainland china", "CN"),
    ("myanmar", "MM"),
    ("palestine", "PS"),
    ("pitcairn", "PN"),
    ("republic of korea", "KR"),
    ("republic of moldova", "MD"),
    ("republic of san marino", "SM"),
    ("republic of the congo", "CG"),
    ("reunion", "RE"),
    ("russian federation", "RU"),
    ("saint barthelemy", "BL"),
    ("saint helena", "SH"),
    ("saint kitts and nevis", "KN"),
    ("saint lucia", "LC"),
    ("saint martin", "MF"),
    ("saint pierre and miquelon", "PM"),
    ("saint vincent and the grenadines", "VC"),
    ("sao tome and principe", "ST"),
    ("slovak republic", "SK"),
    ("south georgia and the south sandwich islands", "GS"),
    ("swaziland", "SZ"),
    ("the bahamas", "BS"),
    ("the gambia", "GM"),
    ("the netherlands", "NL"),
    ("turkey", "TR"),
    ("türkiye", "TR"),
    ("uae", "AE"),
    ("united states minor outlying islands", "UM"),
    ("united states of america", "US"),
    ("us virgin islands", "VI"),
    ("usa", "US"),
    ("vatican city", "VA"),
    ("viet nam", "VN"),
];

/// Bodies that ask and are no country, a country that is none any more and has lost its code, and what publishers write
/// where they don't know yet who asked.
const WITHOUT_CODE: [&str; 3] = ["netherlands antilles", "to be determined", "united nations"];

static BY_NAME: LazyLock<HashMap<String, CountryCode>> = LazyLock::new(|| {
    let cldr = CountryCode::all().map(|country| (plain(country.name()), country));
    let others = OTHER_NAMES.iter().filter_map(|(name, code)| Some((plain(name), CountryCode::parse(code)?)));
    cldr.chain(others).collect()
});

/// The code of a published name; `Some(None)` for a body that has none; `None` for a name that nobody knows.
pub fn country_of(name: &str) -> Option<Option<CountryCode>> {
    let name = plain(name);
    if WITHOUT_CODE.contains(&name.as_str()) {
        return Some(None);
    }
    BY_NAME.get(&name).map(|country| Some(*country))
}

/// A name without the differences that say nothing: capitals, `&`, curly apostrophes, blanks.
fn plain(name: &str) -> String {
    let name = name.to_lowercase().replace('&', " and ").replace(['’', 'ʼ', '`'], "'");
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_are_one_country() {
        for (names, code) in [
            (&["Turkey", "Türkiye", "TURKEY "][..], "TR"),
            (&["Korea", "South Korea"], "KR"),
            (&["Cypress", "Cyprus"], "CY"),
            (&["Bosnia & Herzegovina", "Bosnia and Herzegovina"], "BA"),
            (&["Côte d’Ivoire", "Côte d'Ivoire"], "CI"),
            (&["United States", "United States of America"], "US"),
            (&["Hong Kong", "Hong Kong SAR China"], "HK"),
            (&["Kosovo"], "XK"),
            (&["Namibia"], "NA"),
        ] {
            for name in names {
                assert_eq!(country_of(name), Some(CountryCode::parse(code)), "{name}");
            }
        }
    }

    #[test]
    fn the_united_nations_have_no_code() {
        assert_eq!(country_of("United Nations"), Some(None));
    }

    #[test]
    fn an_unknown_name_is_no_country() {
        for name in ["", "Atlantis", "NA", "Total"] {
            assert_eq!(country_of(name), None, "{name}");
        }
    }

    #[test]
    fn every_other_name_has_its_code() {
        for (name, code) in OTHER_NAMES {
            assert_eq!(country_of(name), Some(CountryCode::parse(code)), "{name}");
            assert!(CountryCode::parse(code).is_some(), "{code}");
        }
        assert!(OTHER_NAMES.is_sorted());
    }
}
