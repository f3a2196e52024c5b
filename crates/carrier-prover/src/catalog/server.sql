SELECT current_setting('server_version_num')::int AS version_num,
       d.datname AS database,
       d.oid::int8 AS database_oid,
       d.datdba::int8 AS database_owner,
       current_user AS reader,
       current_setting('session_replication_role') AS replication_role,
       (SELECT jsonb_agg(jsonb_build_object('grantee', a.grantee::int8, 'grantor', a.grantor::int8, 'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type, a.grantor) FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a) AS acl,
       d.xmin::text AS xmin
  FROM pg_database AS d
 WHERE d.datname = current_database()
