-- What makes a pseudonym of a name that another system's log gives. There is one, and it is never changed: the same
-- person must stay the same in the record.
CREATE TABLE pseudonym_key (
    key_id   uuid PRIMARY KEY,
    only_one smallint NOT NULL UNIQUE CHECK (only_one = 1),
    -- Sealed.
    secret   bytea NOT NULL
);
