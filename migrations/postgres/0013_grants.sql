-- Requests for access to customers' data, and what became of them. A grant is the lines of its register and nothing else:
-- they are only ever added.
CREATE TABLE access_grant (
    customer_id uuid NOT NULL REFERENCES customer,
    grant_id    uuid NOT NULL UNIQUE,
    -- Who asked, a system's first token or a person of the provider, and their own name for the request.
    sender_id   uuid NOT NULL,
    reference   text NOT NULL,
    PRIMARY KEY (customer_id, grant_id),
    UNIQUE (customer_id, sender_id, reference)
);

-- An access may name its grant by the reference.
CREATE INDEX access_grant_by_reference ON access_grant (customer_id, reference);

CREATE TABLE access_grant_line (
    customer_id uuid NOT NULL,
    grant_id    uuid NOT NULL,
    -- 0, 1, 2 …
    number      bigint NOT NULL,
    line        jsonb NOT NULL,
    PRIMARY KEY (customer_id, grant_id, number),
    FOREIGN KEY (customer_id, grant_id) REFERENCES access_grant
);

-- What the lines come to, so that lists needn't read them all. It is written with each line.
CREATE TABLE access_grant_state (
    customer_id uuid NOT NULL,
    grant_id    uuid NOT NULL UNIQUE,
    -- How many lines there are.
    revision    bigint NOT NULL,
    status      text NOT NULL,
    -- When the clock does something by itself; nothing any more once it is over.
    due_at      timestamptz,
    -- Whether nobody approved it beforehand, and the customer hasn't reviewed it.
    to_review   boolean NOT NULL,
    PRIMARY KEY (customer_id, grant_id),
    FOREIGN KEY (customer_id, grant_id) REFERENCES access_grant
);

CREATE INDEX access_grant_waiting ON access_grant_state (customer_id, grant_id) WHERE status = 'waiting';
CREATE INDEX access_grant_open ON access_grant_state (customer_id, grant_id)
    WHERE status = 'waiting' OR status = 'granted' OR to_review;
CREATE INDEX access_grant_due ON access_grant_state (due_at) WHERE due_at IS NOT NULL;

-- Who decides about access to a customer's data, as the customer said. There is only ever a next version. From the first
-- one on, each access is held against the grant that it names.
CREATE TABLE access_policy (
    customer_id uuid NOT NULL REFERENCES customer,
    -- 1, 2, 3 …
    version     bigint NOT NULL,
    policy      jsonb NOT NULL,
    made_at     timestamptz NOT NULL,
    made_by     text NOT NULL,
    PRIMARY KEY (customer_id, version)
);

-- Keys that people of a customer sign approvals with. An approval has its key in itself, so a key can go.
CREATE TABLE approval_key (
    customer_id uuid NOT NULL REFERENCES customer,
    key_id      uuid NOT NULL,
    person_id   uuid NOT NULL REFERENCES person,
    name        text NOT NULL,
    public_key  jsonb NOT NULL,
    added_at    timestamptz NOT NULL,
    removed_at  timestamptz,
    PRIMARY KEY (customer_id, key_id)
);

-- Accesses that were not made as they were granted, found as they were recorded. It stands beside the record, which is
-- what was reported, and is never taken away.
CREATE TABLE access_exception (
    customer_id uuid NOT NULL REFERENCES customer,
    -- The access's place in the customer's record.
    sequence    bigint NOT NULL,
    found_at    timestamptz NOT NULL,
    -- The grant that the access names.
    grant_name  text,
    breaches    jsonb NOT NULL,
    PRIMARY KEY (customer_id, sequence)
);

CREATE INDEX access_exception_of_grant ON access_exception (customer_id, grant_name) WHERE grant_name IS NOT NULL;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['access_grant', 'access_grant_line', 'access_policy', 'access_exception'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            kept || '_is_not_changed', kept);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            kept || '_is_not_truncated', kept);
    END LOOP;
END $$;

-- A customer's grants are its own. The provider, who asked for them, reads them all, but for that it must say so:
--     SET LOCAL vitrine.grants = 'of everybody'
-- It reads neither policies and keys nor exceptions that way.
DO $$
DECLARE
    bound text;
BEGIN
    FOREACH bound IN ARRAY ARRAY['access_grant', 'access_grant_line', 'access_grant_state', 'access_policy',
            'approval_key', 'access_exception'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bound);
        EXECUTE format('CREATE POLICY of_one_customer ON %I USING (customer_id = current_customer())', bound);
    END LOOP;
    FOREACH bound IN ARRAY ARRAY['access_grant', 'access_grant_line', 'access_grant_state'] LOOP
        EXECUTE format(
            'CREATE POLICY read_by_the_provider ON %I FOR SELECT USING (current_setting(''vitrine.grants'', true) = ''of everybody'')',
            bound);
    END LOOP;
END $$;
