-- The keys by which others tell that a token is ours. Each is published before it signs, and for as long after it as
-- what it signed is good.
CREATE TABLE signing_key (
    key_id          BLOB PRIMARY KEY,
    -- 0, 1, 2 …: of two servers that make the next one at once, one does.
    generation      INTEGER NOT NULL UNIQUE,
    public_key      BLOB NOT NULL,
    -- The private key, sealed.
    secret          BLOB NOT NULL,
    signs_from      INTEGER NOT NULL,
    -- Once another took its place.
    published_until INTEGER
) STRICT, WITHOUT ROWID;

-- Where a customer's systems, or the provider's, are told what happens. Whoever delivers takes the next message of
-- anybody's: address, secret and messages are sealed.
CREATE TABLE webhook (
    webhook_id   BLOB PRIMARY KEY,
    customer_id  BLOB REFERENCES customer,
    name         TEXT NOT NULL,
    -- The address and its secrets, sealed.
    connection   BLOB NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    delivered_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_by_customer ON webhook (customer_id);

-- What is to be told to one of them, written with what it tells, and for a while what was.
CREATE TABLE webhook_message (
    message_id BLOB PRIMARY KEY,
    webhook_id BLOB NOT NULL REFERENCES webhook ON DELETE CASCADE,
    event      TEXT NOT NULL,
    -- As it is sent, sealed; gone once it was delivered or given up.
    body       BLOB,
    queued_at  INTEGER NOT NULL,
    -- When it is tried next. Whoever tries it moves this on first, so that nobody else does meanwhile.
    try_at     INTEGER,
    tries      INTEGER NOT NULL,
    give_up_at INTEGER NOT NULL,
    done_at    INTEGER,
    -- What went wrong the last time, sealed.
    failure    BLOB,
    CHECK ((body IS NULL) = (try_at IS NULL) AND (body IS NULL) = (done_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_message_waiting ON webhook_message (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX webhook_message_done ON webhook_message (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX webhook_message_by_webhook ON webhook_message (webhook_id, queued_at);
