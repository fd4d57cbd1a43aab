//! What publishers mean by their words, so that figures are not set side by side as if they were of one kind.

use std::sync::LazyLock;

use serde::Deserialize;

crate::closed_list! {
    /// How a kind of request stands to the figures of a series.
    pub enum Standing {
        Within => "within these figures",
        Apart => "reported apart",
        Only => "these figures are of nothing else",
        NotReported => "not reported",
        NotStated => "the publisher does not say",
    }
}

crate::closed_list! {
    /// In what definitions can differ.
    pub enum Aspect {
        Request => "What is counted as a request",
        Specified => "Accounts, devices or customers",
        Emergencies => "Emergency requests",
        NationalSecurity => "National security requests",
        Preservation => "Requests to preserve data",
        Disclosure => "How disclosures are published",
    }
}

/// How a publisher counts some of its series, in our words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Nobody in particular where reports are made by this program, whoever publishes them.
    pub publisher: Option<String>,
    pub services: Vec<String>,
    pub request: String,
    /// What a request may name several of, and how those are counted.
    pub specified: String,
    pub emergencies: Standing,
    pub national_security: Standing,
    pub preservation: Standing,
    pub disclosure: String,
    /// Where the publisher says so, or where it is seen.
    pub source: String,
}

impl Definition {
    /// Whether it is about emergencies, national security or preservation alone.
    pub fn is_of_one_kind(&self) -> bool {
        [self.emergencies, self.national_security, self.preservation].contains(&Standing::Only)
    }

    /// What it says of one aspect.
    pub fn says(&self, aspect: Aspect) -> &str {
        match aspect {
            Aspect::Request => &self.request,
            Aspect::Specified => &self.specified,
            Aspect::Emergencies => self.emergencies.label(),
            Aspect::NationalSecurity => self.national_security.label(),
            Aspect::Preservation => self.preservation.label(),
            Aspect::Disclosure => &self.disclosure,
        }
    }
}

static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    // The test below reads the file.
    serde_json::from_str(include_str!("definitions.json")).unwrap_or_default()
});

/// How a series is counted, where that is known.
pub fn definition(publisher: &str, service: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|of| {
        of.publisher.as_deref().is_none_or(|of| of == publisher) && of.services.iter().any(|of| of == service)
    })
}

/// The aspects in which some of these definitions say something else than others. What one of them doesn't say may
/// differ too.
pub fn differing(definitions: &[&Definition]) -> Vec<Aspect> {
    let differs = |aspect: &Aspect| {
        let mut said = definitions.iter().map(|of| of.says(*aspect));
        said.next().is_some_and(|first| said.any(|other| other != first || other == Standing::NotStated.label()))
    };
    Aspect::ALL.iter().copied().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Format;

    #[test]
    fn every_definition_is_read_and_says_where_it_is_from() {
        let all: Vec<Definition> = serde_json::from_str(include_str!("definitions.json")).unwrap();
        assert_eq!(all, *DEFINITIONS);
        for of in &all {
            let known = |name: &String| Format::ALL.iter().any(|format| format.publisher() == Some(name.as_str()));
            assert!(of.publisher.as_ref().is_none_or(known), "{of:?}");
            for text in [&of.request, &of.specified, &of.disclosure, &of.source] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{of:?}");
            }
            for service in &of.services {
                let publisher = of.publisher.as_deref().unwrap_or("Nimbus Cloud");
                assert_eq!(definition(publisher, service), Some(of), "{service} stands twice");
            }
        }
    }

    #[test]
    fn what_differs_is_named_and_what_is_alike_is_not() {
        let of = |publisher, service| definition(publisher, service).unwrap();
        let google = of("Google", "User data requests");
        for alike in [&[google, google][..], &[google], &[]] {
            assert!(differing(alike).is_empty(), "{alike:?}");
        }
        let apple = differing(&[google, of("Apple", "Device requests")]);
        assert!(apple.contains(&Aspect::Specified) && apple.contains(&Aspect::Emergencies), "{apple:?}");
        assert!(!apple.contains(&Aspect::NationalSecurity), "both report them apart: {apple:?}");
    }

    #[test]
    fn what_two_publishers_do_not_say_may_differ() {
        let silent = Definition { emergencies: Standing::NotStated, ..DEFINITIONS[0].clone() };
        assert_eq!(differing(&[&silent, &silent]), [Aspect::Emergencies]);
    }
}
