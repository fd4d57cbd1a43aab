//! An authenticator and the browser around it, in software: it says whatever a test wants it to.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// One passkey, and what is said with it.
pub struct Authenticator {
    /// Where the browser says that its page came from.
    pub origin: String,
    /// The domain that the authenticator says it was asked for.
    pub domain: String,
    /// Whether it makes sure who uses it.
    pub verifies: bool,
    /// Counts its answers.
    pub counter: u32,
    /// Whose it is, as it was told when it was made.
    pub user: Vec<u8>,
    pub id: Vec<u8>,
    key: EcdsaKeyPair,
}

impl Authenticator {
    pub fn new(origin: &str, domain: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random);
        let mut id = vec![0; 32];
        random.fill(&mut id).expect("random bytes");
        Self {
            origin: origin.to_owned(),
            domain: domain.to_owned(),
            verifies: true,
            counter: 0,
            user: Vec::new(),
            id,
            key: key.expect("a key"),
        }
    }

    /// Answers options of creation.
    pub fn make(&mut self, options: &Value) -> Value {
        self.user = BASE64.decode(options["user"]["id"].as_str().expect("a user")).expect("base 64");
        let client = self.client_data("webauthn.create", options);
        let mut data = self.authenticator_data(HAS_CREDENTIAL);
        // No make of authenticator is said.
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend(&self.id);
        // COSE (RFC 9053): an ES256 key, x and y.
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}.
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).expect("a short text"));
        attestation.extend(data);
        json!({
            "id": BASE64.encode(&self.id), "rawId": BASE64.encode(&self.id), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": BASE64.encode(client), "attestationObject": BASE64.encode(attestation),
                "transports": ["internal"], "publicKeyAlgorithm": -7,
            },
        })
    }

    /// Answers options of a request.
    pub fn answer(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(0);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        json!({
            "id": BASE64.encode(&self.id), "rawId": BASE64.encode(&self.id), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": BASE64.encode(client), "authenticatorData": BASE64.encode(data),
                "signature": BASE64.encode(signature), "userHandle": BASE64.encode(&self.user),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(&self.domain).to_vec();
        data.push(USER_PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
}
