-- What a source counted itself in an hour, and what the record had of it when the two were compared. Only ever inserted:
-- what a source says later stands beside what it said before.
CREATE TABLE source_count (
    customer_id uuid NOT NULL REFERENCES customer,
    source      text NOT NULL,
    hour        timestamptz NOT NULL,
    -- 0 for what it said first.
    number      bigint NOT NULL,
    -- The first moment after the hour.
    until       timestamptz NOT NULL,
    counted     bigint NOT NULL,
    recorded    bigint NOT NULL,
    compared_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, source, hour, number)
);

-- Hours that differed, or of which the source said something else later.
CREATE INDEX source_count_differing ON source_count (customer_id, hour) WHERE counted <> recorded OR number > 0;

CREATE TRIGGER source_count_is_not_changed BEFORE UPDATE OR DELETE ON source_count
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER source_count_is_not_truncated BEFORE TRUNCATE ON source_count
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE source_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON source_count USING (customer_id = current_customer());
