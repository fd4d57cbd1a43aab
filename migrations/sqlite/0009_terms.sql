-- Terms: what holds from a day on. A version is never changed: a correction is another one.
CREATE TABLE term_version (
    version_id     BLOB PRIMARY KEY,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    -- The only customer that it is for.
    customer_id    BLOB REFERENCES customer,
    -- The first day, as 2026-03-01.
    effective_from TEXT NOT NULL,
    version        TEXT NOT NULL,
    published_at   INTEGER NOT NULL,
    proposed_by    TEXT NOT NULL,
    approved_by    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX term_version_by_term ON term_version (kind, key, effective_from);

CREATE TRIGGER term_version_is_not_updated BEFORE UPDATE ON term_version
BEGIN SELECT RAISE(ABORT, 'a version of a term is never changed'); END;

CREATE TRIGGER term_version_is_not_deleted BEFORE DELETE ON term_version
BEGIN SELECT RAISE(ABORT, 'a version of a term is never deleted'); END;

-- How often something was published: whoever read another number has not seen what they would publish beside.
CREATE TABLE term_revision (
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO term_revision (revision) VALUES (0);

-- What somebody wrote and a second person has not approved yet. Sealed: it is nobody else's to read before.
CREATE TABLE term_proposal (
    proposal_id BLOB PRIMARY KEY,
    proposal    BLOB NOT NULL,
    made_at     INTEGER NOT NULL
) STRICT;

-- Papers, certificates, reports. Their content is sealed.
CREATE TABLE term_document (
    document_id BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    size        INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    body        BLOB NOT NULL
) STRICT;

CREATE INDEX term_document_by_content ON term_document (sha256);

-- Customers were told that a mechanism fell that this version rests on.
CREATE TABLE term_fall (
    version_id BLOB NOT NULL REFERENCES term_version,
    mechanism  TEXT NOT NULL,
    told_at    INTEGER NOT NULL,
    PRIMARY KEY (version_id, mechanism)
) STRICT, WITHOUT ROWID;

-- Who accepted the terms of a full report.
CREATE TABLE term_acceptance (
    customer_id BLOB NOT NULL REFERENCES customer,
    person_id   BLOB NOT NULL REFERENCES person,
    version_id  BLOB NOT NULL REFERENCES term_version,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (customer_id, person_id, version_id)
) STRICT, WITHOUT ROWID;
