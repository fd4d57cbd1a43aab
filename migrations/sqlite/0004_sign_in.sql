-- Strong sign-in. Secrets that must be read again are sealed (XChaCha20-Poly1305 under the key file's keys); secrets
-- that need only be recognised are kept as HMAC-SHA256 under the same keys.

-- Sessions of the schema before this one know too little to go on.
DROP TABLE session;

-- A password is optional, an address is free again once its person was removed, and a removed person's name stays
-- for the trail.
CREATE TABLE person_with_factors (
    person_id      BLOB PRIMARY KEY,
    customer_id    BLOB REFERENCES customer,
    email          TEXT NOT NULL,
    display_name   TEXT NOT NULL,
    role           TEXT NOT NULL,
    password_hash  TEXT,
    -- The authenticator's secret, sealed, and the last time step that a code was taken of: none is taken twice.
    totp_secret    BLOB,
    totp_last_step INTEGER,
    -- Who the person is at the customer's own identity provider.
    sso_issuer     TEXT,
    sso_subject    TEXT,
    time_zone      TEXT,
    created_at     INTEGER NOT NULL,
    removed_at     INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO person_with_factors (person_id, customer_id, email, display_name, role, password_hash, time_zone, created_at)
SELECT person_id, customer_id, email, display_name, role, password_hash, time_zone, created_at FROM person;

DROP TABLE person;
ALTER TABLE person_with_factors RENAME TO person;

CREATE UNIQUE INDEX person_by_email ON person (email) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX person_by_sso ON person (customer_id, sso_issuer, sso_subject)
    WHERE sso_subject IS NOT NULL AND removed_at IS NULL;
CREATE INDEX person_by_customer ON person (customer_id);

CREATE TABLE session (
    token_hash       BLOB PRIMARY KEY,
    session_id       BLOB NOT NULL UNIQUE,
    person_id        BLOB NOT NULL REFERENCES person,
    means            TEXT NOT NULL,
    device           TEXT NOT NULL,
    address          TEXT NOT NULL,
    time_zone        TEXT,
    created_at       INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_used_at     INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE passkey (
    credential_id BLOB PRIMARY KEY,
    passkey_id    BLOB NOT NULL UNIQUE,
    person_id     BLOB NOT NULL REFERENCES person,
    name          TEXT NOT NULL,
    -- The public key and its counter, as webauthn-rs writes them.
    credential    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_by_person ON passkey (person_id);

CREATE TABLE recovery_code (
    person_id BLOB NOT NULL REFERENCES person,
    code_hash BLOB NOT NULL,
    PRIMARY KEY (person_id, code_hash)
) STRICT, WITHOUT ROWID;

-- A device on which a person signed in before. Guesses from elsewhere don't slow it down.
CREATE TABLE known_device (
    device_hash BLOB NOT NULL,
    person_id   BLOB NOT NULL REFERENCES person,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (device_hash, person_id)
) STRICT, WITHOUT ROWID;

-- What was begun and must be ended within minutes: a second factor's turn, a passkey's challenge, a visit to an
-- identity provider. Ended once.
CREATE TABLE ceremony (
    token_hash BLOB PRIMARY KEY,
    kind       TEXT NOT NULL,
    person_id  BLOB REFERENCES person,
    state      BLOB NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ceremony_by_expiry ON ceremony (expires_at);

-- How often sign-in failed lately, by account and by address. The key says neither.
CREATE TABLE sign_in_failure (
    bucket_hash   BLOB PRIMARY KEY,
    failures      INTEGER NOT NULL,
    failed_at     INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_failure_by_time ON sign_in_failure (failed_at);

-- A link to join by, or, where it names a person, to begin anew after losing every factor.
CREATE TABLE invitation (
    token_hash    BLOB PRIMARY KEY,
    invitation_id BLOB NOT NULL UNIQUE,
    customer_id   BLOB REFERENCES customer,
    person_id     BLOB REFERENCES person,
    email         TEXT NOT NULL,
    role          TEXT NOT NULL,
    invited_by    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX invitation_by_customer ON invitation (customer_id);

-- What a customer asks of its members' sign-in, and its own identity provider. A customer without a row asks nothing.
CREATE TABLE sign_in_policy (
    customer_id   BLOB PRIMARY KEY REFERENCES customer,
    rule          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sso_connection (
    customer_id   BLOB PRIMARY KEY REFERENCES customer,
    -- Issuer, client, claims and roles, as JSON.
    connection    TEXT NOT NULL,
    client_secret BLOB NOT NULL,
    enabled       INTEGER NOT NULL,
    enforced      INTEGER NOT NULL,
    -- Set by a test that went well, cleared by each change: only what was tested is switched on.
    tested_at     INTEGER
) STRICT, WITHOUT ROWID;

-- An e-mail domain belongs to one customer at most.
CREATE TABLE sso_domain (
    domain      TEXT PRIMARY KEY,
    customer_id BLOB NOT NULL REFERENCES customer
) STRICT, WITHOUT ROWID;

-- Tokens get a name, an end and a last use.
DROP TABLE api_token;
CREATE TABLE api_token (
    token_hash   BLOB PRIMARY KEY,
    token_id     BLOB NOT NULL UNIQUE,
    customer_id  BLOB REFERENCES customer,
    name         TEXT NOT NULL,
    -- The token's first characters, to recognise it by.
    hint         TEXT NOT NULL,
    scope        TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_token_by_customer ON api_token (customer_id);

-- Who did what in the portal, in order and without gaps: one trail a customer, and one of the provider, whose owner
-- is sixteen zero bytes.
CREATE TABLE trail (
    owner_id BLOB PRIMARY KEY,
    size     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trail_entry (
    owner_id    BLOB NOT NULL REFERENCES trail,
    sequence    INTEGER NOT NULL,
    happened_at INTEGER NOT NULL,
    act         TEXT NOT NULL,
    actor_id    BLOB,
    actor       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    device      TEXT NOT NULL,
    address     TEXT NOT NULL,
    PRIMARY KEY (owner_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER trail_entry_is_not_updated BEFORE UPDATE ON trail_entry
BEGIN SELECT RAISE(ABORT, 'the trail is never changed'); END;

CREATE TRIGGER trail_entry_is_not_deleted BEFORE DELETE ON trail_entry
BEGIN SELECT RAISE(ABORT, 'the trail is never deleted'); END;

-- The keys that something here is sealed or hashed with. A server without them must not start.
CREATE TABLE key_in_use (
    key_id     BLOB PRIMARY KEY,
    first_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
