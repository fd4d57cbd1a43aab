-- How many accesses of each day count as what (`domain::finding::Counted`), so that the rules don't read the record. Of
-- what was corrected, the correction alone counts.
CREATE TABLE access_pattern (
    customer_id BLOB NOT NULL REFERENCES customer,
    day         INTEGER NOT NULL,
    counted     TEXT NOT NULL,
    accesses    INTEGER NOT NULL,
    -- The place of the one that was recorded first.
    first       INTEGER NOT NULL,
    PRIMARY KEY (customer_id, day, counted)
) STRICT, WITHOUT ROWID;

-- For which purposes accesses were made under a ticket, counted alike.
CREATE TABLE access_ticket (
    customer_id BLOB NOT NULL REFERENCES customer,
    ticket      TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    -- The place of the first.
    sequence    INTEGER NOT NULL,
    accesses    INTEGER NOT NULL,
    -- Those that say who asked for them.
    requested   INTEGER NOT NULL,
    PRIMARY KEY (customer_id, ticket, purpose)
) STRICT, WITHOUT ROWID;

CREATE INDEX access_ticket_by_time ON access_ticket (customer_id, first_at);

-- Support that names nobody who asked for it.
CREATE INDEX access_record_not_requested ON access_record (customer_id, started_at)
    WHERE purpose = 'customer_requested_support' AND (record ->> 'requested_by') IS NULL;

-- What people of a customer did about what the rules found in its record. Findings themselves are not kept: they are
-- found anew each time. The key is the same for the same finding.
CREATE TABLE finding_settled (
    customer_id BLOB NOT NULL REFERENCES customer,
    finding_key TEXT NOT NULL,
    -- The finding as it stood then: what it is about may be too old to be found later.
    finding     TEXT NOT NULL,
    settled_at  INTEGER NOT NULL,
    person_id   BLOB NOT NULL REFERENCES person,
    author      TEXT NOT NULL,
    -- Why it was dismissed, or the place of the inquiry that it was turned into.
    reason      TEXT,
    inquiry     INTEGER,
    PRIMARY KEY (customer_id, finding_key),
    FOREIGN KEY (customer_id, inquiry) REFERENCES inquiry (customer_id, sequence),
    CHECK ((reason IS NULL) <> (inquiry IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX finding_settled_by_time ON finding_settled (customer_id, settled_at);

CREATE TRIGGER finding_settled_is_not_updated BEFORE UPDATE ON finding_settled
BEGIN SELECT RAISE(ABORT, 'what was done about a finding is never changed'); END;

CREATE TRIGGER finding_settled_is_not_deleted BEFORE DELETE ON finding_settled
BEGIN SELECT RAISE(ABORT, 'what was done about a finding is never deleted'); END;
