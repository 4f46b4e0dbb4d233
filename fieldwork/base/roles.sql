-- The five roles, made once per server by whoever may make roles: the embedded server does it itself, elsewhere the
-- database's administrator runs this file and sets passwords. None is a superuser, only the owner owns tables.
do $$
declare role text;
begin
  foreach role in array array['fieldwork_owner', 'fieldwork_staff', 'fieldwork_families', 'fieldwork_worker', 'fieldwork_analyst'] loop
    if not exists (select from pg_roles where rolname = role) then
      execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole', role);
    end if;
  end loop;
end $$;

-- Exports and reports run as the analyst: the staff application may become the analyst, but has none of its grants until it does.
grant fieldwork_analyst to fieldwork_staff with inherit false, set true;
