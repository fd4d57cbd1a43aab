-- What customers ask and dispute about accesses. A thread's accesses are copies of those that the customer chose to show
-- with it: the provider's people read them there, and nothing else of a record.
CREATE TABLE inquiry_log (
    customer_id uuid PRIMARY KEY REFERENCES customer,
    size        bigint NOT NULL
);

CREATE TABLE inquiry (
    customer_id uuid NOT NULL REFERENCES inquiry_log,
    sequence    bigint NOT NULL,
    inquiry_id  uuid NOT NULL UNIQUE,
    opened_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, sequence)
);

CREATE TABLE inquiry_access (
    customer_id     uuid NOT NULL,
    sequence        bigint NOT NULL,
    -- Its place in the customer's record, and the event as the record had it then.
    access_sequence bigint NOT NULL,
    access          jsonb NOT NULL,
    PRIMARY KEY (customer_id, sequence, access_sequence),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
);

CREATE INDEX inquiry_by_access ON inquiry_access (customer_id, access_sequence);

-- What was said, in order. The name stays when its person leaves.
CREATE TABLE inquiry_message (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    number      bigint NOT NULL,
    kind        text NOT NULL,
    written_at  timestamptz NOT NULL,
    -- By when the provider promised to answer what a customer says.
    due_at      timestamptz,
    person_id   uuid NOT NULL REFERENCES person,
    author      text NOT NULL,
    body        text NOT NULL,
    -- How a dispute ended, what followed from misuse, which record was wrong and which one corrects it.
    outcome     text,
    consequence text,
    corrected   bigint,
    correction  bigint,
    PRIMARY KEY (customer_id, sequence, number),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
);

-- What the messages come to, so that lists and counts needn't read them all. It is written with each message.
CREATE TABLE inquiry_state (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    last_at     timestamptz NOT NULL,
    -- Since when the customer waits, and until when an answer is promised.
    waits_since timestamptz,
    due_at      timestamptz,
    -- Whether a dispute has no outcome yet, and what the last one's was.
    disputed    boolean NOT NULL,
    outcome     text,
    -- Whether nobody of the customer has read what the provider said last.
    unread      boolean NOT NULL,
    PRIMARY KEY (customer_id, sequence),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
);

CREATE INDEX inquiry_waiting ON inquiry_state (waits_since) WHERE waits_since IS NOT NULL;

-- Waits that ended with an answer: how soon customers are answered.
CREATE TABLE inquiry_wait (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    -- The message that ended it.
    number      bigint NOT NULL,
    asked_at    timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, sequence, number),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
);

CREATE TRIGGER inquiry_is_not_changed BEFORE UPDATE OR DELETE ON inquiry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_is_not_truncated BEFORE TRUNCATE ON inquiry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_access_is_not_changed BEFORE UPDATE OR DELETE ON inquiry_access
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_access_is_not_truncated BEFORE TRUNCATE ON inquiry_access
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_message_is_not_changed BEFORE UPDATE OR DELETE ON inquiry_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_message_is_not_truncated BEFORE TRUNCATE ON inquiry_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_wait_is_not_changed BEFORE UPDATE OR DELETE ON inquiry_wait
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER inquiry_wait_is_not_truncated BEFORE TRUNCATE ON inquiry_wait
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A customer's inquiries are its own. The provider, whom they are put to, reads them all, but for that it must say so:
--     SET LOCAL vitrine.inquiries = 'of everybody'
DO $$
DECLARE
    bound text;
BEGIN
    FOREACH bound IN ARRAY ARRAY['inquiry_log', 'inquiry', 'inquiry_access', 'inquiry_message', 'inquiry_state', 'inquiry_wait'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bound);
        EXECUTE format('CREATE POLICY of_one_customer ON %I USING (customer_id = current_customer())', bound);
        EXECUTE format(
            'CREATE POLICY read_by_the_provider ON %I FOR SELECT USING (current_setting(''vitrine.inquiries'', true) = ''of everybody'')',
            bound);
    END LOOP;
END $$;
