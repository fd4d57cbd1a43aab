//! Tokens of grants: for a few minutes, and never longer than the grant, a gateway of the provider's tells by one, without
//! asking us, that access was granted. They are JWTs (RFC 7519) signed with Ed25519 (RFC 8037).

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    CountryCode, GrantId, OperationSet, Purpose, Timestamp,
    grant::{GrantState, ResourcePattern},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{DeskGrant, LONGEST_TOKEN, StoreError};

use crate::state::AppState;

const ALGORITHM: &str = "EdDSA";

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// What a token says. Times are in seconds, as RFC 7519 has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    /// The pseudonym of whoever may act.
    sub: String,
    /// The service that it is for.
    aud: String,
    pub jti: GrantId,
    iat: i64,
    exp: i64,
    /// The customer's name in the portal.
    customer: String,
    resources: Vec<ResourcePattern>,
    operations: OperationSet,
    /// From where they may act.
    countries: BTreeSet<CountryCode>,
    purpose: Purpose,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
}

fn encoded(part: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(part)?))
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn issuer(state: &AppState) -> &str {
    state.public_url.as_str().trim_end_matches('/')
}

/// A token for what is granted now, and when it ends; `None` where nothing is, or only for less than a second more.
pub async fn sign(state: &AppState, granted: &DeskGrant) -> Result<Option<(String, Timestamp)>, StoreError> {
    let DeskGrant { customer, grant } = granted;
    let GrantState::Granted(in_force) = &grant.state else { return Ok(None) };
    let (facts, stage, now) = (in_force.facts(), in_force.stage(), state.store.now());
    let seconds = |time: Timestamp| time.utc().timestamp();
    let (iat, exp) = (seconds(now), seconds(now.plus(LONGEST_TOKEN).min(stage.until)));
    let Some(ends) = Timestamp::from_micros(exp * 1_000_000).ok().filter(|ends| *ends > now) else { return Ok(None) };
    let claims = Claims {
        iss: issuer(state).to_owned(),
        sub: facts.request.accessor.clone(),
        aud: facts.request.service.clone(),
        jti: grant.id,
        iat,
        exp,
        customer: customer.name.clone(),
        resources: stage.extent.resources.clone(),
        operations: stage.extent.operations,
        countries: stage.extent.countries.clone(),
        purpose: facts.request.purpose,
        ticket: facts.request.ticket.clone(),
    };
    let key = state.store.signing_key().await?;
    let header = Header { alg: ALGORITHM.to_owned(), kid: key.id.to_string(), typ: "JWT".to_owned() };
    let signed = format!("{}.{}", encoded(&header)?, encoded(&claims)?);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    Ok(Some((format!("{signed}.{signature}"), ends)))
}

/// What a token says, where it is one of ours and its time isn't over.
pub async fn read(state: &AppState, token: &str) -> Result<Option<Claims>, StoreError> {
    let Some((signed, signature)) = token.rsplit_once('.') else { return Ok(None) };
    let Some((header, claims)) = signed.split_once('.') else { return Ok(None) };
    let (Some(header), Ok(signature)) = (decoded::<Header>(header), BASE64_URL_SAFE_NO_PAD.decode(signature)) else {
        return Ok(None);
    };
    let keys = state.store.published_keys().await?;
    let key = keys.iter().find(|key| header.alg == ALGORITHM && key.id.to_string() == header.kid);
    if !key.is_some_and(|key| key.verifies(signed.as_bytes(), &signature)) {
        return Ok(None);
    }
    let now = state.store.now().utc().timestamp();
    Ok(decoded::<Claims>(claims).filter(|claims| claims.iss == issuer(state) && now < claims.exp))
}
