-- Published statistics. Half-years are text, so that they sort; hashes are 32 bytes. Text sorts as its bytes do, as on
-- SQLite.

-- One file that was imported. Its hash is its key: the same file again changes nothing.
CREATE TABLE statistics_import (
    import_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256      bytea NOT NULL UNIQUE,
    format      text NOT NULL,
    file_name   text NOT NULL,
    imported_at timestamptz NOT NULL
);

-- One file of a publisher's, as far as an import has it. Sources stay when newer ones replace what they show.
CREATE TABLE statistics_source (
    source_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    import_id bigint NOT NULL REFERENCES statistics_import,
    publisher text COLLATE "C" NOT NULL,
    service   text COLLATE "C" NOT NULL,
    title     text NOT NULL,
    retrieved text COLLATE "C" NOT NULL,
    sha256    bytea NOT NULL
);

-- low and high are NULL where nothing was reported or nothing applies.
CREATE TABLE statistics_figure (
    source_id       bigint NOT NULL REFERENCES statistics_source,
    period          text COLLATE "C" NOT NULL,
    source_row      bigint NOT NULL,
    metric          text COLLATE "C" NOT NULL,
    jurisdiction    text COLLATE "C" NOT NULL,
    country         text COLLATE "C",
    class_published text NOT NULL,
    class           text NOT NULL,
    status          text NOT NULL,
    low             bigint,
    high            bigint,
    footnote        text,
    PRIMARY KEY (source_id, period, source_row, metric)
);

-- Which source readers see: the newest download that covers the half-year.
CREATE TABLE statistics_shown (
    publisher text COLLATE "C" NOT NULL,
    service   text COLLATE "C" NOT NULL,
    period    text COLLATE "C" NOT NULL,
    source_id bigint NOT NULL REFERENCES statistics_source,
    PRIMARY KEY (publisher, service, period)
);
