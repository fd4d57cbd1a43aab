//! Tries a connection out before it is switched on, without anybody signing in.

use domain::{Timestamp, single_sign_on::SsoConnection};
use openidconnect::{
    JsonWebKey, PkceCodeChallenge, RequestTokenError,
    core::{CoreErrorResponseType, CoreJsonWebKeyType, CoreResponseType},
};

use super::{Metadata, SIGNATURES, SsoClient, SsoError, client, error};

/// No provider gave out this code, so it is refused; what for tells whether the client was known.
const NO_CODE: &str = "vitrine-tries-the-connection";

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub outcome: Outcome,
    /// What was tried and what came of it.
    pub sentence: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Good,
    /// It can't be told without a person who signs in.
    Doubtful,
    Wrong,
}

impl Finding {
    fn new(outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self { outcome, sentence: sentence.into() }
    }
}

impl SsoClient {
    /// Tries the connection out, asking the provider anew. It works as far as can be told where nothing is
    /// [`Outcome::Wrong`].
    pub async fn test(
        &self,
        connection: &SsoConnection,
        client_secret: &str,
        redirect_url: &str,
        now: Timestamp,
    ) -> Vec<Finding> {
        let provider = match self.learn(connection, now).await {
            Ok(provider) => provider,
            Err(error) => return vec![Finding::new(Outcome::Wrong, error.to_string())],
        };
        let metadata = &provider.metadata;
        let reached = format!("The provider is reached, and says that it is {}.", connection.issuer);
        let mut findings = vec![Finding::new(Outcome::Good, reached)];
        findings.extend([flow(metadata), keys(metadata), email(metadata)]);
        findings.push(match client(metadata, connection, Some(client_secret), redirect_url) {
            Ok(client) => {
                let (_, verifier) = PkceCodeChallenge::new_random_sha256();
                match self.exchange(client, metadata, NO_CODE, &verifier).await {
                    Ok(Err(RequestTokenError::ServerResponse(answer))) => match answer.error() {
                        CoreErrorResponseType::InvalidGrant => {
                            let sentence = "The provider has nothing against the client id and its secret.";
                            Finding::new(Outcome::Good, sentence)
                        }
                        CoreErrorResponseType::InvalidRequest => Finding::new(
                            Outcome::Doubtful,
                            format!(
                                "The client id and its secret can't be tried out at this provider ({}).",
                                error::token_error(&answer)
                            ),
                        ),
                        _ => wrong(&error::from_token_endpoint(RequestTokenError::ServerResponse(answer))),
                    },
                    Ok(Err(error)) => wrong(&error::from_token_endpoint(error)),
                    Ok(Ok(_)) => {
                        let sentence = "The provider gives tokens for a code that it never gave out.";
                        Finding::new(Outcome::Wrong, sentence)
                    }
                    Err(error) => wrong(&error),
                }
            }
            Err(error) => wrong(&error),
        });
        findings
    }
}

fn wrong(error: &SsoError) -> Finding {
    Finding::new(Outcome::Wrong, error.to_string())
}

fn flow(metadata: &Metadata) -> Finding {
    let code = [CoreResponseType::Code];
    if !metadata.response_types_supported().iter().any(|types| types.as_slice() == code) {
        return Finding::new(Outcome::Wrong, "The provider doesn't offer the authorization code flow.");
    }
    match &metadata.additional_metadata().code_challenge_methods_supported {
        Some(methods) if methods.iter().any(|method| method == "S256") => {
            Finding::new(Outcome::Good, "The provider offers the authorization code flow with PKCE.")
        }
        _ => Finding::new(
            Outcome::Doubtful,
            "The provider offers the authorization code flow, but doesn't say that it heeds PKCE.",
        ),
    }
}

fn keys(metadata: &Metadata) -> Finding {
    let offered = metadata.id_token_signing_alg_values_supported();
    if !SIGNATURES.iter().any(|algorithm| offered.contains(algorithm)) {
        return Finding::new(
            Outcome::Wrong,
            "The provider signs ID tokens in no way that is taken here, such as RS256.",
        );
    }
    let usable = metadata.jwks().keys().iter().filter(|key| *key.key_type() != CoreJsonWebKeyType::Symmetric).count();
    match usable {
        0 => Finding::new(Outcome::Wrong, "The provider shows no public key by which its ID tokens could be verified."),
        1 => Finding::new(Outcome::Good, "The provider's key is read."),
        several => Finding::new(Outcome::Good, format!("The provider's {several} keys are read.")),
    }
}

fn email(metadata: &Metadata) -> Finding {
    let scopes = metadata.scopes_supported();
    if scopes.is_some_and(|scopes| scopes.iter().any(|scope| scope.as_str() == "email")) {
        Finding::new(Outcome::Good, "The provider offers e-mail addresses.")
    } else {
        let sentence = "The provider doesn't say that it gives e-mail addresses, without which nobody can sign in.";
        Finding::new(Outcome::Doubtful, sentence)
    }
}
