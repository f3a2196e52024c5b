-- Registrations: the durable intent, the consumed keys, the heads and the decisions.
--
-- Keys are bytes: a nonce is its UUIDv7 and its binding (16 + 32), a ledger key is the nonce's mint
-- time and the replay key (6 + 32). Both start with the time that the nonce was minted at, which is
-- part of the hashed tuple, so they are the same for every retry and still append at the end.
--
-- A statement may name a row by its hidden `rowid` and replace it so; the guards look there too.
--
-- What must hold together is held by references that are checked at the commit: a consumed attempt
-- has its ledger row, a ledger row its head and its decision, an aborted attempt its failure audit.

-- One row for each transaction that registers. It is the transaction's own name in everything that
-- the transaction writes: kept by triggers, and so weaker than a number that the engine assigns.
CREATE TABLE writer_transaction (
  ordinal   INTEGER PRIMARY KEY CHECK (ordinal > 0),
  opened_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER writer_transaction_is_inserted_once BEFORE INSERT ON writer_transaction
WHEN EXISTS (SELECT 1 FROM writer_transaction WHERE ordinal = NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: writer_transaction has this ordinal already');
END;

CREATE TRIGGER writer_transaction_is_dense AFTER INSERT ON writer_transaction
WHEN (NEW.ordinal > 1
      AND NOT EXISTS (SELECT 1 FROM writer_transaction WHERE ordinal = NEW.ordinal - 1))
  OR EXISTS (SELECT 1 FROM writer_transaction WHERE ordinal > NEW.ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: writer_transaction counts by one');
END;

CREATE TRIGGER writer_transaction_is_never_changed BEFORE UPDATE ON writer_transaction
BEGIN
  SELECT RAISE(ABORT, 'holdfast: writer_transaction is never updated');
END;

CREATE TRIGGER writer_transaction_is_never_deleted BEFORE DELETE ON writer_transaction
BEGIN
  SELECT RAISE(ABORT, 'holdfast: writer_transaction is never deleted from');
END;

-- What was asked for and is or was under way.
CREATE TABLE attempt (
  attempt_id                   BLOB NOT NULL PRIMARY KEY CHECK (length(attempt_id) = 16),
  nonce                        BLOB NOT NULL UNIQUE CHECK (length(nonce) = 48),
  replay_key                   BLOB NOT NULL UNIQUE CHECK (length(replay_key) = 32),
  request_digest               BLOB NOT NULL CHECK (length(request_digest) = 32),
  request                      BLOB NOT NULL,
  effect_identity              BLOB NOT NULL CHECK (length(effect_identity) = 32),
  authorization_binding_digest BLOB NOT NULL CHECK (length(authorization_binding_digest) = 32),
  owner_token                  BLOB NOT NULL CHECK (length(owner_token) = 16),
  epoch                        INTEGER NOT NULL CHECK (epoch >= 1),
  target                       TEXT NOT NULL,
  run_id                       TEXT NOT NULL,
  attempt_no                   INTEGER NOT NULL CHECK (attempt_no >= 1),
  opened_at                    INTEGER NOT NULL,
  expires_at                   INTEGER NOT NULL,
  state                        TEXT NOT NULL CHECK (state IN ('reserved', 'consumed', 'aborted')),
  closed_at                    INTEGER,
  consumed_key                 BLOB
    REFERENCES ledger (ledger_key) DEFERRABLE INITIALLY DEFERRED,
  failure_digest               BLOB,
  CHECK ((state = 'reserved') = (closed_at IS NULL)),
  CHECK ((state = 'consumed') = (consumed_key IS NOT NULL)),
  CHECK ((state = 'aborted') = (failure_digest IS NOT NULL)),
  FOREIGN KEY (attempt_id, failure_digest)
    REFERENCES failure_audit (attempt_id, failure_digest) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX attempt_open ON attempt (opened_at) WHERE state = 'reserved';
CREATE INDEX attempt_by_target ON attempt (target);

CREATE TRIGGER attempt_is_opened_once BEFORE INSERT ON attempt
WHEN NEW.state <> 'reserved'
  OR EXISTS (SELECT 1 FROM attempt WHERE attempt_id = NEW.attempt_id)
  OR EXISTS (SELECT 1 FROM attempt WHERE nonce = NEW.nonce)
  OR EXISTS (SELECT 1 FROM attempt WHERE replay_key = NEW.replay_key)
  OR EXISTS (SELECT 1 FROM attempt WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: an attempt is opened once, as reserved');
END;

CREATE TRIGGER attempt_is_closed_once BEFORE UPDATE ON attempt
WHEN OLD.state <> 'reserved'
  OR NEW.state NOT IN ('consumed', 'aborted')
  OR NEW.attempt_id <> OLD.attempt_id
  OR NEW.nonce <> OLD.nonce
  OR NEW.replay_key <> OLD.replay_key
  OR NEW.request_digest <> OLD.request_digest
  OR NEW.request <> OLD.request
  OR NEW.effect_identity <> OLD.effect_identity
  OR NEW.authorization_binding_digest <> OLD.authorization_binding_digest
  OR NEW.owner_token <> OLD.owner_token
  OR NEW.epoch <> OLD.epoch
  OR NEW.target <> OLD.target
  OR NEW.run_id <> OLD.run_id
  OR NEW.attempt_no <> OLD.attempt_no
  OR NEW.opened_at <> OLD.opened_at
  OR NEW.expires_at <> OLD.expires_at
  OR NEW.rowid <> OLD.rowid
BEGIN
  SELECT RAISE(ABORT, 'holdfast: an attempt only goes from reserved to consumed or aborted');
END;

CREATE TRIGGER attempt_is_never_deleted BEFORE DELETE ON attempt
BEGIN
  SELECT RAISE(ABORT, 'holdfast: attempt is never deleted from');
END;

-- One frame of every envelope that led to the reservation.
CREATE TABLE evidence (
  attempt_id BLOB NOT NULL PRIMARY KEY REFERENCES attempt (attempt_id),
  frame      BLOB NOT NULL
) STRICT;

CREATE TRIGGER evidence_is_inserted_once BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE attempt_id = NEW.attempt_id)
  OR EXISTS (SELECT 1 FROM evidence WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: evidence has this attempt already');
END;

CREATE TRIGGER evidence_is_never_changed BEFORE UPDATE ON evidence
BEGIN
  SELECT RAISE(ABORT, 'holdfast: evidence is never updated');
END;

CREATE TRIGGER evidence_is_never_deleted BEFORE DELETE ON evidence
BEGIN
  SELECT RAISE(ABORT, 'holdfast: evidence is never deleted from');
END;

-- The consumed keys: single use of the replay key, and of the nonce and the effect by themselves.
CREATE TABLE ledger (
  ledger_key                   BLOB NOT NULL PRIMARY KEY CHECK (length(ledger_key) = 38),
  attempt_id                   BLOB NOT NULL UNIQUE REFERENCES attempt (attempt_id),
  nonce                        BLOB NOT NULL UNIQUE CHECK (length(nonce) = 48),
  effect_identity              BLOB NOT NULL UNIQUE CHECK (length(effect_identity) = 32),
  authorization_binding_digest BLOB NOT NULL CHECK (length(authorization_binding_digest) = 32),
  owner_binding_digest         BLOB NOT NULL CHECK (length(owner_binding_digest) = 32),
  artifact_hash                BLOB NOT NULL CHECK (length(artifact_hash) = 32),
  target                       TEXT NOT NULL,
  operation                    TEXT NOT NULL,
  run_id                       TEXT NOT NULL,
  attempt_no                   INTEGER NOT NULL CHECK (attempt_no >= 1),
  consumed_at                  INTEGER NOT NULL,
  expires_at                   INTEGER NOT NULL,
  writer_ordinal               INTEGER NOT NULL REFERENCES writer_transaction (ordinal),
  head_key                     TEXT NOT NULL UNIQUE
    REFERENCES dot_catalogue (row_key) DEFERRABLE INITIALLY DEFERRED,
  CHECK (consumed_at <= expires_at),
  CHECK (substr(ledger_key, 1, 6) = substr(nonce, 1, 6)),
  FOREIGN KEY (ledger_key) REFERENCES decision (ledger_key) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_is_inserted_once BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE ledger_key = NEW.ledger_key)
  OR EXISTS (SELECT 1 FROM ledger WHERE attempt_id = NEW.attempt_id)
  OR EXISTS (SELECT 1 FROM ledger WHERE nonce = NEW.nonce)
  OR EXISTS (SELECT 1 FROM ledger WHERE effect_identity = NEW.effect_identity)
  OR EXISTS (SELECT 1 FROM ledger WHERE head_key = NEW.head_key)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: this key, nonce, effect or attempt is consumed already');
END;

CREATE TRIGGER ledger_follows_attempt BEFORE INSERT ON ledger
WHEN NOT EXISTS (
     SELECT 1 FROM attempt
     WHERE attempt_id = NEW.attempt_id
       AND state = 'consumed'
       AND consumed_key = NEW.ledger_key
       AND replay_key = substr(NEW.ledger_key, 7)
       AND nonce = NEW.nonce
       AND effect_identity = NEW.effect_identity
       AND authorization_binding_digest = NEW.authorization_binding_digest
       AND target = NEW.target)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: a key is consumed by the attempt that reserved it');
END;

CREATE TRIGGER ledger_names_its_transaction BEFORE INSERT ON ledger
WHEN NEW.writer_ordinal IS NOT (SELECT max(ordinal) FROM writer_transaction)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: writer_ordinal is the ordinal of the running transaction');
END;

CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ledger is never updated');
END;

CREATE TRIGGER ledger_is_never_deleted BEFORE DELETE ON ledger
BEGIN
  SELECT RAISE(ABORT, 'holdfast: ledger is never deleted from');
END;

-- The catalogue. A registration writes one draft; a head ends by an approved retirement.
CREATE TABLE dot_catalogue (
  row_key                  TEXT NOT NULL PRIMARY KEY,
  dot_code                 TEXT NOT NULL,
  canonical_target         TEXT NOT NULL CHECK (canonical_target = object_type || ':' || dot_code),
  object_type              TEXT NOT NULL,
  canonical_path           TEXT NOT NULL,
  origin                   TEXT NOT NULL,
  artifact_hash            BLOB NOT NULL CHECK (length(artifact_hash) = 32),
  hash_algorithm           TEXT NOT NULL,
  canonicalization_version TEXT NOT NULL,
  artifact_type            TEXT NOT NULL,
  admission_ref            TEXT NOT NULL,
  size_bytes               INTEGER NOT NULL CHECK (size_bytes >= 0),
  scope                    TEXT NOT NULL,
  owner_principal          TEXT NOT NULL,
  status                   TEXT NOT NULL
    CHECK (status IN ('draft', 'active', 'deprecated', 'retired')),
  attempt_id               BLOB NOT NULL UNIQUE REFERENCES attempt (attempt_id),
  ledger_key               BLOB NOT NULL REFERENCES ledger (ledger_key),
  writer_ordinal           INTEGER NOT NULL REFERENCES writer_transaction (ordinal),
  row_hash                 BLOB NOT NULL CHECK (length(row_hash) = 32),
  retirement_ref           TEXT UNIQUE REFERENCES retirement (row_key),
  CHECK ((status = 'retired') = (retirement_ref IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX dot_catalogue_one_head ON dot_catalogue (dot_code)
  WHERE status IN ('draft', 'active');
CREATE INDEX dot_catalogue_by_dot_code ON dot_catalogue (dot_code);

CREATE TRIGGER dot_catalogue_is_written_as_draft BEFORE INSERT ON dot_catalogue
WHEN NEW.status <> 'draft'
  OR EXISTS (SELECT 1 FROM dot_catalogue WHERE row_key = NEW.row_key)
  OR EXISTS (SELECT 1 FROM dot_catalogue WHERE attempt_id = NEW.attempt_id)
  OR EXISTS (
     SELECT 1 FROM dot_catalogue
     WHERE dot_code = NEW.dot_code AND status IN ('draft', 'active'))
BEGIN
  SELECT RAISE(ABORT, 'holdfast: a head is written once, as draft, where there is none');
END;

CREATE TRIGGER dot_catalogue_follows_ledger BEFORE INSERT ON dot_catalogue
WHEN NOT EXISTS (
     SELECT 1 FROM ledger
     WHERE ledger_key = NEW.ledger_key
       AND attempt_id = NEW.attempt_id
       AND head_key = NEW.row_key
       AND target = NEW.canonical_target
       AND artifact_hash = NEW.artifact_hash
       AND writer_ordinal = NEW.writer_ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: a head is written by the transaction that consumed its key');
END;

CREATE TRIGGER dot_catalogue_is_only_retired BEFORE UPDATE ON dot_catalogue
WHEN OLD.status NOT IN ('draft', 'active')
  OR NEW.status <> 'retired'
  OR NEW.row_key <> OLD.row_key
  OR NEW.dot_code <> OLD.dot_code
  OR NEW.canonical_target <> OLD.canonical_target
  OR NEW.object_type <> OLD.object_type
  OR NEW.canonical_path <> OLD.canonical_path
  OR NEW.origin <> OLD.origin
  OR NEW.artifact_hash <> OLD.artifact_hash
  OR NEW.hash_algorithm <> OLD.hash_algorithm
  OR NEW.canonicalization_version <> OLD.canonicalization_version
  OR NEW.artifact_type <> OLD.artifact_type
  OR NEW.admission_ref <> OLD.admission_ref
  OR NEW.size_bytes <> OLD.size_bytes
  OR NEW.scope <> OLD.scope
  OR NEW.owner_principal <> OLD.owner_principal
  OR NEW.attempt_id <> OLD.attempt_id
  OR NEW.ledger_key <> OLD.ledger_key
  OR NEW.writer_ordinal <> OLD.writer_ordinal
  OR NEW.row_hash <> OLD.row_hash
  OR EXISTS (SELECT 1 FROM dot_catalogue WHERE retirement_ref = NEW.retirement_ref)
  OR NOT EXISTS (
     SELECT 1 FROM retirement
     WHERE row_key = NEW.retirement_ref
       AND dot_code = OLD.dot_code
       AND lifecycle_status = 'active')
BEGIN
  SELECT RAISE(ABORT, 'holdfast: a head is only ever retired, by a retirement of its own code');
END;

CREATE TRIGGER dot_catalogue_is_never_deleted BEFORE DELETE ON dot_catalogue
BEGIN
  SELECT RAISE(ABORT, 'holdfast: dot_catalogue is never deleted from');
END;

-- The decisions, as they were answered, byte for byte.
CREATE TABLE decision (
  ledger_key     BLOB NOT NULL PRIMARY KEY REFERENCES ledger (ledger_key),
  attempt_id     BLOB NOT NULL UNIQUE REFERENCES attempt (attempt_id),
  bytes          BLOB NOT NULL,
  evidence_hash  BLOB NOT NULL CHECK (length(evidence_hash) = 32),
  writer_ordinal INTEGER NOT NULL REFERENCES writer_transaction (ordinal)
) STRICT;

CREATE TRIGGER decision_is_inserted_once BEFORE INSERT ON decision
WHEN EXISTS (SELECT 1 FROM decision WHERE ledger_key = NEW.ledger_key)
  OR EXISTS (SELECT 1 FROM decision WHERE attempt_id = NEW.attempt_id)
  OR EXISTS (SELECT 1 FROM decision WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: this key has its decision already');
END;

CREATE TRIGGER decision_follows_ledger BEFORE INSERT ON decision
WHEN NOT EXISTS (
     SELECT 1 FROM ledger
     WHERE ledger_key = NEW.ledger_key
       AND attempt_id = NEW.attempt_id
       AND writer_ordinal = NEW.writer_ordinal)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: a decision is written by the transaction that consumed its key');
END;

CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN
  SELECT RAISE(ABORT, 'holdfast: decision is never updated');
END;

CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
BEGIN
  SELECT RAISE(ABORT, 'holdfast: decision is never deleted from');
END;
