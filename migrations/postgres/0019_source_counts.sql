-- What a source counted itself in an hour, and what the record had of it when the two were compared last.
CREATE TABLE source_count (
    customer_id uuid NOT NULL REFERENCES customer,
    source      text NOT NULL,
    hour        timestamptz NOT NULL,
    -- The first moment after it.
    until       timestamptz NOT NULL,
    counted     bigint NOT NULL,
    recorded    bigint NOT NULL,
    compared_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, source, hour)
);

CREATE INDEX source_count_differing ON source_count (customer_id, hour) WHERE counted <> recorded;

ALTER TABLE source_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON source_count USING (customer_id = current_customer());
