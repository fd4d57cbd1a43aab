-- Imported files as they are, what each import changed for readers, and files that wait for a second person.

-- Who brought a file in; NULL where that was before anybody noted it.
ALTER TABLE statistics_import ADD COLUMN imported_by TEXT;

-- The bytes of imported files, by their hash.
CREATE TABLE statistics_original (
    sha256 BLOB PRIMARY KEY,
    body   BLOB NOT NULL
) STRICT;

-- What readers saw of a half-year before this source: NULL where there was nothing.
CREATE TABLE statistics_showing (
    source_id   INTEGER NOT NULL REFERENCES statistics_source,
    period      TEXT NOT NULL,
    replaced_id INTEGER REFERENCES statistics_source,
    PRIMARY KEY (source_id, period)
) STRICT, WITHOUT ROWID;

-- Files that somebody uploaded and nobody has imported yet. Sealed: a report of the provider's own may be among them.
CREATE TABLE statistics_upload (
    upload_id BLOB PRIMARY KEY,
    upload    BLOB NOT NULL,
    made_at   INTEGER NOT NULL
) STRICT;

-- One line of a file may have figures of several kinds of process.
CREATE TABLE statistics_figure_by_class (
    source_id       INTEGER NOT NULL REFERENCES statistics_source,
    period          TEXT NOT NULL,
    source_row      INTEGER NOT NULL,
    metric          TEXT NOT NULL,
    jurisdiction    TEXT NOT NULL,
    country         TEXT,
    class_published TEXT NOT NULL,
    class           TEXT NOT NULL,
    status          TEXT NOT NULL,
    low             INTEGER,
    high            INTEGER,
    footnote        TEXT,
    PRIMARY KEY (source_id, period, source_row, class_published, metric)
) STRICT, WITHOUT ROWID;

INSERT INTO statistics_figure_by_class SELECT * FROM statistics_figure;
DROP TABLE statistics_figure;
ALTER TABLE statistics_figure_by_class RENAME TO statistics_figure;
