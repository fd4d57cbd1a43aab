//! What a demand names: an account, an address, a device. What names everybody names nobody.

use std::{collections::BTreeSet, net::IpAddr, sync::LazyLock};

use serde::{Deserialize, Serialize};

use crate::{CountryCode, CustomerId, Timestamp, email_address, single_sign_on::is_public_mailbox};

crate::closed_list! {
    /// What kind of thing an identifier names.
    pub enum IdentifierKind {
        Account => "Account",
        EmailAddress => "E-mail address",
        UserId => "User ID",
        /// A customer's, as a whole.
        Domain => "Tenant or domain",
        PhoneNumber => "Phone number",
        /// With the moment at which it was used: the next moment it may be somebody else's.
        IpAddress => "IP address",
        Device => "Device",
        Resource => "Resource",
        Other => "Other identifier",
    }
}

/// One identifier that a demand names, as its document has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// What it names.
    pub kind: IdentifierKind,
    /// As it is written in the demand; empty where that names none.
    pub value: String,
    /// When it was used, as the demand says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The customers that it leads to, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<CustomerId>,
}

/// Words that begin an identifier which is none: “all users”, “any account”.
const EVERYBODY: &[&str] = &["all", "any", "anybody", "anyone", "each", "every", "everybody", "everyone", "everything"];
/// And those that do so when more follows: “users in Berlin”.
const MANY: &[&str] = &["accounts", "customers", "people", "persons", "residents", "subscribers", "users"];
/// The fewest digits of a number that one can call from abroad.
const SHORTEST_PHONE_NUMBER: usize = 7;

/// The names of countries, in lower case.
static COUNTRIES: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| CountryCode::all().map(|country| country.name().to_lowercase()).collect());

impl Identifier {
    /// Whether both name the same, whomever they were found to lead to.
    pub fn names_same(&self, other: &Self) -> bool {
        (self.kind, &self.value, self.at) == (other.kind, &other.value, other.at)
    }

    /// Why it is blanket, naming nobody in particular, if it is.
    pub fn why_blanket(&self) -> Option<&'static str> {
        let value = self.value.trim();
        if !value.chars().any(char::is_alphanumeric) && !value.contains('*') {
            return Some("it names nothing");
        }
        if value.contains('*') || value.starts_with('%') || value.ends_with('%') {
            return Some("it has a wildcard");
        }
        let lower = value.to_lowercase();
        let mut words = lower.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        let first = words.next().unwrap_or_default();
        if EVERYBODY.contains(&first) || MANY.contains(&first) && words.next().is_some() {
            return Some("it stands for many at once");
        }
        if CountryCode::parse(value).is_some() || COUNTRIES.contains(lower.as_str()) {
            return Some("it is a whole country");
        }
        match self.kind {
            IdentifierKind::IpAddress => self.why_blanket_address(value),
            IdentifierKind::EmailAddress if email_address(value).is_err() => Some("it is no single e-mail address"),
            IdentifierKind::Domain if !lower.contains('.') && lower.len() <= 3 => Some("it is a top-level domain"),
            IdentifierKind::Domain if is_public_mailbox(lower.trim_start_matches('@')) => {
                Some("anybody can have an address at this domain")
            }
            IdentifierKind::PhoneNumber if !is_phone_number(value) => Some("it is no single phone number"),
            _ => None,
        }
    }

    fn why_blanket_address(&self, value: &str) -> Option<&'static str> {
        match single_address(value) {
            None => Some("it is no single IP address"),
            Some(address) if address.is_unspecified() => Some("it stands for any IP address"),
            Some(_) if self.at.is_none() => Some("without the moment, it is whoever’s had this IP address"),
            Some(_) => None,
        }
    }

    /// Whether it names somebody in particular.
    pub fn is_specific(&self) -> bool {
        self.why_blanket().is_none()
    }

    /// Whether another identifier asks for no more than this one does: it is the same, or one of many that this one
    /// stands for.
    pub fn covers(&self, other: &Self) -> bool {
        if self.names_same(other) {
            return true;
        }
        if self.is_specific() || !other.is_specific() {
            return false;
        }
        match (self.kind, single_address(&self.value), network(&self.value)) {
            // The same address, and now its moment.
            (IdentifierKind::IpAddress, Some(address), _) if !address.is_unspecified() => {
                other.kind == self.kind && single_address(&other.value) == Some(address)
            }
            (IdentifierKind::IpAddress, None, Some(network)) => {
                other.kind == self.kind
                    && single_address(&other.value).is_some_and(|address| contains(network, address))
            }
            _ => !has_wildcard(&self.value) || matches_wildcard(&self.value, other),
        }
    }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '%']) || text.starts_with('@')
}

/// Whether an identifier begins and ends as one with wildcards does: `acme-*`, `@acme.example`.
fn matches_wildcard(pattern: &str, identifier: &Identifier) -> bool {
    let (pattern, value) = (pattern.trim().to_lowercase(), identifier.value.trim().to_lowercase());
    let edge = |c| c == '*' || c == '%';
    let prefix = pattern.split(edge).next().filter(|_| !pattern.starts_with('@')).unwrap_or_default();
    let suffix = pattern.rsplit(edge).next().unwrap_or_default();
    value.starts_with(prefix) && value.ends_with(suffix)
}

/// `Account acme-7`, `IP address 192.0.2.1 at 2026-03-01T09:30:00.000000Z`.
impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.label(), self.value)?;
        self.at.map_or(Ok(()), |at| write!(f, " at {at}"))
    }
}

/// Why these identifiers are blanket, if they are: none at all, or one that names nobody in particular.
pub fn why_blanket(identifiers: &[Identifier]) -> Option<String> {
    if identifiers.is_empty() {
        return Some("no account or identifier is named".to_owned());
    }
    let reason = |identifier: &Identifier| Some(format!("“{}”: {}", identifier.value, identifier.why_blanket()?));
    identifiers.iter().find_map(reason)
}

/// A single address, perhaps written as a network of one.
fn single_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| network(text).filter(|(address, length)| *length == bits(*address)).map(|net| net.0))
}

/// An address and how many of its bits are the network's (RFC 4632).
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.trim().split_once('/')?;
    let (address, length) = (address.parse().ok()?, length.parse().ok()?);
    (length <= bits(address)).then_some((address, length))
}

fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn contains((network, length): (IpAddr, u32), address: IpAddr) -> bool {
    let number = |address| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let host = bits(network) - length;
    let of_network = |address| number(address).checked_shr(host);
    bits(network) == bits(address) && of_network(network) == of_network(address)
}

fn is_phone_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= SHORTEST_PHONE_NUMBER
        && text.chars().all(|c| c.is_ascii_digit() || "+-.() ".contains(c))
        && !text.contains(" - ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
        let at = Timestamp::parse("2026-03-01T09:30:00Z").ok();
        Identifier { kind, value: value.to_owned(), at, customers: Vec::new() }
    }

    #[test]
    fn what_stands_for_many_or_for_nobody_is_blanket() {
        use IdentifierKind::*;
        for (kind, value) in [
            (Account, ""),
            (Account, " - "),
            (Account, "*"),
            (Account, "acme-*"),
            (Account, "All"),
            (UserId, "ANY user"),
            (Other, "everyone"),
            (Other, "\"all\" accounts"),
            (Other, "users in Berlin"),
            (Other, "Germany"),
            (Account, "DE"),
            (EmailAddress, "@acme.example"),
            (EmailAddress, "%@acme.example"),
            (Domain, "com"),
            (Domain, "gmail.com"),
            (IpAddress, "192.0.2.0/24"),
            (IpAddress, "0.0.0.0"),
            (IpAddress, "0.0.0.0/0"),
            (IpAddress, "192.0.2.1-192.0.2.9"),
            (IpAddress, "192.0.2.x"),
            (IpAddress, "::/0"),
            (PhoneNumber, "+49 30"),
            (PhoneNumber, "+49 30 123456xx"),
            (PhoneNumber, "+4930123456 - +4930123499"),
        ] {
            assert!(identifier(kind, value).why_blanket().is_some(), "{} {value:?}", kind.code());
        }
    }

    #[test]
    fn what_names_one_is_specific() {
        use IdentifierKind::*;
        for (kind, value) in [
            (Account, "acme-7"),
            (Account, "allied-2"),
            (EmailAddress, "ada@acme.example"),
            (EmailAddress, "all@acme.example"),
            (Domain, "acme.example"),
            (Domain, "acme"),
            (IpAddress, "192.0.2.1"),
            (IpAddress, "192.0.2.1/32"),
            (IpAddress, "2001:db8::1"),
            (PhoneNumber, "+49 (30) 123456-7"),
            (Device, "IMEI 356938035643809"),
            (Resource, "buckets/logs?version=2"),
            (UserId, "0d9c"),
        ] {
            assert_eq!(identifier(kind, value).why_blanket(), None, "{} {value:?}", kind.code());
        }
    }

    #[test]
    fn an_ip_address_without_its_moment_names_whoever_had_it() {
        let dynamic = Identifier { at: None, ..identifier(IdentifierKind::IpAddress, "192.0.2.1") };
        assert!(!dynamic.is_specific());
        assert!(dynamic.covers(&identifier(IdentifierKind::IpAddress, "192.0.2.1")));
        assert!(!dynamic.covers(&identifier(IdentifierKind::IpAddress, "192.0.2.2")));
    }

    #[test]
    fn a_network_covers_its_own_addresses_alone() {
        let address = |value| identifier(IdentifierKind::IpAddress, value);
        assert!(address("192.0.2.0/24").covers(&address("192.0.2.77")));
        assert!(!address("192.0.2.0/24").covers(&address("192.0.3.77")));
        assert!(!address("192.0.2.0/24").covers(&address("2001:db8::1")));
        assert!(address("2001:db8::/32").covers(&address("2001:db8::1")));
        assert!(address("::/0").covers(&address("2001:db8::1")));
    }

    #[test]
    fn a_wildcard_covers_what_it_matches() {
        let account = |value| identifier(IdentifierKind::Account, value);
        assert!(account("acme-*").covers(&account("acme-7")) && !account("acme-*").covers(&account("globex-7")));
        assert!(account("*").covers(&account("globex-7")) && account("all users").covers(&account("globex-7")));
        let mail = |value| identifier(IdentifierKind::EmailAddress, value);
        assert!(mail("@acme.example").covers(&mail("ada@acme.example")));
        assert!(!mail("@acme.example").covers(&mail("ada@globex.example")));
        assert!(!account("acme-7").covers(&account("acme-8")));
    }

    #[test]
    fn no_identifier_at_all_is_blanket() {
        assert!(why_blanket(&[]).is_some());
        assert_eq!(why_blanket(&[identifier(IdentifierKind::Account, "acme-7")]), None);
    }
}
