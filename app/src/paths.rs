//! Every page's address and who may read it.

/// Who may ask for an address. The server asks this before anything is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// People of a customer, signed in.
    Members,
    /// People of the provider, signed in.
    Staff,
    /// Anyone signed in.
    SignedIn,
    /// Bearers of an API token; the token's scope is the operation's to check.
    ApiToken,
}

pub const HOME: &str = "/";
pub const TRANSPARENCY: &str = "/transparency";
pub const TRANSPARENCY_CSV: &str = "/transparency/data.csv";
pub const TRANSPARENCY_JSON: &str = "/transparency/data.json";
pub const TRANSPARENCY_CHART: &str = "/transparency/charts/{name}";
pub const SIGN_IN: &str = "/sign-in";
pub const SIGN_OUT: &str = "/sign-out";
pub const PORTAL: &str = "/portal";
pub const ACCESS: &str = "/portal/access";
pub const ACCESS_RECORD: &str = "/portal/access/{sequence}";
pub const ACCESS_CSV: &str = "/portal/access.csv";
pub const ACCESS_JSON: &str = "/portal/access.json";
pub const ACCESS_NDJSON: &str = "/portal/access.ndjson";
pub const ACCESS_LIVE: &str = "/portal/access/live";
pub const DESK: &str = "/desk";
pub const API_ACCESS_EVENTS: &str = "/api/v1/access-events";
pub const OPENAPI: &str = "/api/openapi.json";
pub const API_DOCS: &str = "/api/docs";

/// Every page that Leptos renders. The server refuses to start where a page is missing here.
pub const PAGES: &[(&str, Audience)] = &[
    (HOME, Audience::Everyone),
    (TRANSPARENCY, Audience::Everyone),
    (SIGN_IN, Audience::Everyone),
    (PORTAL, Audience::Members),
    (ACCESS, Audience::Members),
    (ACCESS_RECORD, Audience::Members),
    (DESK, Audience::Staff),
    (API_DOCS, Audience::Everyone),
];

/// The address of one access.
pub fn access_record(sequence: i64) -> String {
    format!("{ACCESS}/{sequence}")
}

/// The address of a chart's picture.
pub fn transparency_chart(name: crate::chart::ChartName) -> String {
    format!("{TRANSPARENCY}/charts/{}.svg", name.as_str())
}

/// An address with its query, if it has one.
pub fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Whether an address is one of ours, so that nobody is sent elsewhere after sign-in.
pub fn is_ours(address: &str) -> bool {
    address.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && !address.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_are_gone_back_to() {
        for ours in ["/", "/portal/access?q=a"] {
            assert!(is_ours(ours), "{ours}");
        }
        for theirs in ["", "portal", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"] {
            assert!(!is_ours(theirs), "{theirs}");
        }
    }
}
