-- What a source counted itself in an hour, and what the record had of it when the two were compared. Only ever inserted:
-- what a source says later stands beside what it said before.
CREATE TABLE source_count (
    customer_id BLOB NOT NULL REFERENCES customer,
    source      TEXT NOT NULL,
    hour        INTEGER NOT NULL,
    -- 0 for what it said first.
    number      INTEGER NOT NULL,
    -- The first moment after the hour.
    until       INTEGER NOT NULL,
    counted     INTEGER NOT NULL,
    recorded    INTEGER NOT NULL,
    compared_at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, source, hour, number)
) STRICT, WITHOUT ROWID;

-- Hours that differed, or of which the source said something else later.
CREATE INDEX source_count_differing ON source_count (customer_id, hour) WHERE counted <> recorded OR number > 0;

CREATE TRIGGER source_count_is_not_updated BEFORE UPDATE ON source_count
BEGIN SELECT RAISE(ABORT, 'what a source counted is never changed'); END;

CREATE TRIGGER source_count_is_not_deleted BEFORE DELETE ON source_count
BEGIN SELECT RAISE(ABORT, 'what a source counted is never deleted'); END;
