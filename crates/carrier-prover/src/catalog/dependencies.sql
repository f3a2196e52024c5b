SELECT d.classid::regclass::text AS dependent_catalog, d.objid::int8 AS dependent,
       d.objsubid::int AS dependent_column,
       d.refclassid::regclass::text AS referenced_catalog, d.refobjid::int8 AS referenced,
       d.refobjsubid::int AS referenced_column, d.deptype::text AS kind
  FROM pg_depend AS d
 WHERE d.objid >= 16384 AND d.refobjid >= 16384
   AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_constraint'::regclass,
                     'pg_attrdef'::regclass, 'pg_class'::regclass, 'pg_trigger'::regclass,
                     'pg_policy'::regclass, 'pg_type'::regclass, 'pg_statistic_ext'::regclass, 'pg_operator'::regclass)
   AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
 ORDER BY 1, 2, 3, 4, 5, 6, 7
