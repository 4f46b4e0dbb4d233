-- An answer may be changed after the respondent had finished, and only with a reason; a questionnaire that is locked stays as it is
-- until somebody unlocks it and says why. And what was on paper is keyed in a second time, by another person. The database itself
-- keeps all three, whoever writes and by whatever road.

alter table questionnaires.answer add column reason text;
alter table questionnaires.answer add constraint answer_reason_said check (btrim(reason) <> '');

create table questionnaires.closing (
  family_id uuid not null,
  administration_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  becomes text not null constraint closing_known check (becomes in ('locked', 'completed')),
  reason text,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, administration_id, no),
  constraint closing_reason_said check (btrim(reason) <> '' and (becomes = 'locked' or reason is not null)),
  constraint closing_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint closing_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index closing_by_transaction on questionnaires.closing (xid);
comment on table questionnaires.closing is 'family: when a questionnaire was locked and unlocked, by whom and why; append-only';
call trail.guard('questionnaires.closing', null);
grant select, insert on questionnaires.closing to fieldwork_staff;
grant select on questionnaires.closing to fieldwork_worker;

-- `first` is what stood there when the second keying came, `seq` how far the history had come: whatever is answered later is a decision.
create table questionnaires.keying (
  family_id uuid not null,
  administration_id uuid not null,
  site_id bigint not null,
  first jsonb not null,
  second jsonb not null,
  seq bigint not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, administration_id),
  constraint keying_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint keying_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index keying_by_transaction on questionnaires.keying (xid);
comment on table questionnaires.keying is 'family: a paper form as it was keyed in the second time, beside the first; append-only';
call trail.guard('questionnaires.keying', null);
grant select, insert on questionnaires.keying to fieldwork_staff;
grant select on questionnaires.keying to fieldwork_worker;

create function questionnaires.refuse(broken text) returns void language plpgsql as $$
begin
  raise exception 'a questionnaire stays as it is' using errcode = '23514', constraint = broken;
end $$;

-- Nothing becomes open again. In and out of `locked` leads only what says so in the same transaction; nothing else changes meanwhile.
create function questionnaires.keep_closed() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and 'locked' in (new.state, old.state) then
    if new.state not in ('locked', 'completed') or old.state not in ('locked', 'completed') or not exists (
      select from questionnaires.closing c where c.family_id = new.family_id and c.administration_id = new.administration_id
        and becomes = new.state and xid = pg_current_xact_id()) then
      perform questionnaires.refuse('administration_locked');
    end if;
  elsif new.state = 'open' and old.state <> 'open' then
    perform questionnaires.refuse('administration_completed');
  end if;
  if old.state = 'locked' and to_jsonb(new) - '{state,site_id}'::text[] <> to_jsonb(old) - '{state,site_id}'::text[] then
    perform questionnaires.refuse('administration_locked');
  end if;
  return new;
end $$;
create trigger keep_closed before update on questionnaires.administration for each row
  when (old.state <> 'open' or new.state = 'locked') execute function questionnaires.keep_closed();

-- What stands in a completed questionnaire changes only together with an answer that says why.
create function questionnaires.keep_reasoned() returns trigger language plpgsql as $$
begin
  if not exists (
    select from questionnaires.answer a where a.family_id = new.family_id and a.administration_id = new.administration_id
      and reason is not null and xid = pg_current_xact_id()) then
    perform questionnaires.refuse('answer_reasoned');
  end if;
  return null;
end $$;
create trigger keep_reasoned after update on questionnaires.administration for each row
  when (old.state <> 'open' and (old.answers, old.seqs, old.seq, old.scores, old.completed_at, old.held_on)
    is distinct from (new.answers, new.seqs, new.seq, new.scores, new.completed_at, new.held_on))
  execute function questionnaires.keep_reasoned();

-- Whoever adds an answer waits for whoever is locking. A row that cannot be seen is refused by its keys and policies.
create function questionnaires.keep_answers() returns trigger language plpgsql as $$
declare held text;
begin
  select state into held from questionnaires.administration a
  where a.family_id = new.family_id and a.administration_id = new.administration_id for share;
  if held = 'locked' then
    perform questionnaires.refuse('administration_locked');
  elsif held <> 'open' and new.reason is null then
    perform questionnaires.refuse('answer_reasoned');
  elsif held = 'open' and new.reason is not null then
    perform questionnaires.refuse('answer_reasoned');
  end if;
  return new;
end $$;
create trigger keep_answers before insert on questionnaires.answer for each row
  execute function questionnaires.keep_answers();

-- Only what was on paper and is completed is keyed in again, and by nobody who has answered in it.
create function questionnaires.keep_apart() returns trigger language plpgsql as $$
declare held record;
begin
  select state, mode into held from questionnaires.administration a
  where a.family_id = new.family_id and a.administration_id = new.administration_id for share;
  if (held.state, held.mode) <> ('completed', 'paper') then
    perform questionnaires.refuse('keying_of_paper');
  elsif exists (select from questionnaires.answer a where a.family_id = new.family_id
      and a.administration_id = new.administration_id and a.actor = new.actor) then
    perform questionnaires.refuse('keying_by_another');
  end if;
  return new;
end $$;
create trigger keep_apart before insert on questionnaires.keying for each row
  execute function questionnaires.keep_apart();
