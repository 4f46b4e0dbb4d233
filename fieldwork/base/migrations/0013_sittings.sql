-- Who is in the room is part of a visit: people come and go while it lasts. And how long a questionnaire took, in how many goes
-- and with whom, says what it asks of a family. It is never a measure of whoever asked: analysts are not given who noted it.

create table cases.presence (
  family_id uuid not null,
  wave text not null,
  no bigint generated always as identity,
  site_id bigint not null,
  person_id uuid not null,
  here boolean not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, wave, no),
  constraint presence_at_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint presence_of_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint presence_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index presence_by_transaction on cases.presence (xid);
comment on table cases.presence is 'family: who came and went while a visit lasted; append-only, the latest counts';
call trail.guard('cases.presence', null);
grant select, insert on cases.presence to fieldwork_staff;
grant select on cases.presence to fieldwork_worker;

create table questionnaires.sitting (
  family_id uuid not null,
  administration_id uuid not null,
  sitting_id uuid not null,
  site_id bigint not null,
  section text not null,
  began_at timestamptz not null,
  seconds integer not null constraint sitting_within_a_visit check (seconds between 0 and 14400),
  mode text not null,
  present uuid[] not null,
  interruptions integer not null constraint sitting_interrupted check (interruptions between 0 and 1000),
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, administration_id, sitting_id),
  constraint sitting_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint sitting_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index sitting_by_transaction on questionnaires.sitting (xid);
comment on table questionnaires.sitting is 'family: how long a section was in front of somebody, and with whom; append-only, its own trail';
call trail.guard('questionnaires.sitting', null);
grant select, insert on questionnaires.sitting to fieldwork_staff;
grant select on questionnaires.sitting to fieldwork_worker;
grant select (family_id, site_id, administration_id, sitting_id, section, began_at, seconds, mode, present, interruptions)
  on questionnaires.sitting to fieldwork_analyst;
