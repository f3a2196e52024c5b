SELECT a.attrelid::int8 AS relation, a.attnum::int AS number, a.attname AS name,
       a.atttypid::int8 AS type_oid, format_type(a.atttypid, a.atttypmod) AS type_name,
       a.attnotnull AS not_null, a.attgenerated::text AS generated, a.attidentity::text AS identity,
       pg_get_expr(d.adbin, d.adrelid) AS default_expression,
       (SELECT jsonb_agg(jsonb_build_object('grantee', a.grantee::int8, 'grantor', a.grantor::int8, 'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type, a.grantor) FROM aclexplode(a.attacl) AS a) AS acl,
       a.xmin::text AS xmin
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY a.attrelid, a.attnum
