-- What the observer saw, what the verifier reported, and what failed: each insert-once.
--
-- Who observed is what the server recorded: the session's user and its backend, columns that nobody
-- may insert.

CREATE FUNCTION holdfast.backend_started_at() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT activity.backend_start FROM pg_stat_get_activity(pg_backend_pid()) AS activity;
END;

-- The captures of an attempt. A capture may be older than its attempt's reservation, and outlive an
-- attempt that never reserved, so it references none.
CREATE TABLE holdfast.snapshot (
  attempt_id      uuid NOT NULL,
  phase           text COLLATE "C" NOT NULL CHECK (phase IN ('before', 'after')),
  bytes           bytea NOT NULL,
  checksum        bytea GENERATED ALWAYS AS (sha256(bytes)) STORED NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  recorded_by     name NOT NULL DEFAULT session_user,
  backend_pid     integer NOT NULL DEFAULT pg_backend_pid(),
  backend_started timestamptz NOT NULL DEFAULT holdfast.backend_started_at(),
  PRIMARY KEY (attempt_id, phase)
);
CREATE TRIGGER snapshot_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.snapshot
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER snapshot_is_never_emptied BEFORE TRUNCATE ON holdfast.snapshot
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.snapshot ENABLE ALWAYS TRIGGER snapshot_is_never_changed;
ALTER TABLE holdfast.snapshot ENABLE ALWAYS TRIGGER snapshot_is_never_emptied;

CREATE TABLE holdfast.verification_report (
  -- Only what consumed its key has a report.
  attempt_id      uuid NOT NULL PRIMARY KEY REFERENCES holdfast.ledger (attempt_id),
  report          bytea NOT NULL,
  verdict_after   bytea NOT NULL,
  -- Each with the attempt, whose fixed length shows where it ends.
  checksum         bytea GENERATED ALWAYS AS (sha256(uuid_send(attempt_id) || report))
    STORED NOT NULL,
  verdict_checksum bytea GENERATED ALWAYS AS (sha256(uuid_send(attempt_id) || verdict_after))
    STORED NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  recorded_by     name NOT NULL DEFAULT session_user,
  backend_pid     integer NOT NULL DEFAULT pg_backend_pid(),
  backend_started timestamptz NOT NULL DEFAULT holdfast.backend_started_at()
);
CREATE TRIGGER verification_report_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.verification_report
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER verification_report_is_never_emptied BEFORE TRUNCATE ON holdfast.verification_report
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.verification_report ENABLE ALWAYS TRIGGER verification_report_is_never_changed;
ALTER TABLE holdfast.verification_report ENABLE ALWAYS TRIGGER verification_report_is_never_emptied;

-- The failure audits in the order in which they were written, without a gap: position n of the log
-- is row n. A reject before the reservation has an attempt id and no attempt row, and keeps here the
-- envelopes that led to it; a reservation keeps them in `evidence`. The record names each by its hash.
CREATE TABLE holdfast.failure_audit (
  position       bigint NOT NULL PRIMARY KEY CHECK (position > 0),
  previous       bigint GENERATED ALWAYS AS (CASE WHEN position > 1 THEN position - 1 END) STORED
    REFERENCES holdfast.failure_audit (position),
  attempt_id     uuid NOT NULL,
  failure_digest bytea NOT NULL CHECK (length(failure_digest) = 32),
  dot_code       text COLLATE "C",
  actor          name NOT NULL DEFAULT session_user,
  audit          bytea NOT NULL,
  answer         bytea NOT NULL,
  checksum       bytea GENERATED ALWAYS AS (sha256(audit)) STORED NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  evidence       bytea,
  UNIQUE (attempt_id, failure_digest)
);
CREATE INDEX failure_audit_by_dot_code ON holdfast.failure_audit (dot_code)
  WHERE dot_code IS NOT NULL;
CREATE TRIGGER failure_audit_is_never_changed BEFORE UPDATE OR DELETE ON holdfast.failure_audit
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER failure_audit_is_never_emptied BEFORE TRUNCATE ON holdfast.failure_audit
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.failure_audit ENABLE ALWAYS TRIGGER failure_audit_is_never_changed;
ALTER TABLE holdfast.failure_audit ENABLE ALWAYS TRIGGER failure_audit_is_never_emptied;

-- An attempt is aborted together with its record.
ALTER TABLE holdfast.attempt ADD CONSTRAINT attempt_has_its_failure
  FOREIGN KEY (attempt_id, failure_digest)
  REFERENCES holdfast.failure_audit (attempt_id, failure_digest)
  DEFERRABLE INITIALLY DEFERRED;

-- The last position of the log: one row, whose lock puts the records in order.
CREATE TABLE holdfast.failure_audit_end (
  one      boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
  position bigint NOT NULL CHECK (position >= 0)
);
INSERT INTO holdfast.failure_audit_end (position) VALUES (0);
CREATE TRIGGER failure_audit_end_moves_by_one BEFORE UPDATE ON holdfast.failure_audit_end
  FOR EACH ROW WHEN (NEW.position <> OLD.position + 1) EXECUTE FUNCTION holdfast.refuse();
CREATE TRIGGER failure_audit_end_is_never_deleted BEFORE DELETE ON holdfast.failure_audit_end
  FOR EACH ROW EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.failure_audit_end ENABLE ALWAYS TRIGGER failure_audit_end_moves_by_one;
ALTER TABLE holdfast.failure_audit_end ENABLE ALWAYS TRIGGER failure_audit_end_is_never_deleted;
CREATE TRIGGER failure_audit_end_is_never_emptied BEFORE TRUNCATE ON holdfast.failure_audit_end
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse();
ALTER TABLE holdfast.failure_audit_end ENABLE ALWAYS TRIGGER failure_audit_end_is_never_emptied;

-- The one thing that the audit writer may do: append a record, close the attempt that it is about
-- where it is still reserved (under this token, where one is given), and place a hold, all together.
-- Answers `recorded`, `already_recorded` or `not_open`; the last has written nothing.
CREATE FUNCTION holdfast.record_failure(
  in_attempt_id uuid, in_failure_digest bytea, in_dot_code text, in_audit bytea, in_answer bytea,
  in_evidence bytea, in_closes boolean, in_owner_token uuid, in_epoch bigint, in_hold text, in_hold_hash bytea,
  OUT outcome text, OUT at_position bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fenced boolean := false;
BEGIN
  IF in_closes THEN
    UPDATE holdfast.attempt
       SET state = 'aborted', closed_at = clock_timestamp(), failure_digest = in_failure_digest
     WHERE attempt_id = in_attempt_id AND state = 'reserved'
       AND (in_owner_token IS NULL OR owner_token = in_owner_token)
       AND (in_epoch IS NULL OR epoch = in_epoch);
    fenced := FOUND;
  END IF;
  -- From here on one writer at a time: what is read next stays true until the commit.
  PERFORM 1 FROM holdfast.failure_audit_end FOR UPDATE;
  SELECT position INTO at_position FROM holdfast.failure_audit
   WHERE attempt_id = in_attempt_id AND failure_digest = in_failure_digest;
  IF FOUND THEN
    outcome := 'already_recorded';
    RETURN;
  END IF;
  IF in_closes AND NOT fenced THEN
    outcome := 'not_open';
    RETURN;
  END IF;
  UPDATE holdfast.failure_audit_end SET position = position + 1 RETURNING position INTO at_position;
  INSERT INTO holdfast.failure_audit
    (position, attempt_id, failure_digest, dot_code, audit, answer, evidence)
  VALUES (at_position, in_attempt_id, in_failure_digest, in_dot_code, in_audit, in_answer,
    in_evidence);
  IF in_hold IS NOT NULL THEN
    INSERT INTO holdfast.hold_event (canonical, row_hash) VALUES (in_hold, in_hold_hash)
      ON CONFLICT (row_key) DO NOTHING;
  END IF;
  outcome := 'recorded';
END
$$;

CREATE FUNCTION holdfast.reread_snapshot(attempt uuid)
RETURNS SETOF holdfast.snapshot LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.* FROM holdfast.snapshot AS s WHERE s.attempt_id = attempt;
END;
CREATE FUNCTION holdfast.reread_verification_report(attempt uuid)
RETURNS SETOF holdfast.verification_report LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.* FROM holdfast.verification_report AS r WHERE r.attempt_id = attempt;
END;
CREATE FUNCTION holdfast.reread_failure_audit(attempt uuid)
RETURNS SETOF holdfast.failure_audit LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT f.* FROM holdfast.failure_audit AS f WHERE f.attempt_id = attempt;
END;
