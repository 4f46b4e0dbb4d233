-- At a home visit the tablet is handed to a child or a parent for one questionnaire. The session is then open to that questionnaire
-- alone until the researcher's code takes it back; of the code only a slow, salted hash is kept. What was answered meanwhile is sealed:
-- nobody of the team reads it on a screen unless the respondent said they may. Data and scores are made of it like of any other.

alter table staff.session
  add column handed_family uuid,
  add column handed_administration uuid,
  add column handed_code text,
  add column wrong_codes integer not null default 0,
  add constraint session_handed_whole check (num_nulls(handed_family, handed_administration, handed_code) in (0, 3)),
  add constraint session_codes_few check (wrong_codes between 0 and 5);

alter table questionnaires.administration add column sealed boolean not null default false;
