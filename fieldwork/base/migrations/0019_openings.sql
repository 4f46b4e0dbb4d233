-- An id that is the same wherever a questionnaire is begun says nothing of when that was. Who read a case file first does.

alter table questionnaires.administration add column no bigint generated always as identity;
