SELECT r.oid::int8 AS oid, r.rolname AS name, r.rolsuper AS superuser, r.rolinherit AS inherit,
       r.rolcreaterole AS createrole, r.rolcreatedb AS createdb, r.rolcanlogin AS can_login,
       r.rolreplication AS replication, r.rolbypassrls AS bypass_rls
  FROM pg_roles AS r
 ORDER BY r.oid
