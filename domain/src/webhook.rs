//! Webhooks: what is told to a customer's or the provider's own systems as it happens.

use url::Url;

use crate::{FieldProblem, single_sign_on::is_loopback};

const LONGEST_ADDRESS: usize = 2_000;

/// What a webhook tells. Its code is the event's `type` (Standard Webhooks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
pub enum WebhookEvent {
    /// Somebody tries the webhook out.
    #[strum(serialize = "webhook.tried")]
    Tried,
    /// The customer has a new notice.
    #[strum(serialize = "notice.issued")]
    NoticeIssued,
    /// Access is asked for.
    #[strum(serialize = "access_request.made")]
    AccessRequested,
    /// A request for access was granted or denied.
    #[strum(serialize = "access_request.decided")]
    AccessDecided,
    /// A request, or what was granted, is over.
    #[strum(serialize = "access_request.ended")]
    AccessEnded,
    /// Accesses were recorded that were not made as they were granted.
    #[strum(serialize = "access_event.exception")]
    AccessException,
    /// A source counted more accesses than the record has.
    #[strum(serialize = "access_event.gap")]
    SourceGap,
}

impl WebhookEvent {
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    pub fn code(self) -> &'static str {
        self.into()
    }

    /// What it tells, for whoever reads how webhooks work.
    pub fn told(self) -> &'static str {
        match self {
            Self::Tried => "Somebody tried the webhook out at its page.",
            Self::NoticeIssued => {
                "A notice was issued to the customer: its `sequence` and `kind`. What it says is at /api/v1/notices."
            }
            Self::AccessRequested => {
                "Access to a customer’s data was asked for: the `grant`, its `reference` and `purpose`, the `customer`’s name, \
                 its `status`, and until when that holds (`until`)."
            }
            Self::AccessDecided => "A request for access was granted or denied; what is told is as when it was made.",
            Self::AccessEnded => {
                "A request for access expired or was withdrawn, or what was granted was revoked or ended; what is told is as \
                 when it was made."
            }
            Self::SourceGap => {
                "A source was compared with the record, which lacks accesses that it counted: the `source`, in how many `hours`, \
                 and how many `accesses`. The hours are at /portal/sources."
            }
            Self::AccessException => {
                "Accesses were recorded that were not made as they were granted: how many (`accesses`), and the places in the \
                 record of the first of them (`sequences`)."
            }
        }
    }

    /// Whether a customer's systems are told it, or the provider's, or both.
    pub fn is_told(self, to_customers: bool) -> bool {
        match self {
            Self::Tried | Self::AccessRequested | Self::AccessDecided | Self::AccessEnded => true,
            Self::NoticeIssued | Self::AccessException | Self::SourceGap => to_customers,
        }
    }
}

/// The address that a webhook is sent to, as somebody typed it.
///
/// # Errors
/// The field `url`: it is no address over TLS, or has in it what doesn't belong there.
pub fn address(text: &str) -> Result<Url, FieldProblem> {
    const EXAMPLE: &str = "such as https://siem.acme.example/vitrine";
    let wrong = |reason: String| FieldProblem::new("url", reason);
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong("is missing".to_owned()));
    }
    if text.len() > LONGEST_ADDRESS {
        return Err(wrong(format!("is longer than {LONGEST_ADDRESS} characters")));
    }
    let Ok(url) = Url::parse(text) else { return Err(wrong(format!("is not an address {EXAMPLE}"))) };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(wrong("is not encrypted: it must begin with https://".to_owned())),
        _ => return Err(wrong(format!("is not an address {EXAMPLE}"))),
    }
    if url.host().is_none() {
        return Err(wrong(format!("is not an address {EXAMPLE}")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a name or password in it; the signature says who sends".to_owned()));
    }
    if url.fragment().is_some() {
        return Err(wrong("has a fragment (#…), which is never sent".to_owned()));
    }
    Ok(url)
}

/// The host of an address, which is all of it that the trail keeps: what follows may be a secret.
pub fn host(address: &str) -> String {
    Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "its address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_goes_over_tls_to_a_bare_address() {
        for (text, told) in [
            ("", "is missing"),
            ("siem.acme.example", "is not an address"),
            ("ftp://siem.acme.example/", "is not an address"),
            ("http://siem.acme.example/", "is not encrypted"),
            ("https://ada:secret@siem.acme.example/", "has a name or password"),
            ("https://siem.acme.example/#here", "has a fragment"),
        ] {
            let problem = address(text).unwrap_err();
            assert!(problem.field == "url" && problem.reason.contains(told), "{text}: {problem:?}");
        }
        for good in [" https://siem.acme.example/vitrine?key=1 ", "http://127.0.0.1:8080/", "http://localhost/"] {
            assert!(address(good).is_ok(), "{good}");
        }
    }
}
