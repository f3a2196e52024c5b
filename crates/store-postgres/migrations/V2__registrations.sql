-- Registrations: the durable intent, the consumed keys, the heads and the decisions.
--
-- Keys are bytes. A nonce is its UUIDv7 and its binding (16 + 32), a ledger key is the nonce's mint
-- time and the replay key (6 + 32). Both start with the time that the nonce was minted at, which is
-- part of the hashed tuple: they are the same for every retry and append at the end of their index.
-- Beside them, every unique key starts with the target, so that it is satisfied inside one shard.
--
-- `writer_txid` is the transaction that wrote a row, by the server's own number. Nobody may insert
-- it, so a row cannot claim another transaction (spec section 5).

-- What was asked for and is or was under way.
CREATE TABLE holdfast.attempt (
  attempt_id                   uuid NOT NULL PRIMARY KEY,
  ledger_key                   bytea NOT NULL UNIQUE CHECK (length(ledger_key) = 38),
  nonce                        bytea NOT NULL UNIQUE CHECK (length(nonce) = 48),
  request_digest               bytea NOT NULL CHECK (length(request_digest) = 32),
  request                      bytea NOT NULL,
  effect_identity              bytea NOT NULL CHECK (length(effect_identity) = 32),
  authorization_binding_digest bytea NOT NULL CHECK (length(authorization_binding_digest) = 32),
  owner_token                  uuid NOT NULL,
  epoch                        bigint NOT NULL CHECK (epoch >= 1),
  target                       text COLLATE "C" NOT NULL,
  run_id                       text NOT NULL,
  attempt_no                   bigint NOT NULL CHECK (attempt_no >= 1),
  opened_at                    timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at                   timestamptz NOT NULL,
  state                        text COLLATE "C" NOT NULL DEFAULT 'reserved'
    CHECK (state IN ('reserved', 'consumed', 'aborted')),
  closed_at                    timestamptz,
  consumed_key                 bytea,
  failure_digest               bytea,
  CHECK ((state = 'reserved') = (closed_at IS NULL)),
  CHECK ((state = 'consumed') = (consumed_key IS NOT NULL)),
  CHECK ((state = 'aborted') = (failure_digest IS NOT NULL)),
  CHECK (consumed_key = ledger_key),
  CHECK (substr(ledger_key, 1, 6) = substr(nonce, 1, 6))
);

CREATE INDEX attempt_open ON holdfast.attempt (opened_at) WHERE state = 'reserved';
CREATE INDEX attempt_by_target ON holdfast.attempt (target);
-- Finds an attempt by its bare replay key; short, because its order is no useful one.
CREATE INDEX attempt_by_replay_key ON holdfast.attempt (substr(ledger_key, 7, 8));

CREATE TRIGGER attempt_is_closed_once BEFORE UPDATE ON holdfast.attempt
  FOR EACH ROW
  WHEN (OLD.state <> 'reserved' OR NEW.state NOT IN ('consumed', 'aborted')
    OR (NEW.attempt_id, NEW.ledger_key, NEW.nonce, NEW.request_digest, NEW.request,
        NEW.effect_identity, NEW.authorization_binding_digest, NEW.owner_token, NEW.epoch,
        NEW.target, NEW.run_id, NEW.attempt_no, NEW.opened_at, NEW.expires_at)
       IS DISTINCT FROM
       (OLD.attempt_id, OLD.ledger_key, OLD.nonce, OLD.request_digest, OLD.request,
        OLD.effect_identity, OLD.authorization_binding_digest, OLD.owner_token, OLD.epoch,
        OLD.target, OLD.run_id, OLD.attempt_no, OLD.opened_at, OLD.expires_at))
  EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER attempt_is_never_deleted BEFORE DELETE ON holdfast.attempt
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER attempt_is_never_emptied BEFORE TRUNCATE ON holdfast.attempt
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.attempt ENABLE ALWAYS TRIGGER attempt_is_closed_once;
ALTER TABLE holdfast.attempt ENABLE ALWAYS TRIGGER attempt_is_never_deleted;
ALTER TABLE holdfast.attempt ENABLE ALWAYS TRIGGER attempt_is_never_emptied;

-- One frame of every envelope that led to the reservation.
CREATE TABLE holdfast.evidence (
  attempt_id uuid NOT NULL PRIMARY KEY REFERENCES holdfast.attempt (attempt_id),
  frame      bytea NOT NULL,
  checksum   bytea GENERATED ALWAYS AS (sha256(uuid_send(attempt_id) || frame)) STORED NOT NULL
);
CREATE TRIGGER evidence_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.evidence
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER evidence_is_never_emptied BEFORE TRUNCATE ON holdfast.evidence
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.evidence ENABLE ALWAYS TRIGGER evidence_is_never_changed;
ALTER TABLE holdfast.evidence ENABLE ALWAYS TRIGGER evidence_is_never_emptied;

-- The epochs of a code. An admission opens the first, a retirement each further one, and a
-- retirement needs the head that it ends: so the heads of a code are numbered without a gap, and
-- the one of the last epoch is the current one.
CREATE TABLE holdfast.dot_epoch (
  dot_code text COLLATE "C" NOT NULL,
  epoch    integer NOT NULL CHECK (epoch >= 0),
  ended    integer GENERATED ALWAYS AS (CASE WHEN epoch > 0 THEN epoch - 1 END) STORED,
  PRIMARY KEY (dot_code, epoch)
);
CREATE TRIGGER dot_epoch_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.dot_epoch
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER dot_epoch_is_never_emptied BEFORE TRUNCATE ON holdfast.dot_epoch
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.dot_epoch ENABLE ALWAYS TRIGGER dot_epoch_is_never_changed;
ALTER TABLE holdfast.dot_epoch ENABLE ALWAYS TRIGGER dot_epoch_is_never_emptied;

-- The consumed keys: single use of the replay key; single use of the effect within its target.
CREATE TABLE holdfast.ledger (
  ledger_key                   bytea NOT NULL PRIMARY KEY CHECK (length(ledger_key) = 38),
  attempt_id                   uuid NOT NULL UNIQUE REFERENCES holdfast.attempt (attempt_id),
  nonce                        bytea NOT NULL UNIQUE CHECK (length(nonce) = 48),
  effect_identity              bytea NOT NULL CHECK (length(effect_identity) = 32),
  authorization_binding_digest bytea NOT NULL CHECK (length(authorization_binding_digest) = 32),
  owner_binding_digest         bytea NOT NULL CHECK (length(owner_binding_digest) = 32),
  artifact_hash                bytea NOT NULL CHECK (length(artifact_hash) = 32),
  target                       text COLLATE "C" NOT NULL,
  operation                    text COLLATE "C" NOT NULL,
  run_id                       text NOT NULL,
  attempt_no                   bigint NOT NULL CHECK (attempt_no >= 1),
  consumed_at                  timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at                   timestamptz NOT NULL,
  head_key                     text COLLATE "C" NOT NULL UNIQUE,
  writer_txid                  xid8 NOT NULL DEFAULT pg_current_xact_id(),
  checksum                     bytea NOT NULL,
  CONSTRAINT ledger_one_effect UNIQUE (target, effect_identity),
  CONSTRAINT ledger_is_fresh CHECK (consumed_at <= expires_at),
  CHECK (substr(ledger_key, 1, 6) = substr(nonce, 1, 6)),
  -- Fixed lengths, then each text after its own length: no two different rows give the same bytes.
  CONSTRAINT ledger_checksum_binds CHECK (checksum = sha256(
    ledger_key || nonce || effect_identity || authorization_binding_digest
    || owner_binding_digest || artifact_hash || convert_to(attempt_id::text
    || octet_length(target)::text || ':' || target
    || octet_length(operation)::text || ':' || operation
    || octet_length(run_id)::text || ':' || run_id
    || head_key, 'UTF8')))
);
CREATE INDEX ledger_by_writer_txid ON holdfast.ledger (writer_txid);
-- Finds a key by its bare effect; short, as above.
CREATE INDEX ledger_by_effect ON holdfast.ledger (substr(effect_identity, 1, 8));
CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.ledger
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER ledger_is_never_emptied BEFORE TRUNCATE ON holdfast.ledger
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.ledger ENABLE ALWAYS TRIGGER ledger_is_never_changed;
ALTER TABLE holdfast.ledger ENABLE ALWAYS TRIGGER ledger_is_never_emptied;

-- The catalogue. A registration writes one draft, and nothing here ever changes a row: a head ends
-- when a retirement opens the next epoch of its code.
CREATE TABLE holdfast.dot_catalogue (
  row_key                  text COLLATE "C" NOT NULL PRIMARY KEY,
  dot_code                 text COLLATE "C" NOT NULL,
  epoch                    integer NOT NULL,
  canonical_target         text COLLATE "C" NOT NULL
    CHECK (canonical_target = object_type || ':' || dot_code),
  object_type              text NOT NULL,
  canonical_path           text NOT NULL,
  origin                   text NOT NULL,
  artifact_hash            bytea NOT NULL CHECK (length(artifact_hash) = 32),
  hash_algorithm           text NOT NULL,
  canonicalization_version text NOT NULL,
  artifact_type            text NOT NULL,
  admission_ref            text NOT NULL,
  size_bytes               bigint NOT NULL CHECK (size_bytes >= 0),
  scope                    text NOT NULL,
  owner_principal          text NOT NULL,
  status                   text COLLATE "C" NOT NULL DEFAULT 'draft'
    CONSTRAINT dot_catalogue_status_domain
      CHECK (status IN ('draft', 'active', 'deprecated', 'retired')),
  attempt_id               uuid NOT NULL UNIQUE REFERENCES holdfast.attempt (attempt_id),
  ledger_key               bytea NOT NULL CHECK (length(ledger_key) = 38)
    REFERENCES holdfast.ledger (ledger_key) DEFERRABLE INITIALLY DEFERRED,
  writer_txid              xid8 NOT NULL DEFAULT pg_current_xact_id(),
  row_hash                 bytea NOT NULL,
  CONSTRAINT dot_catalogue_one_head UNIQUE (dot_code, epoch),
  FOREIGN KEY (dot_code, epoch) REFERENCES holdfast.dot_epoch (dot_code, epoch),
  CONSTRAINT dot_catalogue_hash_binds CHECK (row_hash = sha256(convert_to(
    'holdfast/row/v1' || chr(10)
    || '{"carrier":"dot_catalogue","columns":{"admission_ref":' || to_json(admission_ref)::text
    || ',"artifact_hash":"sha256:' || encode(artifact_hash, 'hex')
    || '","artifact_type":' || to_json(artifact_type)::text
    || ',"attempt_id":' || to_json(attempt_id)::text
    || ',"canonical_path":' || to_json(canonical_path)::text
    || ',"canonical_target":' || to_json(canonical_target)::text
    || ',"canonicalization_version":' || to_json(canonicalization_version)::text
    || ',"dot_code":' || to_json(dot_code)::text
    || ',"hash_algorithm":' || to_json(hash_algorithm)::text
    || ',"object_type":' || to_json(object_type)::text
    || ',"origin":' || to_json(origin)::text
    || ',"owner_principal":' || to_json(owner_principal)::text
    || ',"replay_key":"sha256:' || encode(substr(ledger_key, 7), 'hex')
    || '","scope":' || to_json(scope)::text
    || ',"size_bytes":' || to_json(size_bytes)::text
    || ',"status":' || to_json(status)::text
    || '},"key":' || to_json(row_key)::text || '}', 'UTF8')))
);
CREATE INDEX dot_catalogue_by_writer_txid ON holdfast.dot_catalogue (writer_txid);
CREATE TRIGGER dot_catalogue_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.dot_catalogue
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER dot_catalogue_is_never_emptied BEFORE TRUNCATE ON holdfast.dot_catalogue
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.dot_catalogue ENABLE ALWAYS TRIGGER dot_catalogue_is_never_changed;
ALTER TABLE holdfast.dot_catalogue ENABLE ALWAYS TRIGGER dot_catalogue_is_never_emptied;

-- An epoch is ended only where it has a head.
ALTER TABLE holdfast.dot_epoch ADD CONSTRAINT dot_epoch_ends_a_head
  FOREIGN KEY (dot_code, ended) REFERENCES holdfast.dot_catalogue (dot_code, epoch);
-- A key is consumed together with its head.
ALTER TABLE holdfast.ledger ADD CONSTRAINT ledger_has_its_head
  FOREIGN KEY (head_key) REFERENCES holdfast.dot_catalogue (row_key)
  DEFERRABLE INITIALLY DEFERRED;

-- The decisions, as they were answered, byte for byte.
CREATE TABLE holdfast.decision (
  ledger_key    bytea NOT NULL PRIMARY KEY CHECK (length(ledger_key) = 38)
    REFERENCES holdfast.ledger (ledger_key),
  attempt_id    uuid NOT NULL UNIQUE REFERENCES holdfast.attempt (attempt_id),
  bytes         bytea NOT NULL,
  evidence_hash bytea NOT NULL CHECK (length(evidence_hash) = 32),
  writer_txid   xid8 NOT NULL DEFAULT pg_current_xact_id(),
  checksum      bytea GENERATED ALWAYS AS (sha256(ledger_key || evidence_hash || bytes)) STORED
    NOT NULL
);
CREATE INDEX decision_by_writer_txid ON holdfast.decision (writer_txid);
CREATE TRIGGER decision_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.decision
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER decision_is_never_emptied BEFORE TRUNCATE ON holdfast.decision
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.decision ENABLE ALWAYS TRIGGER decision_is_never_changed;
ALTER TABLE holdfast.decision ENABLE ALWAYS TRIGGER decision_is_never_emptied;

-- A key is consumed together with its decision, and an attempt with its key.
ALTER TABLE holdfast.ledger ADD CONSTRAINT ledger_has_its_decision
  FOREIGN KEY (ledger_key) REFERENCES holdfast.decision (ledger_key)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE holdfast.attempt ADD CONSTRAINT attempt_has_its_key
  FOREIGN KEY (consumed_key) REFERENCES holdfast.ledger (ledger_key)
  DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION holdfast.reread_evidence(attempt uuid)
RETURNS SETOF holdfast.evidence LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT e.* FROM holdfast.evidence AS e WHERE e.attempt_id = attempt;
END;
CREATE FUNCTION holdfast.reread_head(code text)
RETURNS SETOF holdfast.dot_catalogue LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT head.* FROM holdfast.dot_catalogue AS head
   WHERE head.dot_code = code
     AND head.epoch = (SELECT max(e.epoch) FROM holdfast.dot_epoch AS e WHERE e.dot_code = code);
END;
CREATE FUNCTION holdfast.reread_ledger(attempt uuid)
RETURNS SETOF holdfast.ledger LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT key.* FROM holdfast.ledger AS key WHERE key.attempt_id = attempt;
END;
CREATE FUNCTION holdfast.reread_decision(attempt uuid)
RETURNS SETOF holdfast.decision LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT d.* FROM holdfast.decision AS d WHERE d.attempt_id = attempt;
END;
