-- A customer's own data shows only in a transaction that says whose it is for (store/src/engine.rs):
--     SET LOCAL vitrine.customer = 'THE CUSTOMER''S ID'
-- Whoever doesn't say sees nothing and writes nothing, the tables' owner included. Superusers and roles with BYPASSRLS
-- are above this; the server refuses to be one. A later migration that changes these tables' rows must say it too.
--
-- The other tables with a customer's id are what sign-in, invitations, tokens and reports find the customer by, so
-- they must answer before anybody can say who it is; store/tests/row_level_security.rs names each.

-- Once a transaction has ended its setting is '' and no longer NULL.
CREATE FUNCTION current_customer() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('vitrine.customer', true), '')::uuid;

DO $$
DECLARE
    bound record;
BEGIN
    FOR bound IN SELECT * FROM (VALUES
        ('access_log', 'customer_id'), ('access_record', 'customer_id'), ('access_leaf', 'customer_id'),
        ('access_tally', 'customer_id'), ('access_choice', 'customer_id'),
        -- The provider's own trail is that of the nil UUID.
        ('trail', 'owner_id'), ('trail_entry', 'owner_id')
    ) AS of_one_customer (name, owner) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bound.name);
        EXECUTE format('CREATE POLICY of_one_customer ON %I USING (%I = current_customer())', bound.name, bound.owner);
    END LOOP;
    -- A table's policy doesn't hold for who names its partition. Nobody need: without a policy nothing shows.
    FOR bound IN SELECT inhrelid::regclass AS name FROM pg_inherits
        WHERE inhparent IN ('access_record'::regclass, 'access_leaf'::regclass) LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bound.name);
    END LOOP;
END $$;
