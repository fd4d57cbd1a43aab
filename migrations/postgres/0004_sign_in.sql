-- Strong sign-in. Secrets that must be read again are sealed (XChaCha20-Poly1305 under the key file's keys); secrets
-- that need only be recognised are kept as HMAC-SHA256 under the same keys.

-- Sessions of the schema before this one know too little to go on.
DROP TABLE session;

-- A password is optional, an address is free again once its person was removed, and a removed person's name stays
-- for the trail.
ALTER TABLE person
    DROP CONSTRAINT person_email_key,
    ALTER COLUMN password_hash DROP NOT NULL,
    -- The authenticator's secret, sealed, and the last time step that a code was taken of: none is taken twice.
    ADD COLUMN totp_secret bytea,
    ADD COLUMN totp_last_step bigint,
    -- Who the person is at the customer's own identity provider.
    ADD COLUMN sso_issuer text,
    ADD COLUMN sso_subject text,
    ADD COLUMN removed_at timestamptz;

CREATE UNIQUE INDEX person_by_email ON person (email) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX person_by_sso ON person (customer_id, sso_issuer, sso_subject)
    WHERE sso_subject IS NOT NULL AND removed_at IS NULL;
CREATE INDEX person_by_customer ON person (customer_id);

CREATE TABLE session (
    token_hash       bytea PRIMARY KEY,
    session_id       uuid NOT NULL UNIQUE,
    person_id        uuid NOT NULL REFERENCES person,
    means            text NOT NULL,
    device           text NOT NULL,
    address          text NOT NULL,
    time_zone        text,
    created_at       timestamptz NOT NULL,
    authenticated_at timestamptz NOT NULL,
    last_used_at     timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL
);

CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE passkey (
    credential_id bytea PRIMARY KEY,
    passkey_id    uuid NOT NULL UNIQUE,
    person_id     uuid NOT NULL REFERENCES person,
    name          text NOT NULL,
    -- The public key and its counter, as webauthn-rs writes them.
    credential    text NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);

CREATE INDEX passkey_by_person ON passkey (person_id);

CREATE TABLE recovery_code (
    person_id uuid NOT NULL REFERENCES person,
    code_hash bytea NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);

-- A device on which a person signed in before. Guesses from elsewhere don't slow it down.
CREATE TABLE known_device (
    device_hash bytea NOT NULL,
    person_id   uuid NOT NULL REFERENCES person,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (device_hash, person_id)
);

-- What was begun and must be ended within minutes: a second factor's turn, a passkey's challenge, a visit to an
-- identity provider. Ended once.
CREATE TABLE ceremony (
    token_hash bytea PRIMARY KEY,
    kind       text NOT NULL,
    person_id  uuid REFERENCES person,
    state      bytea NOT NULL,
    attempts   bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);

CREATE INDEX ceremony_by_expiry ON ceremony (expires_at);

-- How often sign-in failed lately, by account and by address. The key says neither.
CREATE TABLE sign_in_failure (
    bucket_hash   bytea PRIMARY KEY,
    failures      bigint NOT NULL,
    failed_at     timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);

CREATE INDEX sign_in_failure_by_time ON sign_in_failure (failed_at);

-- A link to join by, or, where it names a person, to begin anew after losing every factor.
CREATE TABLE invitation (
    token_hash    bytea PRIMARY KEY,
    invitation_id uuid NOT NULL UNIQUE,
    customer_id   uuid REFERENCES customer,
    person_id     uuid REFERENCES person,
    email         text NOT NULL,
    role          text NOT NULL,
    invited_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
);

CREATE INDEX invitation_by_customer ON invitation (customer_id);

-- What a customer asks of its members' sign-in, and its own identity provider. A customer without a row asks nothing.
CREATE TABLE sign_in_policy (
    customer_id   uuid PRIMARY KEY REFERENCES customer,
    rule          text NOT NULL
);

CREATE TABLE sso_connection (
    customer_id   uuid PRIMARY KEY REFERENCES customer,
    -- Issuer, client, claims and roles, as JSON.
    connection    text NOT NULL,
    client_secret bytea NOT NULL,
    enabled       boolean NOT NULL,
    enforced      boolean NOT NULL,
    -- Set by a test that went well, cleared by each change: only what was tested is switched on.
    tested_at     timestamptz
);

-- An e-mail domain belongs to one customer at most.
CREATE TABLE sso_domain (
    domain      text PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customer
);

-- Tokens get a name, an end and a last use.
DROP TABLE api_token;
CREATE TABLE api_token (
    token_hash   bytea PRIMARY KEY,
    token_id     uuid NOT NULL UNIQUE,
    customer_id  uuid REFERENCES customer,
    name         text NOT NULL,
    -- The token's first characters, to recognise it by.
    hint         text NOT NULL,
    scope        text NOT NULL,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz
);

CREATE INDEX api_token_by_customer ON api_token (customer_id);

-- Who did what in the portal, in order and without gaps: one trail a customer, and one of the provider, whose owner
-- is the nil UUID.
CREATE TABLE trail (
    owner_id uuid PRIMARY KEY,
    size     bigint NOT NULL
);

CREATE TABLE trail_entry (
    owner_id    uuid NOT NULL REFERENCES trail,
    sequence    bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    act         text NOT NULL,
    actor_id    uuid,
    actor       text NOT NULL,
    subject     text NOT NULL,
    device      text NOT NULL,
    address     text NOT NULL,
    PRIMARY KEY (owner_id, sequence)
);

CREATE TRIGGER trail_entry_is_append_only BEFORE UPDATE OR DELETE ON trail_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER trail_entry_is_not_truncated BEFORE TRUNCATE ON trail_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The keys that something here is sealed or hashed with. A server without them must not start.
CREATE TABLE key_in_use (
    key_id     bytea PRIMARY KEY,
    first_used timestamptz NOT NULL
);
