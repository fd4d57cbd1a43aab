-- The keys by which others tell that a token is ours. Each is published before it signs, and for as long after it as
-- what it signed is good.
CREATE TABLE signing_key (
    key_id          uuid PRIMARY KEY,
    -- 0, 1, 2 …: of two servers that make the next one at once, one does.
    generation      bigint NOT NULL UNIQUE,
    public_key      bytea NOT NULL,
    -- The private key, sealed.
    secret          bytea NOT NULL,
    signs_from      timestamptz NOT NULL,
    -- Once another took its place.
    published_until timestamptz
);

-- Where a customer's systems, or the provider's, are told what happens. Whoever delivers takes the next message of
-- anybody's, so no policy binds these to a customer: address, secret and messages are sealed.
CREATE TABLE webhook (
    webhook_id   uuid PRIMARY KEY,
    customer_id  uuid REFERENCES customer,
    name         text NOT NULL,
    -- The address and its secrets, sealed.
    connection   bytea NOT NULL,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    delivered_at timestamptz
);

CREATE INDEX webhook_by_customer ON webhook (customer_id);

-- What is to be told to one of them, written with what it tells, and for a while what was.
CREATE TABLE webhook_message (
    message_id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhook ON DELETE CASCADE,
    event      text NOT NULL,
    -- As it is sent, sealed; gone once it was delivered or given up.
    body       bytea,
    queued_at  timestamptz NOT NULL,
    -- When it is tried next. Whoever tries it moves this on first, so that nobody else does meanwhile.
    try_at     timestamptz,
    tries      bigint NOT NULL,
    give_up_at timestamptz NOT NULL,
    done_at    timestamptz,
    -- What went wrong the last time, sealed.
    failure    bytea,
    CHECK ((body IS NULL) = (try_at IS NULL) AND (body IS NULL) = (done_at IS NOT NULL))
);

CREATE INDEX webhook_message_waiting ON webhook_message (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX webhook_message_done ON webhook_message (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX webhook_message_by_webhook ON webhook_message (webhook_id, queued_at);
