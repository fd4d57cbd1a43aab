-- Imported files as they are, what each import changed for readers, and files that wait for a second person.

-- Who brought a file in; NULL where that was before anybody noted it.
ALTER TABLE statistics_import ADD COLUMN imported_by text;

-- The bytes of imported files, by their hash.
CREATE TABLE statistics_original (
    sha256 bytea PRIMARY KEY,
    body   bytea NOT NULL
);

-- What readers saw of a half-year before this source: NULL where there was nothing.
CREATE TABLE statistics_showing (
    source_id   bigint NOT NULL REFERENCES statistics_source,
    period      text COLLATE "C" NOT NULL,
    replaced_id bigint REFERENCES statistics_source,
    PRIMARY KEY (source_id, period)
);

-- Files that somebody uploaded and nobody has imported yet. Sealed: a report of the provider's own may be among them.
CREATE TABLE statistics_upload (
    upload_id uuid PRIMARY KEY,
    upload    bytea NOT NULL,
    made_at   timestamptz NOT NULL
);

-- One line of a file may have figures of several kinds of process.
ALTER TABLE statistics_figure
    ALTER COLUMN class_published TYPE text COLLATE "C",
    DROP CONSTRAINT statistics_figure_pkey,
    ADD PRIMARY KEY (source_id, period, source_row, class_published, metric);
