-- One change each, to the control, to `granted` (only the guards stand) or to `revoked` (only missing
-- privileges do), and what it must cost. Criteria that are not named must stay proven.
--> the control itself | control | nothing

--> guards alone | granted | nothing

--> missing privileges alone | revoked | nothing

--> guards for origin sessions, which superusers can leave | granted | immutability=unproven retention=unproven
ALTER TABLE carrier.signoff ENABLE TRIGGER g_row;
ALTER TABLE carrier.signoff ENABLE TRIGGER g_all;
--> a pinned dispatch on TG_OP | granted | nothing
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN IF TG_OP = 'INSERT' THEN RETURN NEW; END IF; RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> an unpinned unconditional RAISE | granted | nothing
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql  AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> guards that fire after | granted | nothing
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row AFTER UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> a longer digest | control | nothing
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(sha512(convert_to(payload, 'UTF8')), 'hex'));
--> a check of more than the digest | control | nothing
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (length(checksum) = 64 AND checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex'));
--> a generated checksum | control | nothing
ALTER TABLE carrier.signoff ADD COLUMN body bytea NOT NULL DEFAULT '';
ALTER TABLE carrier.signoff DROP COLUMN checksum;
ALTER TABLE carrier.signoff DROP COLUMN payload CASCADE;
ALTER TABLE carrier.signoff RENAME COLUMN body TO payload;
ALTER TABLE carrier.signoff ADD COLUMN checksum bytea NOT NULL GENERATED ALWAYS AS (sha256(payload)) STORED;
CREATE FUNCTION carrier.read_head(wanted text) RETURNS bytea LANGUAGE sql STABLE
BEGIN ATOMIC SELECT x.payload FROM carrier.signoff AS x WHERE x.subject = wanted; END;
ALTER FUNCTION carrier.read_head(text) OWNER TO {owner};
--> a view to read | control | nothing
CREATE VIEW carrier.shown AS SELECT id, subject FROM carrier.signoff;
ALTER VIEW carrier.shown OWNER TO {owner};
GRANT SELECT ON carrier.shown TO {app};
--> a row trigger before the guard that lets pass | granted | nothing
CREATE FUNCTION carrier.pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF TG_OP = ''DELETE'' THEN RETURN OLD; END IF; RETURN NEW; END' SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION carrier.pass() OWNER TO {owner};
CREATE TRIGGER a_pass BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.pass();
--> a role that may make roles, where that is no power over others | control | nothing | 16-
ALTER ROLE {app} CREATEROLE;
--> an application may insert | control | writer_authority=refuted
GRANT INSERT ON carrier.signoff TO {app};
--> everybody may insert | control | writer_authority=refuted
GRANT INSERT ON carrier.signoff TO PUBLIC;
--> an application may insert some columns | control | writer_authority=refuted
GRANT INSERT (subject, operation, payload, checksum, verdict) ON carrier.signoff TO {app};
--> the custodian can log in | control | writer_authority=refuted consumer_readback=unproven
ALTER ROLE {owner} LOGIN;
--> an application is a member of the custodian | control | writer_authority=refuted
GRANT {owner} TO {app};
--> an application is a member of the writer | control | writer_authority=refuted
GRANT {registrar} TO {app};
--> an application may grant the custodian | control | writer_authority=refuted
ALTER ROLE {app} NOINHERIT;
GRANT {owner} TO {app} WITH ADMIN OPTION;
--> a member of a member | control | writer_authority=refuted
CREATE ROLE {between} NOLOGIN;
GRANT {registrar} TO {between};
GRANT {between} TO {app};
--> a function that inserts for everybody | control | writer_authority=refuted
SET ROLE {owner};
CREATE FUNCTION carrier.sign(wanted text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC INSERT INTO carrier.signoff (subject, operation, payload, checksum, verdict) VALUES (wanted, 'o', 'p', encode(sha256('p'), 'hex'), 'v'); END;
RESET ROLE;
--> the schema belongs to an application | control | writer_authority=refuted
ALTER SCHEMA carrier OWNER TO {app};
GRANT USAGE ON SCHEMA carrier TO {owner};
--> an application may make triggers | control | writer_authority=refuted
GRANT TRIGGER ON carrier.signoff TO {app};
--> a view that an application inserts into | control | writer_authority=refuted
CREATE VIEW carrier.door AS SELECT subject, operation, payload, checksum, verdict FROM carrier.signoff;
ALTER VIEW carrier.door OWNER TO {owner};
GRANT INSERT ON carrier.door TO {app};
--> an application may write everything | control | writer_authority=refuted
GRANT pg_write_all_data TO {app};
--> the writer may pass its right on | control | writer_authority=refuted
GRANT INSERT ON carrier.signoff TO {registrar} WITH GRANT OPTION;
--> the writer may make roles | control | writer_authority=refuted
ALTER ROLE {registrar} CREATEROLE;
--> a role that may make roles, where it can become anyone | control | writer_authority=refuted | -15
ALTER ROLE {app} CREATEROLE;
--> a rule of another table inserts | control | writer_authority=unproven
SET ROLE {owner};
CREATE TABLE carrier.inbox (subject text);
CREATE RULE forward AS ON INSERT TO carrier.inbox DO ALSO
  INSERT INTO carrier.signoff (subject, operation, payload, checksum, verdict) VALUES (NEW.subject, 'o', 'p', encode(sha256('p'), 'hex'), 'v');
GRANT INSERT ON carrier.inbox TO {app};
RESET ROLE;
--> a trigger of another table inserts | control | writer_authority=refuted
SET ROLE {owner};
CREATE TABLE carrier.inbox (subject text);
CREATE FUNCTION carrier.forward() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  INSERT INTO carrier.signoff (subject, operation, payload, checksum, verdict) VALUES (NEW.subject, 'o', 'p', encode(sha256('p'), 'hex'), 'v'); RETURN NEW; END $$;
REVOKE ALL ON FUNCTION carrier.forward() FROM PUBLIC;
CREATE TRIGGER forward AFTER INSERT ON carrier.inbox FOR EACH ROW EXECUTE FUNCTION carrier.forward();
GRANT INSERT ON carrier.inbox TO {app};
RESET ROLE;
--> the words of a column belong to an application | control | writer_authority=refuted
CREATE TYPE carrier.word AS ENUM ('yes', 'no');
ALTER TYPE carrier.word OWNER TO {app};
ALTER TABLE carrier.signoff ADD COLUMN word carrier.word NOT NULL DEFAULT 'yes';
--> the table belongs to an application | control | writer_authority=refuted
ALTER TABLE carrier.signoff OWNER TO {app};
--> the guard's function belongs to an application | control | writer_authority=refuted
ALTER FUNCTION carrier.deny() OWNER TO {app};
--> the database belongs to an application | control | writer_authority=refuted
ALTER DATABASE {database} OWNER TO {app};
--> a child that an application fills | control | writer_authority=refuted
CREATE TABLE carrier.child () INHERITS (carrier.signoff);
ALTER TABLE carrier.child OWNER TO {owner};
GRANT INSERT ON carrier.child TO {app};
--> the row guard is disabled | granted | immutability=refuted retention=refuted
ALTER TABLE carrier.signoff DISABLE TRIGGER g_row;
--> no guard against TRUNCATE | granted | immutability=refuted retention=refuted
DROP TRIGGER g_all ON carrier.signoff;
--> no guard against UPDATE | granted | immutability=refuted
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.deny();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard fires for one column | granted | immutability=refuted
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE DELETE OR UPDATE OF payload ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.deny();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard has a condition | granted | immutability=unproven retention=unproven
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW WHEN (OLD.verdict = 'final') EXECUTE FUNCTION carrier.deny();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard fires for replica sessions only | granted | immutability=refuted retention=refuted
ALTER TABLE carrier.signoff ENABLE REPLICA TRIGGER g_row;
--> the guard returns NULL after the fact | granted | immutability=refuted retention=refuted
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NULL; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row AFTER UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard hides instead of refusing | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NULL; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard only warns | granted | immutability=refuted retention=refuted
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE WARNING 'no'; RETURN OLD; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard swallows its own error | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'no'; EXCEPTION WHEN OTHERS THEN RETURN OLD; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard asserts | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN ASSERT false; RETURN OLD; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard asks a setting | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN IF current_setting('a.b', true) = 'on' THEN RETURN OLD; END IF; RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard runs a text | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE 'SELECT 1'; RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> the guard shadows TG_OP | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ DECLARE tg_op text; BEGIN IF TG_OP IS NULL THEN RETURN OLD; END IF; RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> an unpinned dispatch on TG_OP | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql  AS $$ BEGIN IF TG_OP = 'INSERT' THEN RETURN NEW; END IF; RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> a dispatch under pg_catalog alone | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN IF TG_OP = 'INSERT' THEN RETURN NEW; END IF; RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> a guard for statements | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION carrier.guard() OWNER TO {owner};
DROP TRIGGER g_row ON carrier.signoff;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH STATEMENT EXECUTE FUNCTION carrier.guard();
ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row;
--> a row trigger before the guard that skips | granted | immutability=unproven retention=unproven
CREATE FUNCTION carrier.skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER FUNCTION carrier.skip() OWNER TO {owner};
CREATE TRIGGER a_skip BEFORE UPDATE OR DELETE ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.skip();
--> a child without a guard | granted | immutability=refuted retention=refuted
CREATE TABLE carrier.child () INHERITS (carrier.signoff);
ALTER TABLE carrier.child OWNER TO {owner};
GRANT UPDATE, DELETE ON carrier.child TO {registrar};
--> guards for origin sessions, and a writer that begins in replica mode | granted | writer_authority=refuted immutability=refuted retention=refuted
ALTER TABLE carrier.signoff ENABLE TRIGGER g_row;
ALTER ROLE {registrar} SET session_replication_role = replica;
--> an application may update | revoked | immutability=refuted
GRANT UPDATE ON carrier.signoff TO {app};
--> an application may update one column | revoked | immutability=refuted
GRANT UPDATE (verdict) ON carrier.signoff TO {app};
--> an application may delete | revoked | immutability=refuted retention=refuted
GRANT DELETE ON carrier.signoff TO {app};
--> an application may truncate | revoked | immutability=refuted retention=refuted
GRANT TRUNCATE ON carrier.signoff TO {app};
--> deletions cascade into it | revoked | immutability=refuted retention=refuted
SET ROLE {owner};
CREATE TABLE carrier.parent (id int PRIMARY KEY);
ALTER TABLE carrier.signoff ADD COLUMN parent_id int REFERENCES carrier.parent ON DELETE CASCADE;
GRANT SELECT, UPDATE, DELETE ON carrier.parent TO {app};
RESET ROLE;
--> updates cascade into it | revoked | immutability=refuted
SET ROLE {owner};
CREATE TABLE carrier.parent (id int PRIMARY KEY);
ALTER TABLE carrier.signoff ADD COLUMN parent_id int REFERENCES carrier.parent ON UPDATE CASCADE;
GRANT SELECT, UPDATE, DELETE ON carrier.parent TO {app};
RESET ROLE;
--> deletions set NULL in it | revoked | immutability=refuted
SET ROLE {owner};
CREATE TABLE carrier.parent (id int PRIMARY KEY);
ALTER TABLE carrier.signoff ADD COLUMN parent_id int REFERENCES carrier.parent ON DELETE SET NULL;
GRANT SELECT, UPDATE, DELETE ON carrier.parent TO {app};
RESET ROLE;
--> a view that an application updates | revoked | immutability=refuted
CREATE VIEW carrier.door AS SELECT verdict FROM carrier.signoff;
ALTER VIEW carrier.door OWNER TO {owner};
GRANT UPDATE ON carrier.door TO {app};
--> a function that updates for everybody | revoked | immutability=refuted
SET ROLE {owner};
CREATE FUNCTION carrier.fix() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC UPDATE carrier.signoff SET verdict = 'x'; END;
RESET ROLE;
--> no check at all | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
--> a check that was not validated | control | tamper_evidence=unproven
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex')) NOT VALID;
--> a check that is not enforced | control | tamper_evidence=refuted | 18-
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex')) NOT ENFORCED;
--> a weak digest | control | tamper_evidence=unproven
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = md5(payload));
--> a tautology that names both columns | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = checksum AND payload = payload);
--> an alternative | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex') OR verdict = 'x');
--> a length in place of a digest | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (length(checksum) = 64);
--> a checksum that may be NULL | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff ALTER COLUMN checksum DROP NOT NULL;
--> a payload that may be NULL | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff ALTER COLUMN payload DROP NOT NULL;
--> a digest of another column | control | tamper_evidence=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(sha256(convert_to(subject, 'UTF8')), 'hex'));
--> a digest of somebody else's | control | tamper_evidence=unproven
CREATE FUNCTION carrier.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT $1';
ALTER FUNCTION carrier.sha256(bytea) OWNER TO {owner};
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(carrier.sha256(convert_to(payload, 'UTF8')), 'hex'));
--> a digest whose text can move between columns | control | tamper_evidence=lost
ALTER TABLE carrier.signoff DROP CONSTRAINT checksum_binds;
ALTER TABLE carrier.signoff ADD CONSTRAINT checksum_binds CHECK (checksum = encode(sha256(convert_to(payload || subject, 'UTF8')), 'hex'));
--> no consumer | control | consumer_readback=unproven
DROP FUNCTION carrier.read_head(text);
--> a consumer that finds its tables by name | control | consumer_readback=unproven
DROP FUNCTION carrier.read_head(text);
CREATE FUNCTION carrier.read_head(wanted text) RETURNS text LANGUAGE sql STABLE AS 'SELECT payload FROM carrier.signoff WHERE subject = wanted';
ALTER FUNCTION carrier.read_head(text) OWNER TO {owner};
--> a consumer that reads something else | control | consumer_readback=refuted
DROP FUNCTION carrier.read_head(text);
CREATE FUNCTION carrier.read_head(wanted text) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT wanted; END;
ALTER FUNCTION carrier.read_head(text) OWNER TO {owner};
--> a consumer of an application's | control | consumer_readback=unproven
ALTER FUNCTION carrier.read_head(text) OWNER TO {app};
REVOKE ALL ON FUNCTION carrier.read_head(text) FROM PUBLIC;
--> a function of an application's that the writer may call | control | writer_authority=unproven
CREATE FUNCTION carrier.helper() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
ALTER FUNCTION carrier.helper() OWNER TO {app};
--> the same, as its owner | control | nothing
CREATE FUNCTION carrier.helper() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 'x' $$;
ALTER FUNCTION carrier.helper() OWNER TO {app};
--> a table of an application's that the writer may fill | control | writer_authority=unproven
CREATE TABLE carrier.inbox (id int);
ALTER TABLE carrier.inbox OWNER TO {app};
GRANT INSERT ON carrier.inbox TO {registrar};
--> a table that a crash empties | control | retention=refuted
ALTER TABLE carrier.signoff SET UNLOGGED;
--> superseded more than once | control | transition_writer=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT superseded_once;
--> superseded once for some rows | control | transition_writer=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT superseded_once;
CREATE UNIQUE INDEX superseded_once ON carrier.signoff (supersedes_id) WHERE verdict = 'x';
--> superseded once beside another column | control | transition_writer=refuted
ALTER TABLE carrier.signoff DROP CONSTRAINT superseded_once;
CREATE UNIQUE INDEX superseded_once ON carrier.signoff (supersedes_id, id);
--> a trigger that decides what is superseded | control | transition_writer=unproven
CREATE FUNCTION carrier.redirect() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN NEW.supersedes_id := NULL; RETURN NEW; END $$;
ALTER FUNCTION carrier.redirect() OWNER TO {owner};
REVOKE ALL ON FUNCTION carrier.redirect() FROM PUBLIC;
CREATE TRIGGER redirect BEFORE INSERT ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.redirect();
--> a trigger that looks at what is superseded | control | nothing
CREATE FUNCTION carrier.looks() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN IF NEW.supersedes_id = NEW.id THEN RAISE EXCEPTION 'itself'; END IF; RETURN NEW; END $$;
ALTER FUNCTION carrier.looks() OWNER TO {owner};
REVOKE ALL ON FUNCTION carrier.looks() FROM PUBLIC;
CREATE TRIGGER looks BEFORE INSERT ON carrier.signoff FOR EACH ROW EXECUTE FUNCTION carrier.looks();
