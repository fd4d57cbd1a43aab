-- What people of a customer did about what the rules found in its record. Findings themselves are not kept: they are
-- found anew each time. The key is the same for the same finding.
CREATE TABLE finding_settled (
    customer_id uuid NOT NULL REFERENCES customer,
    finding_key text NOT NULL,
    -- The finding as it stood then: what it is about may be too old to be found later.
    finding     jsonb NOT NULL,
    settled_at  timestamptz NOT NULL,
    person_id   uuid NOT NULL REFERENCES person,
    author      text NOT NULL,
    -- Why it was dismissed, or the place of the inquiry that it was turned into.
    reason      text,
    inquiry     bigint,
    PRIMARY KEY (customer_id, finding_key),
    FOREIGN KEY (customer_id, inquiry) REFERENCES inquiry (customer_id, sequence),
    CHECK ((reason IS NULL) <> (inquiry IS NULL))
);

CREATE INDEX finding_settled_by_time ON finding_settled (customer_id, settled_at);

CREATE TRIGGER finding_settled_is_not_changed BEFORE UPDATE OR DELETE ON finding_settled
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER finding_settled_is_not_truncated BEFORE TRUNCATE ON finding_settled
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE finding_settled ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON finding_settled USING (customer_id = current_customer());
