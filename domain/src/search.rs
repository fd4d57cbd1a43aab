//! Full-text search that means the same on every engine.

/// Text cut into lower-case words of letters and digits, joined by one blank.
///
/// Both the words that are stored and the words that are asked for go through here, so that SQLite and PostgreSQL,
/// whose own tokenizers differ on paths and addresses, find the same records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchText(String);

/// PostgreSQL leaves out longer words with a notice; no engine needs them.
const LONGEST_WORD: usize = 200;

impl SearchText {
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = String::new();
        for word in texts.into_iter().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric())) {
            if word.is_empty() {
                continue;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.extend(word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).take(LONGEST_WORD));
        }
        Self(words)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_becomes_its_words() {
        let text = SearchText::new(["//storage/buckets/Acme-Backups/foo.123"]);
        assert_eq!(text.as_str(), "storage buckets acme backups foo 123");
    }

    proptest! {
        #[test]
        fn words_hold_nothing_that_a_query_language_could_read(text in ".{0,200}") {
            let words = SearchText::new([text.as_str()]);
            prop_assert!(words.words().all(|word| word.chars().all(char::is_alphanumeric)));
            prop_assert_eq!(SearchText::new([words.as_str()]), words);
        }
    }
}
