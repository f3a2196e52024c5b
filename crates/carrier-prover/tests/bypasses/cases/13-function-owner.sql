-- The guard function belongs to somebody else, who replaces it
-- expect: B
-- base: guarded
-- roles: fnowner
-- loses: immutability
-- codes: FN_OWNER_DIFFERS
--> setup
GRANT USAGE, CREATE ON SCHEMA app TO {fnowner};
ALTER FUNCTION app.deny() OWNER TO {fnowner};
GRANT SELECT, UPDATE ON app.ledger TO {fnowner};
--> as fnowner
CREATE OR REPLACE FUNCTION app.deny() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END';
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
