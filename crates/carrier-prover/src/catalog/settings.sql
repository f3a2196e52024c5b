SELECT s.setdatabase::int8 AS database, s.setrole::int8 AS role, s.setconfig AS settings,
       s.xmin::text AS xmin
  FROM pg_db_role_setting AS s
 ORDER BY s.setdatabase, s.setrole
