-- Whoever could make a lawyer alone, or begin anew in a lawyer's place, could read sealed demands alone. So it waits here
-- for a second person. No link exists before: it is made, and shown, when it is confirmed.
CREATE TABLE confirmation_request (
    request_id      BLOB PRIMARY KEY,
    -- A role, an invitation, or a new beginning.
    kind            TEXT NOT NULL,
    -- Whose role or sign-in it is; nobody's yet where somebody is invited.
    person_id       BLOB REFERENCES person,
    email           TEXT NOT NULL,
    requested_by    TEXT NOT NULL,
    requested_by_id BLOB NOT NULL REFERENCES person,
    requested_at    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    UNIQUE (email)
) STRICT, WITHOUT ROWID;

-- Who confirmed a link as a second person: it ends with their right to.
ALTER TABLE invitation ADD COLUMN confirmed_by_id BLOB REFERENCES person;

-- Whether somebody ever was of the legal team. Once there was one, administrators alone make no other, also when none
-- is left: else they would remove the team and take its place.
ALTER TABLE person ADD COLUMN was_legal INTEGER NOT NULL DEFAULT FALSE;
UPDATE person SET was_legal = TRUE WHERE customer_id IS NULL AND role = 'legal';

-- What the legal team's systems sent, so that sending it again registers nothing anew. Keyed hashes of the sender with
-- its own id, and of the content: the row says neither.
CREATE TABLE demand_submission (
    submission_hash BLOB PRIMARY KEY,
    content_hash    BLOB NOT NULL,
    demand_id       BLOB NOT NULL REFERENCES demand (demand_id)
) STRICT, WITHOUT ROWID;

-- The first of the tokens that took each other's place: they are one sender. A token without one is the first.
ALTER TABLE api_token ADD COLUMN lineage_id BLOB;
