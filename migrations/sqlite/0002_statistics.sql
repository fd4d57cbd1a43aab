-- Published statistics. Days and half-years are text, so that they sort; hashes are 32 bytes.

-- One file that was imported. Its hash is its key: the same file again changes nothing.
CREATE TABLE statistics_import (
    import_id   INTEGER PRIMARY KEY,
    sha256      BLOB NOT NULL UNIQUE,
    format      TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    imported_at INTEGER NOT NULL
) STRICT;

-- One file of a publisher's, as far as an import has it. Sources stay when newer ones replace what they show.
CREATE TABLE statistics_source (
    source_id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES statistics_import,
    publisher TEXT NOT NULL,
    service   TEXT NOT NULL,
    title     TEXT NOT NULL,
    retrieved TEXT NOT NULL,
    sha256    BLOB NOT NULL
) STRICT;

-- low and high are NULL where nothing was reported or nothing applies.
CREATE TABLE statistics_figure (
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
    PRIMARY KEY (source_id, period, source_row, metric)
) STRICT, WITHOUT ROWID;

-- Which source readers see: the newest download that covers the half-year.
CREATE TABLE statistics_shown (
    publisher TEXT NOT NULL,
    service   TEXT NOT NULL,
    period    TEXT NOT NULL,
    source_id INTEGER NOT NULL REFERENCES statistics_source,
    PRIMARY KEY (publisher, service, period)
) STRICT, WITHOUT ROWID;
