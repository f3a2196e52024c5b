SELECT s.relid::int8 AS relation, s.n_tup_upd::int8 AS updated, s.n_tup_del::int8 AS deleted
  FROM pg_stat_all_tables AS s
 WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema') AND s.schemaname !~ '^pg_(toast|temp)'
 ORDER BY s.relid
