-- What an import had to interpret, for readers; alike ones together, as a preview shows them. Imports from before have
-- none noted.
CREATE TABLE statistics_interpretation (
    import_id        bigint NOT NULL REFERENCES statistics_import,
    place            bigint NOT NULL,
    -- Their numbers, as a JSON array.
    lines            text NOT NULL,
    column_published text NOT NULL,
    published        text NOT NULL,
    read_as          text NOT NULL,
    reason           text NOT NULL,
    PRIMARY KEY (import_id, place)
);
