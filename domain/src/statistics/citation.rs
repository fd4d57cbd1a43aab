//! How a view of the statistics is cited: in a sentence, in BibTeX and in CSL-JSON.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

/// What a citation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Who published the figures.
    pub publisher: String,
    /// What is shown, with its periods.
    pub title: String,
    /// Which edition: the newest download that figures are from.
    pub edition: String,
    /// The day of that edition.
    pub dated: NaiveDate,
    /// The whole address that shows it.
    pub address: String,
    /// The day on which it was read.
    pub accessed: NaiveDate,
}

impl Citation {
    /// `Google: User data requests, 2009-H2 to 2023-H1. Download of 2024-05-31. https://…, accessed on 2026-03-01.`
    pub fn text(&self) -> String {
        let Self { publisher, title, edition, address, accessed, .. } = self;
        // Three points end a sentence too.
        let end = if edition.ends_with('…') { "" } else { "." };
        format!("{publisher}: {title}. {edition}{end} {address}, accessed on {accessed}.")
    }

    /// An entry for BibTeX and biblatex.
    pub fn bibtex(&self) -> String {
        let Self { dated, accessed, .. } = self;
        format!(
            "@misc{{{},\n  author = {{{{{}}}}},\n  title = {{{}}},\n  note = {{{}}},\n  year = {{{}}},\n  \
             url = {{{}}},\n  urldate = {{{accessed}}}\n}}\n",
            self.key(),
            bibtex(&self.publisher),
            bibtex(&self.title),
            bibtex(&self.edition),
            dated.year(),
            self.address.replace('{', "%7B").replace('}', "%7D"),
        )
    }

    /// One item, as reference managers read it.
    pub fn csl(&self) -> Value {
        let parts = |day: NaiveDate| json!({ "date-parts": [[day.year(), day.month(), day.day()]] });
        json!([{
            "id": self.key(),
            "type": "dataset",
            "title": self.title,
            "author": [{ "literal": self.publisher }],
            "version": self.edition,
            "issued": parts(self.dated),
            "accessed": parts(self.accessed),
            "URL": self.address,
        }])
    }

    /// `google-user-data-requests-2024`: letters and digits alone, so that every program takes it.
    fn key(&self) -> String {
        let words = format!("{} {}", self.publisher, self.title.split(',').next().unwrap_or_default()).to_lowercase();
        let words = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        format!("{}-{}", words.collect::<Vec<_>>().join("-"), self.dated.year())
    }
}

/// A text without what BibTeX reads as a command.
fn bibtex(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => safe.push_str("\\textbackslash{}"),
            '~' => safe.push_str("\\textasciitilde{}"),
            '^' => safe.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation() -> Citation {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        Citation {
            publisher: "Bell & Sons".to_owned(),
            title: "Requests {by_country}, 2013-H1 to 2014-H2".to_owned(),
            edition: "Download of 2024-05-31, 100% of it".to_owned(),
            dated: day("2024-05-31"),
            address: "https://portal.example/transparency?publisher=Bell+%26+Sons".to_owned(),
            accessed: day("2026-03-01"),
        }
    }

    #[test]
    fn a_sentence_says_who_what_which_edition_where_and_when() {
        assert_eq!(
            citation().text(),
            "Bell & Sons: Requests {by_country}, 2013-H1 to 2014-H2. Download of 2024-05-31, 100% of it. \
             https://portal.example/transparency?publisher=Bell+%26+Sons, accessed on 2026-03-01."
        );
    }

    #[test]
    fn bibtex_has_no_stray_command_and_its_braces_are_even() {
        let entry = citation().bibtex();
        assert!(entry.starts_with("@misc{bell-sons-requests-by-country-2024,\n"), "{entry}");
        for part in [r"author = {{Bell \& Sons}}", r"title = {Requests \{by\_country\}, 2013", r"100\% of it"] {
            assert!(entry.contains(part), "{part}: {entry}");
        }
        let plain = entry.replace(r"\{", "").replace(r"\}", "");
        assert_eq!(plain.matches('{').count(), plain.matches('}').count());
    }

    #[test]
    fn csl_has_its_dates_in_parts() {
        let csl = citation().csl();
        assert_eq!(csl[0]["type"], "dataset");
        assert_eq!(csl[0]["accessed"]["date-parts"], json!([[2026, 3, 1]]));
        assert_eq!(csl[0]["issued"]["date-parts"], json!([[2024, 5, 31]]));
    }
}
