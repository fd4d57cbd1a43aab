-- What a source counted itself in an hour, and what the record had of it when the two were compared last.
CREATE TABLE source_count (
    customer_id BLOB NOT NULL REFERENCES customer,
    source      TEXT NOT NULL,
    hour        INTEGER NOT NULL,
    -- The first moment after it.
    until       INTEGER NOT NULL,
    counted     INTEGER NOT NULL,
    recorded    INTEGER NOT NULL,
    compared_at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, source, hour)
) STRICT, WITHOUT ROWID;

CREATE INDEX source_count_differing ON source_count (customer_id, hour) WHERE counted <> recorded;
