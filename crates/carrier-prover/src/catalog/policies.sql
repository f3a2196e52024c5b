SELECT p.oid::int8 AS oid, p.polname AS name, p.polrelid::int8 AS relation,
       p.polcmd::text AS command, p.polpermissive AS permissive,
       (SELECT jsonb_agg(r.role::int8) FROM unnest(p.polroles) AS r(role)) AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS using_expression,
       pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression,
       p.xmin::text AS xmin
  FROM pg_policy AS p
 ORDER BY p.oid
