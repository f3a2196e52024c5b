SELECT m.roleid::int8 AS role, m.member::int8 AS member, m.grantor::int8 AS grantor,
       m.admin_option AS admin_option,
       (to_jsonb(m) ->> 'inherit_option')::bool AS inherit_option,
       (to_jsonb(m) ->> 'set_option')::bool AS set_option,
       m.xmin::text AS xmin
  FROM pg_auth_members AS m
 ORDER BY m.roleid, m.member, m.grantor
