-- Tries to reach a family are coded by a versioned list, have a time of their own, and are limited; a family that was given up can be
-- taken up again, once more by a second person where it did not want to be contacted; and what must not be used to reach somebody says so.

alter table scheduler.attempt
  add column scheme integer not null default 1, -- what was kept before there were versions was coded by the first
  add column tried_at timestamptz,
  add column beyond_because text constraint beyond_for_a_reason check (beyond_because in ('asked', 'closing', 'already_made')),
  add constraint tried_before_logged check (tried_at <= at),
  drop constraint attempt_channel_check,
  add constraint attempt_channel_check check (channel in ('phone', 'text', 'email', 'letter', 'visit', 'incoming'));

-- A call-back has a moment, not only a day.
alter table cases.case
  add column next_step_at timestamptz,
  add constraint moment_of_a_step check (next_step_at is null or next_step is not null);
create index case_call_back on cases.case (researcher_no, next_step_at) where next_step_at is not null;

-- Who does not want to be contacted again is asked again only when two people think it right.
alter table cases.visit add column refused_hard boolean not null default false;

create table cases.revival (
  family_id uuid not null,
  no bigint generated always as identity,
  wave text not null references study.wave,
  site_id bigint not null,
  because text not null check (because in ('family_asked', 'site_asked', 'found_again', 'mistake')),
  asker text not null default trail.actor(),
  asked_at timestamptz not null default trail.moment(),
  decider text,
  decided_at timestamptz,
  agreed boolean,
  decided_xid xid8,
  primary key (family_id, no),
  constraint revival_decided_whole check (num_nulls(decider, decided_at, agreed, decided_xid) in (0, 4)),
  constraint revival_of_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint revival_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create unique index one_open_revival on cases.revival (family_id, wave) where decided_at is null;
create index revival_open on cases.revival (site_id, asked_at) where decided_at is null;
comment on table cases.revival is 'family: somebody asked to take a visit up again that was given up, and what was decided';
call trail.guard('cases.revival', 'no');
grant select, insert, update on cases.revival to fieldwork_staff;
grant select on cases.revival to fieldwork_worker, fieldwork_analyst;

create function cases.keep_given_up() returns trigger language plpgsql set search_path = '' as $$
begin
  if not exists (
    select from cases.revival r where r.family_id = old.family_id and r.wave = old.wave and r.agreed
      and r.decided_xid = pg_current_xact_id() and (not old.refused_hard or r.decider <> r.asker)) then
    raise exception 'a visit that was given up is taken up again by rule' using errcode = '23514', constraint = 'taken_up_by_rule';
  end if;
  return new;
end $$;
create trigger keep_given_up before update on cases.visit for each row
  when (old.state in ('missed', 'declined', 'withdrawn') and new.state not in ('missed', 'declined', 'withdrawn'))
  execute function cases.keep_given_up();

-- What is kept of a person and must not be used any more to reach them, and why.
create table people.caution (
  family_id uuid not null,
  person_id uuid not null,
  field text not null check (field in ('phone', 'email', 'address')),
  site_id bigint not null,
  why text not null check (why in ('wrong', 'do_not_use')),
  since timestamptz not null default trail.moment(),
  primary key (family_id, person_id, field),
  constraint caution_of_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint caution_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table people.caution is 'family: a telephone number or an address that is wrong or must not be used';
call trail.guard('people.caution', 'person_id');
grant select, insert, update, delete on people.caution to fieldwork_staff;
grant select on people.caution to fieldwork_worker;

-- What is wrong or must not be used is not given to whoever writes to families, either.
create or replace function people.address_for(message uuid, family uuid, person uuid, site bigint, wanted text)
returns table (wrapped bytea, cipher bytea) language plpgsql volatile security definer set search_path = '' as $$
begin
  if wanted not in ('phone', 'email') or not exists (
    select from cases.outbox o where o.message_id = message and o.family_id = family and o.handed_at is not null
  ) or exists (
    select from people.caution c where c.family_id = family and c.person_id = person and c.field = wanted
  ) then
    return;
  end if;
  perform trail.note_reading(family, site, 'people.identity ' || family, array[wanted]);
  return query select k.wrapped, i.cipher from people.key k
    join people.identity i on i.family_id = k.family_id and i.person_id = k.person_id
    where k.family_id = family and k.person_id = person and i.field = wanted;
end $$;
