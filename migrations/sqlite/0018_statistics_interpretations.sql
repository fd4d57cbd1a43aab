-- What an import had to interpret, for readers; alike ones together, as a preview shows them. Imports from before have
-- none noted.
CREATE TABLE statistics_interpretation (
    import_id        INTEGER NOT NULL REFERENCES statistics_import,
    place            INTEGER NOT NULL,
    -- Their numbers, as a JSON array.
    lines            TEXT NOT NULL,
    column_published TEXT NOT NULL,
    published        TEXT NOT NULL,
    read_as          TEXT NOT NULL,
    reason           TEXT NOT NULL,
    PRIMARY KEY (import_id, place)
) STRICT, WITHOUT ROWID;
