-- A family's dossier in the study: its state, its visits, its links, and the counts every report is made of.

create schema cases;
grant usage on schema cases to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;

create table cases.case (
  family_id uuid primary key,
  site_id bigint not null,
  reference text not null,
  state text not null check (state in ('referred', 'eligible', 'approached', 'taking_part', 'paused', 'closed')),
  closed_because text,
  researcher_no bigint references staff.account,
  next_step text,
  next_step_on date,
  constraint closed_with_reason check ((state = 'closed') = (closed_because is not null)),
  constraint case_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index case_by_reference on cases.case (site_id, reference);
create index case_of_researcher on cases.case (researcher_no, next_step_on) where next_step is not null;
comment on table cases.case is 'family: the family''s dossier, one per family';
call trail.guard('cases.case', 'family_id');
grant select, insert, update on cases.case to fieldwork_staff;
grant select on cases.case to fieldwork_worker, fieldwork_analyst;

create table cases.visit (
  family_id uuid not null,
  wave text not null references study.wave,
  site_id bigint not null,
  opens date,
  aim_from date,
  aim_to date,
  closes date,
  state text not null check (state in ('awaited', 'booked', 'done', 'partly_done', 'missed', 'declined', 'withdrawn')),
  held_on date,
  mode text check (mode in ('home', 'office', 'school', 'telephone', 'video')),
  standing text check (standing in ('before', 'early', 'aim', 'late', 'after')),
  outside_because text,
  lost_because text,
  primary key (family_id, wave),
  constraint held_when_done check ((state in ('done', 'partly_done')) = (held_on is not null)),
  constraint visit_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index visit_closing on cases.visit (site_id, wave, closes, family_id) where state in ('awaited', 'booked');
create index visit_opening on cases.visit (site_id, wave, opens, family_id) where state in ('awaited', 'booked');
create index visit_unexplained on cases.visit (site_id, held_on) where standing in ('before', 'after') and outside_because is null;
comment on table cases.visit is 'family: one wave for one family: its window and what came of it';
call trail.guard('cases.visit', 'wave');
grant select, insert, update on cases.visit to fieldwork_staff;
grant select on cases.visit to fieldwork_worker, fieldwork_analyst;

create table cases.part (
  family_id uuid not null,
  wave text not null,
  person_id uuid not null,
  site_id bigint not null,
  state text not null check (state in ('outstanding', 'seen', 'refused')),
  seen_on date,
  primary key (family_id, wave, person_id),
  constraint seen_on_a_day check ((state = 'seen') = (seen_on is not null)),
  constraint part_of_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint part_of_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint part_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table cases.part is 'family: the part of a visit that concerns one person';
call trail.guard('cases.part', 'person_id');
grant select, insert, update on cases.part to fieldwork_staff;
grant select on cases.part to fieldwork_worker, fieldwork_analyst;

-- Every denominator comes from here: how many families stand where, kept by the writes, so that no page has to count.
create table cases.tally (
  site_no bigint not null references study.site,
  cohort text not null references study.cohort,
  wave text not null references study.wave,
  state text not null,
  families bigint not null,
  primary key (site_no, cohort, wave, state)
);
comment on table cases.tally is 'reference: families by site, cohort, wave and the state of the visit';
grant select, insert, update on cases.tally to fieldwork_staff;
grant select on cases.tally to fieldwork_worker, fieldwork_analyst;

create table cases.link (
  hash bytea primary key,
  link_id uuid not null unique,
  family_id uuid not null,
  site_no bigint not null,
  person_id uuid not null,
  wave text not null references study.wave,
  questionnaires text[] not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz
);
create index link_of_family on cases.link (family_id);
comment on table cases.link is 'central: the addresses handed to respondents; the key itself is only in the address';
call trail.note_changes('cases.link', 'link_id');
grant select, insert, update on cases.link to fieldwork_staff;

-- The families' application may not read the directory of links, only ask for one whose key it was shown.
create function cases.find_link(wanted bytea, moment timestamptz) returns setof cases.link
language sql stable security definer set search_path = '' as $$
  select * from cases.link where hash = wanted and revoked_at is null and expires_at > moment
$$;
create function cases.mark_link(wanted bytea, started timestamptz, finished timestamptz) returns void
language sql security definer set search_path = '' as $$
  update cases.link set started_at = coalesce(started_at, started), finished_at = coalesce(finished_at, finished) where hash = wanted
$$;
revoke execute on function cases.find_link(bytea, timestamptz), cases.mark_link(bytea, timestamptz, timestamptz) from public;
grant execute on function cases.find_link(bytea, timestamptz), cases.mark_link(bytea, timestamptz, timestamptz)
  to fieldwork_families, fieldwork_staff;
