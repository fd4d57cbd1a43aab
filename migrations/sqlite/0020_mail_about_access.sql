-- Whether a person wants mail about access; where they didn't say, their role does, and the customer's policy.
ALTER TABLE person ADD COLUMN mail_access INTEGER;

-- What a mail is about, where one such mail to a person is enough until it is sent: a grant, or exceptions at all.
ALTER TABLE mail ADD COLUMN topic TEXT;

-- When a request that waits for a customer is told of again; nothing once it was, or waits no more.
ALTER TABLE access_grant_state ADD COLUMN remind_at INTEGER;

CREATE INDEX access_grant_to_remind ON access_grant_state (remind_at) WHERE remind_at IS NOT NULL;
