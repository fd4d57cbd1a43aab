//! Single sign-on: asks a customer's OpenID Connect provider who somebody is, and believes only what it can verify.
//!
//! The authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9700).
//! Nothing is kept here but discovery documents for some minutes: the caller keeps what [`SsoClient::begin`] leaves
//! pending, for the one browser that began and for one use.

mod error;
mod trial;

use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{
    Timestamp,
    single_sign_on::{SsoConnection, claim_at, email_domain},
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenVerifier, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse,
    UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
        CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreIdToken, CoreIdTokenClaims,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
        CoreRequestTokenError, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
    },
    url::Url,
};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    error::{Check, SsoError},
    trial::{Finding, Outcome},
};
use crate::network::{Network, NetworkError};

/// How long a discovery document and its keys are taken for true. A key that is not among them is looked for at once.
const DISCOVERY_LIFETIME: TimeDelta = TimeDelta::minutes(5);
const MOST_PROVIDERS: usize = 256;
/// How long a person may take at the provider.
const PENDING_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How far a provider's clock may be from ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);
/// The same where a fresh sign-in is asked for: within it an earlier one passes for fresh.
const FRESH_SKEW: TimeDelta = TimeDelta::seconds(30);
/// OpenID Connect Core 1.0, section 2.
const LONGEST_SUBJECT: usize = 255;
const LONGEST_EMAIL: usize = 254;
/// As much of a name as is kept, like one that somebody types: it is written into a trail that nothing is taken out of.
const LONGEST_NAME: usize = 100;

/// Signatures that only the provider can make. Those by a shared secret are not among them: whoever knows the client
/// secret could make such tokens.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a discovery document says beyond what the library reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct MoreMetadata {
    /// RFC 9207, section 3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// RFC 8414, section 2.
    code_challenge_methods_supported: Option<Vec<String>>,
}
impl AdditionalProviderMetadata for MoreMetadata {}

type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type OidcClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;
type TokenError = CoreRequestTokenError<NetworkError>;

/// Every claim of the user information.
#[derive(Debug, Serialize, Deserialize)]
struct AllClaims(Map<String, Value>);
impl AdditionalClaims for AllClaims {}

/// A provider as its discovery document and key set say it is.
struct Provider {
    metadata: Metadata,
    learned_at: Timestamp,
}

/// Asks identity providers. Made once: it keeps connections open and what it learned of providers.
pub struct SsoClient {
    network: Network,
    providers: Cache<String, Arc<Provider>>,
}

/// How a sign-in is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SignInRequest<'a> {
    /// Where the provider sends the browser back to, as it is registered there. Each connection needs one of its own,
    /// or a customer's provider could pass a browser on to another's and be brought the code that is given out there
    /// (RFC 9700, section 4.4).
    pub redirect_url: &'a str,
    /// The e-mail address that the person gave, to spare them typing it again.
    pub login_hint: Option<&'a str>,
    /// Whether the person must prove anew who they are, even where the provider knows them.
    pub fresh: bool,
}

/// A sign-in under way at the provider: for the browser that began it, and for one use. It holds secrets, which `Debug`
/// doesn't show; whoever keeps it seals it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    pkce_verifier: PkceCodeVerifier,
    issuer: String,
    client_id: String,
    redirect_url: String,
    fresh: bool,
    begun_at: Timestamp,
}

impl Pending {
    /// What the provider sends back with its answer.
    pub fn state(&self) -> &str {
        self.state.secret()
    }
}

/// The provider's answer, as the browser brings it in the redirect URL's query.
#[derive(Clone, Default, Deserialize)]
pub struct Callback {
    pub code: Option<String>,
    pub state: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
    pub iss: Option<String>,
}

/// Who somebody is, verified. `issuer` and `subject` together are the account for ever; all else may change.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// In lower case. That it is of the connection's domains is for [`SsoConnection::admits`] to say.
    pub email: String,
    pub name: String,
    /// All claims, of the ID token and, where that lacked something, of the user information.
    pub claims: Value,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl SsoClient {
    /// `private_addresses` lets it ask this machine and private networks, for providers that stand there.
    pub fn new(private_addresses: bool) -> Self {
        Self { network: Network::new(private_addresses), providers: Cache::new(MOST_PROVIDERS) }
    }

    /// Where to send the browser, and what to keep until it comes back.
    pub async fn begin(
        &self,
        connection: &SsoConnection,
        request: SignInRequest<'_>,
        now: Timestamp,
    ) -> Result<(Url, Pending), SsoError> {
        let provider = self.provider(connection, now).await?;
        let client = client(&provider.metadata, connection, None, request.redirect_url)?;
        let (challenge, pkce_verifier) = PkceCodeChallenge::new_random_sha256();
        let mut authorize = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes(&provider.metadata, connection))
            .set_pkce_challenge(challenge);
        if let Some(email) = request.login_hint {
            authorize = authorize.set_login_hint(openidconnect::LoginHint::new(email.to_owned()));
        }
        if request.fresh {
            // The age makes the provider say when the person signed in; not every provider heeds the prompt.
            authorize = authorize.add_prompt(CoreAuthPrompt::Login).set_max_age(std::time::Duration::ZERO);
        }
        let (url, state, nonce) = authorize.url();
        let pending = Pending {
            state,
            nonce,
            pkce_verifier,
            issuer: connection.issuer.clone(),
            client_id: connection.client_id.clone(),
            redirect_url: request.redirect_url.to_owned(),
            fresh: request.fresh,
            begun_at: now,
        };
        Ok((url, pending))
    }

    /// Who came back to this redirect URL. The caller has made sure that it is the browser that began, and forgets
    /// `pending` whatever comes of it.
    pub async fn finish(
        &self,
        connection: &SsoConnection,
        client_secret: &str,
        pending: Pending,
        redirect_url: &str,
        callback: Callback,
        now: Timestamp,
    ) -> Result<Identity, SsoError> {
        // Compared as hashes, so that no time tells how much was right.
        if callback.state.map(CsrfToken::new).as_ref() != Some(&pending.state) {
            return Err(SsoError::NotValid(Check::State));
        }
        if now.utc() - pending.begun_at.utc() > PENDING_LIFETIME
            || (&pending.issuer, &pending.client_id) != (&connection.issuer, &connection.client_id)
        {
            return Err(SsoError::Stale);
        }
        if redirect_url != pending.redirect_url {
            return Err(SsoError::NotValid(Check::Sender));
        }
        let provider = self.provider(connection, now).await?;
        let names_itself = provider.metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match callback.iss {
            Some(issuer) if issuer != connection.issuer => return Err(SsoError::NotValid(Check::Sender)),
            None if names_itself => return Err(SsoError::NotValid(Check::Sender)),
            _ => {}
        }
        if let Some(error) = callback.error {
            return Err(error::from_callback(&error, callback.error_description.as_deref()));
        }
        let code = callback.code.ok_or(SsoError::NotValid(Check::Code))?;
        let client = client(&provider.metadata, connection, Some(client_secret), &pending.redirect_url)?;
        let tokens = self
            .exchange(client.clone(), &provider.metadata, &code, &pending.pkce_verifier)
            .await?
            .map_err(error::from_token_endpoint)?;
        let token = tokens.id_token().ok_or(SsoError::NotValid(Check::Unreadable))?;
        let access_token = tokens.access_token();
        let claims = match verify(token, access_token, &provider.metadata, &pending, now) {
            Err(Unverified::Key) => {
                // The provider may have changed its keys since we asked for them.
                let provider = self.learn(connection, now).await?;
                verify(token, access_token, &provider.metadata, &pending, now)?
            }
            verified => verified?,
        };
        self.identity(connection, &client, token, claims, access_token).await
    }

    /// What is known of the provider, or else what it says now.
    async fn provider(&self, connection: &SsoConnection, now: Timestamp) -> Result<Arc<Provider>, SsoError> {
        if let Some(provider) = self.providers.get(&connection.issuer) {
            let age = now.utc() - provider.learned_at.utc();
            if (TimeDelta::zero()..DISCOVERY_LIFETIME).contains(&age) {
                return Ok(provider);
            }
        }
        self.learn(connection, now).await
    }

    async fn learn(&self, connection: &SsoConnection, now: Timestamp) -> Result<Arc<Provider>, SsoError> {
        let issuer = IssuerUrl::new(connection.issuer.clone())
            .map_err(|error| SsoError::Configuration(format!("the issuer is no address ({error})")))?;
        let metadata = Metadata::discover_async(issuer, &self.network).await?;
        // The browser goes there with what we ask for. The other addresses are checked as they are asked.
        self.network.check_encrypted(metadata.authorization_endpoint().url())?;
        let provider = Arc::new(Provider { metadata, learned_at: now });
        self.providers.insert(connection.issuer.clone(), provider.clone());
        Ok(provider)
    }

    /// Exchanges a code for tokens, showing the secret in each way that the provider takes. Some applications are
    /// registered for one way alone, and some providers don't undo the encoding that the first one has.
    async fn exchange(
        &self,
        mut client: OidcClient,
        metadata: &Metadata,
        code: &str,
        pkce_verifier: &PkceCodeVerifier,
    ) -> Result<Result<CoreTokenResponse, TokenError>, SsoError> {
        let ways = ways_to_show_secret(metadata);
        let mut last = None;
        for way in ways {
            client = client.set_auth_type(way);
            let answer = client
                .exchange_code(AuthorizationCode::new(code.to_owned()))
                .map_err(|_| SsoError::Configuration("the provider names no token endpoint".to_owned()))?
                .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.secret().clone()))
                .request_async(&self.network)
                .await;
            match answer {
                Err(RequestTokenError::ServerResponse(refusal))
                    if *refusal.error() == CoreErrorResponseType::InvalidClient =>
                {
                    last = Some(RequestTokenError::ServerResponse(refusal));
                }
                answer => return Ok(answer),
            }
        }
        let reason = "the provider takes a client secret neither by client_secret_basic nor by client_secret_post";
        last.map(Err).ok_or_else(|| SsoError::Configuration(reason.to_owned()))
    }

    /// Puts together who it is. The user information is asked only for what the ID token lacks.
    async fn identity(
        &self,
        connection: &SsoConnection,
        client: &OidcClient,
        token: &CoreIdToken,
        verified: &CoreIdTokenClaims,
        access_token: &AccessToken,
    ) -> Result<Identity, SsoError> {
        let subject = verified.subject();
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
            return Err(SsoError::NotValid(Check::Unreadable));
        }
        let mut claims = Value::Object(all_claims(token)?);
        let lacks = |path: &str| claim_at(&claims, path).is_none();
        if lacks("email") || connection.role_claim.as_deref().is_some_and(lacks) {
            let more = self.user_information(client, access_token, subject).await?;
            if let (Value::Object(claims), Some(mut more)) = (&mut claims, more) {
                more.append(claims);
                *claims = more;
            }
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let email = text("email").ok_or(SsoError::NoEmail)?.to_lowercase();
        if email.len() > LONGEST_EMAIL || email_domain(&email).is_none() {
            return Err(SsoError::NoEmail);
        }
        match claims.get("email_verified") {
            None | Some(Value::Null | Value::Bool(true)) => {}
            // Some providers write booleans as texts.
            Some(Value::String(text)) if text == "true" => {}
            Some(_) => return Err(SsoError::EmailNotVerified),
        }
        let name = ["name", "preferred_username"].into_iter().find_map(text).unwrap_or(&email);
        let name = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        Ok(Identity { issuer: connection.issuer.clone(), subject: subject.to_string(), email, name, claims })
    }

    async fn user_information(
        &self,
        client: &OidcClient,
        access_token: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> Result<Option<Map<String, Value>>, SsoError> {
        let Ok(request) = client.user_info(access_token.clone(), Some(subject.clone())) else {
            // The provider has none.
            return Ok(None);
        };
        let claims: UserInfoClaims<AllClaims, CoreGenderClaim> = request.request_async(&self.network).await?;
        match serde_json::to_value(&claims) {
            Ok(Value::Object(claims)) => Ok(Some(claims)),
            _ => Err(SsoError::NotValid(Check::Unreadable)),
        }
    }
}

fn client(
    metadata: &Metadata,
    connection: &SsoConnection,
    secret: Option<&str>,
    redirect_url: &str,
) -> Result<OidcClient, SsoError> {
    let redirect_url = RedirectUrl::new(redirect_url.to_owned())
        .map_err(|error| SsoError::Server(format!("its own address {redirect_url} is none ({error})")))?;
    let secret = secret.map(|secret| ClientSecret::new(secret.to_owned()));
    let client_id = ClientId::new(connection.client_id.clone());
    Ok(CoreClient::from_provider_metadata(metadata.clone(), client_id, secret).set_redirect_uri(redirect_url))
}

/// Some providers, Okta among them, give groups only to those who ask for the scope of that name. Others refuse scopes
/// that an application is not registered for, so it is asked for only where it is there and of use.
fn scopes(metadata: &Metadata, connection: &SsoConnection) -> impl Iterator<Item = Scope> {
    const GROUPS: &str = "groups";
    let has_groups = metadata.scopes_supported().is_some_and(|scopes| scopes.iter().any(|scope| **scope == GROUPS));
    let wants_groups = connection.role_claim.as_deref() == Some(GROUPS);
    let groups = (has_groups && wants_groups).then_some(GROUPS);
    ["email", "profile"].into_iter().chain(groups).map(|scope| Scope::new(scope.to_owned()))
}

/// In the order in which they are tried; the first is the standard's default.
fn ways_to_show_secret(metadata: &Metadata) -> impl Iterator<Item = AuthType> {
    let supported = metadata.token_endpoint_auth_methods_supported().cloned();
    [
        (CoreClientAuthMethod::ClientSecretBasic, AuthType::BasicAuth),
        (CoreClientAuthMethod::ClientSecretPost, AuthType::RequestBody),
    ]
    .into_iter()
    .filter(move |(method, _)| supported.as_ref().is_none_or(|supported| supported.contains(method)))
    .map(|(_, way)| way)
}

/// Why an ID token proves nothing.
enum Unverified {
    /// None of the keys that we know fits.
    Key,
    Other(Check),
}

impl From<Check> for Unverified {
    fn from(check: Check) -> Self {
        Self::Other(check)
    }
}

impl From<Unverified> for SsoError {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::Key => Self::NotValid(Check::Signature),
            Unverified::Other(check) => Self::NotValid(check),
        }
    }
}

impl From<ClaimsVerificationError> for Unverified {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey
                | SignatureVerificationError::AmbiguousKeyId(_)
                | SignatureVerificationError::CryptoError(_),
            ) => Self::Key,
            error => Self::Other(error::failed_check(&error)),
        }
    }
}

/// The claims of an ID token that is the answer to this sign-in (OpenID Connect Core 1.0, sections 3.1.3.7 and
/// 3.1.3.8). The library does what is not done here, and refuses every audience beside ours.
fn verify<'a>(
    token: &'a CoreIdToken,
    access_token: &AccessToken,
    metadata: &Metadata,
    pending: &Pending,
    now: Timestamp,
) -> Result<&'a CoreIdTokenClaims, Unverified> {
    let now = now.utc();
    let begun_at = pending.begun_at.utc();
    let client_id = ClientId::new(pending.client_id.clone());
    // A public client's verifier knows no secret, so none can stand in for a key.
    let verifier =
        IdTokenVerifier::new_public_client(client_id.clone(), metadata.issuer().clone(), metadata.jwks().clone())
            .set_allowed_algs(SIGNATURES)
            .set_time_fn(move || now);
    let claims = token.claims(&verifier, &pending.nonce)?;
    if claims.authorized_party().is_some_and(|party| *party != client_id) {
        return Err(Check::Audience.into());
    }
    if !(begun_at - CLOCK_SKEW..=now + CLOCK_SKEW).contains(&claims.issue_time()) {
        return Err(Check::IssuedAt.into());
    }
    if pending.fresh
        && claims.auth_time().is_none_or(|time| !(begun_at - FRESH_SKEW..=now + CLOCK_SKEW).contains(&time))
    {
        return Err(Check::AuthTime.into());
    }
    if let Some(hash) = claims.access_token_hash() {
        let signature = |_| Unverified::Key;
        let algorithm = token.signing_alg().map_err(signature)?;
        let key = token.signing_key(&verifier).map_err(signature)?;
        let of_this_token = AccessTokenHash::from_token(access_token, algorithm, key);
        if of_this_token.is_ok_and(|of_this_token| of_this_token == *hash) {
            return Ok(claims);
        }
        return Err(Check::AccessToken.into());
    }
    Ok(claims)
}

/// The verified token's claims as they are written, those among them that the library doesn't read.
fn all_claims(token: &CoreIdToken) -> Result<Map<String, Value>, SsoError> {
    let token = token.to_string();
    let payload = token.split('.').nth(1).and_then(|payload| BASE64_URL_SAFE_NO_PAD.decode(payload).ok());
    payload.and_then(|payload| serde_json::from_slice(&payload).ok()).ok_or(SsoError::NotValid(Check::Unreadable))
}
