//! Every page's address and who may read it.

use crate::chart::ChartName;

/// Who may ask for an address. The server asks this before anything is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// People of a customer, signed in.
    Members,
    /// Owners among them: who manages people, sign-in and tokens.
    Owners,
    /// People of the provider, signed in.
    Staff,
    /// Administrators among them.
    Administrators,
    /// Those among them who confirm, as a second person, what makes somebody a lawyer: the legal people and the
    /// administrators.
    Confirmers,
    /// The legal team among them.
    Legal,
    /// Those among them who answer what customers ask about accesses: the operations and the legal people.
    Answerers,
    /// Those among them who ask customers for access, or manage it: the operations people and the administrators.
    AccessManagers,
    /// Those among them who write terms and notices and answer them: the legal and the publishing people.
    Notifiers,
    /// Anyone signed in.
    SignedIn,
    /// Bearers of an API token; the token's scope is the operation's to check.
    ApiToken,
}

pub const HOME: &str = "/";
pub const TRANSPARENCY: &str = "/transparency";
pub const TRANSPARENCY_COUNTRIES: &str = "/transparency/countries";
pub const TRANSPARENCY_PERIODS: &str = "/transparency/periods";
pub const TRANSPARENCY_PROCESSES: &str = "/transparency/processes";
pub const TRANSPARENCY_OUTCOMES: &str = "/transparency/outcomes";
pub const TRANSPARENCY_SOURCES: &str = "/transparency/sources";
pub const TRANSPARENCY_COMPARE: &str = "/transparency/compare";
pub const COMPARE_CSV: &str = "/transparency/compare.csv";
pub const COMPARE_JSON: &str = "/transparency/compare.json";
pub const TRANSPARENCY_CSV: &str = "/transparency/data.csv";
pub const TRANSPARENCY_JSON: &str = "/transparency/data.json";
pub const TRANSPARENCY_CHART: &str = "/transparency/charts/{name}";
/// A chart for the pages of others to show in a frame.
pub const TRANSPARENCY_EMBED: &str = "/transparency/embed/{name}";
/// Describes the files of figures (Data Package).
pub const DATA_PACKAGE: &str = "/transparency/datapackage.json";
pub const TRANSPARENCY_ATOM: &str = "/transparency/feed.atom";
pub const ROBOTS: &str = "/robots.txt";
pub const SITEMAP: &str = "/sitemap.xml";
pub const COMMITMENTS: &str = "/commitments";
pub const AUDITS: &str = "/audits";
pub const CERTIFICATE: &str = "/audits/{version}/certificate";
pub const CONTROLS: &str = "/audits/controls";
pub const CONTROLS_CSV: &str = "/audits/controls.csv";
pub const POLICIES: &str = "/policies";
pub const POLICIES_ATOM: &str = "/policies.atom";
pub const POLICY: &str = "/policies/{key}";
/// Each version's own, by its first day.
pub const POLICY_VERSION: &str = "/policies/{key}/{from}";
pub const EDITIONS: &str = "/transparency/editions";
pub const EDITION: &str = "/transparency/editions/{half}/{number}";
pub const EDITION_CSV: &str = "/transparency/editions/{half}/{number}/data.csv";
pub const EDITION_JSON: &str = "/transparency/editions/{half}/{number}/data.json";
pub const SIGN_IN: &str = "/sign-in";
pub const SIGN_IN_CODE: &str = "/sign-in/code";
pub const SIGN_IN_PASSKEY_START: &str = "/sign-in/passkey/start";
pub const SIGN_IN_PASSKEY: &str = "/sign-in/passkey";
pub const SIGN_IN_SSO: &str = "/sign-in/sso";
/// Each connection has one of its own (RFC 9700, section 4.4).
pub const SIGN_IN_SSO_CALLBACK: &str = "/sign-in/sso/{customer}/callback";
pub const SIGN_OUT: &str = "/sign-out";
pub const JOIN: &str = "/join/{secret}";
pub const ACCOUNT: &str = "/account";
pub const ACCOUNT_PASSWORD: &str = "/account/password";
pub const ACCOUNT_AUTHENTICATOR: &str = "/account/authenticator";
pub const ACCOUNT_AUTHENTICATOR_REMOVE: &str = "/account/authenticator/remove";
pub const ACCOUNT_RECOVERY_CODES: &str = "/account/recovery-codes";
pub const ACCOUNT_PASSKEYS_START: &str = "/account/passkeys/start";
pub const ACCOUNT_PASSKEYS: &str = "/account/passkeys";
pub const ACCOUNT_PASSKEY_REMOVE: &str = "/account/passkeys/{id}/remove";
pub const ACCOUNT_SESSION_END: &str = "/account/sessions/{id}/end";
pub const ACCOUNT_SESSIONS_END: &str = "/account/sessions/end-others";
pub const ACCOUNT_TIME_ZONE: &str = "/account/time-zone";
pub const ACCOUNT_MAIL: &str = "/account/mail";
/// Where every mail says that mails are chosen.
pub const ACCOUNT_MAIL_SECTION: &str = "/account#mail";
pub const PORTAL: &str = "/portal";
pub const ACCESS: &str = "/portal/access";
pub const ACCESS_RECORD: &str = "/portal/access/{sequence}";
pub const ACCESS_CSV: &str = "/portal/access.csv";
pub const ACCESS_JSON: &str = "/portal/access.json";
pub const ACCESS_NDJSON: &str = "/portal/access.ndjson";
pub const ACCESS_LIVE: &str = "/portal/access/live";
/// What sources counted themselves, compared with the record.
pub const SOURCES: &str = "/portal/sources";
pub const NOTICES: &str = "/portal/notices";
pub const NOTICE: &str = "/portal/notices/{sequence}";
pub const NOTICE_ACKNOWLEDGE: &str = "/portal/notices/{sequence}/acknowledge";
pub const NOTICE_COMMENT: &str = "/portal/notices/{sequence}/comment";
pub const NOTICE_ASK: &str = "/portal/notices/{sequence}/ask";
pub const NOTICE_OBJECT: &str = "/portal/notices/{sequence}/object";
pub const NOTICE_COPY: &str = "/portal/notices/{sequence}/documents/{id}";
pub const NOTICES_CSV: &str = "/portal/notices.csv";
pub const NOTICES_JSON: &str = "/portal/notices.json";
pub const NOTICES_NDJSON: &str = "/portal/notices.ndjson";
pub const ACCESS_ASK: &str = "/portal/access/{sequence}/ask";
pub const ACCESS_DISPUTE: &str = "/portal/access/{sequence}/dispute";
pub const INQUIRIES: &str = "/portal/inquiries";
pub const INQUIRY: &str = "/portal/inquiries/{sequence}";
pub const INQUIRY_ASK: &str = "/portal/inquiries/{sequence}/ask";
pub const INQUIRY_DISPUTE: &str = "/portal/inquiries/{sequence}/dispute";
pub const APPROVALS: &str = "/portal/approvals";
pub const APPROVALS_LIVE: &str = "/portal/approvals/live";
pub const EXCEPTIONS: &str = "/portal/approvals/exceptions";
pub const APPROVAL_POLICY: &str = "/portal/approvals/policy";
pub const POLICY_PURPOSES: &str = "/portal/approvals/policy/purposes";
pub const POLICY_PURPOSE_REMOVE: &str = "/portal/approvals/policy/purposes/{purpose}/remove";
pub const POLICY_STANDING: &str = "/portal/approvals/policy/standing";
pub const POLICY_STANDING_REMOVE: &str = "/portal/approvals/policy/standing/{id}/remove";
pub const POLICY_DELEGATES: &str = "/portal/approvals/policy/delegates";
/// A delegate has a place in the version that was read, and no other name.
pub const POLICY_DELEGATE_REMOVE: &str = "/portal/approvals/policy/delegates/{place}/remove";
pub const APPROVAL_KEYS: &str = "/portal/approvals/keys";
pub const APPROVAL_KEY_REMOVE: &str = "/portal/approvals/keys/{id}/remove";
pub const APPROVAL: &str = "/portal/approvals/{id}";
pub const APPROVAL_APPROVE: &str = "/portal/approvals/{id}/approve";
pub const APPROVAL_SIGN_START: &str = "/portal/approvals/{id}/sign/start";
pub const APPROVAL_SIGN: &str = "/portal/approvals/{id}/sign";
pub const APPROVAL_DENY: &str = "/portal/approvals/{id}/deny";
pub const APPROVAL_ASK: &str = "/portal/approvals/{id}/ask";
pub const APPROVAL_REVOKE: &str = "/portal/approvals/{id}/revoke";
pub const APPROVAL_REVIEW: &str = "/portal/approvals/{id}/review";
pub const APPROVAL_FILE: &str = "/portal/approvals/{id}/grant.json";
pub const FINDINGS: &str = "/portal/findings";
pub const FINDING_DISMISS: &str = "/portal/findings/{key}/dismiss";
pub const SUMMARIES: &str = "/portal/summary";
pub const SUMMARY: &str = "/portal/summary/{month}";
pub const SUMMARY_CSV: &str = "/portal/summary/{month}/data.csv";
pub const TRANSFERS: &str = "/portal/transfers";
pub const TRANSFERS_CSV: &str = "/portal/transfers.csv";
pub const TRANSFERS_JSON: &str = "/portal/transfers.json";
pub const TERM: &str = "/portal/transfers/{kind}/{key}";
pub const TERM_PAPER: &str = "/portal/transfers/papers/{version}";
pub const DOCUMENTS: &str = "/portal/documents";
pub const DOCUMENT_ACCEPT: &str = "/portal/documents/{version}/accept";
pub const DOCUMENT_REPORT: &str = "/portal/documents/{version}/report";
pub const SINGLE_SIGN_ON: &str = "/portal/single-sign-on";
pub const SINGLE_SIGN_ON_TEST: &str = "/portal/single-sign-on/test";
pub const SINGLE_SIGN_ON_SWITCH: &str = "/portal/single-sign-on/switch";
pub const SINGLE_SIGN_ON_REMOVE: &str = "/portal/single-sign-on/remove";
pub const SIGN_IN_RULE: &str = "/portal/sign-in-rule";
pub const DESK: &str = "/desk";
pub const CONFIRM: &str = "/desk/confirmations/{id}/confirm";
pub const CONFIRMATION_WITHDRAW: &str = "/desk/confirmations/{id}/withdraw";
pub const CUSTOMERS: &str = "/desk/customers";
pub const CUSTOMER_OWNER: &str = "/desk/customers/{id}/owner";
pub const CUSTOMER_DOMAINS: &str = "/desk/customers/{id}/domains";
pub const DEMANDS: &str = "/desk/demands";
pub const DEMAND_NEW: &str = "/desk/demands/new";
pub const DEMAND: &str = "/desk/demands/{id}";
pub const DEMAND_ACT: &str = "/desk/demands/{id}/act";
pub const DEMAND_DOCUMENTS: &str = "/desk/demands/{id}/documents";
pub const DEMAND_DOCUMENT: &str = "/desk/demands/{id}/documents/{document}";
pub const DESK_NOTICES: &str = "/desk/notices";
pub const DESK_NOTICE_NEW: &str = "/desk/notices/new";
pub const DESK_NOTICE_DRAFT: &str = "/desk/notices/drafts/{id}";
pub const DESK_NOTICE_ISSUE: &str = "/desk/notices/drafts/{id}/issue";
pub const DESK_NOTICE_DISCARD: &str = "/desk/notices/drafts/{id}/discard";
pub const DESK_NOTICE: &str = "/desk/notices/{id}";
pub const DESK_NOTICE_ANSWER: &str = "/desk/notices/{id}/answer";
pub const DESK_ACCESS: &str = "/desk/access";
pub const DESK_GRANT: &str = "/desk/access/{id}";
pub const DESK_GRANT_APPROVE: &str = "/desk/access/{id}/approve";
pub const DESK_GRANT_DENY: &str = "/desk/access/{id}/deny";
pub const DESK_GRANT_QUESTION: &str = "/desk/access/{id}/question";
pub const DESK_GRANT_ANSWER: &str = "/desk/access/{id}/answer";
pub const DESK_GRANT_WITHDRAW: &str = "/desk/access/{id}/withdraw";
pub const DESK_GRANT_END: &str = "/desk/access/{id}/end";
pub const DESK_GRANT_REVOKE: &str = "/desk/access/{id}/revoke";
pub const DESK_INQUIRIES: &str = "/desk/inquiries";
pub const DESK_INQUIRY: &str = "/desk/inquiries/{id}";
pub const DESK_INQUIRY_ANSWER: &str = "/desk/inquiries/{id}/answer";
pub const DESK_INQUIRY_DECIDE: &str = "/desk/inquiries/{id}/decide";
pub const TERMS: &str = "/desk/terms";
pub const TERMS_JSON: &str = "/desk/terms.json";
pub const TERMS_NEW: &str = "/desk/terms/new";
pub const TERMS_IMPORT: &str = "/desk/terms/import";
pub const TERMS_PROPOSAL: &str = "/desk/terms/proposals/{id}";
pub const TERMS_PUBLISH: &str = "/desk/terms/proposals/{id}/publish";
pub const TERMS_DISCARD: &str = "/desk/terms/proposals/{id}/discard";
pub const TERMS_PAPER: &str = "/desk/terms/papers/{id}";
pub const TERMS_VERSION: &str = "/desk/terms/versions/{id}";
pub const DESK_TERM: &str = "/desk/terms/published/{kind}/{key}";
pub const DESK_REPORT: &str = "/desk/report";
pub const DESK_REPORT_DRAFT: &str = "/desk/report/{id}";
pub const DESK_REPORT_PUBLISH: &str = "/desk/report/{id}/publish";
pub const DESK_REPORT_DISCARD: &str = "/desk/report/{id}/discard";
pub const STATISTICS: &str = "/desk/statistics";
pub const STATISTICS_UPLOAD: &str = "/desk/statistics/uploads/{id}";
pub const STATISTICS_UPLOAD_IMPORT: &str = "/desk/statistics/uploads/{id}/import";
pub const STATISTICS_UPLOAD_DISCARD: &str = "/desk/statistics/uploads/{id}/discard";
pub const STATISTICS_IMPORT: &str = "/desk/statistics/imports/{id}";
pub const STATISTICS_ORIGINAL: &str = "/desk/statistics/imports/{id}/original";
pub const API_ACCESS_EVENTS: &str = "/api/v1/access-events";
pub const API_SOURCE_COUNTS: &str = "/api/v1/source-counts";
pub const API_NOTICES: &str = "/api/v1/notices";
pub const API_DEMANDS: &str = "/api/v1/demands";
pub const API_ACCESS_REQUESTS: &str = "/api/v1/access-requests";
pub const API_ACCESS_REQUEST: &str = "/api/v1/access-requests/{id}";
pub const API_ACCESS_REQUEST_ANSWER: &str = "/api/v1/access-requests/{id}/answer";
pub const API_ACCESS_REQUEST_WITHDRAW: &str = "/api/v1/access-requests/{id}/withdraw";
pub const API_ACCESS_REQUEST_END: &str = "/api/v1/access-requests/{id}/end";
pub const API_ACCESS_REQUEST_DECISION: &str = "/api/v1/access-requests/{id}/decision";
pub const API_INTROSPECT: &str = "/api/v1/introspect";
/// The keys that tokens are signed with (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
pub const OPENAPI: &str = "/api/openapi.json";
pub const API_DOCS: &str = "/api/docs";

/// Where an organisation's people, tokens, webhooks and trail are: a customer's below the portal, the provider's below the desk.
pub struct Organisation {
    pub people: &'static str,
    pub invite: &'static str,
    pub withdraw: &'static str,
    pub role: &'static str,
    pub reset: &'static str,
    pub sign_out: &'static str,
    pub remove: &'static str,
    pub tokens: &'static str,
    pub token_rotate: &'static str,
    pub token_revoke: &'static str,
    pub webhooks: &'static str,
    pub webhook_secret: &'static str,
    pub webhook_try: &'static str,
    pub webhook_remove: &'static str,
    pub activity: &'static str,
    pub activity_csv: &'static str,
    pub activity_json: &'static str,
    pub activity_ndjson: &'static str,
}

macro_rules! organisation {
    ($base:literal) => {
        Organisation {
            people: concat!($base, "/people"),
            invite: concat!($base, "/people/invite"),
            withdraw: concat!($base, "/invitations/{id}/withdraw"),
            role: concat!($base, "/people/{id}/role"),
            reset: concat!($base, "/people/{id}/reset"),
            sign_out: concat!($base, "/people/{id}/sign-out"),
            remove: concat!($base, "/people/{id}/remove"),
            tokens: concat!($base, "/tokens"),
            token_rotate: concat!($base, "/tokens/{id}/rotate"),
            token_revoke: concat!($base, "/tokens/{id}/revoke"),
            webhooks: concat!($base, "/webhooks"),
            webhook_secret: concat!($base, "/webhooks/{id}/secret"),
            webhook_try: concat!($base, "/webhooks/{id}/try"),
            webhook_remove: concat!($base, "/webhooks/{id}/remove"),
            activity: concat!($base, "/activity"),
            activity_csv: concat!($base, "/activity.csv"),
            activity_json: concat!($base, "/activity.json"),
            activity_ndjson: concat!($base, "/activity.ndjson"),
        }
    };
}

pub const OF_CUSTOMER: Organisation = organisation!("/portal");
pub const OF_PROVIDER: Organisation = organisation!("/desk");

/// The addresses of the organisation that somebody in this role belongs to.
pub fn organisation(role: domain::Role) -> &'static Organisation {
    match role {
        domain::Role::Member(_) => &OF_CUSTOMER,
        domain::Role::Staff(_) => &OF_PROVIDER,
    }
}

/// Every page that Leptos renders. The server refuses to start where a page is missing here.
pub const PAGES: &[(&str, Audience)] = &[
    (HOME, Audience::Everyone),
    (TRANSPARENCY, Audience::Everyone),
    (TRANSPARENCY_COUNTRIES, Audience::Everyone),
    (TRANSPARENCY_PERIODS, Audience::Everyone),
    (TRANSPARENCY_PROCESSES, Audience::Everyone),
    (TRANSPARENCY_OUTCOMES, Audience::Everyone),
    (TRANSPARENCY_COMPARE, Audience::Everyone),
    (TRANSPARENCY_SOURCES, Audience::Everyone),
    (COMMITMENTS, Audience::Everyone),
    (AUDITS, Audience::Everyone),
    (CONTROLS, Audience::Everyone),
    (POLICIES, Audience::Everyone),
    (POLICY, Audience::Everyone),
    (POLICY_VERSION, Audience::Everyone),
    (EDITIONS, Audience::Everyone),
    (EDITION, Audience::Everyone),
    (SIGN_IN, Audience::Everyone),
    (SIGN_IN_CODE, Audience::Everyone),
    (JOIN, Audience::Everyone),
    (ACCOUNT, Audience::SignedIn),
    (ACCOUNT_AUTHENTICATOR, Audience::SignedIn),
    (PORTAL, Audience::Members),
    (ACCESS, Audience::Members),
    (ACCESS_RECORD, Audience::Members),
    (SOURCES, Audience::Members),
    (NOTICES, Audience::Members),
    (NOTICE, Audience::Members),
    (INQUIRIES, Audience::Members),
    (INQUIRY, Audience::Members),
    (APPROVALS, Audience::Members),
    (EXCEPTIONS, Audience::Members),
    (APPROVAL_POLICY, Audience::Members),
    (APPROVAL, Audience::Members),
    (FINDINGS, Audience::Members),
    (SUMMARIES, Audience::Members),
    (SUMMARY, Audience::Members),
    (TRANSFERS, Audience::Members),
    (TERM, Audience::Members),
    (DOCUMENTS, Audience::Members),
    (OF_CUSTOMER.people, Audience::Members),
    (OF_CUSTOMER.tokens, Audience::Members),
    (OF_CUSTOMER.webhooks, Audience::Members),
    (OF_CUSTOMER.activity, Audience::Members),
    (SIGN_IN_RULE, Audience::Members),
    (SINGLE_SIGN_ON, Audience::Members),
    (DESK, Audience::Staff),
    (OF_PROVIDER.people, Audience::Staff),
    (OF_PROVIDER.tokens, Audience::Staff),
    (OF_PROVIDER.webhooks, Audience::Staff),
    (OF_PROVIDER.activity, Audience::Administrators),
    (CUSTOMERS, Audience::Staff),
    (DEMANDS, Audience::Legal),
    (DEMAND_NEW, Audience::Legal),
    (DEMAND, Audience::Legal),
    (DESK_NOTICES, Audience::Notifiers),
    (DESK_NOTICE_NEW, Audience::Notifiers),
    (DESK_NOTICE_DRAFT, Audience::Notifiers),
    (DESK_NOTICE, Audience::Notifiers),
    (DESK_ACCESS, Audience::AccessManagers),
    (DESK_GRANT, Audience::AccessManagers),
    (DESK_INQUIRIES, Audience::Answerers),
    (DESK_INQUIRY, Audience::Answerers),
    (TERMS, Audience::Notifiers),
    (TERMS_NEW, Audience::Notifiers),
    (TERMS_PROPOSAL, Audience::Notifiers),
    (DESK_TERM, Audience::Notifiers),
    (DESK_REPORT, Audience::Notifiers),
    (DESK_REPORT_DRAFT, Audience::Notifiers),
    (STATISTICS, Audience::Notifiers),
    (STATISTICS_UPLOAD, Audience::Notifiers),
    (STATISTICS_IMPORT, Audience::Notifiers),
    (API_DOCS, Audience::Everyone),
];

/// Pages that take a fresh sign-in to look at.
pub const FRESH_PAGES: &[&str] = &[ACCOUNT_AUTHENTICATOR];

/// An address with one place filled in, such as `{id}`.
pub fn fill(path: &str, value: impl std::fmt::Display) -> String {
    match (path.find('{'), path.find('}')) {
        (Some(open), Some(close)) => format!("{}{value}{}", &path[..open], &path[close + 1..]),
        _ => path.to_owned(),
    }
}

/// Where to sign in again before something that takes a fresh sign-in; it leads back.
pub fn sign_in_again(next: &str) -> String {
    format!("{SIGN_IN}?again=1&next={next}")
}

/// The address of one of a demand's documents.
pub fn demand_document(demand: domain::DemandId, document: domain::DocumentId) -> String {
    format!("{DEMANDS}/{demand}/documents/{document}")
}

/// The address of one edition of the provider's report.
pub fn edition(half: domain::statistics::Half, number: u32) -> String {
    edition_file(EDITION, half, number)
}

/// The address of one of its files.
pub fn edition_file(path: &str, half: domain::statistics::Half, number: u32) -> String {
    fill(&fill(path, half), number)
}

/// The address of one access.
pub fn access_record(sequence: i64) -> String {
    format!("{ACCESS}/{sequence}")
}

/// The form to ask about an access, with a finding's words in it.
pub fn ask_about(sequence: i64, finding: &domain::finding::FindingKey) -> String {
    format!("{ACCESS}/{sequence}?finding={finding}#ask")
}

/// The address of one notice.
pub fn notice(sequence: i64) -> String {
    fill(NOTICE, sequence)
}

/// The address of one term's history.
pub fn term(kind: domain::terms::TermKind, key: &domain::terms::TermKey) -> String {
    format!("{TRANSFERS}/{}/{key}", kind.code())
}

/// The place that an address names. Only the way we write a number is one: "+7" and "007" are not.
pub fn place(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

/// The day that an address names. Only the way we write one is: "2026-3-1" is not.
pub fn day(text: &str) -> Option<chrono::NaiveDate> {
    text.parse::<chrono::NaiveDate>().ok().filter(|day| day.to_string() == text)
}

/// The address of a version of a policy.
pub fn policy_version(key: impl std::fmt::Display, from: chrono::NaiveDate) -> String {
    fill(&fill(POLICY_VERSION, key), from)
}

/// Where a certificate or an audit stands.
pub fn assurance(key: impl std::fmt::Display) -> String {
    format!("{AUDITS}#{}", assurance_anchor(key))
}

/// Keys are the provider's to choose; with this before them none is the name of another part of the page.
pub fn assurance_anchor(key: impl std::fmt::Display) -> String {
    format!("assurance-{key}")
}

/// The address of a chart's picture, as `svg` or `png`.
pub fn transparency_chart(name: ChartName, format: &str) -> String {
    fill(TRANSPARENCY_CHART, format_args!("{}.{format}", name.as_str()))
}

/// The address at which the pages of others show a chart.
pub fn transparency_embed(name: ChartName) -> String {
    fill(TRANSPARENCY_EMBED, name.as_str())
}

/// The page that tells the most of what a chart shows.
pub fn transparency_page(name: ChartName) -> &'static str {
    match name {
        ChartName::Totals => TRANSPARENCY,
        ChartName::Countries => TRANSPARENCY_COUNTRIES,
        ChartName::Periods => TRANSPARENCY_PERIODS,
        ChartName::Processes => TRANSPARENCY_PROCESSES,
        ChartName::Outcomes | ChartName::Disclosure => TRANSPARENCY_OUTCOMES,
        ChartName::Compare => TRANSPARENCY_COMPARE,
    }
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
    fn a_day_has_one_address() {
        assert_eq!(
            day("2026-03-01").map(|day| policy_version("privacy", day)),
            Some("/policies/privacy/2026-03-01".to_owned())
        );
        for other in ["2026-3-1", "2026-02-30", "+2026-03-01", " 2026-03-01", "newest", ""] {
            assert_eq!(day(other), None, "{other}");
        }
    }

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
