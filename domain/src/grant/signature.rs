//! Signed approvals: what is signed, with which key, and whether a signature is one.

use ed25519_dalek::Verifier as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{AccessRequest, Extent};
use crate::{CustomerId, GrantId};

/// User present and user verified (WebAuthn level 3, section 6.1).
const PRESENT_AND_VERIFIED: u8 = 0x05;
const FLAGS_AT: usize = 32;

#[derive(Serialize)]
struct Statement<'a> {
    customer: CustomerId,
    decision: &'static str,
    extent: &'a Extent,
    grant: GrantId,
    request: &'a AccessRequest,
    version: u8,
}

/// The bytes that an approval signs: the exact request and how much of it is approved, as RFC 8785 canonical JSON.
///
/// # Errors
/// Never but for what serde_json can't write, which nothing here is.
pub fn statement(
    customer: CustomerId,
    grant: GrantId,
    request: &AccessRequest,
    extent: &Extent,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Statement { customer, decision: "approve", extent, grant, request, version: 1 })
}

/// A key that the customer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "algorithm", content = "public_key", rename_all = "snake_case")]
pub enum PublicKey {
    /// Ed25519 (RFC 8032): 32 bytes.
    Ed25519(#[serde(with = "hex")] Vec<u8>),
    /// ECDSA on P-256 with SHA-256: the point of SEC 1, with or without compression. Signatures are those of
    /// ASN.1 DER.
    P256(#[serde(with = "hex")] Vec<u8>),
}

/// The signature of an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Signature {
    /// By a passkey: the challenge of the assertion is the SHA-256 of the statement.
    Passkey {
        #[serde(flatten)]
        key: PublicKey,
        /// The domain that the passkey belongs to.
        relying_party: String,
        #[serde(with = "hex")]
        credential_id: Vec<u8>,
        #[serde(with = "hex")]
        authenticator_data: Vec<u8>,
        /// As the browser wrote it: its hash is signed.
        client_data_json: String,
        #[serde(with = "hex")]
        signature: Vec<u8>,
    },
    /// By a key of the customer's own, over the statement itself.
    Key {
        #[serde(flatten)]
        key: PublicKey,
        key_id: crate::ApprovalKeyId,
        #[serde(with = "hex")]
        signature: Vec<u8>,
    },
}

/// What is wrong with a signature or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    #[error("the key is no key of its kind")]
    Key,
    #[error("the key didn’t sign this")]
    Wrong,
    #[error("the passkey’s answer can’t be read")]
    Unreadable,
    #[error("the passkey signed something else")]
    Challenge,
    #[error("the passkey belongs to another domain")]
    RelyingParty,
    #[error("the passkey didn’t check who used it")]
    Unverified,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
}

/// What stands before the key itself where it is written as a SubjectPublicKeyInfo (RFC 8410, section 4).
const ED25519_INFO: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The same for an uncompressed point on P-256 (RFC 5480, section 2).
const P256_INFO: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl PublicKey {
    /// The key in a text such as `openssl pkey -pubout` writes (RFC 7468, section 13).
    ///
    /// # Errors
    /// [`SignatureProblem::Key`] where it is none, or of another kind.
    pub fn from_pem(text: &str) -> Result<Self, SignatureProblem> {
        let body = text.trim().strip_prefix("-----BEGIN PUBLIC KEY-----");
        let body = body.and_then(|body| body.strip_suffix("-----END PUBLIC KEY-----")).ok_or(SignatureProblem::Key)?;
        let body = body.split_ascii_whitespace().collect::<String>();
        let info = data_encoding::BASE64.decode(body.as_bytes()).map_err(|_| SignatureProblem::Key)?;
        let key = if let Some(key) = info.strip_prefix(ED25519_INFO) {
            Self::Ed25519(key.to_vec())
        } else if let Some(key) = info.strip_prefix(P256_INFO) {
            Self::P256(key.to_vec())
        } else {
            return Err(SignatureProblem::Key);
        };
        key.check()?;
        Ok(key)
    }

    /// Whether it is a key at all.
    ///
    /// # Errors
    /// [`SignatureProblem::Key`] where it isn't.
    pub fn check(&self) -> Result<(), SignatureProblem> {
        match self {
            Self::Ed25519(bytes) => ed25519(bytes).map(drop),
            Self::P256(bytes) => p256(bytes).map(drop),
        }
    }

    /// SHA-256 of the key, in hexadecimal: what people compare.
    pub fn fingerprint(&self) -> String {
        let (Self::Ed25519(bytes) | Self::P256(bytes)) = self;
        hex::encode(Sha256::digest(bytes))
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureProblem> {
        match self {
            Self::Ed25519(bytes) => {
                let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureProblem::Wrong)?;
                ed25519(bytes)?.verify_strict(message, &signature).map_err(|_| SignatureProblem::Wrong)
            }
            Self::P256(bytes) => {
                let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| SignatureProblem::Wrong)?;
                p256(bytes)?.verify(message, &signature).map_err(|_| SignatureProblem::Wrong)
            }
        }
    }
}

fn ed25519(bytes: &[u8]) -> Result<ed25519_dalek::VerifyingKey, SignatureProblem> {
    let bytes = bytes.try_into().map_err(|_| SignatureProblem::Key)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| SignatureProblem::Key)?;
    // With a weak key one signature holds for many messages.
    if key.is_weak() { Err(SignatureProblem::Key) } else { Ok(key) }
}

fn p256(bytes: &[u8]) -> Result<p256::ecdsa::VerifyingKey, SignatureProblem> {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| SignatureProblem::Key)
}

impl Signature {
    /// The key that made it.
    pub fn key(&self) -> &PublicKey {
        let (Self::Passkey { key, .. } | Self::Key { key, .. }) = self;
        key
    }

    /// Whether it signs exactly this statement.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, statement: &[u8]) -> Result<(), SignatureProblem> {
        match self {
            Self::Key { key, signature, .. } => key.verify(statement, signature),
            Self::Passkey { key, relying_party, authenticator_data, client_data_json, signature, .. } => {
                let client: ClientData =
                    serde_json::from_str(client_data_json).map_err(|_| SignatureProblem::Unreadable)?;
                let challenge = data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(statement));
                if client.kind != "webauthn.get" || client.challenge.trim_end_matches('=') != challenge {
                    return Err(SignatureProblem::Challenge);
                }
                let of = authenticator_data.get(..FLAGS_AT).ok_or(SignatureProblem::Unreadable)?;
                if of != Sha256::digest(relying_party.as_bytes()).as_slice() {
                    return Err(SignatureProblem::RelyingParty);
                }
                let flags = authenticator_data.get(FLAGS_AT).ok_or(SignatureProblem::Unreadable)?;
                if flags & PRESENT_AND_VERIFIED != PRESENT_AND_VERIFIED {
                    return Err(SignatureProblem::Unverified);
                }
                let mut signed = authenticator_data.clone();
                signed.extend_from_slice(&Sha256::digest(client_data_json.as_bytes()));
                key.verify(&signed, signature)
            }
        }
    }
}
