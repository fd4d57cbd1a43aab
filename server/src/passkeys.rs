//! Passkeys (Web Authentication, level 3): adding one to an account, and signing in with it.
//!
//! Both are ceremonies of two requests. What the first asks the browser's authenticator is kept, sealed, for the one
//! browser that has the ceremony's cookie and for one answer.

use app::paths;
use axum::{
    Json,
    extract::{DefaultBodyLimit, FromRequest, Request, State, rejection::JsonRejection},
    http::StatusCode,
};
use axum_extra::extract::cookie::CookieJar;
use domain::{
    Zone,
    grant::{PublicKey, Signature},
    short_name,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{CeremonyKind, Client, PasskeyOwner, SignInAnswer, StoreError};
use url::Url;
use webauthn_rs::prelude::{
    COSEEC2Key, COSEKeyType, COSEOKPKey, CreationChallengeResponse, DiscoverableAuthentication, DiscoverableKey,
    ECDSACurve, EDDSACurve, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Webauthn, WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::{
    AllowCredentials, PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions, ResidentKeyRequirement,
    UserVerificationPolicy,
};

use crate::{
    problem::Problem,
    session::{self, ClientOf, CurrentSession, Turned, when_fresh},
    sign_in,
    state::AppState,
};

/// A security key's answer, with certificates that nobody asked for, is some thousand bytes.
const LONGEST_BODY: usize = 64 << 10;
/// How long a browser may take to ask for a signature, in milliseconds.
const SIGNING_TIMEOUT: u32 = 300_000;

/// Asks authenticators, and believes only what it can verify.
pub struct Passkeys {
    webauthn: Webauthn,
    /// The domain that passkeys belong to.
    rp_id: String,
    public_url: Url,
}

impl Passkeys {
    /// Passkeys belong to the portal's domain and are taken at its address alone.
    pub fn new(public_url: &Url, provider: &str) -> Result<Self, WebauthnError> {
        let domain = public_url.domain().unwrap_or_default();
        let webauthn = WebauthnBuilder::new(domain, public_url)?
            .rp_name(provider)
            // Whoever serves a port of this machine could read the passkey's answers anyway.
            .allow_any_port(domain == "localhost")
            .build()?;
        Ok(Self { webauthn, rp_id: domain.to_owned(), public_url: public_url.clone() })
    }
}

/// Why a passkey's answer signs no approval.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    #[error("it was given at another address than the portal’s")]
    Elsewhere,
    #[error("its key is of a kind that can’t sign approvals")]
    Key,
    #[error("it can’t be read")]
    Unreadable,
}

impl Passkeys {
    /// What a browser asks one of these passkeys to sign: whatever this is the hash of, and nothing else.
    pub fn to_sign(&self, hash: [u8; 32], known: Vec<Vec<u8>>) -> PublicKeyCredentialRequestOptions {
        let passkey = |id| AllowCredentials { type_: "public-key".to_owned(), id, transports: None };
        PublicKeyCredentialRequestOptions {
            challenge: hash.to_vec(),
            timeout: Some(SIGNING_TIMEOUT),
            rp_id: self.rp_id.clone(),
            allow_credentials: known.into_iter().map(passkey).collect(),
            user_verification: UserVerificationPolicy::Required,
            hints: None,
            extensions: None,
        }
    }

    /// A passkey's answer as the signature that stays in a register. Whether it signs what it should is for whoever
    /// verifies it, with what is kept of the passkey.
    pub fn signature(&self, credential: &PublicKeyCredential, kept: &str) -> Result<Signature, NotSigned> {
        let passkey: Passkey = serde_json::from_str(kept).map_err(|_| NotSigned::Unreadable)?;
        let key = match &passkey.get_public_key().key {
            COSEKeyType::EC_EC2(COSEEC2Key { curve: ECDSACurve::SECP256R1, x, y }) => {
                PublicKey::P256([&[4], x.as_slice(), y.as_slice()].concat())
            }
            COSEKeyType::EC_OKP(COSEOKPKey { curve: EDDSACurve::ED25519, x }) => PublicKey::Ed25519(x.clone()),
            _ => return Err(NotSigned::Key),
        };
        let answer = &credential.response;
        let client_data_json = String::from_utf8(answer.client_data_json.clone()).map_err(|_| NotSigned::Unreadable)?;
        let ClientData { origin } = serde_json::from_str(&client_data_json).map_err(|_| NotSigned::Unreadable)?;
        if !self.is_ours(&origin) {
            return Err(NotSigned::Elsewhere);
        }
        Ok(Signature::Passkey {
            key,
            relying_party: self.rp_id.clone(),
            credential_id: credential.raw_id.clone(),
            authenticator_data: answer.authenticator_data.clone(),
            client_data_json,
            signature: answer.signature.clone(),
        })
    }

    /// Whether an answer was given at the portal's address; on this machine at any port, as signing in is.
    fn is_ours(&self, origin: &str) -> bool {
        let Ok(origin) = Url::parse(origin) else { return false };
        let (ours, theirs) = (self.public_url.origin(), origin.origin());
        ours == theirs || self.rp_id == "localhost" && origin.domain() == Some("localhost")
    }
}

/// Where the browser says that the answer was given.
#[derive(Deserialize)]
struct ClientData {
    origin: String,
}

/// A body in JSON; what can't be read is a problem like every other.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &AppState) -> Result<Self, Problem> {
        DefaultBodyLimit::max(LONGEST_BODY).apply(&mut request);
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::unsupported_media_type("application/json")),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::too_large(LONGEST_BODY))
            }
            Err(rejection) => Err(Problem::unreadable(rejection.body_text())),
        }
    }
}

/// Where the browser goes from here.
#[derive(Serialize)]
pub struct Onward {
    pub location: String,
}

/// `POST /account/passkeys/start`: what the browser asks its authenticator to make.
pub async fn start_registration(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    jar: CookieJar,
) -> Result<(CookieJar, Json<PublicKeyCredentialCreationOptions>), Turned> {
    let known = when_fresh(session.factors(), paths::ACCOUNT)?.credential_ids().await?;
    let person = session.signed_in.person();
    let (CreationChallengeResponse { public_key: mut options }, pending) = state
        .passkeys
        .webauthn
        .start_passkey_registration(person.0, &session.email, session.signed_in.display_name(), Some(known))
        .map_err(internal)?;
    // Signing in names nobody beforehand, so the authenticator has to know whose the passkey is.
    let selection = options.authenticator_selection.get_or_insert_default();
    selection.resident_key = Some(ResidentKeyRequirement::Required);
    selection.require_resident_key = true;
    let pending = serde_json::to_string(&pending).map_err(internal)?;
    let ceremony = state.store.begin_ceremony(CeremonyKind::PasskeyRegistration, Some(person), &pending).await?;
    Ok((session::begin(jar, ceremony), Json(options)))
}

#[derive(Deserialize)]
pub struct NewPasskey {
    name: String,
    credential: RegisterPublicKeyCredential,
}

/// `POST /account/passkeys`: the passkey that the authenticator made.
pub async fn register(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    jar: CookieJar,
    Body(NewPasskey { name, credential }): Body<NewPasskey>,
) -> Result<Json<Onward>, Turned> {
    let factors = when_fresh(session.factors(), paths::ACCOUNT)?;
    let name = short_name("name", &name).map_err(|problem| Problem::invalid_form("The passkey’s name", problem))?;
    let Some(pending) = ended::<PasskeyRegistration>(&state, &jar, CeremonyKind::PasskeyRegistration).await? else {
        return Err(Problem::passkey_refused().into());
    };
    if pending.person != Some(session.signed_in.person()) {
        return Err(Problem::passkey_refused().into());
    }
    let passkey = match state.passkeys.webauthn.finish_passkey_registration(&credential, &pending.state) {
        Ok(passkey) => passkey,
        Err(error) => {
            tracing::warn!(person = %session.signed_in.person(), %error, "a new passkey was refused");
            return Err(Problem::passkey_refused().into());
        }
    };
    let kept = serde_json::to_string(&passkey).map_err(internal)?;
    match factors.add_passkey(&name, passkey.cred_id(), &kept).await {
        Err(StoreError::Exists { .. }) => Err(Problem::passkey_refused().into()),
        added => {
            added?;
            Ok(Json(Onward { location: paths::with_query(paths::ACCOUNT, "done=passkey_added") }))
        }
    }
}

/// `POST /sign-in/passkey/start`: what the browser asks its authenticator. It names nobody's passkeys, so it says
/// nothing of who has an account.
pub async fn start_sign_in(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
) -> Result<(CookieJar, Json<PublicKeyCredentialRequestOptions>), Problem> {
    if let Some(wait) = state.store.count_ceremony(&client).await? {
        return Err(Problem::too_many(wait.num_seconds() + 1));
    }
    let (RequestChallengeResponse { public_key: options, .. }, pending) =
        state.passkeys.webauthn.start_discoverable_authentication().map_err(internal)?;
    let pending = serde_json::to_string(&pending).map_err(internal)?;
    let ceremony = state.store.begin_ceremony(CeremonyKind::PasskeySignIn, None, &pending).await?;
    Ok((session::begin(jar, ceremony), Json(options)))
}

#[derive(Deserialize)]
pub struct Presented {
    credential: PublicKeyCredential,
    #[serde(default)]
    next: String,
    #[serde(default)]
    zone: String,
}

/// `POST /sign-in/passkey`: the authenticator's answer. Whatever is wrong with it is answered alike.
pub async fn sign_in(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
    Body(Presented { credential, next, zone }): Body<Presented>,
) -> Result<(CookieJar, Json<Onward>), Problem> {
    let counted = |outcome: &'static str| {
        metrics::counter!("vitrine_sign_ins_total", "outcome" => outcome).increment(1);
    };
    // A zone that we don't know is as good as none: nobody typed it.
    let client = Client { time_zone: Zone::parse(&zone).ok(), ..client };
    match verified(&state, &jar, &credential, &client).await? {
        SignInAnswer::SignedIn(token) => {
            counted("accepted");
            let location = sign_in::destination(&state, &token, &next).await?;
            Ok((session::open(jar, token), Json(Onward { location })))
        }
        SignInAnswer::UseSingleSignOn => {
            counted("single_sign_on");
            Err(Problem::single_sign_on_alone())
        }
        SignInAnswer::Refused | SignInAnswer::Over | SignInAnswer::Wait(_) | SignInAnswer::CodeNeeded(_) => {
            counted("refused");
            Err(Problem::passkey_refused())
        }
    }
}

async fn verified(
    state: &AppState,
    jar: &CookieJar,
    credential: &PublicKeyCredential,
    client: &Client,
) -> Result<SignInAnswer, Problem> {
    let pending = ended::<DiscoverableAuthentication>(state, jar, CeremonyKind::PasskeySignIn).await?;
    let Some(Pending { state: pending, .. }) = pending else { return Ok(SignInAnswer::Over) };
    let id = credential.get_credential_id();
    let Some(owner) = state.store.passkey(id).await? else { return Ok(SignInAnswer::Refused) };
    match verify(&state.passkeys.webauthn, credential, pending, &owner) {
        Ok(kept) => Ok(state.store.sign_in_with_passkey(id, &owner, &kept, client).await?),
        Err(Refusal::Unsound(error)) => {
            tracing::warn!(person = %owner.person, %error, "a passkey's answer was refused");
            let why = match error {
                WebauthnError::CredentialPossibleCompromise => "Passkey that may have been copied",
                _ => "Wrong answer of a passkey",
            };
            state.store.refuse_passkey(&owner, client, why).await?;
            Ok(SignInAnswer::Refused)
        }
        Err(Refusal::Unreadable(error)) => Err(internal(error)),
    }
}

enum Refusal {
    Unsound(WebauthnError),
    /// What we kept of the passkey.
    Unreadable(serde_json::Error),
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        Self::Unsound(error)
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// Verifies an answer; returns what is kept of the passkey from now on, with its counter.
fn verify(
    webauthn: &Webauthn,
    credential: &PublicKeyCredential,
    pending: DiscoverableAuthentication,
    owner: &PasskeyOwner,
) -> Result<String, Refusal> {
    let mut passkey: Passkey = serde_json::from_str(&owner.credential)?;
    let (person, _) = webauthn.identify_discoverable_authentication(credential)?;
    if person != owner.person.0 {
        return Err(WebauthnError::InvalidUserUniqueId.into());
    }
    let result =
        webauthn.finish_discoverable_authentication_v2(credential, pending, DiscoverableKey::from(&passkey))?;
    passkey.update_credential(&result);
    Ok(serde_json::to_string(&passkey)?)
}

struct Pending<T> {
    person: Option<domain::PersonId>,
    state: T,
}

/// What the browser's ceremony was about. It is over with this, whatever comes of it.
async fn ended<T: DeserializeOwned>(
    state: &AppState,
    jar: &CookieJar,
    kind: CeremonyKind,
) -> Result<Option<Pending<T>>, Problem> {
    let Some(secret) = session::ceremony(jar) else { return Ok(None) };
    let Some(ceremony) = state.store.end_ceremony(kind, secret).await? else { return Ok(None) };
    let state = serde_json::from_str(&ceremony.state).map_err(internal)?;
    Ok(Some(Pending { person: ceremony.person, state }))
}

fn internal(error: impl std::error::Error + 'static) -> Problem {
    Problem::internal(&error)
}
