SELECT p.oid::int8 AS oid, p.parname AS name,
       (SELECT jsonb_agg(jsonb_build_object('grantee', a.grantee::int8, 'grantor', a.grantor::int8, 'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type, a.grantor) FROM aclexplode(p.paracl) AS a) AS acl,
       p.xmin::text AS xmin
  FROM pg_parameter_acl AS p
 ORDER BY p.oid
