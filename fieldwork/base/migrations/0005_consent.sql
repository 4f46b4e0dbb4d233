-- What a family allows us to do. Every yes and no is kept; the latest counts.

create schema consent;
grant usage on schema consent to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;

create table consent.form (
  purpose text not null,
  version integer not null,
  language text not null,
  text text not null,
  hash text not null,
  published_at timestamptz not null,
  primary key (purpose, version, language)
);
comment on table consent.form is 'reference: the words a family was asked with; a published form never changes';
call trail.note_changes('consent.form', 'purpose');
grant select on consent.form to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;
grant insert on consent.form to fieldwork_staff;

create table consent.requirement (
  step text not null,
  wave text not null references study.wave,
  purpose text not null,
  whose text not null check (whose in ('respondent', 'anybody', 'family')),
  primary key (step, wave, purpose)
);
comment on table consent.requirement is 'reference: which permissions each step of the study stands on';
call trail.note_changes('consent.requirement', 'step');
grant select on consent.requirement to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;
grant insert, delete on consent.requirement to fieldwork_staff;

create table consent.permission (
  family_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  person_id uuid not null,
  purpose text not null check (purpose in ('approach', 'take_part', 'recording', 'contact_again', 'case_file', 'ask_worker', 'follow_records', 'child_interview', 'assent', 'archive')),
  decision text not null check (decision in ('given', 'refused', 'withdrawn')),
  given_by uuid not null,
  form_version integer not null,
  form_language text not null default 'en',
  how text not null check (how in ('signed', 'spoken', 'told_by_site', 'by_link')),
  decided_on date not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, no),
  constraint permission_to_a_form foreign key (purpose, form_version, form_language) references consent.form,
  constraint permission_about_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint permission_given_by_person foreign key (family_id, given_by) references people.person (family_id, person_id),
  constraint permission_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index latest_permission on consent.permission (family_id, person_id, purpose, no desc);
create index permission_by_transaction on consent.permission (xid);
comment on table consent.permission is 'family: each decision about each purpose; append-only, its own trail';
call trail.guard('consent.permission', null, 'person_id');
grant select, insert on consent.permission to fieldwork_staff;
grant select on consent.permission to fieldwork_families, fieldwork_worker, fieldwork_analyst;
