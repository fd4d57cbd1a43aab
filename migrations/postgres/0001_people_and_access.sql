-- A customer's rows lead with the customer, so that a sharding extension can distribute them by it.

CREATE TABLE customer (
    customer_id  uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    display_name text NOT NULL,
    created_at   timestamptz NOT NULL
);

-- A person without a customer is the provider's staff.
CREATE TABLE person (
    person_id     uuid PRIMARY KEY,
    customer_id   uuid REFERENCES customer,
    email         text NOT NULL UNIQUE,
    display_name  text NOT NULL,
    role          text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL
);

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX session_by_expiry ON session (expires_at);

-- A token without a customer is the provider's.
CREATE TABLE api_token (
    token_hash  bytea PRIMARY KEY,
    customer_id uuid REFERENCES customer,
    scope       text NOT NULL,
    created_at  timestamptz NOT NULL
);

-- One log a customer. log_name is random, so that it says nothing about the customer.
CREATE TABLE access_log (
    customer_id uuid PRIMARY KEY REFERENCES customer,
    log_name    bytea NOT NULL UNIQUE,
    size        bigint NOT NULL DEFAULT 0
);

-- record is the access as JSON; the columns before it repeat what lists are filtered and ordered by.
CREATE TABLE access_record (
    customer_id      uuid NOT NULL REFERENCES customer,
    sequence         bigint NOT NULL,
    source           text NOT NULL,
    event_id         text NOT NULL,
    started_at       timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL,
    purpose          text NOT NULL,
    office_country   text NOT NULL,
    physical_country text NOT NULL,
    service          text NOT NULL,
    operations       bigint NOT NULL,
    corrects         bigint,
    salt             bytea NOT NULL,
    record           jsonb NOT NULL,
    search           tsvector NOT NULL,
    PRIMARY KEY (customer_id, sequence),
    UNIQUE (customer_id, source, event_id)
) PARTITION BY HASH (customer_id);

-- Leaf hashes outlive the records: a log still verifies after retention or erasure has taken its records.
CREATE TABLE access_leaf (
    customer_id uuid NOT NULL REFERENCES customer,
    sequence    bigint NOT NULL,
    leaf_hash   bytea NOT NULL,
    PRIMARY KEY (customer_id, sequence)
) PARTITION BY HASH (customer_id);

DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format('CREATE TABLE access_record_%s PARTITION OF access_record
                        FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
        EXECUTE format('CREATE TABLE access_leaf_%s PARTITION OF access_leaf
                        FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
    END LOOP;
END $$;

-- Lists walk this index; what they filter by stands in it, so that a row that doesn't match is never read.
CREATE INDEX access_record_by_time ON access_record
    (customer_id, started_at, sequence, purpose, office_country, physical_country, service, operations);

CREATE INDEX access_record_by_corrected ON access_record (customer_id, corrects) WHERE corrects IS NOT NULL;

CREATE INDEX access_record_by_word ON access_record USING gin (search);

-- Counts a day, so that an overview doesn't read the record.
CREATE TABLE access_tally (
    customer_id      uuid NOT NULL REFERENCES customer,
    day              timestamptz NOT NULL,
    purpose          text NOT NULL,
    office_country   text NOT NULL,
    physical_country text NOT NULL,
    service          text NOT NULL,
    accesses         bigint NOT NULL,
    PRIMARY KEY (customer_id, day, purpose, office_country, physical_country, service)
);

-- What occurs in a customer's record at all, for its filters to offer.
CREATE TABLE access_choice (
    customer_id uuid NOT NULL REFERENCES customer,
    field       text NOT NULL,
    value       text NOT NULL,
    PRIMARY KEY (customer_id, field, value)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: nothing is updated, deleted or truncated; a correction is a new record', TG_TABLE_NAME;
END $$;

CREATE TRIGGER access_record_is_append_only BEFORE UPDATE OR DELETE ON access_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_leaf_is_append_only BEFORE UPDATE OR DELETE ON access_leaf
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_record_is_not_truncated BEFORE TRUNCATE ON access_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_leaf_is_not_truncated BEFORE TRUNCATE ON access_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
