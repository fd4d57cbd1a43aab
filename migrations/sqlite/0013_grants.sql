-- Requests for access to customers' data, and what became of them. A grant is the lines of its register and nothing else:
-- they are only ever added.
CREATE TABLE access_grant (
    customer_id BLOB NOT NULL REFERENCES customer,
    grant_id    BLOB NOT NULL UNIQUE,
    -- Who asked, a system's first token or a person of the provider, and their own name for the request.
    sender_id   BLOB NOT NULL,
    reference   TEXT NOT NULL,
    PRIMARY KEY (customer_id, grant_id),
    UNIQUE (customer_id, sender_id, reference)
) STRICT, WITHOUT ROWID;

-- An access may name its grant by the reference.
CREATE INDEX access_grant_by_reference ON access_grant (customer_id, reference);

CREATE TABLE access_grant_line (
    customer_id BLOB NOT NULL,
    grant_id    BLOB NOT NULL,
    -- 0, 1, 2 …
    number      INTEGER NOT NULL,
    line        TEXT NOT NULL,
    PRIMARY KEY (customer_id, grant_id, number),
    FOREIGN KEY (customer_id, grant_id) REFERENCES access_grant
) STRICT, WITHOUT ROWID;

-- What the lines come to, so that lists needn't read them all. It is written with each line.
CREATE TABLE access_grant_state (
    customer_id BLOB NOT NULL,
    grant_id    BLOB NOT NULL UNIQUE,
    -- How many lines there are.
    revision    INTEGER NOT NULL,
    status      TEXT NOT NULL,
    -- When the clock does something by itself; nothing any more once it is over.
    due_at      INTEGER,
    -- Whether nobody approved it beforehand, and the customer hasn't reviewed it.
    to_review   INTEGER NOT NULL,
    PRIMARY KEY (customer_id, grant_id),
    FOREIGN KEY (customer_id, grant_id) REFERENCES access_grant
) STRICT, WITHOUT ROWID;

CREATE INDEX access_grant_waiting ON access_grant_state (customer_id, grant_id) WHERE status = 'waiting';
CREATE INDEX access_grant_open ON access_grant_state (customer_id, grant_id)
    WHERE status = 'waiting' OR status = 'granted' OR to_review;
CREATE INDEX access_grant_due ON access_grant_state (due_at) WHERE due_at IS NOT NULL;

-- Who decides about access to a customer's data, as the customer said. There is only ever a next version. From the first
-- one on, each access is held against the grant that it names.
CREATE TABLE access_policy (
    customer_id BLOB NOT NULL REFERENCES customer,
    -- 1, 2, 3 …
    version     INTEGER NOT NULL,
    policy      TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    made_by     TEXT NOT NULL,
    PRIMARY KEY (customer_id, version)
) STRICT, WITHOUT ROWID;

-- Keys that people of a customer sign approvals with. An approval has its key in itself, so a key can go.
CREATE TABLE approval_key (
    customer_id BLOB NOT NULL REFERENCES customer,
    key_id      BLOB NOT NULL,
    person_id   BLOB NOT NULL REFERENCES person,
    name        TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    added_at    INTEGER NOT NULL,
    removed_at  INTEGER,
    PRIMARY KEY (customer_id, key_id)
) STRICT, WITHOUT ROWID;

-- Accesses that were not made as they were granted, found as they were recorded. It stands beside the record, which is
-- what was reported, and is never taken away.
CREATE TABLE access_exception (
    customer_id BLOB NOT NULL REFERENCES customer,
    -- The access's place in the customer's record.
    sequence    INTEGER NOT NULL,
    found_at    INTEGER NOT NULL,
    -- The grant that the access names.
    grant_name  TEXT,
    breaches    TEXT NOT NULL,
    PRIMARY KEY (customer_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX access_exception_of_grant ON access_exception (customer_id, grant_name) WHERE grant_name IS NOT NULL;

CREATE TRIGGER access_grant_is_not_updated BEFORE UPDATE ON access_grant
BEGIN SELECT RAISE(ABORT, 'a request for access is never changed'); END;

CREATE TRIGGER access_grant_is_not_deleted BEFORE DELETE ON access_grant
BEGIN SELECT RAISE(ABORT, 'a request for access is never deleted'); END;

CREATE TRIGGER access_grant_line_is_not_updated BEFORE UPDATE ON access_grant_line
BEGIN SELECT RAISE(ABORT, 'what was done about access is never changed'); END;

CREATE TRIGGER access_grant_line_is_not_deleted BEFORE DELETE ON access_grant_line
BEGIN SELECT RAISE(ABORT, 'what was done about access is never deleted'); END;

CREATE TRIGGER access_policy_is_not_updated BEFORE UPDATE ON access_policy
BEGIN SELECT RAISE(ABORT, 'a version of a policy is never changed'); END;

CREATE TRIGGER access_policy_is_not_deleted BEFORE DELETE ON access_policy
BEGIN SELECT RAISE(ABORT, 'a version of a policy is never deleted'); END;

CREATE TRIGGER access_exception_is_not_updated BEFORE UPDATE ON access_exception
BEGIN SELECT RAISE(ABORT, 'an exception is never changed'); END;

CREATE TRIGGER access_exception_is_not_deleted BEFORE DELETE ON access_exception
BEGIN SELECT RAISE(ABORT, 'an exception is never deleted'); END;
