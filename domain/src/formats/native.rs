//! Vitrine's own JSON: one [`AccessDraft`] a document.

use super::{Incoming, Refused, id_of, read_json};
use crate::{Timestamp, access::AccessDraft};

/// Reads one document.
pub fn parse(document: &[u8], now: Timestamp) -> Result<Incoming, Refused> {
    match read_json::<AccessDraft>("", document) {
        Ok(draft) => check("", draft, now),
        Err(problem) => Err(Refused { id: id_of(document, "id"), problems: vec![problem] }),
    }
}

/// Applies the rules to a draft that stands at `prefix` in its document.
pub(super) fn check(prefix: &str, mut draft: AccessDraft, now: Timestamp) -> Result<Incoming, Refused> {
    let customer = draft.customer.take();
    let id = draft.id.clone();
    match draft.check(now) {
        Ok(event) => Ok(Incoming { customer, event }),
        Err(mut problems) => {
            for problem in &mut problems {
                problem.field.insert_str(0, prefix);
            }
            Err(Refused { id, problems })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    #[test]
    fn a_misspelt_field_is_an_error_with_its_place() {
        let refused = parse(br#"{"id":"evt-1","accessor":{"rolle":"SRE"}}"#, now()).unwrap_err();
        assert_eq!(refused.id.as_deref(), Some("evt-1"));
        assert_eq!(refused.problems[0].field, "/accessor/rolle");
        assert!(refused.problems[0].reason.contains("unknown field"), "{refused:?}");
    }

    #[test]
    fn a_wrong_type_is_an_error_with_its_place() {
        let refused = parse(br#"{"id":"evt-1","resources":[{"name":"a"},{"name":7}]}"#, now()).unwrap_err();
        assert_eq!(refused.problems[0].field, "/resources/1/name");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(parse(&bytes, now()).is_err());
        }
    }
}
