//! Why there is no identity, in sentences for whoever has to do with it. None holds a secret.

use openidconnect::{
    ClaimsVerificationError, DiscoveryError, RequestTokenError, SignatureVerificationError, StandardErrorResponse,
    UserInfoError,
    core::{CoreErrorResponseType, CoreRequestTokenError},
};

use crate::network::NetworkError;

/// What a provider says goes into pages and logs, so it is cut.
const LONGEST_SAYING: usize = 300;

/// Why somebody was not signed in, and who can mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SsoError {
    /// An owner of the customer can mend it, here or at the provider.
    #[error(
        "The connection to the identity provider is not set up right: {0}. An owner can mend it in the settings of \
         single sign-on, or at the provider."
    )]
    Configuration(String),
    #[error("The identity provider can't be reached: {0}. Try again; if it stays so, tell whoever runs the provider.")]
    Unreachable(String),
    /// The person, or the provider on its own account.
    #[error("The identity provider ended the sign-in: {0}.")]
    Refused(String),
    #[error("The identity provider's answer was not accepted: {0}. Nobody was signed in.")]
    NotValid(Check),
    #[error("The sign-in took too long, or its connection was changed meanwhile. Begin again.")]
    Stale,
    #[error(
        "The identity provider gave no e-mail address for this account. Whoever runs the provider can let it send the \
         claim `email`."
    )]
    NoEmail,
    #[error(
        "The identity provider says that this account's e-mail address is not verified. Verify it there, then sign in \
         again."
    )]
    EmailNotVerified,
    /// The operator of this server can mend it.
    #[error("This server can't ask identity providers: {0}. Tell the portal's operator.")]
    Server(String),
}

/// What a provider's answer failed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Check {
    #[error("it doesn't belong to a sign-in that was begun here (state)")]
    State,
    #[error("it doesn't come from the provider that was asked (iss)")]
    Sender,
    #[error("its code is missing, used up, expired or another's (code)")]
    Code,
    #[error("it is not readable as an answer with an ID token")]
    Unreadable,
    #[error("its ID token is not signed by a public key of a known kind (alg)")]
    Algorithm,
    #[error("its ID token is not signed by a key of the provider's (signature)")]
    Signature,
    #[error("its ID token is another issuer's (iss)")]
    Issuer,
    #[error("its ID token is not for this portal alone (aud, azp)")]
    Audience,
    #[error("its ID token has expired (exp)")]
    Expiry,
    #[error("its ID token was not made during this sign-in (iat); if it was, a clock is wrong")]
    IssuedAt,
    #[error("its ID token was made for another sign-in (nonce)")]
    Nonce,
    #[error("its access token is not the ID token's (at_hash)")]
    AccessToken,
    #[error("it doesn't show that the person signed in just now (auth_time)")]
    AuthTime,
    #[error("its user information is about somebody else (sub)")]
    Subject,
}

impl SsoError {
    /// A word for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration",
            Self::Unreachable(_) => "unreachable",
            Self::Refused(_) => "refused",
            Self::NotValid(check) => check.into(),
            Self::Stale => "stale",
            Self::NoEmail => "no_email",
            Self::EmailNotVerified => "email_not_verified",
            Self::Server(_) => "server",
        }
    }
}

impl From<NetworkError> for SsoError {
    fn from(error: NetworkError) -> Self {
        let said = error.to_string();
        match error {
            NetworkError::NotPublic(_) | NetworkError::NotEncrypted(_) | NetworkError::Redirect { .. } => {
                Self::Configuration(said)
            }
            NetworkError::Status { .. }
            | NetworkError::Timeout(_)
            | NetworkError::TooLarge(_)
            | NetworkError::Failed { .. } => Self::Unreachable(said),
            NetworkError::NoClient(_) => Self::Server(said),
        }
    }
}

impl From<DiscoveryError<NetworkError>> for SsoError {
    fn from(error: DiscoveryError<NetworkError>) -> Self {
        match error {
            DiscoveryError::Request(error) => error.into(),
            DiscoveryError::Response(_, _, reason) => {
                Self::Configuration(format!("the issuer has no discovery document or keys there ({})", said(&reason)))
            }
            DiscoveryError::Validation(reason) => {
                Self::Configuration(format!("the provider has another issuer ({})", said(&reason)))
            }
            DiscoveryError::Parse(error) => Self::Configuration(format!(
                "the provider's discovery document or keys can't be read ({})",
                said(&error.to_string())
            )),
            error => Self::Configuration(said(&error.to_string())),
        }
    }
}

/// What the token endpoint answered instead of tokens. Its parser's errors hold the answer, which may have tokens in
/// it, so nothing of them is passed on.
pub(super) fn from_token_endpoint(error: CoreRequestTokenError<NetworkError>) -> SsoError {
    match error {
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidGrant => SsoError::NotValid(Check::Code),
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                let reason = "the provider doesn't take the client id with this secret";
                SsoError::Configuration(format!("{reason} ({})", token_error(&answer)))
            }
            _ => SsoError::Configuration(format!("the provider gives no tokens ({})", token_error(&answer))),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => SsoError::NotValid(Check::Unreadable),
    }
}

pub(super) fn token_error(answer: &StandardErrorResponse<CoreErrorResponseType>) -> String {
    saying(answer.error().as_ref(), answer.error_description().map(String::as_str))
}

impl From<UserInfoError<NetworkError>> for SsoError {
    fn from(error: UserInfoError<NetworkError>) -> Self {
        match error {
            UserInfoError::Request(error) => error.into(),
            UserInfoError::ClaimsVerification(ClaimsVerificationError::InvalidSubject(_)) => {
                Self::NotValid(Check::Subject)
            }
            UserInfoError::ClaimsVerification(error) => Self::NotValid(failed_check(&error)),
            UserInfoError::Response(status, ..) => {
                Self::Configuration(format!("the provider gives no user information (status {})", status.as_u16()))
            }
            _ => Self::NotValid(Check::Unreadable),
        }
    }
}

pub(super) fn failed_check(error: &ClaimsVerificationError) -> Check {
    match error {
        ClaimsVerificationError::Expired(_) => Check::Expiry,
        ClaimsVerificationError::InvalidAudience(_) => Check::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => Check::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => Check::Nonce,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoSignature
            | SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::UnsupportedAlg(_),
        ) => Check::Algorithm,
        ClaimsVerificationError::SignatureVerification(_) => Check::Signature,
        _ => Check::Unreadable,
    }
}

/// What the provider answered by way of the browser instead of a code (RFC 6749, section 4.1.2.1; OpenID Connect Core,
/// section 3.1.2.6).
pub(super) fn from_callback(error: &str, description: Option<&str>) -> SsoError {
    let saying = saying(error, description);
    match error {
        "server_error" | "temporarily_unavailable" => SsoError::Unreachable(saying),
        "invalid_request" | "invalid_scope" | "unauthorized_client" | "unsupported_response_type" => {
            SsoError::Configuration(saying)
        }
        _ => SsoError::Refused(saying),
    }
}

fn saying(error: &str, description: Option<&str>) -> String {
    match description {
        Some(description) => said(&format!("{error}: {description}")),
        None => said(error),
    }
}

/// A text of the provider's, made fit for a line of ours.
pub(super) fn said(text: &str) -> String {
    let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_SAYING).collect::<String>();
    text.trim().trim_end_matches('.').to_owned()
}
