-- Lawful demands. All that is known of one is sealed (XChaCha20-Poly1305 under the key file's keys), whether or not an
-- order forbids to tell of it: no row says whom it is about, or when an order ends, and those under an order look
-- like the others.
CREATE TABLE demand (
    -- The order in which they were registered. It is shown nowhere.
    place     INTEGER PRIMARY KEY AUTOINCREMENT,
    demand_id BLOB NOT NULL UNIQUE,
    -- How often it was written: whoever read another one has not seen what they would change.
    revision  INTEGER NOT NULL,
    -- Every act about it, in order.
    register  BLOB NOT NULL,
    -- Whether anything is due about it.
    pending   INTEGER NOT NULL
) STRICT;

CREATE INDEX demand_pending ON demand (place) WHERE pending;

-- Papers of a demand: the demand itself, orders, correspondence. Their names and kinds are sealed too.
CREATE TABLE demand_document (
    document_id BLOB PRIMARY KEY,
    demand_id   BLOB NOT NULL REFERENCES demand (demand_id),
    facts       BLOB NOT NULL,
    body        BLOB NOT NULL
) STRICT;

CREATE INDEX demand_document_by_demand ON demand_document (demand_id);

-- How soon customers were told of demands, without saying which: a row is written with the notice.
CREATE TABLE notification (
    received_at INTEGER NOT NULL,
    notified_at INTEGER NOT NULL,
    delayed     INTEGER NOT NULL
) STRICT;

-- What the provider owes its customers to know. Each customer's notices have places without gaps, given when they are
-- issued.
CREATE TABLE notice_log (
    customer_id BLOB PRIMARY KEY REFERENCES customer,
    size        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notice (
    customer_id BLOB NOT NULL REFERENCES notice_log,
    sequence    INTEGER NOT NULL,
    notice_id   BLOB NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    issued_at   INTEGER NOT NULL,
    -- By when the customer is asked to act, if by any time.
    due_at      INTEGER,
    -- What the kind of notice must carry, as JSON, and its words for searching, a space before each.
    content     TEXT NOT NULL,
    words       TEXT NOT NULL,
    -- What several notices are about together: a demand, and then its outcome.
    thread_id   BLOB NOT NULL,
    PRIMARY KEY (customer_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_by_thread ON notice (customer_id, thread_id);

-- Copies that came with a notice.
CREATE TABLE notice_document (
    customer_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    document_id BLOB NOT NULL REFERENCES demand_document,
    name        TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    size        INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    PRIMARY KEY (customer_id, sequence, document_id),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
) STRICT, WITHOUT ROWID;

-- Who has read it.
CREATE TABLE notice_reading (
    customer_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    person_id   BLOB NOT NULL REFERENCES person,
    read_at     INTEGER NOT NULL,
    PRIMARY KEY (customer_id, sequence, person_id),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
) STRICT, WITHOUT ROWID;

-- What was said about it: acknowledged, commented, asked, objected, answered. The name stays when its person leaves.
CREATE TABLE notice_message (
    customer_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    written_at  INTEGER NOT NULL,
    person_id   BLOB NOT NULL REFERENCES person,
    author      TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (customer_id, sequence, number),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX notice_acknowledged ON notice_message (customer_id, sequence) WHERE kind = 'acknowledgement';
CREATE INDEX notice_message_of_interest ON notice_message (kind, written_at);

CREATE TRIGGER notice_is_not_updated BEFORE UPDATE ON notice
BEGIN SELECT RAISE(ABORT, 'a notice is never changed'); END;

CREATE TRIGGER notice_is_not_deleted BEFORE DELETE ON notice
BEGIN SELECT RAISE(ABORT, 'a notice is never deleted'); END;

CREATE TRIGGER notice_message_is_not_updated BEFORE UPDATE ON notice_message
BEGIN SELECT RAISE(ABORT, 'what was said about a notice is never changed'); END;

CREATE TRIGGER notice_message_is_not_deleted BEFORE DELETE ON notice_message
BEGIN SELECT RAISE(ABORT, 'what was said about a notice is never deleted'); END;

-- Notices that somebody of the provider wrote and a second person has not approved yet. Sealed: a breach is nobody
-- else's to read before its customers do.
CREATE TABLE notice_draft (
    draft_id  BLOB PRIMARY KEY,
    draft     BLOB NOT NULL,
    made_at   INTEGER NOT NULL
) STRICT;
