-- A trigger that fires after the one that seals the row
-- expect: B
-- base: guarded
-- roles: tamperer
-- loses: tamper
--> setup
ALTER TABLE app.ledger DROP CONSTRAINT ledger_binds;
GRANT USAGE, CREATE ON SCHEMA app TO {tamperer};
SET ROLE {owner};
CREATE FUNCTION app.seal() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN NEW.checksum := encode(sha256(convert_to(NEW.payload, 'UTF8')), 'hex'); RETURN NEW; END $$;
CREATE TRIGGER a_seal BEFORE INSERT ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.seal();
RESET ROLE;
SET ROLE {tamperer};
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
RESET ROLE;
CREATE TRIGGER z_stamp BEFORE INSERT ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.stamp();
--> as tamperer
CREATE OR REPLACE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.payload := ''forged''; RETURN NEW; END';
--> as app
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (3, 'c', 'third', '');
--> changed
SELECT checksum <> encode(sha256(convert_to(payload, 'UTF8')), 'hex') FROM app.ledger WHERE id = 3
