-- What became of a family is looked up in the authority's records: a questionnaire about these, on a permission of its own.
alter table questionnaires.administration drop constraint administration_subject_kind_check;
alter table questionnaires.administration add constraint administration_subject_kind_check
  check (subject_kind in ('self', 'child', 'family', 'file', 'site', 'records'));
alter table study.asking drop constraint asking_about_check;
alter table study.asking add constraint asking_about_check
  check (about in ('self', 'child', 'family', 'file', 'site', 'records'));
