-- A store of heads that is never updated, and what each change makes of "one head per subject".
--> control
CREATE SCHEMA s AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA s TO {registrar}, {authority}, {app};
SET ROLE {owner};
CREATE TABLE s.epoch (code text NOT NULL, epoch int NOT NULL, PRIMARY KEY (code, epoch));
CREATE TABLE s.retirement (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL, approval text NOT NULL);
CREATE FUNCTION s.opens() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN INSERT INTO s.epoch (code, epoch) SELECT NEW.code, coalesce(max(e.epoch) + 1, 0) FROM s.epoch AS e WHERE e.code = NEW.code; RETURN NULL; END $$;
REVOKE ALL ON FUNCTION s.opens() FROM PUBLIC;
CREATE TRIGGER opens AFTER INSERT ON s.retirement FOR EACH ROW EXECUTE FUNCTION s.opens();
ALTER TABLE s.retirement ENABLE ALWAYS TRIGGER opens;
CREATE TABLE s.head (
  code text NOT NULL, epoch int NOT NULL, hash text NOT NULL, attempt_no int NOT NULL DEFAULT 1,
  status text NOT NULL DEFAULT 'draft' CONSTRAINT known CHECK (status IN ('draft', 'active', 'retired')),
  CONSTRAINT one_head UNIQUE (code, epoch),
  CONSTRAINT opened FOREIGN KEY (code, epoch) REFERENCES s.epoch (code, epoch));
GRANT INSERT ON s.head TO {registrar};
GRANT INSERT ON s.retirement TO {authority};
RESET ROLE;
--> as it is | proven
--> two heads in an epoch | refuted
ALTER TABLE s.head DROP CONSTRAINT one_head;
--> one head for each attempt in an epoch | refuted
ALTER TABLE s.head DROP CONSTRAINT one_head;
ALTER TABLE s.head ADD UNIQUE (code, epoch, attempt_no);
--> one head at the end of the transaction | refuted
ALTER TABLE s.head DROP CONSTRAINT one_head;
ALTER TABLE s.head ADD UNIQUE (code, epoch) DEFERRABLE;
--> an epoch that whoever writes chooses | refuted
ALTER TABLE s.head DROP CONSTRAINT opened;
--> an epoch that may be null | unproven
ALTER TABLE s.head ALTER epoch DROP NOT NULL;
--> heads from before the key | refuted
ALTER TABLE s.head DROP CONSTRAINT opened;
ALTER TABLE s.head ADD CONSTRAINT opened FOREIGN KEY (code, epoch) REFERENCES s.epoch (code, epoch) NOT VALID;
--> a key that is not checked | refuted
ALTER TABLE s.head DISABLE TRIGGER ALL;
--> a key that one role can leave unchecked | unproven
GRANT SET ON PARAMETER session_replication_role TO {registrar};
--> epochs that the registrar opens | refuted
GRANT INSERT ON s.epoch TO {registrar};
--> epochs that the authority opens without a retirement | refuted
GRANT INSERT ON s.epoch TO {authority};
--> retirements that the registrar writes | refuted
GRANT INSERT ON s.retirement TO {registrar};
--> retirements that an application writes | refuted
GRANT INSERT ON s.retirement TO {app};
--> an epoch that can be taken back | refuted
GRANT DELETE ON s.epoch TO {app};
--> an epoch that a guard keeps | proven
GRANT DELETE ON s.epoch TO {app};
CREATE FUNCTION s.deny() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
ALTER FUNCTION s.deny() OWNER TO {owner};
REVOKE ALL ON FUNCTION s.deny() FROM PUBLIC;
CREATE TRIGGER kept BEFORE DELETE ON s.epoch FOR EACH ROW EXECUTE FUNCTION s.deny();
ALTER TABLE s.epoch ENABLE ALWAYS TRIGGER kept;
--> heads of a child | refuted
CREATE TABLE s.more () INHERITS (s.head);
ALTER TABLE s.more OWNER TO {owner};
--> a subject that is unique by itself | proven
ALTER TABLE s.head ADD UNIQUE (code);
--> one head while it is current | proven
ALTER TABLE s.head DROP CONSTRAINT one_head;
CREATE UNIQUE INDEX one_current ON s.head (code) WHERE status IN ('draft', 'active');
--> one head while it is active, and any number of drafts | refuted
ALTER TABLE s.head DROP CONSTRAINT one_head;
CREATE UNIQUE INDEX one_active ON s.head (code) WHERE status = 'active';
--> one head that is retired | refuted
ALTER TABLE s.head DROP CONSTRAINT one_head;
CREATE UNIQUE INDEX one_retired ON s.head (code) WHERE status = 'retired';
--> one head for each attempt | unproven
ALTER TABLE s.head DROP CONSTRAINT one_head;
CREATE UNIQUE INDEX one_each ON s.head (code, attempt_no) WHERE status IN ('draft', 'active');
--> one head in states that nothing enforces | unproven
ALTER TABLE s.head DROP CONSTRAINT one_head;
ALTER TABLE s.head DROP CONSTRAINT known;
CREATE UNIQUE INDEX one_current ON s.head (code) WHERE status IN ('draft', 'active');
--> epochs that say what they end, and where they are of | proven
CREATE TABLE s.place (id int PRIMARY KEY);
ALTER TABLE s.epoch ADD UNIQUE (epoch, code), ADD ended int, ADD place int,
  ADD CONSTRAINT "a place" FOREIGN KEY (place) REFERENCES s.place,
  ADD CONSTRAINT ends FOREIGN KEY (code, ended) REFERENCES s.head (code, epoch);
--> epochs that may end what is not there | proven
ALTER TABLE s.epoch ADD ended int, ADD CONSTRAINT ends FOREIGN KEY (code, ended) REFERENCES s.head (code, epoch) NOT VALID;
