-- Who may do what (spec section 3). Nobody logs in as the owner; every right is named here, and what
-- is not named nobody has.

REVOKE ALL ON SCHEMA holdfast FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;
GRANT USAGE ON SCHEMA holdfast TO {authority}, {owner_resolver}, {artifact_resolver}, {registrar},
  {observer}, {audit_writer}, {verifier}, {reader};

-- Authority writer: inserts authority rows; the table generates and checks everything else.
GRANT INSERT (canonical, row_hash) ON holdfast.principal TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.principal_binding TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.action_type TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.ownership TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.approval TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.approval_vote TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.admission TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.manifest TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.verifier TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.policy TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.dot_config TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.hold_event TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.retirement TO {authority};
GRANT INSERT (canonical, row_hash) ON holdfast.trigger_inventory TO {authority};
GRANT SELECT ON holdfast.principal, holdfast.principal_binding, holdfast.action_type, holdfast.ownership, holdfast.approval, holdfast.approval_vote,
  holdfast.admission, holdfast.manifest, holdfast.verifier, holdfast.policy, holdfast.dot_config,
  holdfast.hold_event, holdfast.retirement, holdfast.trigger_inventory, holdfast.authority_head, holdfast.dot_catalogue, holdfast.dot_epoch
  TO {authority};

-- Block A reads the carriers of authority, block F the admissions.
GRANT SELECT ON holdfast.principal, holdfast.principal_binding, holdfast.action_type, holdfast.ownership, holdfast.approval,
  holdfast.approval_vote, holdfast.verifier TO {owner_resolver};
GRANT SELECT ON holdfast.admission TO {artifact_resolver};

-- Registrar: inserts attempts, evidence, keys, heads and decisions, and closes its attempt as
-- consumed. The columns that it may not name are the server's: times, transaction, status.
GRANT INSERT (attempt_id, ledger_key, nonce, request_digest, request, effect_identity,
    authorization_binding_digest, owner_token, epoch, target, run_id, attempt_no, expires_at)
  ON holdfast.attempt TO {registrar};
GRANT UPDATE (state, closed_at, consumed_key) ON holdfast.attempt TO {registrar};
GRANT INSERT (attempt_id, frame) ON holdfast.evidence TO {registrar};
GRANT INSERT (ledger_key, attempt_id, nonce, effect_identity, authorization_binding_digest,
    owner_binding_digest, artifact_hash, target, operation, run_id, attempt_no, expires_at,
    head_key, checksum)
  ON holdfast.ledger TO {registrar};
GRANT INSERT (row_key, dot_code, epoch, canonical_target, object_type, canonical_path, origin,
    artifact_hash, hash_algorithm, canonicalization_version, artifact_type, admission_ref,
    size_bytes, scope, owner_principal, attempt_id, ledger_key, row_hash)
  ON holdfast.dot_catalogue TO {registrar};
GRANT INSERT (ledger_key, attempt_id, bytes, evidence_hash)
  ON holdfast.decision TO {registrar};
GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO {registrar};
GRANT EXECUTE ON FUNCTION holdfast.lock_authority(text[]) TO {registrar};

-- Observer: reads the surfaces, inserts what it saw and what the verifier reported.
GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO {observer};
GRANT INSERT (attempt_id, phase, bytes) ON holdfast.snapshot TO {observer};
GRANT INSERT (attempt_id, report, verdict_after)
  ON holdfast.verification_report TO {observer};
GRANT EXECUTE ON FUNCTION holdfast.backend_started_at() TO {observer};

-- Audit writer: one function, and reading back what it answers about.
GRANT EXECUTE ON FUNCTION holdfast.record_failure(
  uuid, bytea, text, bytea, bytea, bytea, boolean, uuid, bigint, text, bytea) TO {audit_writer};
GRANT SELECT ON holdfast.attempt, holdfast.decision, holdfast.failure_audit TO {audit_writer};

-- Verifier and reader: select.
GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO {verifier}, {reader};

-- Rereading runs with the rights of whoever rereads.
GRANT EXECUTE ON FUNCTION
  holdfast.reread_principal(text[]),
  holdfast.reread_principal_binding(text[]),
  holdfast.reread_action_type(text[]),
  holdfast.reread_ownership(text[]),
  holdfast.reread_approval(text[]),
  holdfast.reread_approval_vote(text[]),
  holdfast.reread_admission(text[]),
  holdfast.reread_manifest(text[]),
  holdfast.reread_verifier(text[]),
  holdfast.reread_policy(text[]),
  holdfast.reread_dot_config(text[]),
  holdfast.reread_hold_event(text[]),
  holdfast.reread_retirement(text[]),
  holdfast.reread_trigger_inventory(text[]),
  holdfast.reread_evidence(uuid),
  holdfast.reread_head(text),
  holdfast.reread_ledger(uuid),
  holdfast.reread_decision(uuid),
  holdfast.reread_snapshot(uuid),
  holdfast.reread_verification_report(uuid),
  holdfast.reread_failure_audit(uuid)
  TO {authority}, {owner_resolver}, {artifact_resolver}, {registrar}, {observer}, {audit_writer},
  {verifier}, {reader};
