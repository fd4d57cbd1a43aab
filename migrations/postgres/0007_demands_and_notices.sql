-- Lawful demands. All that is known of one is sealed (XChaCha20-Poly1305 under the key file's keys), whether or not an
-- order forbids to tell of it: no row says whom it is about, or when an order ends, and those under an order look
-- like the others.
CREATE TABLE demand (
    -- The order in which they were registered. It is shown nowhere.
    place     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    demand_id uuid NOT NULL UNIQUE,
    -- How often it was written: whoever read another one has not seen what they would change.
    revision  bigint NOT NULL,
    -- Every act about it, in order.
    register  bytea NOT NULL,
    -- Whether anything is due about it.
    pending   boolean NOT NULL
);

CREATE INDEX demand_pending ON demand (place) WHERE pending;

-- Papers of a demand: the demand itself, orders, correspondence. Their names and kinds are sealed too.
CREATE TABLE demand_document (
    document_id uuid PRIMARY KEY,
    demand_id   uuid NOT NULL REFERENCES demand (demand_id),
    facts       bytea NOT NULL,
    body        bytea NOT NULL
);

CREATE INDEX demand_document_by_demand ON demand_document (demand_id);

-- How soon customers were told of demands, without saying which: a row is written with the notice.
CREATE TABLE notification (
    received_at timestamptz NOT NULL,
    notified_at timestamptz NOT NULL,
    delayed     boolean NOT NULL
);

-- What the provider owes its customers to know. Each customer's notices have places without gaps, given when they are
-- issued.
CREATE TABLE notice_log (
    customer_id uuid PRIMARY KEY REFERENCES customer,
    size        bigint NOT NULL
);

CREATE TABLE notice (
    customer_id uuid NOT NULL REFERENCES notice_log,
    sequence    bigint NOT NULL,
    notice_id   uuid NOT NULL UNIQUE,
    kind        text NOT NULL,
    issued_at   timestamptz NOT NULL,
    -- By when the customer is asked to act, if by any time.
    due_at      timestamptz,
    -- What the kind of notice must carry, as JSON, and its words for searching, a space before each.
    content     jsonb NOT NULL,
    words       text NOT NULL,
    -- What several notices are about together: a demand, and then its outcome.
    thread_id   uuid NOT NULL,
    PRIMARY KEY (customer_id, sequence)
);

CREATE INDEX notice_by_thread ON notice (customer_id, thread_id);

-- Copies that came with a notice.
CREATE TABLE notice_document (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    document_id uuid NOT NULL REFERENCES demand_document,
    name        text NOT NULL,
    media_type  text NOT NULL,
    size        bigint NOT NULL,
    sha256      text NOT NULL,
    PRIMARY KEY (customer_id, sequence, document_id),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
);

-- Who has read it.
CREATE TABLE notice_reading (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    person_id   uuid NOT NULL REFERENCES person,
    read_at     timestamptz NOT NULL,
    PRIMARY KEY (customer_id, sequence, person_id),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
);

-- What was said about it: acknowledged, commented, asked, objected, answered. The name stays when its person leaves.
CREATE TABLE notice_message (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    number      bigint NOT NULL,
    kind        text NOT NULL,
    written_at  timestamptz NOT NULL,
    person_id   uuid NOT NULL REFERENCES person,
    author      text NOT NULL,
    body        text NOT NULL,
    PRIMARY KEY (customer_id, sequence, number),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
);

CREATE UNIQUE INDEX notice_acknowledged ON notice_message (customer_id, sequence) WHERE kind = 'acknowledgement';
CREATE INDEX notice_message_of_interest ON notice_message (kind, written_at);

CREATE TRIGGER notice_is_not_changed BEFORE UPDATE OR DELETE ON notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER notice_is_not_truncated BEFORE TRUNCATE ON notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER notice_message_is_not_changed BEFORE UPDATE OR DELETE ON notice_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER notice_message_is_not_truncated BEFORE TRUNCATE ON notice_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Notices that somebody of the provider wrote and a second person has not approved yet. Sealed: a breach is nobody
-- else's to read before its customers do.
CREATE TABLE notice_draft (
    draft_id  uuid PRIMARY KEY,
    draft     bytea NOT NULL,
    made_at   timestamptz NOT NULL
);

-- A customer's notices are its own. The provider, who wrote them, reads them all, but for that it must say so:
--     SET LOCAL vitrine.notices = 'of everybody'
DO $$
DECLARE
    bound text;
BEGIN
    FOREACH bound IN ARRAY ARRAY['notice_log', 'notice', 'notice_document', 'notice_reading', 'notice_message'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bound);
        EXECUTE format('CREATE POLICY of_one_customer ON %I USING (customer_id = current_customer())', bound);
        EXECUTE format(
            'CREATE POLICY read_by_the_provider ON %I FOR SELECT USING (current_setting(''vitrine.notices'', true) = ''of everybody'')',
            bound);
    END LOOP;
END $$;
