-- What the observer saw, what the verifier reported, and what failed: each insert-once.

-- The captures of an attempt. A capture may be older than its attempt's reservation, and outlive an
-- attempt that never reserved, so it references none.
CREATE TABLE snapshot (
  attempt_id  BLOB NOT NULL CHECK (length(attempt_id) = 16),
  phase       TEXT NOT NULL CHECK (phase IN ('before', 'after')),
  bytes       BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (attempt_id, phase)
) STRICT;

CREATE TRIGGER snapshot_is_inserted_once BEFORE INSERT ON snapshot
WHEN EXISTS (SELECT 1 FROM snapshot WHERE attempt_id = NEW.attempt_id AND phase = NEW.phase)
  OR EXISTS (SELECT 1 FROM snapshot WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: snapshot has this attempt and phase already');
END;

CREATE TRIGGER snapshot_is_never_changed BEFORE UPDATE ON snapshot
BEGIN
  SELECT RAISE(ABORT, 'holdfast: snapshot is never updated');
END;

CREATE TRIGGER snapshot_is_never_deleted BEFORE DELETE ON snapshot
BEGIN
  SELECT RAISE(ABORT, 'holdfast: snapshot is never deleted from');
END;

-- The first report of the verifier on a consumed attempt, and the verdict of the second run.
CREATE TABLE verification_report (
  attempt_id    BLOB NOT NULL PRIMARY KEY REFERENCES attempt (attempt_id),
  report        BLOB NOT NULL,
  verdict_after BLOB NOT NULL,
  recorded_at   INTEGER NOT NULL
) STRICT;

CREATE TRIGGER verification_report_is_inserted_once BEFORE INSERT ON verification_report
WHEN EXISTS (SELECT 1 FROM verification_report WHERE attempt_id = NEW.attempt_id)
  OR EXISTS (SELECT 1 FROM verification_report WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: verification_report has this attempt already');
END;

CREATE TRIGGER verification_report_follows_decision BEFORE INSERT ON verification_report
WHEN NOT EXISTS (
     SELECT 1 FROM attempt WHERE attempt_id = NEW.attempt_id AND state = 'consumed')
BEGIN
  SELECT RAISE(ABORT, 'holdfast: only a consumed attempt has a verification report');
END;

CREATE TRIGGER verification_report_is_never_changed BEFORE UPDATE ON verification_report
BEGIN
  SELECT RAISE(ABORT, 'holdfast: verification_report is never updated');
END;

CREATE TRIGGER verification_report_is_never_deleted BEFORE DELETE ON verification_report
BEGIN
  SELECT RAISE(ABORT, 'holdfast: verification_report is never deleted from');
END;

-- The failure audits in the order in which they were written, without a gap: position n of the log
-- is row n. A reject before the reservation has an attempt id and no attempt row, and keeps here the
-- envelopes that led to it; a reservation keeps them in `evidence`. The record names each by its hash.
CREATE TABLE failure_audit (
  position       INTEGER PRIMARY KEY CHECK (position > 0),
  attempt_id     BLOB NOT NULL CHECK (length(attempt_id) = 16),
  failure_digest BLOB NOT NULL CHECK (length(failure_digest) = 32),
  dot_code       TEXT,
  audit          BLOB NOT NULL,
  answer         BLOB NOT NULL,
  recorded_at    INTEGER NOT NULL,
  evidence       BLOB,
  UNIQUE (attempt_id, failure_digest)
) STRICT;

CREATE INDEX failure_audit_by_dot_code ON failure_audit (dot_code) WHERE dot_code IS NOT NULL;

CREATE TRIGGER failure_audit_is_inserted_once BEFORE INSERT ON failure_audit
WHEN EXISTS (SELECT 1 FROM failure_audit WHERE position = NEW.position)
  OR EXISTS (
     SELECT 1 FROM failure_audit
     WHERE attempt_id = NEW.attempt_id AND failure_digest = NEW.failure_digest)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: failure_audit has this record already');
END;

CREATE TRIGGER failure_audit_is_dense AFTER INSERT ON failure_audit
WHEN (NEW.position > 1
      AND NOT EXISTS (SELECT 1 FROM failure_audit WHERE position = NEW.position - 1))
  OR EXISTS (SELECT 1 FROM failure_audit WHERE position > NEW.position)
BEGIN
  SELECT RAISE(ABORT, 'holdfast: failure_audit counts by one');
END;

CREATE TRIGGER failure_audit_is_never_changed BEFORE UPDATE ON failure_audit
BEGIN
  SELECT RAISE(ABORT, 'holdfast: failure_audit is never updated');
END;

CREATE TRIGGER failure_audit_is_never_deleted BEFORE DELETE ON failure_audit
BEGIN
  SELECT RAISE(ABORT, 'holdfast: failure_audit is never deleted from');
END;
