-- A window counts from the referral, from the interview before, or from the ideal day of one that was missed, in weeks or in days.
-- The day of an interview can be corrected, and what moves with it says why.

alter table study.wave rename column opens_week to opens;
alter table study.wave rename column aim_from_week to aim_from;
alter table study.wave rename column aim_to_week to aim_to;
alter table study.wave rename column closes_week to closes;
alter table study.wave add column unit text not null default 'weeks' constraint wave_in_unit check (unit in ('weeks', 'days'));
-- A wave without an anchor that has a window counts from the referral.
alter table study.wave add column anchor_missed text not null default 'wait'
  constraint anchor_missed_known check (anchor_missed = 'wait' or (anchor_missed = 'ideal' and anchor is not null));
alter table study.wave drop constraint window_with_anchor;
alter table study.wave add constraint window_with_anchor check (anchor is null or opens is not null);
alter table study.wave add constraint window_whole check (num_nulls(opens, aim_from, aim_to, closes) in (0, 4));

-- What each window stands on: a row for each time it was opened or moved, the last of them in force.
create table cases.reckoning (
  family_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  wave text not null,
  counts_from text not null constraint reckoning_known check (counts_from in ('referral', 'interview', 'ideal')),
  from_day date not null,
  opens date not null,
  closes date not null,
  why text,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, no),
  constraint reckoning_in_words check (btrim(why) <> ''),
  constraint reckoning_of_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint reckoning_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index reckoning_by_transaction on cases.reckoning (xid);
comment on table cases.reckoning is 'family: what a window counts from, and why it moved; append-only, its own trail';
call trail.guard('cases.reckoning', null);
grant select, insert on cases.reckoning to fieldwork_staff;
grant select on cases.reckoning to fieldwork_worker;

create table cases.redating (
  family_id uuid not null,
  no bigint generated always as identity,
  site_id bigint not null,
  wave text not null,
  was date not null,
  becomes date not null,
  why text not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, no),
  constraint redating_changes check (becomes <> was),
  constraint redating_in_words check (btrim(why) <> ''),
  constraint redating_of_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint redating_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index redating_by_transaction on cases.redating (xid);
comment on table cases.redating is 'family: the day a visit was held, corrected with a reason; append-only, its own trail';
call trail.guard('cases.redating', null);
grant select, insert on cases.redating to fieldwork_staff;
grant select on cases.redating to fieldwork_worker;

-- Where a child was seen on another day than the parent, the child's next window is its own.
alter table cases.part add column standing text
  constraint part_standing check (standing in ('before', 'early', 'aim', 'late', 'after'));
alter table cases.part add column outside_because text;
alter table cases.part add constraint part_stands_when_seen check (standing is null or state = 'seen');
create index part_unexplained on cases.part (site_id, seen_on) where standing in ('before', 'after') and outside_because is null;
