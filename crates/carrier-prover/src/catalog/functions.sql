SELECT p.oid::int8 AS oid, n.oid::int8 AS schema_oid, n.nspname AS schema, p.proname AS name,
       pg_get_function_identity_arguments(p.oid) AS arguments,
       (SELECT coalesce(jsonb_agg(format_type(u.type, NULL) ORDER BY u.position), '[]')
          FROM unnest(p.proargtypes) WITH ORDINALITY AS u(type, position)) AS argument_types,
       p.proowner::int8 AS owner, l.lanname AS language, l.lanpltrusted AS trusted_language,
       p.prosecdef AS security_definer, p.proisstrict AS strict, p.proconfig AS settings, p.prokind::text AS kind,
       format_type(p.prorettype, NULL) AS returns,
       (SELECT jsonb_agg(jsonb_build_object('grantee', a.grantee::int8, 'grantor', a.grantor::int8, 'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type, a.grantor) FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a) AS acl,
       p.prosrc AS source, pg_get_function_sqlbody(p.oid) AS sql_body, p.xmin::text AS xmin
  FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
  JOIN pg_language AS l ON l.oid = p.prolang
 WHERE (n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' OR p.prosecdef
        OR p.oid IN (SELECT t.tgfoid FROM pg_trigger AS t WHERE NOT t.tgisinternal))
 ORDER BY p.oid
