-- Names of the IANA database: the zone that a person chose, and the one that their browser was in at sign-in.
ALTER TABLE person ADD COLUMN time_zone TEXT;
ALTER TABLE session ADD COLUMN time_zone TEXT;
