-- What the legal team drafted of the provider's own report and a second person has not published yet. Sealed: it says
-- which demands it counts, and what it holds back.
CREATE TABLE report_draft (
    draft_id uuid PRIMARY KEY,
    draft    bytea NOT NULL,
    made_at  timestamptz NOT NULL
);

-- Published editions, exactly as they are handed out: tables, errata, nothing of a demand. An edition is never changed;
-- what is wrong with it is in the errata of the next.
CREATE TABLE report_edition (
    edition_id   uuid PRIMARY KEY,
    half         text COLLATE "C" NOT NULL,
    number       bigint NOT NULL,
    -- As text: its hash is of these very bytes.
    edition      text NOT NULL,
    sha256       bytea NOT NULL,
    published_at timestamptz NOT NULL,
    drafted_by   text NOT NULL,
    approved_by  text NOT NULL,
    -- What it says of those before it; the first has none.
    errata       text,
    previous_id  uuid REFERENCES report_edition,
    UNIQUE (half, number),
    CHECK ((number = 1) = (previous_id IS NULL) AND (number = 1) = (errata IS NULL))
);

CREATE TRIGGER report_edition_is_not_changed BEFORE UPDATE OR DELETE ON report_edition
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER report_edition_is_not_truncated BEFORE TRUNCATE ON report_edition
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which demands an edition counted, so that none is counted twice. Sealed.
CREATE TABLE report_counted (
    edition_id uuid PRIMARY KEY REFERENCES report_edition,
    counted    bytea NOT NULL
);
