//! Which of its notices a customer looks at: written in an address, read back from it, the same for pages and
//! downloads.

use super::NoticeKind;
use crate::FieldProblem;

/// What a view of the notices leaves in. The default leaves in everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    pub kind: Option<NoticeKind>,
    /// Whether they wait for an acknowledgement.
    pub pending: Option<bool>,
    /// Words that all stand in it, the beginning of a word being enough.
    pub text: String,
}

/// A filter and the page of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeListView {
    pub filter: NoticeFilter,
    /// Only those before this place, where it isn't the newest page.
    pub before: Option<i64>,
}

const WAITING: &str = "waiting";
const ACKNOWLEDGED: &str = "acknowledged";

impl NoticeListView {
    /// Reads a query string. Empty values are what an HTML form sends for a field left alone. What can't be read is
    /// named, and left out of the view, so that a page can show both; unknown parameters are let through.
    pub fn from_query(query: &str) -> (Self, Vec<FieldProblem>) {
        let mut view = Self::default();
        let mut problems = Vec::new();
        let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_else(|error| {
            problems.push(FieldProblem::new("", format!("the address can't be read: {error}")));
            Vec::new()
        });
        for (name, value) in pairs.iter().map(|(name, value)| (name.as_str(), value.trim())) {
            if value.is_empty() {
                continue;
            }
            let mut refuse = |reason: &str| problems.push(FieldProblem::new(name, format!("“{value}” {reason}")));
            match name {
                "kind" => match NoticeKind::from_code(value) {
                    Some(kind) => view.filter.kind = Some(kind),
                    None => refuse("is not a kind on the list"),
                },
                "state" => match value {
                    WAITING => view.filter.pending = Some(true),
                    ACKNOWLEDGED => view.filter.pending = Some(false),
                    _ => refuse("is neither “waiting” nor “acknowledged”"),
                },
                "q" => view.filter.text = value.to_owned(),
                "before" => match value.parse::<i64>() {
                    Ok(place) if place >= 0 => view.before = Some(place),
                    _ => refuse("is not a place among the notices"),
                },
                _ => {}
            }
        }
        (view, problems)
    }

    /// The address's query: always the same one for the same view, `""` for the default.
    pub fn to_query(&self) -> String {
        let mut pairs = self.filter.pairs();
        pairs.extend(self.before.map(|place| ("before", place.to_string())));
        encode(&pairs)
    }
}

fn encode(pairs: &[(&str, String)]) -> String {
    // Strings always encode.
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

impl NoticeFilter {
    /// Those that wait for an acknowledgement.
    pub fn waiting() -> Self {
        Self { pending: Some(true), ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The state's code in an address.
    pub fn state(&self) -> Option<&'static str> {
        self.pending.map(|pending| if pending { WAITING } else { ACKNOWLEDGED })
    }

    /// Every state's code with what people read.
    pub fn states() -> [(&'static str, &'static str); 2] {
        [(WAITING, "Waiting"), (ACKNOWLEDGED, "Acknowledged")]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        [
            ("kind", self.kind.map(|kind| kind.code().to_owned())),
            ("state", self.state().map(str::to_owned)),
            ("q", (!self.text.is_empty()).then(|| self.text.clone())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// The query of this filter's first page and of its downloads.
    pub fn to_query(&self) -> String {
        encode(&self.pairs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cant_be_read_is_named_and_left_out() {
        let (view, problems) = NoticeListView::from_query("kind=rumour&state=open&before=-1&q=+backups+&other=1");
        assert_eq!(view.filter, NoticeFilter { text: "backups".to_owned(), ..NoticeFilter::default() });
        assert_eq!(view.before, None);
        let fields = problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>();
        assert_eq!(fields, ["kind", "state", "before"]);
    }

    proptest! {
        #[test]
        fn a_view_is_read_back_from_its_address(
            kind in proptest::option::of(proptest::sample::select(NoticeKind::ALL)),
            pending in any::<Option<bool>>(),
            text in "[a-z&=+%é ]{0,12}",
            before in proptest::option::of(0i64..1_000_000),
        ) {
            let filter = NoticeFilter { kind, pending, text: text.trim().to_owned() };
            let view = NoticeListView { filter, before };
            let (read, problems) = NoticeListView::from_query(&view.to_query());
            prop_assert_eq!((read, problems), (view, Vec::new()));
        }
    }
}
