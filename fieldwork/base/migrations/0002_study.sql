-- The study as its protocol declares it. `study apply` writes these rows; everybody reads them.

create schema study;
grant usage on schema study to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;

create table study.study (
  code text primary key,
  title text not null,
  time_zone text not null,
  protocol text not null, -- its JSON as text: groupings and reasons stand in the order they were declared in
  hash text not null,
  applied_at timestamptz not null
);
create unique index only_one_study on study.study ((true));
comment on table study.study is 'reference: the study and its protocol as applied';

create table study.site (
  no bigint generated always as identity primary key,
  code text not null constraint site_code_once unique,
  name text not null,
  grouping text not null,
  time_zone text not null,
  nation text not null check (nation in ('england', 'wales', 'scotland', 'northern_ireland'))
);
comment on table study.site is 'reference: the places the study works in';

create table study.approval (
  site_no bigint not null references study.site,
  body text not null,
  in_force daterange not null,
  primary key (site_no, body)
);
comment on table study.approval is 'reference: who approved the study at a site, and for how long';

create table study.cohort (
  code text primary key,
  title text not null,
  referred daterange not null,
  target integer not null check (target >= 0)
);
comment on table study.cohort is 'reference: families recruited together';

create table study.wave (
  code text primary key,
  position integer not null,
  title text not null,
  anchor text references study.wave,
  opens_week integer,
  aim_from_week integer,
  aim_to_week integer,
  closes_week integer,
  constraint wave_in_its_place unique (position) deferrable, -- looked at when all have moved
  constraint window_in_order check (opens_week <= aim_from_week and aim_from_week <= aim_to_week and aim_to_week <= closes_week),
  constraint window_with_anchor check ((anchor is null) = (opens_week is null))
);
comment on table study.wave is 'reference: the times a family is interviewed';

create table study.asking (
  wave text not null references study.wave,
  questionnaire text not null,
  version text not null,
  respondent text not null check (respondent in ('parent', 'child', 'young_person', 'researcher', 'professional')),
  about text not null check (about in ('self', 'child', 'family', 'file', 'site')),
  minimum_age integer,
  maximum_age integer,
  position integer not null,
  primary key (wave, questionnaire, version, respondent, about)
);
comment on table study.asking is 'reference: who answers what about whom, and at what age';

do $$
declare noted text;
begin
  foreach noted in array array['study', 'site', 'approval', 'cohort', 'wave', 'asking'] loop
    execute format('call trail.note_changes(%L, %L)', 'study.' || noted,
      case noted when 'approval' then 'site_no' when 'asking' then 'questionnaire' else 'code' end);
    execute format('grant select on study.%I to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst', noted);
    execute format('grant insert, update on study.%I to fieldwork_staff', noted);
  end loop;
end $$;
-- What no longer stands in the protocol goes; the foreign keys keep what has been used.
grant delete on study.site, study.cohort, study.wave, study.approval, study.asking to fieldwork_staff;
