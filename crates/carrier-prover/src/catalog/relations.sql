SELECT c.oid::int8 AS oid, n.oid::int8 AS schema_oid, n.nspname AS schema, c.relname AS name,
       c.relkind::text AS kind, c.relpersistence::text AS persistence, c.relowner::int8 AS owner,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
       c.relreplident::text AS replica_identity, c.relispartition AS is_partition,
       c.reloptions AS options,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relkind = 'v' THEN pg_relation_is_updatable(c.oid, false) ELSE 0 END AS updatable,
       (SELECT jsonb_agg(jsonb_build_object('grantee', a.grantee::int8, 'grantor', a.grantor::int8, 'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type, a.grantor) FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a) AS acl,
       c.xmin::text AS xmin
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY c.oid
