-- A measure may be asked in one version of younger children and in another of older ones, so an asking names its version.

alter table study.asking add column version text;
update study.asking set version = declared.asking ->> 'version'
  from study.study, jsonb_array_elements(protocol -> 'asking') with ordinality as declared (asking, place)
  where asking.position = declared.place;
alter table study.asking alter column version set not null;
alter table study.asking drop constraint asking_pkey,
  add primary key (wave, questionnaire, version, respondent, about);
