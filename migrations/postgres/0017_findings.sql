-- How many accesses of each day count as what (`domain::finding::Counted`), so that the rules don't read the record. Of
-- what was corrected, the correction alone counts.
CREATE TABLE access_pattern (
    customer_id uuid NOT NULL REFERENCES customer,
    day         timestamptz NOT NULL,
    counted     text NOT NULL,
    accesses    bigint NOT NULL,
    -- The place of the one that was recorded first.
    first       bigint NOT NULL,
    PRIMARY KEY (customer_id, day, counted)
);

-- For which purposes accesses were made under a ticket, counted alike.
CREATE TABLE access_ticket (
    customer_id uuid NOT NULL REFERENCES customer,
    ticket      text NOT NULL,
    purpose     text NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    -- The place of the first.
    sequence    bigint NOT NULL,
    accesses    bigint NOT NULL,
    -- Those that say who asked for them.
    requested   bigint NOT NULL,
    PRIMARY KEY (customer_id, ticket, purpose)
);

CREATE INDEX access_ticket_by_time ON access_ticket (customer_id, first_at);

-- Support that names nobody who asked for it.
CREATE INDEX access_record_not_requested ON access_record (customer_id, started_at)
    WHERE purpose = 'customer_requested_support' AND (record ->> 'requested_by') IS NULL;

ALTER TABLE access_pattern ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON access_pattern USING (customer_id = current_customer());
ALTER TABLE access_ticket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON access_ticket USING (customer_id = current_customer());

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
