-- What every case begins with; the parts add up: schema, revoked, open, guarded.
--> schema
CREATE SCHEMA app AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA app TO {x}, {app}, {reader};
SET ROLE {owner};
CREATE FUNCTION app.deny() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RAISE EXCEPTION '% on %.% denied', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME; END $$;
REVOKE ALL ON FUNCTION app.deny() FROM PUBLIC;
RESET ROLE;
--> revoked
SET ROLE {owner};
CREATE TABLE app.ledger (
  id int PRIMARY KEY, subject text NOT NULL, payload text NOT NULL, checksum text NOT NULL,
  status text NOT NULL DEFAULT 'draft',
  CONSTRAINT ledger_binds CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex')));
INSERT INTO app.ledger (id, subject, payload, checksum, status) VALUES
  (1, 'a', 'first', encode(sha256('first'), 'hex'), 'draft'),
  (2, 'b', 'second', encode(sha256('second'), 'hex'), 'final');
GRANT SELECT ON app.ledger TO {x}, {app}, {reader};
GRANT INSERT ON app.ledger TO {app};
CREATE FUNCTION app.read_back(wanted int) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC SELECT l.payload FROM app.ledger AS l WHERE l.id = wanted; END;
RESET ROLE;
--> open
GRANT UPDATE, DELETE, TRUNCATE ON app.ledger TO {x};
--> guarded
SET ROLE {owner};
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.deny();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
