-- The ground: who acts, what is remembered of it, and the one place from which every table takes its guards.

create schema trail;
grant usage on schema trail to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;

-- Said once at the top of a transaction, never narrowed inside it: who acts, why, for which sites, at which moment of the study,
-- and, on a family's link, for which person.
create function trail.act(actor text, reason text, sites bigint[], at timestamptz, family uuid, person uuid)
returns void language plpgsql as $$
begin
  perform
    set_config('fieldwork.actor', actor, true),
    set_config('fieldwork.reason', coalesce(reason, ''), true),
    set_config('fieldwork.sites', sites::text, true),
    set_config('fieldwork.at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), true),
    set_config('fieldwork.family', coalesce(family::text, ''), true),
    set_config('fieldwork.person', coalesce(person::text, ''), true);
end $$;

create function trail.actor() returns text language plpgsql stable as $$
declare actor text := nullif(current_setting('fieldwork.actor', true), '');
begin
  if actor is null then
    raise exception 'a write needs an actor' using errcode = '42501';
  end if;
  return actor;
end $$;

create function trail.moment() returns timestamptz language sql stable
  return nullif(current_setting('fieldwork.at', true), '')::timestamptz;

-- Numbers of transactions begin again when a database is restored into another cluster. An event carries both: the cluster it was
-- written in, which is its era, and the transaction's number there. Nobody has to remember to begin a new era.
create function trail.era() returns bigint language sql volatile
  return (pg_control_system()).system_identifier;

-- What happened to a family's rows: names of fields, never values, so that erasing a person does not mean rewriting the trail.
create table trail.event (
  family_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  at timestamptz not null,
  actor text not null,
  reason text,
  thing text not null,
  act text not null check (act in ('insert', 'update', 'delete', 'read')),
  fields text[] not null,
  xid xid8 not null default pg_current_xact_id(),
  era bigint not null default trail.era(),
  primary key (family_id, no)
);
create index event_by_transaction on trail.event (xid);
comment on table trail.event is 'family: what was done to a family''s rows, by whom';

-- What happened to everything else: sign-ins, exports, the protocol, staff.
create table trail.note (
  no bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  reason text,
  thing text not null,
  act text not null,
  fields text[] not null,
  xid xid8 not null default pg_current_xact_id(),
  era bigint not null default trail.era()
);
create index note_by_transaction on trail.note (xid);
comment on table trail.note is 'central: what was done to the study''s and the staff''s rows, sign-ins, exports';

-- A seal covers every event of one era's transactions below a mark and not below the era's mark before. Its hash is over what it
-- covers, over itself and over the hash of the seal before.
create table trail.seal (
  no bigint primary key,
  era bigint not null,
  below xid8 not null,
  events bigint not null,
  hash bytea not null,
  sealed_at timestamptz not null
);
comment on table trail.seal is 'central: the chain that makes a change of the trail visible';

-- Both run as the owner, so that those who act can neither forge nor miss what is remembered.
create function trail.changed(was jsonb, becomes jsonb) returns text[] language sql immutable
  return array(select key from jsonb_each(was || becomes) where was -> key is distinct from becomes -> key order by key);

create function trail.leave() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  was jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  becomes jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
  this jsonb := case when tg_op = 'DELETE' then was else becomes end;
begin
  insert into trail.event (family_id, site_id, at, actor, reason, thing, act, fields)
  values ((this ->> 'family_id')::uuid, (this ->> 'site_id')::bigint, trail.moment(), trail.actor(),
    nullif(current_setting('fieldwork.reason', true), ''),
    concat_ws(' ', tg_argv[0], this ->> tg_argv[1]), lower(tg_op), trail.changed(was, becomes));
  return null;
end $$;

create function trail.leave_note() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  was jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  becomes jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
  this jsonb := case when tg_op = 'DELETE' then was else becomes end;
begin
  insert into trail.note (at, actor, reason, thing, act, fields)
  values (trail.moment(), trail.actor(), nullif(current_setting('fieldwork.reason', true), ''),
    concat_ws(' ', tg_argv[0], this ->> tg_argv[1]), lower(tg_op), trail.changed(was, becomes));
  return null;
end $$;

-- For what is no change of a row: an identity was opened, a file handed out, somebody signed in.
create function trail.note_reading(family uuid, site bigint, thing text, fields text[])
returns void language sql security definer set search_path = '' as $$
  insert into trail.event (family_id, site_id, at, actor, reason, thing, act, fields)
  values (family, site, trail.moment(), trail.actor(), nullif(current_setting('fieldwork.reason', true), ''), thing, 'read', fields)
$$;
create function trail.note_act(thing text, act text, fields text[])
returns void language sql security definer set search_path = '' as $$
  insert into trail.note (at, actor, reason, thing, act, fields)
  values (trail.moment(), trail.actor(), nullif(current_setting('fieldwork.reason', true), ''), thing, act, fields)
$$;

-- What may not be written may not be called either, nor hung onto a table of one's own: only staff open identities, hand out files
-- and sign in. A trigger that is there already fires for everybody.
revoke execute on function trail.leave, trail.leave_note, trail.note_reading, trail.note_act from public;
grant execute on function trail.note_reading, trail.note_act to fieldwork_staff;

-- The policies of every family table come from here. Staff see the rows of the sites they act for; a family's link sees its own
-- person's rows where `mine` names the column that says whose a row is. `entity` is the column the trail names a row by; a table
-- without one is append-only, carries actor and moment itself and is its own trail.
create procedure trail.guard(guarded regclass, entity text, mine text default null) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', guarded);
  execute format('alter table %s force row level security', guarded);
  execute format($policy$create policy of_my_sites on %s
    to fieldwork_owner, fieldwork_staff, fieldwork_worker, fieldwork_analyst
    using (site_id = any ((select current_setting('fieldwork.sites', true)::bigint[])::bigint[]))$policy$, guarded);
  if mine is not null then
    execute format($policy$create policy of_my_own on %s to fieldwork_families
      using (family_id = (select nullif(current_setting('fieldwork.family', true), '')::uuid)
        and %I = (select nullif(current_setting('fieldwork.person', true), '')::uuid))$policy$, guarded, mine);
  end if;
  if entity is null then
    execute format('alter table %s add column if not exists era bigint not null default trail.era()', guarded);
  else
    execute format('create trigger trail after insert or update or delete on %s for each row execute function trail.leave(%L, %L)',
      guarded, guarded::text, entity);
  end if;
end $$;

-- Reference and central tables are guarded by grants; what is changed in them is noted.
create procedure trail.note_changes(noted regclass, entity text) language plpgsql as $$
begin
  execute format('create trigger trail after insert or update or delete on %s for each row execute function trail.leave_note(%L, %L)',
    noted, noted::text, entity);
end $$;

call trail.guard('trail.event', null);
grant select on trail.event to fieldwork_staff, fieldwork_worker;
grant select on trail.note to fieldwork_staff, fieldwork_worker;
grant select, insert on trail.seal to fieldwork_worker;
grant select on trail.seal to fieldwork_staff;
