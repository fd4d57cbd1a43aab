-- What the legal team drafted of the provider's own report and a second person has not published yet. Sealed: it says
-- which demands it counts, and what it holds back.
CREATE TABLE report_draft (
    draft_id BLOB PRIMARY KEY,
    draft    BLOB NOT NULL,
    made_at  INTEGER NOT NULL
) STRICT;

-- Published editions, exactly as they are handed out: tables, errata, nothing of a demand. An edition is never changed;
-- what is wrong with it is in the errata of the next.
CREATE TABLE report_edition (
    edition_id   BLOB PRIMARY KEY,
    half         TEXT NOT NULL,
    number       INTEGER NOT NULL,
    edition      TEXT NOT NULL,
    sha256       BLOB NOT NULL,
    published_at INTEGER NOT NULL,
    drafted_by   TEXT NOT NULL,
    approved_by  TEXT NOT NULL,
    -- What it says of those before it; the first has none.
    errata       TEXT,
    previous_id  BLOB REFERENCES report_edition,
    UNIQUE (half, number),
    CHECK ((number = 1) = (previous_id IS NULL) AND (number = 1) = (errata IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER report_edition_is_not_updated BEFORE UPDATE ON report_edition
BEGIN SELECT RAISE(ABORT, 'an edition of a report is never changed'); END;

CREATE TRIGGER report_edition_is_not_deleted BEFORE DELETE ON report_edition
BEGIN SELECT RAISE(ABORT, 'an edition of a report is never deleted'); END;

-- Which demands an edition counted, so that none is counted twice. Sealed.
CREATE TABLE report_counted (
    edition_id BLOB PRIMARY KEY REFERENCES report_edition,
    counted    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
