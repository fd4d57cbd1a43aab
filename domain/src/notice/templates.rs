//! What notices say again and again, to be filled in: a file for each kind and language.

use std::collections::BTreeMap;

use super::NoticeKind;

crate::closed_list! {
    /// What templates are written in.
    pub enum TemplateLanguage {
        En => "English",
        De => "German",
    }
}

/// Texts by the names of a draft's fields.
pub type Template = BTreeMap<String, String>;

/// How a gap of a template begins. It ends with `]`, and says what belongs there.
const GAP: &str = "[…";

/// The template of a notice; empty for that of a demand, which nobody writes.
pub fn template(kind: NoticeKind, language: TemplateLanguage) -> Template {
    macro_rules! file {
        ($name:literal) => {
            match language {
                TemplateLanguage::En => include_str!(concat!("templates/", $name, ".en.json")),
                TemplateLanguage::De => include_str!(concat!("templates/", $name, ".de.json")),
            }
        };
    }
    let file = match kind {
        NoticeKind::LawfulDemand => "{}",
        NoticeKind::PersonalDataBreach => file!("personal_data_breach"),
        NoticeKind::SubprocessorChange => file!("subprocessor_change"),
        NoticeKind::TransferTermsChange => file!("transfer_terms_change"),
        NoticeKind::PolicyChange => file!("policy_change"),
        NoticeKind::GovernmentAccess => file!("government_access"),
        NoticeKind::RecordCorrection => file!("record_correction"),
    };
    // A test reads every one of them.
    serde_json::from_str(file).unwrap_or_default()
}

/// Whether a gap of a template is left in a text.
pub fn has_gap(text: &str) -> bool {
    text.contains(GAP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, notice::NoticeDraft};

    #[test]
    fn each_kind_has_the_same_texts_in_each_language() {
        for kind in NoticeKind::ALL.iter().filter(|kind| **kind != NoticeKind::LawfulDemand) {
            let english = template(*kind, TemplateLanguage::En);
            let german = template(*kind, TemplateLanguage::De);
            assert!(!english.is_empty(), "{kind:?}");
            assert_eq!(english.keys().collect::<Vec<_>>(), german.keys().collect::<Vec<_>>(), "{kind:?}");
            for (name, text) in &english {
                assert_ne!(*text, german[name], "{kind:?} {name}");
                assert_eq!(has_gap(text), has_gap(&german[name]), "{kind:?} {name}");
            }
        }
    }

    #[test]
    fn a_template_fills_fields_of_its_draft_with_what_they_may_hold() {
        let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        for kind in NoticeKind::ALL.iter().filter(|kind| **kind != NoticeKind::LawfulDemand) {
            for language in TemplateLanguage::ALL {
                let mut draft = serde_json::to_value(template(*kind, *language)).unwrap();
                draft["kind"] = kind.code().into();
                let draft: NoticeDraft = serde_json::from_value(draft).unwrap();
                let wrong = draft.check(now).unwrap_err().into_iter().map(|problem| problem.field).collect::<Vec<_>>();
                for name in template(*kind, *language).keys() {
                    assert!(!wrong.contains(&format!("/{name}")), "{kind:?} {name}");
                    assert!(format!("{draft:?}").contains(&format!(" {name}: ")), "{kind:?} has no {name}");
                }
            }
        }
    }
}
