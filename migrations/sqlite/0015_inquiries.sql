-- What customers ask and dispute about accesses. A thread's accesses are copies of those that the customer chose to show
-- with it: the provider's people read them there, and nothing else of a record.
CREATE TABLE inquiry_log (
    customer_id BLOB PRIMARY KEY REFERENCES customer,
    size        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE inquiry (
    customer_id BLOB NOT NULL REFERENCES inquiry_log,
    sequence    INTEGER NOT NULL,
    inquiry_id  BLOB NOT NULL UNIQUE,
    opened_at   INTEGER NOT NULL,
    PRIMARY KEY (customer_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE inquiry_access (
    customer_id     BLOB NOT NULL,
    sequence        INTEGER NOT NULL,
    -- Its place in the customer's record, and the event as the record had it then.
    access_sequence INTEGER NOT NULL,
    access          TEXT NOT NULL,
    PRIMARY KEY (customer_id, sequence, access_sequence),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
) STRICT, WITHOUT ROWID;

CREATE INDEX inquiry_by_access ON inquiry_access (customer_id, access_sequence);

-- What was said, in order. The name stays when its person leaves.
CREATE TABLE inquiry_message (
    customer_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    written_at  INTEGER NOT NULL,
    -- By when the provider promised to answer what a customer says.
    due_at      INTEGER,
    person_id   BLOB NOT NULL REFERENCES person,
    author      TEXT NOT NULL,
    body        TEXT NOT NULL,
    -- How a dispute ended, what followed from misuse, which record was wrong and which one corrects it.
    outcome     TEXT,
    consequence TEXT,
    corrected   INTEGER,
    correction  INTEGER,
    PRIMARY KEY (customer_id, sequence, number),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
) STRICT, WITHOUT ROWID;

-- What the messages come to, so that lists and counts needn't read them all. It is written with each message.
CREATE TABLE inquiry_state (
    customer_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    -- Since when the customer waits, and until when an answer is promised.
    waits_since INTEGER,
    due_at      INTEGER,
    -- Whether a dispute has no outcome yet, and what the last one's was.
    disputed    INTEGER NOT NULL,
    outcome     TEXT,
    -- Whether nobody of the customer has read what the provider said last.
    unread      INTEGER NOT NULL,
    PRIMARY KEY (customer_id, sequence),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
) STRICT, WITHOUT ROWID;

CREATE INDEX inquiry_waiting ON inquiry_state (waits_since) WHERE waits_since IS NOT NULL;

-- Waits that ended with an answer: how soon customers are answered.
CREATE TABLE inquiry_wait (
    customer_id BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    -- The message that ended it.
    number      INTEGER NOT NULL,
    asked_at    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, sequence, number),
    FOREIGN KEY (customer_id, sequence) REFERENCES inquiry
) STRICT, WITHOUT ROWID;

CREATE TRIGGER inquiry_is_not_updated BEFORE UPDATE ON inquiry
BEGIN SELECT RAISE(ABORT, 'an inquiry is never changed'); END;

CREATE TRIGGER inquiry_is_not_deleted BEFORE DELETE ON inquiry
BEGIN SELECT RAISE(ABORT, 'an inquiry is never deleted'); END;

CREATE TRIGGER inquiry_access_is_not_updated BEFORE UPDATE ON inquiry_access
BEGIN SELECT RAISE(ABORT, 'what was shown with an inquiry is never changed'); END;

CREATE TRIGGER inquiry_access_is_not_deleted BEFORE DELETE ON inquiry_access
BEGIN SELECT RAISE(ABORT, 'what was shown with an inquiry is never deleted'); END;

CREATE TRIGGER inquiry_message_is_not_updated BEFORE UPDATE ON inquiry_message
BEGIN SELECT RAISE(ABORT, 'what was said in an inquiry is never changed'); END;

CREATE TRIGGER inquiry_message_is_not_deleted BEFORE DELETE ON inquiry_message
BEGIN SELECT RAISE(ABORT, 'what was said in an inquiry is never deleted'); END;

CREATE TRIGGER inquiry_wait_is_not_updated BEFORE UPDATE ON inquiry_wait
BEGIN SELECT RAISE(ABORT, 'how soon a customer was answered is never changed'); END;

CREATE TRIGGER inquiry_wait_is_not_deleted BEFORE DELETE ON inquiry_wait
BEGIN SELECT RAISE(ABORT, 'how soon a customer was answered is never deleted'); END;
