-- Times are microseconds since 1970 in UTC; identifiers are 16 bytes; a customer's rows lead with the customer.

CREATE TABLE customer (
    customer_id  BLOB PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A person without a customer is the provider's staff.
CREATE TABLE person (
    person_id     BLOB PRIMARY KEY,
    customer_id   BLOB REFERENCES customer,
    email         TEXT NOT NULL UNIQUE,
    display_name  TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    person_id  BLOB NOT NULL REFERENCES person,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_expiry ON session (expires_at);

-- A token without a customer is the provider's.
CREATE TABLE api_token (
    token_hash  BLOB PRIMARY KEY,
    customer_id BLOB REFERENCES customer,
    scope       TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One log a customer. log_name is random, so that it says nothing about the customer.
CREATE TABLE access_log (
    customer_id BLOB PRIMARY KEY REFERENCES customer,
    log_name    BLOB NOT NULL UNIQUE,
    size        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- record is RFC 8785 canonical JSON; the columns before it repeat what lists are filtered and ordered by.
CREATE TABLE access_record (
    record_id        INTEGER PRIMARY KEY,
    customer_id      BLOB NOT NULL REFERENCES customer,
    sequence         INTEGER NOT NULL,
    source           TEXT NOT NULL,
    event_id         TEXT NOT NULL,
    started_at       INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL,
    purpose          TEXT NOT NULL,
    office_country   TEXT NOT NULL,
    physical_country TEXT NOT NULL,
    service          TEXT NOT NULL,
    operations       INTEGER NOT NULL,
    corrects         INTEGER,
    salt             BLOB NOT NULL,
    record           TEXT NOT NULL,
    UNIQUE (customer_id, sequence),
    UNIQUE (customer_id, source, event_id)
) STRICT;

-- Lists walk this index; what they filter by stands in it, so that a row that doesn't match is never read.
CREATE INDEX access_record_by_time ON access_record
    (customer_id, started_at, sequence, purpose, office_country, physical_country, service, operations);

CREATE INDEX access_record_by_corrected ON access_record (customer_id, corrects) WHERE corrects IS NOT NULL;

-- Leaf hashes outlive the records: a log still verifies after retention or erasure has taken its records.
CREATE TABLE access_leaf (
    customer_id BLOB NOT NULL REFERENCES customer,
    sequence    INTEGER NOT NULL,
    leaf_hash   BLOB NOT NULL,
    PRIMARY KEY (customer_id, sequence)
) STRICT, WITHOUT ROWID;

-- Counts a day, so that an overview doesn't read the record.
CREATE TABLE access_tally (
    customer_id      BLOB NOT NULL REFERENCES customer,
    day              INTEGER NOT NULL,
    purpose          TEXT NOT NULL,
    office_country   TEXT NOT NULL,
    physical_country TEXT NOT NULL,
    service          TEXT NOT NULL,
    accesses         INTEGER NOT NULL,
    PRIMARY KEY (customer_id, day, purpose, office_country, physical_country, service)
) STRICT, WITHOUT ROWID;

-- What occurs in a customer's record at all, for its filters to offer.
CREATE TABLE access_choice (
    customer_id BLOB NOT NULL REFERENCES customer,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (customer_id, field, value)
) STRICT, WITHOUT ROWID;

-- The index alone, not the text. The rowid is record_id; customer is a word of its own in each query.
CREATE VIRTUAL TABLE access_search USING fts5 (customer, words, content = '', detail = column, columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 0');

CREATE TRIGGER access_record_is_not_updated BEFORE UPDATE ON access_record
BEGIN SELECT RAISE(ABORT, 'an access record is never changed; a correction is a new record'); END;

CREATE TRIGGER access_record_is_not_deleted BEFORE DELETE ON access_record
BEGIN SELECT RAISE(ABORT, 'an access record is never deleted'); END;

CREATE TRIGGER access_leaf_is_not_updated BEFORE UPDATE ON access_leaf
BEGIN SELECT RAISE(ABORT, 'a leaf of the log is never changed'); END;

CREATE TRIGGER access_leaf_is_not_deleted BEFORE DELETE ON access_leaf
BEGIN SELECT RAISE(ABORT, 'a leaf of the log is never deleted'); END;
