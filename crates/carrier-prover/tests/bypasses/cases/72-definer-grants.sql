-- A function of an owner who may not insert that runs a text, which lets everybody insert
-- expect: B
-- base: guarded
-- loses: writer=unproven
--> setup
SET ROLE {owner};
CREATE FUNCTION app.run(wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN EXECUTE wanted; END $$;
REVOKE INSERT ON app.ledger FROM {owner};
RESET ROLE;
--> as x
SELECT app.run('GRANT INSERT ON app.ledger TO PUBLIC');
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (9, 'z', 'forged', encode(sha256('forged'), 'hex'));
