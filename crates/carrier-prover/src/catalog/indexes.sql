SELECT i.indexrelid::int8 AS oid, x.relname AS name, i.indrelid::int8 AS relation,
       i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AS valid,
       i.indisready AS ready, i.indimmediate AS immediate,
       i.indnkeyatts::int AS key_count, string_to_array(i.indkey::text, ' ')::int[] AS columns,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indexprs IS NOT NULL AS has_expressions,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AS nulls_not_distinct,
       i.xmin::text AS xmin
  FROM pg_index AS i
  JOIN pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_class AS c ON c.oid = i.indrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY i.indexrelid
