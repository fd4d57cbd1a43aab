//! A customer's own sign-in: which OpenID Connect provider it trusts, for whom, and what that makes of a person here.
//!
//! The provider's answer is verified by `server::sso`; what follows from it is decided here.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::{Host, Url};

use crate::{FieldProblem, MemberRole};

const LONGEST_ISSUER: usize = 500;
const LONGEST_NAME: usize = 200;
const MOST_DOMAINS: usize = 50;
const MOST_ROLES: usize = 100;
/// A name in the DNS, without the dot at its end (RFC 1035, section 2.3.4).
const LONGEST_DOMAIN: usize = 253;
const LONGEST_LABEL: usize = 63;
/// The path that discovery documents stand at, which people paste along with the issuer.
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Whoever has an account of Google's has one of this issuer, so it says in `hd` whose domain manages the account.
const GOOGLE: &str = "https://accounts.google.com";

/// Domains at which anybody gets a mailbox: who has one of them is not thereby of the customer.
const PUBLIC_MAILBOXES: &str = include_str!("public_mailboxes.txt");
/// Providers of mailboxes with a domain in many countries, such as yahoo.co.uk.
const PUBLIC_MAILBOX_FAMILIES: &[&str] = &["gmx", "hotmail", "yahoo", "yandex"];

/// A customer's connection to its identity provider. [`SsoDraft::check`] makes it. Its client secret is not part of it:
/// the store keeps that sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoConnection {
    /// The provider's issuer identifier, byte for byte as its discovery document and its tokens say it.
    pub issuer: String,
    pub client_id: String,
    /// The domains, in lower case, whose e-mail addresses may sign in. Only the very domain, not those under it.
    pub domains: Vec<String>,
    /// The claim that says what a person is at the customer's: a name, or a path into objects such as
    /// `realm_access.roles`.
    pub role_claim: Option<String>,
    /// Which value of the claim makes which role.
    pub role_mapping: Vec<(String, MemberRole)>,
    /// The role of who has none of those values; without it they are refused.
    pub default_role: Option<MemberRole>,
    /// Whether members can sign in this way only.
    pub enforced: bool,
    pub enabled: bool,
}

/// A connection as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SsoDraft {
    pub issuer: String,
    pub client_id: String,
    /// Separated by white space or commas.
    pub domains: String,
    pub role_claim: String,
    /// A line each: `value = role`.
    pub role_mapping: String,
    pub default_role: String,
    #[serde(deserialize_with = "checkbox")]
    pub enforced: bool,
    #[serde(deserialize_with = "checkbox")]
    pub enabled: bool,
}

/// A form sends a box that is ticked as its value, and nothing for one that isn't.
fn checkbox<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(!matches!(text.as_str(), "" | "false"))
}

impl SsoDraft {
    /// The connection, or everything that is wrong with it.
    pub fn check(&self) -> Result<SsoConnection, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let issuer = self.issuer.trim();
        if let Err(reason) = check_issuer(issuer) {
            problems.push(FieldProblem::new("issuer", reason));
        }
        let client_id = self.client_id.trim();
        if client_id.is_empty() {
            problems.push(FieldProblem::new("client_id", "is missing: the provider shows it with the application"));
        } else if !is_name(client_id) {
            problems.push(FieldProblem::new("client_id", too_long_or_strange()));
        }
        let domains = customer_domains(&self.domains, &mut problems);
        if domains.is_empty() && problems.iter().all(|problem| problem.field != "domains") {
            let reason = "is missing: at least one domain whose e-mail addresses may sign in";
            problems.push(FieldProblem::new("domains", reason));
        }
        let role_claim = Some(self.role_claim.trim()).filter(|claim| !claim.is_empty());
        if role_claim.is_some_and(|claim| !is_name(claim)) {
            problems.push(FieldProblem::new("role_claim", too_long_or_strange()));
        }
        let role_mapping = self.role_mapping(&mut problems);
        let default_role = match self.default_role.trim() {
            "" => None,
            code => MemberRole::from_code(code).or_else(|| {
                problems.push(FieldProblem::new("default_role", no_role(code)));
                None
            }),
        };
        let mapping_is_empty = self.role_mapping.trim().is_empty();
        match role_claim {
            None if !mapping_is_empty => {
                problems.push(FieldProblem::new("role_claim", "is missing: say which claim holds the values"));
            }
            Some(_) if mapping_is_empty => {
                let reason = "is empty: say which value of the claim makes which role, or leave the claim out";
                problems.push(FieldProblem::new("role_mapping", reason));
            }
            None if self.default_role.trim().is_empty() => {
                let reason = "is missing: without it, and without a claim that makes roles, nobody could sign in";
                problems.push(FieldProblem::new("default_role", reason));
            }
            _ => {}
        }
        if self.enforced && !self.enabled {
            problems.push(FieldProblem::new("enforced", "is for a connection that is switched on"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(SsoConnection {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            domains,
            role_claim: role_claim.map(str::to_owned),
            role_mapping,
            default_role,
            enforced: self.enforced,
            enabled: self.enabled,
        })
    }

    fn role_mapping(&self, problems: &mut Vec<FieldProblem>) -> Vec<(String, MemberRole)> {
        let mut mapping = Vec::<(String, MemberRole)>::new();
        let mut refuse = |reason: String| problems.push(FieldProblem::new("role_mapping", reason));
        for line in self.role_mapping.lines().map(str::trim).filter(|line| !line.is_empty()) {
            // The last =, because a value can be a name in a directory: cn=admins,ou=groups.
            let Some((value, code)) = line.rsplit_once('=').map(|(value, code)| (value.trim(), code.trim())) else {
                refuse(format!("“{line}” is not of the form: value = role"));
                continue;
            };
            if value.is_empty() || !is_name(value) {
                refuse(format!("the value in “{line}” {}", too_long_or_strange()));
            } else if mapping.iter().any(|(other, _)| other == value) {
                refuse(format!("“{value}” stands here twice"));
            } else if let Some(role) = MemberRole::from_code(code) {
                mapping.push((value.to_owned(), role));
            } else {
                refuse(no_role(code));
            }
        }
        if mapping.len() > MOST_ROLES {
            refuse(format!("has more than {MOST_ROLES} lines"));
        }
        mapping
    }
}

fn no_role(code: &str) -> String {
    format!("“{code}” is no role; roles are {}", MemberRole::codes())
}

fn too_long_or_strange() -> String {
    format!("is empty, longer than {LONGEST_NAME} characters, or holds control characters")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control)
}

/// An issuer identifier (OpenID Connect Discovery 1.0, section 3). It is kept as it is written, because tokens must
/// say the same bytes; so what a browser would read as another address is refused.
fn check_issuer(issuer: &str) -> Result<(), String> {
    const EXAMPLE: &str = "such as https://login.acme.example";
    if issuer.is_empty() {
        return Err(format!("is missing: the provider's issuer, {EXAMPLE}"));
    }
    if issuer.len() > LONGEST_ISSUER {
        return Err(format!("is longer than {LONGEST_ISSUER} characters"));
    }
    let Ok(url) = Url::parse(issuer) else { return Err(format!("is not an address {EXAMPLE}")) };
    if issuer.contains(['?', '#']) {
        return Err("has a query or a fragment; an issuer has neither".to_owned());
    }
    if issuer.contains(DISCOVERY) {
        return Err(format!("is the discovery document's address: leave out {DISCOVERY}"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("is not encrypted: it must begin with https://".to_owned()),
        _ => return Err(format!("is not an address {EXAMPLE}")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a name or password in it".to_owned());
    }
    if url.as_str() != issuer && url.as_str().strip_suffix('/') != Some(issuer) {
        return Err(format!("must be written as {url}"));
    }
    Ok(())
}

/// Whether an address names this machine, and so can do without TLS.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The e-mail domains in a text, separated by white space or commas, in lower case; what is wrong with them goes to
/// `problems`, under the field `domains`.
pub fn customer_domains(text: &str, problems: &mut Vec<FieldProblem>) -> Vec<String> {
    let mut domains = Vec::new();
    let mut refuse = |reason: String| problems.push(FieldProblem::new("domains", reason));
    let parts = text.split(|part: char| part.is_whitespace() || part == ',');
    for domain in parts.filter(|part| !part.is_empty()).map(str::to_lowercase) {
        if !is_domain(&domain) {
            refuse(format!(
                "“{domain}” is not a domain such as acme.example (outside ASCII, write it as xn--…, and leave @ out)"
            ));
        } else if is_public_mailbox(&domain) {
            refuse(format!("“{domain}” gives mailboxes to anybody, so it doesn't say who is yours"));
        } else if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    if domains.len() > MOST_DOMAINS {
        refuse(format!("are more than {MOST_DOMAINS}"));
    }
    domains
}

/// A name of hosts in lower-case ASCII, of two labels at least (RFC 1123, section 2.1).
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= LONGEST_DOMAIN
        && text.split('.').all(is_label)
        && text.rsplit_once('.').is_some_and(|(_, top)| top.bytes().any(|byte| byte.is_ascii_lowercase()))
}

pub(crate) fn is_public_mailbox(domain: &str) -> bool {
    let (first, rest) = domain.split_once('.').unwrap_or((domain, ""));
    PUBLIC_MAILBOXES.lines().any(|public| public == domain)
        || PUBLIC_MAILBOX_FAMILIES.contains(&first) && rest.split('.').count() <= 2
}

/// The domain of an e-mail address, in lower case, where it is one that a person could have.
pub fn email_domain(email: &str) -> Option<String> {
    let (name, domain) = email.split_once('@')?;
    let domain = domain.to_ascii_lowercase();
    let strange = |text: &str| text.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace());
    (!strange(name) && is_domain(&domain)).then_some(domain)
}

impl SsoConnection {
    /// What a form shows to change the connection: [`SsoDraft::check`] gives the connection back.
    pub fn draft(&self) -> SsoDraft {
        let mapping = self.role_mapping.iter().map(|(value, role)| format!("{value} = {}", role.code()));
        SsoDraft {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            domains: self.domains.join("\n"),
            role_claim: self.role_claim.clone().unwrap_or_default(),
            role_mapping: mapping.collect::<Vec<_>>().join("\n"),
            default_role: self.default_role.map_or("", MemberRole::code).to_owned(),
            enforced: self.enforced,
            enabled: self.enabled,
        }
    }

    /// Whether the connection is for people with this e-mail address. Where the provider has accounts for everybody,
    /// the domain must also be the one that manages the account: people keep addresses on private accounts.
    pub fn admits(&self, email: &str, claims: &Value) -> bool {
        let known = |domain: &str| self.domains.iter().any(|known| known == domain);
        email_domain(email).is_some_and(|domain| known(&domain))
            && (self.issuer != GOOGLE || claims.get("hd").and_then(Value::as_str).is_some_and(known))
    }

    /// The role that verified claims make: the highest of those that the claim's values are mapped to, or else the
    /// default. `None` refuses the person.
    pub fn role(&self, claims: &Value) -> Option<MemberRole> {
        let value = self.role_claim.as_deref().and_then(|path| claim_at(claims, path));
        let values = match value {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let has = |mapped: &str| values.iter().any(|value| value.as_str() == Some(mapped));
        // Roles are listed from the highest down.
        self.role_mapping.iter().filter(|(mapped, _)| has(mapped)).map(|(_, role)| *role).min().or(self.default_role)
    }
}

/// The value at a path of names joined by dots. A name may hold dots itself, as addresses do that serve as names, so
/// the longest name that is there is taken first.
pub fn claim_at<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    let claims = claims.as_object()?;
    claims.get(path).or_else(|| {
        let dots = path.rmatch_indices('.').map(|(dot, _)| path.split_at(dot));
        dots.filter_map(|(name, rest)| claim_at(claims.get(name)?, &rest[1..])).next()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn draft() -> SsoDraft {
        SsoDraft {
            issuer: "https://login.acme.example/realms/staff".to_owned(),
            client_id: "vitrine".to_owned(),
            domains: "acme.example, Acme.co.example\nacme.example".to_owned(),
            role_claim: "realm_access.roles".to_owned(),
            role_mapping: "portal-owners = owner\ncn=dpo,ou=groups=privacy_officer\n\n".to_owned(),
            default_role: "auditor".to_owned(),
            enforced: false,
            enabled: true,
        }
    }

    fn wrong(draft: &SsoDraft) -> Vec<String> {
        draft.check().unwrap_err().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_good_draft_is_a_connection() {
        let connection = draft().check().unwrap();
        assert_eq!(connection.domains, ["acme.example", "acme.co.example"]);
        let owners = ("portal-owners".to_owned(), MemberRole::Owner);
        assert_eq!(connection.role_mapping, [owners, ("cn=dpo,ou=groups".to_owned(), MemberRole::PrivacyOfficer)]);
        assert_eq!(connection.default_role, Some(MemberRole::Auditor));
        assert_eq!(connection.draft().check().unwrap(), connection);
    }

    #[test]
    fn a_form_is_a_draft() {
        let form = "issuer=https%3A%2F%2Flogin.acme.example&client_id=vitrine&domains=acme.example\
                    &default_role=auditor&enabled=on&more=1";
        let connection = serde_urlencoded::from_str::<SsoDraft>(form).unwrap().check().unwrap();
        assert!(connection.enabled && !connection.enforced);
    }

    #[test]
    fn an_empty_form_is_told_all_that_is_missing() {
        assert_eq!(wrong(&SsoDraft::default()), ["issuer", "client_id", "domains", "default_role"]);
    }

    #[test]
    fn issuers() {
        let long = format!("https://login.acme.example/{}", "a".repeat(500));
        for (issuer, good) in [
            ("https://login.acme.example", true),
            ("https://login.acme.example/", true),
            ("https://login.acme.example:8443/oauth2/default", true),
            ("https://login.microsoftonline.com/0f9d6f1e-5d2c-4f4c-9d0e-3a2f5ee7f9a1/v2.0", true),
            ("http://127.0.0.1:4000", true),
            ("http://localhost:4000/realms/x", true),
            ("http://[::1]:4000", true),
            ("http://login.acme.example", false),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1.acme.example", false),
            ("https://login.acme.example?tenant=1", false),
            ("https://login.acme.example/#", false),
            ("https://login.acme.example/.well-known/openid-configuration", false),
            ("https://user:password@login.acme.example", false),
            ("https://login.acme.example@evil.example", false),
            ("https://LOGIN.acme.example", false),
            ("https://login.acme.example:443", false),
            ("https://login.acme.example/a/../b", false),
            ("https://login.acme.example\\b", false),
            ("https://0x7f.1/", false),
            ("https:login.acme.example", false),
            ("login.acme.example", false),
            ("javascript:alert(1)", false),
            ("file:///etc/passwd", false),
            (&long, false),
            ("", false),
        ] {
            assert_eq!(check_issuer(issuer).is_ok(), good, "{issuer}: {:?}", check_issuer(issuer));
        }
    }

    #[test]
    fn domains() {
        for (domain, good) in [
            ("acme.example", true),
            ("mail.acme.co.uk", true),
            ("xn--mnchen-3ya.example", true),
            ("yahoo.acme.co.uk", true),
            ("gmail.com", false),
            ("GMail.com", false),
            ("yahoo.co.uk", false),
            ("acme", false),
            ("@acme.example", false),
            ("*.acme.example", false),
            ("acme.example.", false),
            ("-acme.example", false),
            ("acme..example", false),
            ("192.168.0.1", false),
            ("münchen.example", false),
        ] {
            let draft = SsoDraft { domains: domain.to_owned(), ..draft() };
            assert_eq!(draft.check().is_ok(), good, "{domain}");
        }
    }

    #[test]
    fn a_mapping_and_its_claim_belong_together() {
        assert_eq!(wrong(&SsoDraft { role_claim: String::new(), ..draft() }), ["role_claim"]);
        assert_eq!(wrong(&SsoDraft { role_mapping: String::new(), ..draft() }), ["role_mapping"]);
        for mapping in ["owners", "owners = king", "= owner", "a = owner\na = auditor"] {
            assert_eq!(wrong(&SsoDraft { role_mapping: mapping.to_owned(), ..draft() }), ["role_mapping"], "{mapping}");
        }
        let without_default = SsoDraft { default_role: String::new(), ..draft() };
        assert_eq!(without_default.check().unwrap().default_role, None);
        assert_eq!(wrong(&SsoDraft { default_role: "king".to_owned(), ..draft() }), ["default_role"]);
        assert_eq!(wrong(&SsoDraft { enforced: true, enabled: false, ..draft() }), ["enforced"]);
    }

    #[test]
    fn the_highest_role_counts() {
        let mut connection = draft().check().unwrap();
        let roles = |roles: Value| json!({"realm_access": {"roles": roles}});
        let both = roles(json!(["cn=dpo,ou=groups", 7, "portal-owners"]));
        assert_eq!(connection.role(&both), Some(MemberRole::Owner));
        assert_eq!(connection.role(&roles(json!("cn=dpo,ou=groups"))), Some(MemberRole::PrivacyOfficer));
        assert_eq!(connection.role(&roles(json!("portal-owners cn=dpo"))), Some(MemberRole::Auditor));
        assert_eq!(connection.role(&json!({})), Some(MemberRole::Auditor));
        connection.default_role = None;
        for none in [json!({}), json!(null), roles(json!(["Portal-Owners"])), roles(json!({"portal-owners": true}))] {
            assert_eq!(connection.role(&none), None, "{none}");
        }
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_its_path() {
        let claims = json!({
            "groups": 1, "https://acme.example/roles": 2, "a": {"b": {"c": 3}}, "resource": {"my.client": {"roles": 4}}
        });
        for (path, value) in [
            ("groups", Some(1)),
            ("https://acme.example/roles", Some(2)),
            ("a.b.c", Some(3)),
            ("resource.my.client.roles", Some(4)),
            ("a.b.d", None),
            ("a.b.c.d", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(claim_at(&claims, path).and_then(Value::as_i64), value, "{path}");
        }
    }

    #[test]
    fn addresses_of_the_domain_are_admitted() {
        let mut connection = draft().check().unwrap();
        for (email, admitted) in [
            ("ada@acme.example", true),
            ("Ada@ACME.example", true),
            ("ada@mail.acme.example", false),
            ("ada@notacme.example", false),
            ("ada@acme.example@evil.example", false),
            ("ada@evil.example@acme.example", false),
            ("@acme.example", false),
            ("acme.example", false),
            ("ada@acme.example\n", false),
            ("ada@acme.example.", false),
        ] {
            assert_eq!(connection.admits(email, &json!({})), admitted, "{email}");
        }
        connection.issuer = GOOGLE.to_owned();
        assert!(!connection.admits("ada@acme.example", &json!({})), "a private account of Google's");
        assert!(!connection.admits("ada@acme.example", &json!({"hd": "evil.example"})));
        assert!(connection.admits("ada@acme.example", &json!({"hd": "acme.example"})));
    }

    proptest! {
        #[test]
        fn any_form_is_checked_or_told_why_not(
            texts in proptest::collection::vec("[ -~äß@.=,/:\n]{0,40}", 6), enforced: bool, enabled: bool
        ) {
            let [issuer, client_id, domains, role_claim, role_mapping, default_role] =
                texts.try_into().expect("six texts");
            let draft = SsoDraft { issuer, client_id, domains, role_claim, role_mapping, default_role, enforced, enabled };
            match draft.check() {
                Ok(connection) => prop_assert_eq!(connection.draft().check().unwrap(), connection),
                Err(problems) => prop_assert!(!problems.is_empty()),
            }
        }

        #[test]
        fn what_is_kept_is_given_back(
            path in "(/[a-z0-9._-]{1,8}){0,3}", port in 1024u16.., client_id in "[!-~]{1,40}",
            domains in proptest::collection::btree_set("[a-z][a-z0-9]{0,9}\\.example", 1..5),
            values in proptest::collection::btree_set("[!-~]([ -~]{0,20}[!-~])?", 1..6),
            roles in proptest::collection::vec(0..MemberRole::ALL.len(), 6),
        ) {
            // A browser would read a segment of dots as a way through the path.
            prop_assume!(!path.split('/').any(|segment| matches!(segment, "." | "..")));
            let connection = SsoConnection {
                issuer: format!("https://login.acme.example:{port}{path}"),
                client_id,
                domains: domains.into_iter().collect(),
                role_claim: Some("groups".to_owned()),
                role_mapping: values.into_iter().zip(roles.iter().map(|role| MemberRole::ALL[*role])).collect(),
                default_role: None,
                enforced: true,
                enabled: true,
            };
            prop_assert_eq!(connection.draft().check().unwrap(), connection);
        }

        #[test]
        fn no_claims_make_a_role_that_is_not_mapped(claims in claims(), mapped in 0..MemberRole::ALL.len()) {
            let role = MemberRole::ALL[mapped];
            let mut connection = draft().check().unwrap();
            connection.default_role = None;
            connection.role_mapping = vec![("a".to_owned(), role)];
            connection.role_claim = Some("a.b".to_owned());
            prop_assert!(connection.role(&claims).is_none_or(|made| made == role));
            let text = claims.to_string();
            prop_assert!(text.contains("\"a\"") || connection.role(&claims).is_none());
        }

        #[test]
        fn only_the_domain_itself_is_admitted(email in ".{0,20}@?[a-z.@]{0,8}acme.example.{0,3}") {
            let admitted = draft().check().unwrap().admits(&email, &Value::Null);
            prop_assert!(!admitted || email.to_ascii_lowercase().ends_with("@acme.example"));
        }
    }

    fn claims() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), "[ab]".prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("a|b|a\\.b", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
