-- Every customer has a sign-in rule: a new one asks for a second factor until its owners say otherwise. Those that said
-- nothing keep what held for them.
INSERT INTO sign_in_policy (customer_id, rule)
SELECT customer_id, 'password' FROM customer WHERE customer_id NOT IN (SELECT customer_id FROM sign_in_policy);

-- Who made a link, so that it ends with their right to make it: names are not unique. Nobody's where the operator made it.
ALTER TABLE invitation ADD COLUMN invited_by_id BLOB REFERENCES person;

-- Devices that were not signed in on for long are forgotten by their age.
CREATE INDEX known_device_by_time ON known_device (created_at);

-- Which e-mail domains are a customer's is for the provider to say, who knows whom it deals with: whoever could claim
-- any would be sent other customers' people.
ALTER TABLE sso_domain RENAME TO customer_domain;
