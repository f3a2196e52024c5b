-- A carrier that every criterion holds for, and two variants that lean on one thing alone.
--> control
CREATE SCHEMA carrier AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA carrier TO {registrar}, {reader}, {app};
SET ROLE {owner};
CREATE FUNCTION carrier.deny() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RAISE EXCEPTION '% on %.% denied', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME; END $$;
REVOKE ALL ON FUNCTION carrier.deny() FROM PUBLIC;
CREATE TABLE carrier.signoff (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text NOT NULL, operation text NOT NULL, payload text NOT NULL, checksum text NOT NULL, verdict text NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT now(),
  supersedes_id bigint CONSTRAINT superseded_once UNIQUE REFERENCES carrier.signoff (id),
  CONSTRAINT checksum_binds CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex')));
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.deny();
CREATE TRIGGER g_all BEFORE TRUNCATE ON carrier.signoff FOR EACH STATEMENT EXECUTE FUNCTION carrier.deny();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_all;
GRANT INSERT, SELECT ON carrier.signoff TO {registrar};
GRANT SELECT ON carrier.signoff TO {reader};
CREATE FUNCTION carrier.read_head(wanted text) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT x.payload FROM carrier.signoff AS x
   WHERE x.subject = wanted AND NOT EXISTS (SELECT 1 FROM carrier.signoff AS y WHERE y.supersedes_id = x.id);
END;
RESET ROLE;
--> granted
GRANT UPDATE, DELETE, TRUNCATE ON carrier.signoff TO {registrar};
--> revoked
DROP TRIGGER g_row ON carrier.signoff;
DROP TRIGGER g_all ON carrier.signoff;
