-- How far somebody withdrew. The permissions it ends are decisions of their own; what it says of the data stands here.

create table consent.withdrawal (
  family_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  person_id uuid not null,
  said_by uuid not null,
  scope text not null
    constraint scope_known check (scope in ('no_contact', 'no_new_data', 'future_exports', 'case_file', 'records')),
  wave text references study.wave,
  word text not null constraint withdrawal_word_known check (word in ('withdrawn', 'taken_back')),
  how text not null constraint withdrawal_how_known check (how in ('in_person', 'telephone', 'letter', 'link')),
  said_on date not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, no),
  constraint withdrawal_about_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint withdrawal_said_by_person foreign key (family_id, said_by) references people.person (family_id, person_id),
  constraint withdrawal_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index withdrawal_by_transaction on consent.withdrawal (xid);
comment on table consent.withdrawal is 'family: how far somebody withdrew, and whether they have changed their mind; append-only, its own trail';
call trail.guard('consent.withdrawal', null, 'person_id');
grant select, insert on consent.withdrawal to fieldwork_staff;
grant select on consent.withdrawal to fieldwork_worker, fieldwork_analyst;

-- Whether somebody's latest word about this scope, for this wave or for all of them, is that they withdraw.
create function consent.withdrew(family uuid, person uuid, wanted text, at_wave text) returns boolean
language sql stable as $$
  select exists (
    select from (
      select distinct on (w.wave) w.word from consent.withdrawal w
      where w.family_id = family and w.person_id = person and w.scope = wanted and (w.wave is null or w.wave = at_wave)
      order by w.wave, w.no desc
    ) latest where latest.word = 'withdrawn')
$$;

-- Whoever puts a file into somebody's hands holds what may be in it until it is there, as with every other act.
create function consent.key_of_exports() returns bigint language sql immutable as $$
  select hashtextextended('consent exports', 0)
$$;
