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

-- A refused row is reported to the program, which knows what to say; the server's log gets the kind of fault and not the row.
do $$
declare role text;
begin
  foreach role in array array['fieldwork_owner', 'fieldwork_staff', 'fieldwork_families', 'fieldwork_worker', 'fieldwork_analyst'] loop
    execute format('alter role %I set log_error_verbosity = terse', role);
    execute format('alter role %I set log_parameter_max_length_on_error = 0', role);
  end loop;
exception when insufficient_privilege then
  raise warning 'set log_error_verbosity = terse for the server: without it, its log shows values of refused rows';
end $$;

-- Exports and reports run as the analyst: the staff application may become the analyst, but has none of its grants until it does.
grant fieldwork_analyst to fieldwork_staff with inherit false, set true;
