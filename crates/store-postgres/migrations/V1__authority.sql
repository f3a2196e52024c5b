-- Authority carriers: governed rows that only the authority writer inserts.
--
-- A row is stored as `canonical`: the canonical JSON of {carrier, columns, key} (RFC 8785), which is
-- what its hash is made of. `row_hash` is checked by the table itself, and every other column is
-- generated from the canonical text, so a typed value that its hash does not bind cannot exist.
-- A row is never changed. A revocation, a replacement, an end is a new row that names the old one in
-- `supersedes`. `ordinal` is the order of writing. Instants are text of fixed precision in UTC, whose
-- order as text is their order in time.
--
-- Every insert moves the version of an authority head, so that a transaction that locked the head
-- knows that no new row changed what the rows it looked at mean. A row ends only rows of its own
-- target, so the head that moves is the head of all it changes.
--
-- Every function pins its path to `pg_catalog, pg_temp`, and every name is written in full.

CREATE FUNCTION holdfast.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'holdfast: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = '23001';
END
$$;

CREATE TABLE holdfast.authority_head (
  scope_key text COLLATE "C" NOT NULL PRIMARY KEY,
  version   bigint NOT NULL CHECK (version >= 1)
);

CREATE TRIGGER authority_head_moves_by_one BEFORE UPDATE ON holdfast.authority_head
  FOR EACH ROW
  WHEN (NEW.scope_key <> OLD.scope_key OR NEW.version <> OLD.version + 1)
  EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER authority_head_is_never_deleted BEFORE DELETE ON holdfast.authority_head
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER authority_head_is_never_emptied BEFORE TRUNCATE ON holdfast.authority_head
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.authority_head ENABLE ALWAYS TRIGGER authority_head_moves_by_one;
ALTER TABLE holdfast.authority_head ENABLE ALWAYS TRIGGER authority_head_is_never_deleted;
ALTER TABLE holdfast.authority_head ENABLE ALWAYS TRIGGER authority_head_is_never_emptied;

-- Moves a head on behalf of an authority row, and checks that the row names the credential that the
-- server saw: `written_by` is hashed with the row, so its writer states it, and cannot state another.
CREATE FUNCTION holdfast.authority_moves(written_by text, scope text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF written_by IS DISTINCT FROM 'db_role:' || session_user THEN
    RAISE EXCEPTION 'holdfast: written_by is the credential that writes, db_role:%', session_user
      USING ERRCODE = '23514';
  END IF;
  INSERT INTO holdfast.authority_head AS head (scope_key, version) VALUES (scope, 1)
    ON CONFLICT (scope_key) DO UPDATE SET version = head.version + 1;
END
$$;

-- Locks the heads of some targets and the one for all against every new authority row, until the
-- transaction ends. The registrar may call this and holds no right to change them.
--
-- A target's own head is locked against other registrations of it too: they come one after the other
-- to unique keys of which one of them can have one. Two inserts that meet inside an index leave a
-- deletion in the server's counters, which nobody could tell from one that a guard should have stopped.
CREATE FUNCTION holdfast.lock_authority(targets text[])
RETURNS TABLE (scope_key text, version bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH every AS MATERIALIZED (
    SELECT head.scope_key, head.version FROM holdfast.authority_head AS head
     WHERE head.scope_key = '*' FOR SHARE
  ), own AS MATERIALIZED (
    SELECT head.scope_key, head.version FROM holdfast.authority_head AS head
     WHERE head.scope_key = ANY (targets) AND head.scope_key <> '*'
     ORDER BY head.scope_key FOR NO KEY UPDATE
  )
  SELECT every.scope_key, every.version FROM every
  UNION ALL
  SELECT own.scope_key, own.version FROM own;
END;

-- Who there is: one canonical principal for each row.
CREATE TABLE holdfast.principal (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  principal text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,principal}') STORED NOT NULL,
  kind text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,kind}') STORED NOT NULL,
  side text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,side}') STORED NOT NULL,
  display_name text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,display_name}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT principal_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT principal_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'principal'),
  CHECK (kind IN ('human', 'service', 'team', 'operator', 'requester', 'validator', 'registrar', 'database_role')),
  CHECK (side IN ('owner', 'council', 'none')),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.principal (row_key),
  CONSTRAINT principal_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX principal_by_principal ON holdfast.principal (principal);

CREATE FUNCTION holdfast.principal_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  IF NEW.lifecycle_status = 'active' AND EXISTS (
       SELECT 1 FROM holdfast.principal AS other
        WHERE other.principal = NEW.principal
          AND other.lifecycle_status = 'active' AND other.row_key <> NEW.row_key
          AND NOT EXISTS (SELECT 1 FROM holdfast.principal AS later WHERE later.supersedes = other.row_key)) THEN
    RAISE EXCEPTION 'holdfast: principal has an active row for this already, which has to be superseded'
      USING ERRCODE = '23505';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER principal_is_recorded AFTER INSERT ON holdfast.principal
  FOR EACH ROW EXECUTE FUNCTION holdfast.principal_is_recorded();
CREATE TRIGGER principal_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.principal
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER principal_is_never_emptied BEFORE TRUNCATE ON holdfast.principal
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.principal ENABLE ALWAYS TRIGGER principal_is_recorded;
ALTER TABLE holdfast.principal ENABLE ALWAYS TRIGGER principal_is_never_changed;
ALTER TABLE holdfast.principal ENABLE ALWAYS TRIGGER principal_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_principal(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.principal AS r
    LEFT JOIN holdfast.principal AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which channel value stands for which principal.
CREATE TABLE holdfast.principal_binding (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  channel text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,channel}') STORED NOT NULL,
  value text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,value}') STORED NOT NULL,
  principal text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,principal}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT principal_binding_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT principal_binding_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'principal_binding'),
  CHECK (channel IN ('alias', 'os_uid', 'db_role', 'token_subject')),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.principal_binding (row_key),
  CONSTRAINT principal_binding_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX principal_binding_by_channel_and_value ON holdfast.principal_binding (channel, value);

CREATE FUNCTION holdfast.principal_binding_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  IF NEW.lifecycle_status = 'active' AND EXISTS (
       SELECT 1 FROM holdfast.principal_binding AS other
        WHERE other.channel = NEW.channel AND other.value = NEW.value
          AND other.lifecycle_status = 'active' AND other.row_key <> NEW.row_key
          AND NOT EXISTS (SELECT 1 FROM holdfast.principal_binding AS later WHERE later.supersedes = other.row_key)) THEN
    RAISE EXCEPTION 'holdfast: principal_binding has an active row for this already, which has to be superseded'
      USING ERRCODE = '23505';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER principal_binding_is_recorded AFTER INSERT ON holdfast.principal_binding
  FOR EACH ROW EXECUTE FUNCTION holdfast.principal_binding_is_recorded();
CREATE TRIGGER principal_binding_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.principal_binding
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER principal_binding_is_never_emptied BEFORE TRUNCATE ON holdfast.principal_binding
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.principal_binding ENABLE ALWAYS TRIGGER principal_binding_is_recorded;
ALTER TABLE holdfast.principal_binding ENABLE ALWAYS TRIGGER principal_binding_is_never_changed;
ALTER TABLE holdfast.principal_binding ENABLE ALWAYS TRIGGER principal_binding_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_principal_binding(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.principal_binding AS r
    LEFT JOIN holdfast.principal_binding AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which operations are governed, and at what risk.
CREATE TABLE holdfast.action_type (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  operation text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,operation}') STORED NOT NULL,
  object_type text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,object_type}') STORED NOT NULL,
  implemented integer GENERATED ALWAYS AS ((canonical::jsonb #>> '{columns,implemented}')::integer) STORED NOT NULL,
  risk_tier text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,risk_tier}') STORED NOT NULL,
  required_scope text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,required_scope}') STORED NOT NULL,
  postcondition_verifier_ref text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,postcondition_verifier_ref}') STORED NOT NULL,
  signoff_required integer GENERATED ALWAYS AS ((canonical::jsonb #>> '{columns,signoff_required}')::integer) STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT action_type_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT action_type_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'action_type'),
  CHECK (implemented IN (0, 1)),
  CHECK (risk_tier IN ('low', 'medium', 'high')),
  CHECK (signoff_required IN (0, 1)),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.action_type (row_key),
  CONSTRAINT action_type_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX action_type_by_operation ON holdfast.action_type (operation);

CREATE FUNCTION holdfast.action_type_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  IF NEW.lifecycle_status = 'active' AND EXISTS (
       SELECT 1 FROM holdfast.action_type AS other
        WHERE other.operation = NEW.operation AND other.object_type = NEW.object_type
          AND other.lifecycle_status = 'active' AND other.row_key <> NEW.row_key
          AND NOT EXISTS (SELECT 1 FROM holdfast.action_type AS later WHERE later.supersedes = other.row_key)) THEN
    RAISE EXCEPTION 'holdfast: action_type has an active row for this already, which has to be superseded'
      USING ERRCODE = '23505';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER action_type_is_recorded AFTER INSERT ON holdfast.action_type
  FOR EACH ROW EXECUTE FUNCTION holdfast.action_type_is_recorded();
CREATE TRIGGER action_type_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.action_type
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER action_type_is_never_emptied BEFORE TRUNCATE ON holdfast.action_type
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.action_type ENABLE ALWAYS TRIGGER action_type_is_recorded;
ALTER TABLE holdfast.action_type ENABLE ALWAYS TRIGGER action_type_is_never_changed;
ALTER TABLE holdfast.action_type ENABLE ALWAYS TRIGGER action_type_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_action_type(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.action_type AS r
    LEFT JOIN holdfast.action_type AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Who owns what, in which scope, from when to when.
CREATE TABLE holdfast.ownership (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  object_type text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,object_type}') STORED NOT NULL,
  object_ref text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,object_ref}') STORED NOT NULL,
  scope text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,scope}') STORED NOT NULL,
  owner text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,owner}') STORED NOT NULL,
  kind text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,kind}') STORED NOT NULL,
  effective_from text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,effective_from}') STORED NOT NULL,
  effective_to text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,effective_to}') STORED,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT ownership_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT ownership_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'ownership'),
  CHECK (kind IN ('accountable', 'supporting', 'delegated', 'exception')),
  CHECK (effective_to IS NULL OR effective_to > effective_from),
  CHECK (kind <> 'delegated' OR effective_to IS NOT NULL),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, object_type, object_ref),
  FOREIGN KEY (supersedes, object_type, object_ref) REFERENCES holdfast.ownership (row_key, object_type, object_ref),
  CONSTRAINT ownership_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX ownership_by_object_type_and_object_ref ON holdfast.ownership (object_type, object_ref);

CREATE FUNCTION holdfast.ownership_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, NEW.object_type || ':' || NEW.object_ref);
  IF NEW.kind = 'accountable' AND NEW.lifecycle_status = 'active' AND EXISTS (
       SELECT 1 FROM holdfast.ownership AS other
        WHERE other.object_type = NEW.object_type AND other.object_ref = NEW.object_ref
          AND other.scope = NEW.scope AND other.kind = 'accountable'
          AND other.lifecycle_status = 'active' AND other.row_key <> NEW.row_key
          AND (other.effective_to IS NULL OR other.effective_to > NEW.effective_from)
          AND (NEW.effective_to IS NULL OR NEW.effective_to > other.effective_from)
          AND NOT EXISTS (SELECT 1 FROM holdfast.ownership AS later WHERE later.supersedes = other.row_key)) THEN
    RAISE EXCEPTION 'holdfast: ownership has an accountable owner for this scope and time already'
      USING ERRCODE = '23505';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER ownership_is_recorded AFTER INSERT ON holdfast.ownership
  FOR EACH ROW EXECUTE FUNCTION holdfast.ownership_is_recorded();
CREATE TRIGGER ownership_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.ownership
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER ownership_is_never_emptied BEFORE TRUNCATE ON holdfast.ownership
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.ownership ENABLE ALWAYS TRIGGER ownership_is_recorded;
ALTER TABLE holdfast.ownership ENABLE ALWAYS TRIGGER ownership_is_never_changed;
ALTER TABLE holdfast.ownership ENABLE ALWAYS TRIGGER ownership_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_ownership(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.ownership AS r
    LEFT JOIN holdfast.ownership AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- What was proposed for approval, bound to operation, object and artifact.
CREATE TABLE holdfast.approval (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  operation text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,operation}') STORED NOT NULL,
  object_type text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,object_type}') STORED NOT NULL,
  object_ref text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,object_ref}') STORED NOT NULL,
  artifact_hash bytea GENERATED ALWAYS AS (decode(substr((canonical::jsonb #>> '{columns,artifact_hash}'), 8), 'hex')) STORED NOT NULL,
  proposer text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,proposer}') STORED NOT NULL,
  expires_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,expires_at}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT approval_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT approval_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'approval'),
  CHECK (length(artifact_hash) = 32),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, object_type, object_ref),
  FOREIGN KEY (supersedes, object_type, object_ref) REFERENCES holdfast.approval (row_key, object_type, object_ref),
  CONSTRAINT approval_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX approval_by_object_type_and_object_ref ON holdfast.approval (object_type, object_ref);

CREATE FUNCTION holdfast.approval_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, NEW.object_type || ':' || NEW.object_ref);
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_is_recorded AFTER INSERT ON holdfast.approval
  FOR EACH ROW EXECUTE FUNCTION holdfast.approval_is_recorded();
CREATE TRIGGER approval_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.approval
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER approval_is_never_emptied BEFORE TRUNCATE ON holdfast.approval
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.approval ENABLE ALWAYS TRIGGER approval_is_recorded;
ALTER TABLE holdfast.approval ENABLE ALWAYS TRIGGER approval_is_never_changed;
ALTER TABLE holdfast.approval ENABLE ALWAYS TRIGGER approval_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_approval(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.approval AS r
    LEFT JOIN holdfast.approval AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Who said what to an approval, as the recording credential saw it.
CREATE TABLE holdfast.approval_vote (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  approval_ref text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,approval_ref}') STORED NOT NULL,
  voter text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,voter}') STORED NOT NULL,
  voter_channel text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,voter_channel}') STORED NOT NULL,
  decision text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,decision}') STORED NOT NULL,
  is_signoff integer GENERATED ALWAYS AS ((canonical::jsonb #>> '{columns,is_signoff}')::integer) STORED NOT NULL,
  checksum bytea GENERATED ALWAYS AS (decode(substr((canonical::jsonb #>> '{columns,checksum}'), 8), 'hex')) STORED,
  decided_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,decided_at}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT approval_vote_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT approval_vote_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'approval_vote'),
  CHECK (decision IN ('approve', 'reject')),
  CHECK (is_signoff IN (0, 1)),
  CHECK (checksum IS NULL OR length(checksum) = 32),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, approval_ref),
  FOREIGN KEY (supersedes, approval_ref) REFERENCES holdfast.approval_vote (row_key, approval_ref),
  FOREIGN KEY (approval_ref) REFERENCES holdfast.approval (row_key),
  CONSTRAINT approval_vote_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX approval_vote_by_approval_ref ON holdfast.approval_vote (approval_ref);

CREATE FUNCTION holdfast.approval_vote_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, (SELECT object_type || ':' || object_ref
       FROM holdfast.approval WHERE row_key = NEW.approval_ref));
  RETURN NULL;
END
$$;
CREATE TRIGGER approval_vote_is_recorded AFTER INSERT ON holdfast.approval_vote
  FOR EACH ROW EXECUTE FUNCTION holdfast.approval_vote_is_recorded();
CREATE TRIGGER approval_vote_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.approval_vote
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER approval_vote_is_never_emptied BEFORE TRUNCATE ON holdfast.approval_vote
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.approval_vote ENABLE ALWAYS TRIGGER approval_vote_is_recorded;
ALTER TABLE holdfast.approval_vote ENABLE ALWAYS TRIGGER approval_vote_is_never_changed;
ALTER TABLE holdfast.approval_vote ENABLE ALWAYS TRIGGER approval_vote_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_approval_vote(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.approval_vote AS r
    LEFT JOIN holdfast.approval_vote AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which artifact was admitted for which code.
CREATE TABLE holdfast.admission (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,dot_code}') STORED NOT NULL,
  canonical_path text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,canonical_path}') STORED NOT NULL,
  origin text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,origin}') STORED NOT NULL,
  artifact_type text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,artifact_type}') STORED NOT NULL,
  artifact_hash bytea GENERATED ALWAYS AS (decode(substr((canonical::jsonb #>> '{columns,artifact_hash}'), 8), 'hex')) STORED NOT NULL,
  hash_algorithm text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,hash_algorithm}') STORED NOT NULL,
  canonicalization_version text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,canonicalization_version}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT admission_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT admission_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'admission'),
  CHECK (artifact_type IN ('file', 'tree')),
  CHECK (length(artifact_hash) = 32),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, dot_code),
  FOREIGN KEY (supersedes, dot_code) REFERENCES holdfast.admission (row_key, dot_code),
  CONSTRAINT admission_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX admission_by_dot_code ON holdfast.admission (dot_code);

CREATE FUNCTION holdfast.admission_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, 'dot:' || NEW.dot_code);
  INSERT INTO holdfast.dot_epoch (dot_code, epoch) VALUES (NEW.dot_code, 0)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER admission_is_recorded AFTER INSERT ON holdfast.admission
  FOR EACH ROW EXECUTE FUNCTION holdfast.admission_is_recorded();
CREATE TRIGGER admission_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.admission
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER admission_is_never_emptied BEFORE TRUNCATE ON holdfast.admission
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.admission ENABLE ALWAYS TRIGGER admission_is_recorded;
ALTER TABLE holdfast.admission ENABLE ALWAYS TRIGGER admission_is_never_changed;
ALTER TABLE holdfast.admission ENABLE ALWAYS TRIGGER admission_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_admission(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.admission AS r
    LEFT JOIN holdfast.admission AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which surfaces are protected.
CREATE TABLE holdfast.manifest (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  manifest_id text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,manifest_id}') STORED NOT NULL,
  manifest_version text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,manifest_version}') STORED NOT NULL,
  issuer text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issuer}') STORED NOT NULL,
  canonicalization_version text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,canonicalization_version}') STORED NOT NULL,
  surfaces text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,surfaces}') STORED NOT NULL,
  manifest_hash bytea GENERATED ALWAYS AS (decode(substr((canonical::jsonb #>> '{columns,manifest_hash}'), 8), 'hex')) STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT manifest_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT manifest_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'manifest'),
  CHECK (length(manifest_hash) = 32),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.manifest (row_key),
  CONSTRAINT manifest_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX manifest_by_manifest_id ON holdfast.manifest (manifest_id);

CREATE FUNCTION holdfast.manifest_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  RETURN NULL;
END
$$;
CREATE TRIGGER manifest_is_recorded AFTER INSERT ON holdfast.manifest
  FOR EACH ROW EXECUTE FUNCTION holdfast.manifest_is_recorded();
CREATE TRIGGER manifest_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.manifest
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER manifest_is_never_emptied BEFORE TRUNCATE ON holdfast.manifest
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.manifest ENABLE ALWAYS TRIGGER manifest_is_recorded;
ALTER TABLE holdfast.manifest ENABLE ALWAYS TRIGGER manifest_is_never_changed;
ALTER TABLE holdfast.manifest ENABLE ALWAYS TRIGGER manifest_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_manifest(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.manifest AS r
    LEFT JOIN holdfast.manifest AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which postcondition verifiers there are.
CREATE TABLE holdfast.verifier (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  verifier_ref text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,verifier_ref}') STORED NOT NULL,
  specific_target text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,specific_target}') STORED,
  description text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,description}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT verifier_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT verifier_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'verifier'),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.verifier (row_key),
  CONSTRAINT verifier_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX verifier_by_verifier_ref ON holdfast.verifier (verifier_ref);

CREATE FUNCTION holdfast.verifier_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  RETURN NULL;
END
$$;
CREATE TRIGGER verifier_is_recorded AFTER INSERT ON holdfast.verifier
  FOR EACH ROW EXECUTE FUNCTION holdfast.verifier_is_recorded();
CREATE TRIGGER verifier_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.verifier
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER verifier_is_never_emptied BEFORE TRUNCATE ON holdfast.verifier
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.verifier ENABLE ALWAYS TRIGGER verifier_is_recorded;
ALTER TABLE holdfast.verifier ENABLE ALWAYS TRIGGER verifier_is_never_changed;
ALTER TABLE holdfast.verifier ENABLE ALWAYS TRIGGER verifier_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_verifier(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.verifier AS r
    LEFT JOIN holdfast.verifier AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Under which bounds decisions are made.
CREATE TABLE holdfast.policy (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  policy_id text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,policy_id}') STORED NOT NULL,
  body text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,body}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT policy_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT policy_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'policy'),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.policy (row_key),
  CONSTRAINT policy_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX policy_by_policy_id ON holdfast.policy (policy_id);

CREATE FUNCTION holdfast.policy_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  RETURN NULL;
END
$$;
CREATE TRIGGER policy_is_recorded AFTER INSERT ON holdfast.policy
  FOR EACH ROW EXECUTE FUNCTION holdfast.policy_is_recorded();
CREATE TRIGGER policy_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.policy
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER policy_is_never_emptied BEFORE TRUNCATE ON holdfast.policy
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.policy ENABLE ALWAYS TRIGGER policy_is_recorded;
ALTER TABLE holdfast.policy ENABLE ALWAYS TRIGGER policy_is_never_changed;
ALTER TABLE holdfast.policy ENABLE ALWAYS TRIGGER policy_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_policy(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.policy AS r
    LEFT JOIN holdfast.policy AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- The runtime configuration of a target.
CREATE TABLE holdfast.dot_config (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,dot_code}') STORED NOT NULL,
  name text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,name}') STORED NOT NULL,
  value text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,value}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT dot_config_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT dot_config_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'dot_config'),
  CHECK (value IN ('closed', 'open')),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, dot_code, name),
  FOREIGN KEY (supersedes, dot_code, name) REFERENCES holdfast.dot_config (row_key, dot_code, name),
  CONSTRAINT dot_config_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX dot_config_by_dot_code ON holdfast.dot_config (dot_code);

CREATE FUNCTION holdfast.dot_config_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, 'dot:' || NEW.dot_code);
  RETURN NULL;
END
$$;
CREATE TRIGGER dot_config_is_recorded AFTER INSERT ON holdfast.dot_config
  FOR EACH ROW EXECUTE FUNCTION holdfast.dot_config_is_recorded();
CREATE TRIGGER dot_config_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.dot_config
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER dot_config_is_never_emptied BEFORE TRUNCATE ON holdfast.dot_config
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.dot_config ENABLE ALWAYS TRIGGER dot_config_is_recorded;
ALTER TABLE holdfast.dot_config ENABLE ALWAYS TRIGGER dot_config_is_never_changed;
ALTER TABLE holdfast.dot_config ENABLE ALWAYS TRIGGER dot_config_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_dot_config(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.dot_config AS r
    LEFT JOIN holdfast.dot_config AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which targets are held, and which holds were released.
CREATE TABLE holdfast.hold_event (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,dot_code}') STORED NOT NULL,
  kind text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,kind}') STORED NOT NULL,
  reason text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,reason}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT hold_event_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT hold_event_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'hold_event'),
  CHECK (kind IN ('hold', 'release')),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, dot_code),
  FOREIGN KEY (supersedes, dot_code) REFERENCES holdfast.hold_event (row_key, dot_code),
  CONSTRAINT hold_event_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX hold_event_by_dot_code ON holdfast.hold_event (dot_code);

CREATE FUNCTION holdfast.hold_event_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, CASE NEW.dot_code WHEN '*' THEN '*' ELSE 'dot:' || NEW.dot_code END);
  RETURN NULL;
END
$$;
CREATE TRIGGER hold_event_is_recorded AFTER INSERT ON holdfast.hold_event
  FOR EACH ROW EXECUTE FUNCTION holdfast.hold_event_is_recorded();
CREATE TRIGGER hold_event_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.hold_event
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER hold_event_is_never_emptied BEFORE TRUNCATE ON holdfast.hold_event
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.hold_event ENABLE ALWAYS TRIGGER hold_event_is_recorded;
ALTER TABLE holdfast.hold_event ENABLE ALWAYS TRIGGER hold_event_is_never_changed;
ALTER TABLE holdfast.hold_event ENABLE ALWAYS TRIGGER hold_event_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_hold_event(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.hold_event AS r
    LEFT JOIN holdfast.hold_event AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which heads ended, by which approval.
CREATE TABLE holdfast.retirement (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,dot_code}') STORED NOT NULL,
  approval_ref text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,approval_ref}') STORED NOT NULL,
  reason text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,reason}') STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT retirement_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT retirement_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'retirement'),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  UNIQUE (row_key, dot_code),
  FOREIGN KEY (supersedes, dot_code) REFERENCES holdfast.retirement (row_key, dot_code),
  UNIQUE (approval_ref),
  FOREIGN KEY (approval_ref) REFERENCES holdfast.approval (row_key),
  CONSTRAINT retirement_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX retirement_by_dot_code ON holdfast.retirement (dot_code);

CREATE FUNCTION holdfast.retirement_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, 'dot:' || NEW.dot_code);
  INSERT INTO holdfast.dot_epoch (dot_code, epoch)
  SELECT NEW.dot_code, max(epoch) + 1 FROM holdfast.dot_epoch WHERE dot_code = NEW.dot_code;
  RETURN NULL;
END
$$;
CREATE TRIGGER retirement_is_recorded AFTER INSERT ON holdfast.retirement
  FOR EACH ROW EXECUTE FUNCTION holdfast.retirement_is_recorded();
CREATE TRIGGER retirement_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.retirement
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER retirement_is_never_emptied BEFORE TRUNCATE ON holdfast.retirement
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.retirement ENABLE ALWAYS TRIGGER retirement_is_recorded;
ALTER TABLE holdfast.retirement ENABLE ALWAYS TRIGGER retirement_is_never_changed;
ALTER TABLE holdfast.retirement ENABLE ALWAYS TRIGGER retirement_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_retirement(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.retirement AS r
    LEFT JOIN holdfast.retirement AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;

-- Which foreign triggers are accepted.
CREATE TABLE holdfast.trigger_inventory (
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  canonical text NOT NULL,
  row_hash bytea NOT NULL,
  row_key text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb ->> 'key') STORED
    NOT NULL PRIMARY KEY CHECK (length(row_key) BETWEEN 1 AND 200),
  trigger_name text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,trigger_name}') STORED NOT NULL,
  table_name text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,table_name}') STORED NOT NULL,
  body_hash bytea GENERATED ALWAYS AS (decode(substr((canonical::jsonb #>> '{columns,body_hash}'), 8), 'hex')) STORED NOT NULL,
  issued_at text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,issued_at}') STORED NOT NULL,
  written_by text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,written_by}') STORED NOT NULL,
  lifecycle_status text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,lifecycle_status}') STORED NOT NULL,
  supersedes text COLLATE "C" GENERATED ALWAYS AS (canonical::jsonb #>> '{columns,supersedes}') STORED,
  CONSTRAINT trigger_inventory_hash_binds CHECK (
    row_hash = sha256(convert_to('holdfast/row/v1' || chr(10) || canonical, 'UTF8'))),
  CONSTRAINT trigger_inventory_names_its_carrier CHECK (canonical::jsonb ->> 'carrier' = 'trigger_inventory'),
  CHECK (length(body_hash) = 32),
  CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  CHECK (supersedes <> row_key),
  FOREIGN KEY (supersedes) REFERENCES holdfast.trigger_inventory (row_key),
  CONSTRAINT trigger_inventory_is_superseded_once UNIQUE (supersedes)
);
CREATE INDEX trigger_inventory_by_trigger_name ON holdfast.trigger_inventory (trigger_name);

CREATE FUNCTION holdfast.trigger_inventory_is_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM holdfast.authority_moves(NEW.written_by, '*');
  RETURN NULL;
END
$$;
CREATE TRIGGER trigger_inventory_is_recorded AFTER INSERT ON holdfast.trigger_inventory
  FOR EACH ROW EXECUTE FUNCTION holdfast.trigger_inventory_is_recorded();
CREATE TRIGGER trigger_inventory_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.trigger_inventory
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER trigger_inventory_is_never_emptied BEFORE TRUNCATE ON holdfast.trigger_inventory
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.trigger_inventory ENABLE ALWAYS TRIGGER trigger_inventory_is_recorded;
ALTER TABLE holdfast.trigger_inventory ENABLE ALWAYS TRIGGER trigger_inventory_is_never_changed;
ALTER TABLE holdfast.trigger_inventory ENABLE ALWAYS TRIGGER trigger_inventory_is_never_emptied;

-- What a consumer rereads: rows by key, each with the row that ended it.
CREATE FUNCTION holdfast.reread_trigger_inventory(keys text[])
RETURNS TABLE (canonical text, row_hash bytea, later text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.canonical, r.row_hash, s.canonical FROM holdfast.trigger_inventory AS r
    LEFT JOIN holdfast.trigger_inventory AS s ON s.supersedes = r.row_key WHERE r.row_key = ANY (keys);
END;
