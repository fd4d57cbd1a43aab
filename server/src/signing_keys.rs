//! `/.well-known/jwks.json`: the keys by which others tell, without asking us, that a token is ours.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
    OctetKeyPairType, PublicKeyUse,
};
use store::{KEYS_KEPT, PublishedKey};

use crate::{problem::Problem, state::AppState};

/// A key as RFC 8037 writes it.
fn jwk(key: &PublishedKey) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(key.id.to_string()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: BASE64_URL_SAFE_NO_PAD.encode(key.public_key),
        }),
    }
}

/// `GET /.well-known/jwks.json`
pub async fn jwks(State(state): State<AppState>) -> Result<([(HeaderName, String); 1], Json<JwkSet>), Problem> {
    let keys = state.store.published_keys().await?.iter().map(jwk).collect();
    let kept = format!("public, max-age={}", KEYS_KEPT.num_seconds());
    Ok(([(header::CACHE_CONTROL, kept)], Json(JwkSet { keys })))
}
