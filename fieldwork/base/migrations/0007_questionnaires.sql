-- What we ask and what is answered. The answers are a history; the administration holds where it stands.

create schema questionnaires;
grant usage on schema questionnaires to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;

create table questionnaires.version (
  code text not null,
  version text not null,
  title text not null,
  state text not null check (state in ('published', 'scoring_only', 'retired')),
  definition jsonb not null,
  hash text not null,
  published_at timestamptz not null,
  primary key (code, version)
);
comment on table questionnaires.version is 'reference: questionnaires as published; a published version never changes';
call trail.note_changes('questionnaires.version', 'code');
grant select on questionnaires.version to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;
grant insert, update on questionnaires.version to fieldwork_staff;

create table questionnaires.administration (
  family_id uuid not null,
  administration_id uuid not null,
  site_id bigint not null,
  wave text not null references study.wave,
  questionnaire text not null,
  version text not null,
  respondent_id uuid not null,
  subject_kind text not null check (subject_kind in ('self', 'child', 'family', 'file', 'site')),
  subject_id uuid not null,
  mode text not null check (mode in ('face_to_face', 'telephone', 'link', 'paper', 'document')),
  state text not null check (state in ('open', 'completed', 'locked', 'void')),
  held_on date not null,
  answers jsonb not null default '{}',
  seqs jsonb not null default '{}',
  seq bigint not null default 0,
  scores jsonb,
  completed_at timestamptz,
  primary key (family_id, administration_id),
  constraint administration_once unique (family_id, wave, questionnaire, respondent_id, subject_kind, subject_id),
  constraint administration_of_version foreign key (questionnaire, version) references questionnaires.version,
  constraint administration_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table questionnaires.administration is 'family: one respondent answering one questionnaire about one subject at one wave';
call trail.guard('questionnaires.administration', 'administration_id', 'respondent_id');
grant select, insert, update on questionnaires.administration to fieldwork_staff, fieldwork_families;
grant select on questionnaires.administration to fieldwork_worker, fieldwork_analyst;

create table questionnaires.answer (
  family_id uuid not null,
  administration_id uuid not null,
  seq bigint not null,
  site_id bigint not null,
  respondent_id uuid not null,
  save_id uuid not null,
  item text not null,
  value jsonb,
  state text not null check (state in ('stored', 'conflict')),
  device_at timestamptz,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, administration_id, seq),
  constraint save_once unique (family_id, administration_id, save_id),
  constraint answer_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint answer_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index answer_by_transaction on questionnaires.answer (xid);
comment on table questionnaires.answer is 'family: every answer ever given, in order; append-only, its own trail';
call trail.guard('questionnaires.answer', null, 'respondent_id');
grant select, insert on questionnaires.answer to fieldwork_staff, fieldwork_families;
grant select on questionnaires.answer to fieldwork_worker, fieldwork_analyst;
