-- A function of the owner's that everybody may call
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.fix(wanted int) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'UPDATE app.ledger SET status = ''changed'' WHERE id = wanted';
RESET ROLE;
--> as x
SELECT app.fix(1);
