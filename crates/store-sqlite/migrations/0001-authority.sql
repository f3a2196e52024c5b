-- Authority carriers: governed rows that only the authority writer inserts.
--
-- A row is never changed. A revocation, a replacement, an end is a new row that names the old one in
-- `supersedes`. `row_hash` binds every column but `ordinal`; readers recompute it. `ordinal` is the
-- order of writing. Instants are microseconds since 1970 in UTC, digests are 32 bytes.
--
-- Every insert moves the version of an authority head, so that a transaction that looked at rows can
-- tell that a new row may have changed what they mean, without reading rows it has never heard of.
-- A row ends only rows of its own target, so the head that moves is the head of all it changes.

-- The mark of this program's files: the letters `hold`.
PRAGMA application_id = 1752132708;

CREATE TABLE authority_head (
  scope_key TEXT NOT NULL PRIMARY KEY,
  version   INTEGER NOT NULL CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER authority_head_starts_at_one BEFORE INSERT ON authority_head
WHEN NEW.version <> 1
  OR EXISTS (SELECT 1 FROM authority_head WHERE scope_key = NEW.scope_key)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: an authority head starts once, at one');
END;

CREATE TRIGGER authority_head_moves_by_one BEFORE UPDATE ON authority_head
WHEN NEW.scope_key <> OLD.scope_key OR NEW.version <> OLD.version + 1
BEGIN
  SELECT RAISE(ABORT, 'holdfast: an authority head moves by one');
END;

CREATE TRIGGER authority_head_is_never_deleted BEFORE DELETE ON authority_head
BEGIN
  SELECT RAISE(ABORT, 'holdfast: authority_head is never deleted from');
END;

-- Who there is: one canonical principal for each row.
CREATE TABLE principal (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  principal        TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('human', 'service', 'team', 'operator', 'requester', 'validator', 'registrar', 'database_role')),
  side             TEXT NOT NULL CHECK (side IN ('owner', 'council', 'none')),
  display_name     TEXT NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES principal (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX principal_by_principal ON principal (principal);

CREATE TRIGGER principal_is_inserted_once BEFORE INSERT ON principal
WHEN EXISTS (SELECT 1 FROM principal WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM principal WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM principal WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal has this key already, or the row is superseded already');
END;

CREATE TRIGGER principal_is_never_changed BEFORE UPDATE ON principal
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal is never updated');
END;

CREATE TRIGGER principal_is_never_deleted BEFORE DELETE ON principal
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal is never deleted from');
END;

CREATE TRIGGER principal_moves_head AFTER INSERT ON principal
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;

CREATE TRIGGER principal_has_one_active_row AFTER INSERT ON principal
WHEN NEW.lifecycle_status = 'active' AND EXISTS (
     SELECT 1 FROM principal AS other
     WHERE other.principal = NEW.principal
       AND other.lifecycle_status = 'active'
       AND other.row_key <> NEW.row_key
       AND NOT EXISTS (SELECT 1 FROM principal AS later WHERE later.supersedes = other.row_key))
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal has an active row for this already, which has to be superseded');
END;

-- Which channel value stands for which principal.
CREATE TABLE principal_binding (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  channel          TEXT NOT NULL CHECK (channel IN ('alias', 'os_uid', 'db_role', 'token_subject')),
  value            TEXT NOT NULL,
  principal        TEXT NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES principal_binding (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX principal_binding_by_channel_and_value ON principal_binding (channel, value);

CREATE TRIGGER principal_binding_is_inserted_once BEFORE INSERT ON principal_binding
WHEN EXISTS (SELECT 1 FROM principal_binding WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM principal_binding WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM principal_binding WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal_binding has this key already, or the row is superseded already');
END;

CREATE TRIGGER principal_binding_is_never_changed BEFORE UPDATE ON principal_binding
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal_binding is never updated');
END;

CREATE TRIGGER principal_binding_is_never_deleted BEFORE DELETE ON principal_binding
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal_binding is never deleted from');
END;

CREATE TRIGGER principal_binding_moves_head AFTER INSERT ON principal_binding
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;

CREATE TRIGGER principal_binding_has_one_active_row AFTER INSERT ON principal_binding
WHEN NEW.lifecycle_status = 'active' AND EXISTS (
     SELECT 1 FROM principal_binding AS other
     WHERE other.channel = NEW.channel
       AND other.value = NEW.value
       AND other.lifecycle_status = 'active'
       AND other.row_key <> NEW.row_key
       AND NOT EXISTS (SELECT 1 FROM principal_binding AS later WHERE later.supersedes = other.row_key))
BEGIN
  SELECT RAISE(ABORT, 'holdfast: principal_binding has an active row for this already, which has to be superseded');
END;

-- Which operations are governed, and at what risk.
CREATE TABLE action_type (
  ordinal                    INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key                    TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  operation                  TEXT NOT NULL,
  object_type                TEXT NOT NULL,
  implemented                INTEGER NOT NULL CHECK (implemented IN (0, 1)),
  risk_tier                  TEXT NOT NULL CHECK (risk_tier IN ('low', 'medium', 'high')),
  required_scope             TEXT NOT NULL,
  postcondition_verifier_ref TEXT NOT NULL,
  signoff_required           INTEGER NOT NULL CHECK (signoff_required IN (0, 1)),
  issued_at                  INTEGER NOT NULL,
  written_by                 TEXT NOT NULL,
  lifecycle_status           TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes                 TEXT UNIQUE REFERENCES action_type (row_key) CHECK (supersedes <> row_key),
  row_hash                   BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX action_type_by_operation ON action_type (operation);

CREATE TRIGGER action_type_is_inserted_once BEFORE INSERT ON action_type
WHEN EXISTS (SELECT 1 FROM action_type WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM action_type WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM action_type WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: action_type has this key already, or the row is superseded already');
END;

CREATE TRIGGER action_type_is_never_changed BEFORE UPDATE ON action_type
BEGIN
  SELECT RAISE(ABORT, 'holdfast: action_type is never updated');
END;

CREATE TRIGGER action_type_is_never_deleted BEFORE DELETE ON action_type
BEGIN
  SELECT RAISE(ABORT, 'holdfast: action_type is never deleted from');
END;

CREATE TRIGGER action_type_moves_head AFTER INSERT ON action_type
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;

CREATE TRIGGER action_type_has_one_active_row AFTER INSERT ON action_type
WHEN NEW.lifecycle_status = 'active' AND EXISTS (
     SELECT 1 FROM action_type AS other
     WHERE other.operation = NEW.operation
       AND other.object_type = NEW.object_type
       AND other.lifecycle_status = 'active'
       AND other.row_key <> NEW.row_key
       AND NOT EXISTS (SELECT 1 FROM action_type AS later WHERE later.supersedes = other.row_key))
BEGIN
  SELECT RAISE(ABORT, 'holdfast: action_type has an active row for this already, which has to be superseded');
END;

-- Who owns what, in which scope, from when to when.
CREATE TABLE ownership (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  object_type      TEXT NOT NULL,
  object_ref       TEXT NOT NULL,
  scope            TEXT NOT NULL,
  owner            TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('accountable', 'supporting', 'delegated', 'exception')),
  effective_from   INTEGER NOT NULL,
  effective_to     INTEGER CHECK (effective_to IS NULL OR effective_to > effective_from),
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES ownership (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32),
  CHECK (kind <> 'delegated' OR effective_to IS NOT NULL)
) STRICT;

CREATE INDEX ownership_by_object_type_and_object_ref ON ownership (object_type, object_ref);

CREATE TRIGGER ownership_is_inserted_once BEFORE INSERT ON ownership
WHEN EXISTS (SELECT 1 FROM ownership WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM ownership WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM ownership WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ownership has this key already, or the row is superseded already');
END;

CREATE TRIGGER ownership_is_never_changed BEFORE UPDATE ON ownership
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ownership is never updated');
END;

CREATE TRIGGER ownership_is_never_deleted BEFORE DELETE ON ownership
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ownership is never deleted from');
END;

CREATE TRIGGER ownership_supersedes_its_own BEFORE INSERT ON ownership
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM ownership
     WHERE row_key = NEW.supersedes
       AND object_type = NEW.object_type
       AND object_ref = NEW.object_ref)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ownership supersedes only what concerns the same target');
END;

CREATE TRIGGER ownership_moves_head AFTER INSERT ON ownership
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = NEW.object_type || ':' || NEW.object_ref;
  INSERT INTO authority_head (scope_key, version)
  SELECT NEW.object_type || ':' || NEW.object_ref, 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = NEW.object_type || ':' || NEW.object_ref);
END;

CREATE TRIGGER ownership_has_one_accountable_owner AFTER INSERT ON ownership
WHEN NEW.kind = 'accountable' AND NEW.lifecycle_status = 'active' AND EXISTS (
     SELECT 1 FROM ownership AS other
     WHERE other.object_type = NEW.object_type
       AND other.object_ref = NEW.object_ref
       AND other.scope = NEW.scope
       AND other.kind = 'accountable'
       AND other.lifecycle_status = 'active'
       AND other.row_key <> NEW.row_key
       AND (other.effective_to IS NULL OR other.effective_to > NEW.effective_from)
       AND (NEW.effective_to IS NULL OR NEW.effective_to > other.effective_from)
       AND NOT EXISTS (SELECT 1 FROM ownership AS later WHERE later.supersedes = other.row_key))
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ownership has an accountable owner for this scope and time already');
END;

-- What was proposed for approval, bound to operation, object and artifact.
CREATE TABLE approval (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  operation        TEXT NOT NULL,
  object_type      TEXT NOT NULL,
  object_ref       TEXT NOT NULL,
  artifact_hash    BLOB NOT NULL CHECK (length(artifact_hash) = 32),
  proposer         TEXT NOT NULL,
  expires_at       INTEGER NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES approval (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX approval_by_object_type_and_object_ref ON approval (object_type, object_ref);

CREATE TRIGGER approval_is_inserted_once BEFORE INSERT ON approval
WHEN EXISTS (SELECT 1 FROM approval WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM approval WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM approval WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval has this key already, or the row is superseded already');
END;

CREATE TRIGGER approval_is_never_changed BEFORE UPDATE ON approval
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval is never updated');
END;

CREATE TRIGGER approval_is_never_deleted BEFORE DELETE ON approval
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval is never deleted from');
END;

CREATE TRIGGER approval_supersedes_its_own BEFORE INSERT ON approval
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM approval
     WHERE row_key = NEW.supersedes
       AND object_type = NEW.object_type
       AND object_ref = NEW.object_ref)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval supersedes only what concerns the same target');
END;

CREATE TRIGGER approval_moves_head AFTER INSERT ON approval
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = NEW.object_type || ':' || NEW.object_ref;
  INSERT INTO authority_head (scope_key, version)
  SELECT NEW.object_type || ':' || NEW.object_ref, 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = NEW.object_type || ':' || NEW.object_ref);
END;

-- Who said what to an approval, as the recording credential saw it.
CREATE TABLE approval_vote (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  approval_ref     TEXT NOT NULL REFERENCES approval (row_key),
  voter            TEXT NOT NULL,
  voter_channel    TEXT NOT NULL,
  decision         TEXT NOT NULL CHECK (decision IN ('approve', 'reject')),
  is_signoff       INTEGER NOT NULL CHECK (is_signoff IN (0, 1)),
  checksum         BLOB CHECK (checksum IS NULL OR length(checksum) = 32),
  decided_at       INTEGER NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES approval_vote (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX approval_vote_by_approval_ref ON approval_vote (approval_ref);

CREATE TRIGGER approval_vote_is_inserted_once BEFORE INSERT ON approval_vote
WHEN EXISTS (SELECT 1 FROM approval_vote WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM approval_vote WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM approval_vote WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval_vote has this key already, or the row is superseded already');
END;

CREATE TRIGGER approval_vote_is_never_changed BEFORE UPDATE ON approval_vote
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval_vote is never updated');
END;

CREATE TRIGGER approval_vote_is_never_deleted BEFORE DELETE ON approval_vote
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval_vote is never deleted from');
END;

CREATE TRIGGER approval_vote_supersedes_its_own BEFORE INSERT ON approval_vote
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM approval_vote
     WHERE row_key = NEW.supersedes
       AND approval_ref = NEW.approval_ref)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: approval_vote supersedes only what concerns the same target');
END;

CREATE TRIGGER approval_vote_moves_head AFTER INSERT ON approval_vote
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = (SELECT object_type || ':' || object_ref FROM approval WHERE row_key = NEW.approval_ref);
  INSERT INTO authority_head (scope_key, version)
  SELECT (SELECT object_type || ':' || object_ref FROM approval WHERE row_key = NEW.approval_ref), 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = (SELECT object_type || ':' || object_ref FROM approval WHERE row_key = NEW.approval_ref));
END;

-- Which artifact was admitted for which code.
CREATE TABLE admission (
  ordinal                  INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key                  TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code                 TEXT NOT NULL,
  canonical_path           TEXT NOT NULL,
  origin                   TEXT NOT NULL,
  artifact_type            TEXT NOT NULL CHECK (artifact_type IN ('file', 'tree')),
  artifact_hash            BLOB NOT NULL CHECK (length(artifact_hash) = 32),
  hash_algorithm           TEXT NOT NULL,
  canonicalization_version TEXT NOT NULL,
  issued_at                INTEGER NOT NULL,
  written_by               TEXT NOT NULL,
  lifecycle_status         TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes               TEXT UNIQUE REFERENCES admission (row_key) CHECK (supersedes <> row_key),
  row_hash                 BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX admission_by_dot_code ON admission (dot_code);

CREATE TRIGGER admission_is_inserted_once BEFORE INSERT ON admission
WHEN EXISTS (SELECT 1 FROM admission WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM admission WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM admission WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: admission has this key already, or the row is superseded already');
END;

CREATE TRIGGER admission_is_never_changed BEFORE UPDATE ON admission
BEGIN
  SELECT RAISE(ABORT, 'holdfast: admission is never updated');
END;

CREATE TRIGGER admission_is_never_deleted BEFORE DELETE ON admission
BEGIN
  SELECT RAISE(ABORT, 'holdfast: admission is never deleted from');
END;

CREATE TRIGGER admission_supersedes_its_own BEFORE INSERT ON admission
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM admission
     WHERE row_key = NEW.supersedes
       AND dot_code = NEW.dot_code)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: admission supersedes only what concerns the same target');
END;

CREATE TRIGGER admission_moves_head AFTER INSERT ON admission
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = 'dot:' || NEW.dot_code;
  INSERT INTO authority_head (scope_key, version)
  SELECT 'dot:' || NEW.dot_code, 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = 'dot:' || NEW.dot_code);
END;

-- Which surfaces are protected.
CREATE TABLE manifest (
  ordinal                  INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key                  TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  manifest_id              TEXT NOT NULL,
  manifest_version         TEXT NOT NULL,
  issuer                   TEXT NOT NULL,
  canonicalization_version TEXT NOT NULL,
  surfaces                 TEXT NOT NULL,
  manifest_hash            BLOB NOT NULL CHECK (length(manifest_hash) = 32),
  issued_at                INTEGER NOT NULL,
  written_by               TEXT NOT NULL,
  lifecycle_status         TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes               TEXT UNIQUE REFERENCES manifest (row_key) CHECK (supersedes <> row_key),
  row_hash                 BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX manifest_by_manifest_id ON manifest (manifest_id);

CREATE TRIGGER manifest_is_inserted_once BEFORE INSERT ON manifest
WHEN EXISTS (SELECT 1 FROM manifest WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM manifest WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM manifest WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: manifest has this key already, or the row is superseded already');
END;

CREATE TRIGGER manifest_is_never_changed BEFORE UPDATE ON manifest
BEGIN
  SELECT RAISE(ABORT, 'holdfast: manifest is never updated');
END;

CREATE TRIGGER manifest_is_never_deleted BEFORE DELETE ON manifest
BEGIN
  SELECT RAISE(ABORT, 'holdfast: manifest is never deleted from');
END;

CREATE TRIGGER manifest_moves_head AFTER INSERT ON manifest
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;

-- Which postcondition verifiers there are.
CREATE TABLE verifier (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  verifier_ref     TEXT NOT NULL,
  specific_target  TEXT,
  description      TEXT NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES verifier (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX verifier_by_verifier_ref ON verifier (verifier_ref);

CREATE TRIGGER verifier_is_inserted_once BEFORE INSERT ON verifier
WHEN EXISTS (SELECT 1 FROM verifier WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM verifier WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM verifier WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: verifier has this key already, or the row is superseded already');
END;

CREATE TRIGGER verifier_is_never_changed BEFORE UPDATE ON verifier
BEGIN
  SELECT RAISE(ABORT, 'holdfast: verifier is never updated');
END;

CREATE TRIGGER verifier_is_never_deleted BEFORE DELETE ON verifier
BEGIN
  SELECT RAISE(ABORT, 'holdfast: verifier is never deleted from');
END;

CREATE TRIGGER verifier_moves_head AFTER INSERT ON verifier
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;

-- Under which bounds decisions are made.
CREATE TABLE policy (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  policy_id        TEXT NOT NULL,
  body             TEXT NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES policy (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX policy_by_policy_id ON policy (policy_id);

CREATE TRIGGER policy_is_inserted_once BEFORE INSERT ON policy
WHEN EXISTS (SELECT 1 FROM policy WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM policy WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM policy WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: policy has this key already, or the row is superseded already');
END;

CREATE TRIGGER policy_is_never_changed BEFORE UPDATE ON policy
BEGIN
  SELECT RAISE(ABORT, 'holdfast: policy is never updated');
END;

CREATE TRIGGER policy_is_never_deleted BEFORE DELETE ON policy
BEGIN
  SELECT RAISE(ABORT, 'holdfast: policy is never deleted from');
END;

CREATE TRIGGER policy_moves_head AFTER INSERT ON policy
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;

-- The runtime configuration of a target.
CREATE TABLE dot_config (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code         TEXT NOT NULL,
  name             TEXT NOT NULL,
  value            TEXT NOT NULL CHECK (value IN ('closed', 'open')),
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES dot_config (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX dot_config_by_dot_code ON dot_config (dot_code);

CREATE TRIGGER dot_config_is_inserted_once BEFORE INSERT ON dot_config
WHEN EXISTS (SELECT 1 FROM dot_config WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM dot_config WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM dot_config WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: dot_config has this key already, or the row is superseded already');
END;

CREATE TRIGGER dot_config_is_never_changed BEFORE UPDATE ON dot_config
BEGIN
  SELECT RAISE(ABORT, 'holdfast: dot_config is never updated');
END;

CREATE TRIGGER dot_config_is_never_deleted BEFORE DELETE ON dot_config
BEGIN
  SELECT RAISE(ABORT, 'holdfast: dot_config is never deleted from');
END;

CREATE TRIGGER dot_config_supersedes_its_own BEFORE INSERT ON dot_config
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM dot_config
     WHERE row_key = NEW.supersedes
       AND dot_code = NEW.dot_code
       AND name = NEW.name)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: dot_config supersedes only what concerns the same target');
END;

CREATE TRIGGER dot_config_moves_head AFTER INSERT ON dot_config
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = 'dot:' || NEW.dot_code;
  INSERT INTO authority_head (scope_key, version)
  SELECT 'dot:' || NEW.dot_code, 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = 'dot:' || NEW.dot_code);
END;

-- Holds placed on a target, or on all with *, and their release; the latest row counts.
CREATE TABLE hold_event (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code         TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('hold', 'release')),
  reason           TEXT NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES hold_event (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX hold_event_by_dot_code ON hold_event (dot_code);

CREATE TRIGGER hold_event_is_inserted_once BEFORE INSERT ON hold_event
WHEN EXISTS (SELECT 1 FROM hold_event WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM hold_event WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM hold_event WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: hold_event has this key already, or the row is superseded already');
END;

CREATE TRIGGER hold_event_is_never_changed BEFORE UPDATE ON hold_event
BEGIN
  SELECT RAISE(ABORT, 'holdfast: hold_event is never updated');
END;

CREATE TRIGGER hold_event_is_never_deleted BEFORE DELETE ON hold_event
BEGIN
  SELECT RAISE(ABORT, 'holdfast: hold_event is never deleted from');
END;

CREATE TRIGGER hold_event_supersedes_its_own BEFORE INSERT ON hold_event
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM hold_event
     WHERE row_key = NEW.supersedes
       AND dot_code = NEW.dot_code)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: hold_event supersedes only what concerns the same target');
END;

CREATE TRIGGER hold_event_moves_head AFTER INSERT ON hold_event
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = CASE NEW.dot_code WHEN '*' THEN '*' ELSE 'dot:' || NEW.dot_code END;
  INSERT INTO authority_head (scope_key, version)
  SELECT CASE NEW.dot_code WHEN '*' THEN '*' ELSE 'dot:' || NEW.dot_code END, 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = CASE NEW.dot_code WHEN '*' THEN '*' ELSE 'dot:' || NEW.dot_code END);
END;

-- The approved end of a head; an approval ends one.
CREATE TABLE retirement (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  dot_code         TEXT NOT NULL,
  approval_ref     TEXT NOT NULL UNIQUE REFERENCES approval (row_key),
  reason           TEXT NOT NULL,
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES retirement (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX retirement_by_dot_code ON retirement (dot_code);

CREATE TRIGGER retirement_is_inserted_once BEFORE INSERT ON retirement
WHEN EXISTS (SELECT 1 FROM retirement WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM retirement WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM retirement WHERE approval_ref = NEW.approval_ref)
  OR EXISTS (SELECT 1 FROM retirement WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: retirement has this key or approval already, or the row is superseded already');
END;

CREATE TRIGGER retirement_is_never_changed BEFORE UPDATE ON retirement
BEGIN
  SELECT RAISE(ABORT, 'holdfast: retirement is never updated');
END;

CREATE TRIGGER retirement_is_never_deleted BEFORE DELETE ON retirement
BEGIN
  SELECT RAISE(ABORT, 'holdfast: retirement is never deleted from');
END;

CREATE TRIGGER retirement_supersedes_its_own BEFORE INSERT ON retirement
WHEN NEW.supersedes IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM retirement
     WHERE row_key = NEW.supersedes
       AND dot_code = NEW.dot_code)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: retirement supersedes only what concerns the same target');
END;

CREATE TRIGGER retirement_moves_head AFTER INSERT ON retirement
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = 'dot:' || NEW.dot_code;
  INSERT INTO authority_head (scope_key, version)
  SELECT 'dot:' || NEW.dot_code, 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = 'dot:' || NEW.dot_code);
END;

-- Which triggers were accepted, by the hash of their text.
CREATE TABLE trigger_inventory (
  ordinal          INTEGER PRIMARY KEY CHECK (ordinal > 0),
  row_key          TEXT NOT NULL UNIQUE CHECK (length(row_key) BETWEEN 1 AND 200),
  trigger_name     TEXT NOT NULL,
  table_name       TEXT NOT NULL,
  body_hash        BLOB NOT NULL CHECK (length(body_hash) = 32),
  issued_at        INTEGER NOT NULL,
  written_by       TEXT NOT NULL,
  lifecycle_status TEXT NOT NULL CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
  supersedes       TEXT UNIQUE REFERENCES trigger_inventory (row_key) CHECK (supersedes <> row_key),
  row_hash         BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

CREATE INDEX trigger_inventory_by_trigger_name ON trigger_inventory (trigger_name);

CREATE TRIGGER trigger_inventory_is_inserted_once BEFORE INSERT ON trigger_inventory
WHEN EXISTS (SELECT 1 FROM trigger_inventory WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM trigger_inventory WHERE supersedes = NEW.supersedes)
  OR EXISTS (SELECT 1 FROM trigger_inventory WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: trigger_inventory has this key already, or the row is superseded already');
END;

CREATE TRIGGER trigger_inventory_is_never_changed BEFORE UPDATE ON trigger_inventory
BEGIN
  SELECT RAISE(ABORT, 'holdfast: trigger_inventory is never updated');
END;

CREATE TRIGGER trigger_inventory_is_never_deleted BEFORE DELETE ON trigger_inventory
BEGIN
  SELECT RAISE(ABORT, 'holdfast: trigger_inventory is never deleted from');
END;

CREATE TRIGGER trigger_inventory_moves_head AFTER INSERT ON trigger_inventory
BEGIN
  UPDATE authority_head SET version = version + 1
   WHERE scope_key = '*';
  INSERT INTO authority_head (scope_key, version)
  SELECT '*', 1
   WHERE NOT EXISTS (
     SELECT 1 FROM authority_head WHERE scope_key = '*');
END;
