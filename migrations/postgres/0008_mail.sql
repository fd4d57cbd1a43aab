-- Mail that waits to be sent, and for a while what was sent. It is written with what it tells, and whoever sends takes the
-- next of anybody's: a row says to which person or invitation it belongs, and what stands in it is sealed. So no policy
-- binds it to a customer, whose id it doesn't hold.
CREATE TABLE mail (
    mail_id       uuid PRIMARY KEY,
    person_id     uuid REFERENCES person,
    -- A link that is good no more is not sent any more.
    invitation_id uuid REFERENCES invitation (invitation_id) ON DELETE CASCADE,
    -- The address and what the mail tells, sealed; gone once it was sent or given up, as a link may be in it.
    letter        bytea,
    queued_at     timestamptz NOT NULL,
    -- When it is tried next. Whoever tries it moves this on first, so that nobody else does meanwhile.
    try_at        timestamptz,
    tries         bigint NOT NULL,
    -- It is given up then.
    give_up_at    timestamptz NOT NULL,
    -- When it was sent or given up; why it was given up, sealed, as a mail server's reply names the address.
    done_at       timestamptz,
    failure       bytea,
    CHECK ((letter IS NULL) = (try_at IS NULL) AND (letter IS NULL) = (done_at IS NOT NULL))
);

CREATE INDEX mail_waiting ON mail (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX mail_done ON mail (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX mail_by_person ON mail (person_id);
CREATE INDEX mail_by_invitation ON mail (invitation_id);

-- Which mails a person wants; where they didn't say, their role does.
ALTER TABLE person ADD COLUMN mail_notices boolean;
ALTER TABLE person ADD COLUMN mail_reminders boolean;

-- When a notice is to be looked at for a reminder. A notice that wants none any more has no row.
CREATE TABLE notice_reminder (
    customer_id uuid NOT NULL,
    sequence    bigint NOT NULL,
    look_at     timestamptz NOT NULL,
    reminded_at timestamptz,
    PRIMARY KEY (customer_id, sequence),
    FOREIGN KEY (customer_id, sequence) REFERENCES notice
);

CREATE INDEX notice_reminder_by_time ON notice_reminder (look_at);

-- Those that were issued before and nobody has acknowledged are looked at soon. The setting ends with the migration's transaction.
SET LOCAL vitrine.notices = 'of everybody';
INSERT INTO notice_reminder (customer_id, sequence, look_at)
SELECT customer_id, sequence, issued_at FROM notice
WHERE NOT EXISTS (SELECT 1 FROM notice_message AS told WHERE told.customer_id = notice.customer_id
                  AND told.sequence = notice.sequence AND told.kind = 'acknowledgement');

ALTER TABLE notice_reminder ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_customer ON notice_reminder USING (customer_id = current_customer());
CREATE POLICY read_by_the_provider ON notice_reminder FOR SELECT
    USING (current_setting('vitrine.notices', true) = 'of everybody');
