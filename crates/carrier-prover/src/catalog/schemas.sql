SELECT n.oid::int8 AS oid, n.nspname AS name, n.nspowner::int8 AS owner,
       (SELECT jsonb_agg(jsonb_build_object('grantee', a.grantee::int8, 'grantor', a.grantor::int8, 'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type, a.grantor) FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a) AS acl,
       n.xmin::text AS xmin
  FROM pg_namespace AS n
 WHERE n.nspname NOT IN ('information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY n.oid
