-- What makes a pseudonym of a name that another system's log gives. There is one, and it is never changed: the same
-- person must stay the same in the record.
CREATE TABLE pseudonym_key (
    key_id   BLOB PRIMARY KEY,
    only_one INTEGER NOT NULL UNIQUE CHECK (only_one = 1),
    -- Sealed.
    secret   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
