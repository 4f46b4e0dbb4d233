-- Researchers write questionnaires of their own, and measures of others are shown only where their owner has allowed it. So a
-- version may be a draft, each licence is kept with what it covers, and words and translations are loaded beside a version.

alter table questionnaires.version drop constraint version_state_check;
alter table questionnaires.version add constraint version_state_known check (state in ('draft', 'published', 'retired'));
alter table questionnaires.version alter column published_at drop not null;
alter table questionnaires.version add constraint version_published_on check (state = 'draft' or published_at is not null);
grant delete on questionnaires.version to fieldwork_staff;

create table questionnaires.licence (
  no bigint generated always as identity primary key,
  code text not null,
  version text,
  language text not null,
  mode text not null constraint licence_mode_known check (mode in ('screen', 'link', 'paper', 'audio')),
  granted_by text not null,
  granted_on date not null,
  until date,
  ended_on date,
  constraint licence_in_order check (until >= granted_on and ended_on >= granted_on)
);
create index licence_of on questionnaires.licence (code);
comment on table questionnaires.licence is 'reference: who allowed the study to show a measure, in which form, language and mode, until when';
call trail.note_changes('questionnaires.licence', 'code');
grant select on questionnaires.licence to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;
grant insert, update on questionnaires.licence to fieldwork_staff;

create table questionnaires.wording (
  code text not null,
  version text not null,
  language text not null,
  no bigint generated always as identity,
  texts jsonb not null,
  hash text not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  era bigint not null default trail.era(),
  primary key (code, version, language, no),
  constraint wording_of_version foreign key (code, version) references questionnaires.version
);
create index wording_by_transaction on questionnaires.wording (xid);
comment on table questionnaires.wording is 'reference: the words of a version in a language, as loaded; append-only, the latest counts';
grant select on questionnaires.wording to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;
grant insert on questionnaires.wording to fieldwork_staff;
