-- When we meet: appointments, each move a row of its own, and every try to reach a family.

create schema scheduler;
grant usage on schema scheduler to fieldwork_staff, fieldwork_worker, fieldwork_analyst;

create table scheduler.appointment (
  family_id uuid not null,
  appointment_id uuid not null,
  site_id bigint not null,
  wave text not null references study.wave,
  researcher_no bigint not null references staff.account,
  during tstzrange not null check (not isempty(during)),
  place text not null check (place in ('home', 'office', 'school', 'telephone', 'video')),
  state text not null check (state in ('booked', 'kept', 'moved', 'cancelled_by_family', 'cancelled_by_us', 'nobody_home')),
  primary key (family_id, appointment_id),
  constraint appointment_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create unique index one_live_appointment on scheduler.appointment (family_id, wave) where state = 'booked';
create index appointment_of_researcher on scheduler.appointment (researcher_no, (lower(during))) where state = 'booked';
comment on table scheduler.appointment is 'family: a time and a place agreed with a family';
call trail.guard('scheduler.appointment', 'appointment_id');
grant select, insert, update on scheduler.appointment to fieldwork_staff;
grant select on scheduler.appointment to fieldwork_worker, fieldwork_analyst;

create table scheduler.booking (
  appointment_id uuid primary key,
  researcher_no bigint not null,
  during tstzrange not null,
  constraint researcher_in_one_place
    exclude using gist (int8range(researcher_no, researcher_no, '[]') with &&, during with &&)
);
comment on table scheduler.booking is 'central: whose time is taken, over all families; a double booking is refused here';
grant select, insert, update, delete on scheduler.booking to fieldwork_staff;

create table scheduler.attempt (
  family_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  wave text not null references study.wave,
  channel text not null check (channel in ('phone', 'text', 'email', 'letter', 'visit')),
  outcome text not null,
  call_back_at timestamptz,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, no),
  constraint attempt_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index attempt_by_transaction on scheduler.attempt (xid);
comment on table scheduler.attempt is 'family: each try to reach a family; append-only, its own trail';
call trail.guard('scheduler.attempt', null);
grant select, insert on scheduler.attempt to fieldwork_staff;
grant select on scheduler.attempt to fieldwork_worker, fieldwork_analyst;
