SELECT k.oid::int8 AS oid, k.conname AS name, k.contype::text AS kind, k.conrelid::int8 AS relation,
       k.confrelid::int8 AS referenced, coalesce(k.conkey, '{}') AS columns,
       coalesce(k.confkey, '{}') AS referenced_columns,
       k.confupdtype::text AS on_update, k.confdeltype::text AS on_delete,
       k.convalidated AS validated,
       coalesce((to_jsonb(k) ->> 'conenforced')::bool, true) AS enforced,
       k.condeferrable AS deferrable, k.connoinherit AS no_inherit, k.conislocal AS is_local,
       pg_get_constraintdef(k.oid) AS definition,
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS expression,
       k.xmin::text AS xmin
  FROM pg_constraint AS k
  JOIN pg_class AS c ON c.oid = k.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY k.oid
