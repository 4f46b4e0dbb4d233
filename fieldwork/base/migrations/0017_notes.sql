-- What a researcher notices while somebody answers is no answer: a hesitation, a child that listened, a word misunderstood. Each note is
-- a row of its own beside the question, with the time it was made; taken back, another row says so, and nothing is overwritten.

create table questionnaires.note (
  family_id uuid not null,
  administration_id uuid not null,
  note_id uuid not null,
  site_id bigint not null,
  item text not null,
  words text not null,
  tags text[] not null,
  takes_back uuid,
  noted_at timestamptz not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, administration_id, note_id),
  constraint note_says_something check (words <> '' or tags <> '{}' or takes_back is not null),
  constraint note_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint note_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index note_by_transaction on questionnaires.note (xid);
comment on table questionnaires.note is 'family: what a researcher noticed beside a question, apart from its answer; append-only, its own trail';
call trail.guard('questionnaires.note', null);
grant select, insert on questionnaires.note to fieldwork_staff;
grant select on questionnaires.note to fieldwork_worker;

-- A completed questionnaire still takes what somebody remembers on the way home; a locked one takes nothing.
create function questionnaires.keep_notes() returns trigger language plpgsql as $$
declare held text;
begin
  select state into held from questionnaires.administration a
  where a.family_id = new.family_id and a.administration_id = new.administration_id for share;
  if held = 'locked' then
    perform questionnaires.refuse('administration_locked');
  end if;
  return new;
end $$;
create trigger keep_notes before insert on questionnaires.note for each row
  execute function questionnaires.keep_notes();
