-- A function of the owner's runs a block that names its language first
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN DO LANGUAGE plpgsql $i$ BEGIN EXECUTE current_setting('my.text'); END $i$; END $body$;
RESET ROLE;
--> as x
SET my.text = 'UPDATE app.ledger SET status = ''changed''';
SELECT app.note();
