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
