-- Terms: what holds from a day on. A version is never changed: a correction is another one.
CREATE TABLE term_version (
    version_id     uuid PRIMARY KEY,
    kind           text NOT NULL,
    key            text NOT NULL,
    -- The only customer that it is for.
    customer_id    uuid REFERENCES customer,
    -- The first day, as 2026-03-01.
    effective_from text COLLATE "C" NOT NULL,
    version        jsonb NOT NULL,
    published_at   timestamptz NOT NULL,
    proposed_by    text NOT NULL,
    approved_by    text NOT NULL
);

CREATE INDEX term_version_by_term ON term_version (kind, key, effective_from);

CREATE TRIGGER term_version_is_not_changed BEFORE UPDATE OR DELETE ON term_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER term_version_is_not_truncated BEFORE TRUNCATE ON term_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How often something was published: whoever read another number has not seen what they would publish beside.
CREATE TABLE term_revision (
    revision bigint NOT NULL
);

INSERT INTO term_revision (revision) VALUES (0);

-- What somebody wrote and a second person has not approved yet. Sealed: it is nobody else's to read before.
CREATE TABLE term_proposal (
    proposal_id uuid PRIMARY KEY,
    proposal    bytea NOT NULL,
    made_at     timestamptz NOT NULL
);

-- Papers, certificates, reports. Their content is sealed.
CREATE TABLE term_document (
    document_id uuid PRIMARY KEY,
    name        text NOT NULL,
    media_type  text NOT NULL,
    size        bigint NOT NULL,
    sha256      text NOT NULL,
    body        bytea NOT NULL
);

CREATE INDEX term_document_by_content ON term_document (sha256);

-- Customers were told that a mechanism fell that this version rests on.
CREATE TABLE term_fall (
    version_id uuid NOT NULL REFERENCES term_version,
    mechanism  text NOT NULL,
    told_at    timestamptz NOT NULL,
    PRIMARY KEY (version_id, mechanism)
);

-- Who accepted the terms of a full report.
CREATE TABLE term_acceptance (
    customer_id uuid NOT NULL REFERENCES customer,
    person_id   uuid NOT NULL REFERENCES person,
    version_id  uuid NOT NULL REFERENCES term_version,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, person_id, version_id)
);

-- What is for one customer only is its own. The provider, who wrote it, reads it too, but for that it must say so:
--     SET LOCAL vitrine.terms = 'of everybody'
ALTER TABLE term_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON term_version USING (customer_id IS NULL OR customer_id = current_customer());
CREATE POLICY read_by_the_provider ON term_version FOR SELECT
    USING (current_setting('vitrine.terms', true) = 'of everybody');

ALTER TABLE term_acceptance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON term_acceptance USING (customer_id = current_customer());
