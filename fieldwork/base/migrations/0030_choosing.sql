-- Families choose: through an address of their own a parent sees the times that were proposed, takes one, asks for another or to be rung.
-- Their application still reads no calendar and no dossier: it shows the key it was given, and what that key allows happens in one place.

alter table cases.link add column kind text not null default 'questions'
  constraint link_kind_known check (kind in ('questions', 'times'));
alter table cases.link add column times uuid[] not null default '{}';
alter table cases.link add column chosen uuid;
alter table cases.link add column uses bigint not null default 0;
alter table cases.link add constraint link_to_times check ((kind = 'times') = (times <> '{}'));
alter table cases.link add constraint chosen_of_those_offered check (chosen is null or chosen = any (times));

create or replace function cases.mark_link(wanted bytea, started timestamptz, finished timestamptz) returns void
language sql security definer set search_path = '' as $$
  update cases.link set started_at = coalesce(started_at, started), finished_at = coalesce(finished_at, finished),
    uses = uses + (started is not null)::int
  where hash = wanted
$$;

create table cases.reply (
  family_id uuid not null,
  reply_id uuid not null,
  site_id bigint not null,
  wave text not null,
  person_id uuid not null,
  kind text not null constraint reply_known check (kind in ('another', 'ring')),
  liked text[] not null
    constraint liked_known check (liked <@ array['mornings', 'after_school', 'evenings', 'weekend', 'telephone']),
  words bytea,
  asked_at timestamptz not null,
  answered_at timestamptz,
  primary key (family_id, reply_id),
  constraint reply_of_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint reply_of_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint reply_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index reply_open on cases.reply (site_id, asked_at) where answered_at is null;
comment on table cases.reply is 'family: what a parent asked for instead of the times proposed; their words as ciphertext under their own key';
call trail.guard('cases.reply', 'reply_id');
grant select, update on cases.reply to fieldwork_staff;
grant select on cases.reply to fieldwork_worker;

alter table cases.message drop constraint message_kind_known;
alter table cases.message add constraint message_kind_known
  check (kind in ('invitation', 'book', 'appointment', 'times'));

-- Whether a step stands on permission now; the families' application sees one person's decisions, and may not decide by those alone.
create function consent.stands(family uuid, person uuid, wanted text, at_wave text) returns boolean language sql stable as $$
  with latest as (
    select distinct on (person_id, purpose) person_id, purpose, decision
    from consent.permission where family_id = family order by person_id, purpose, no desc
  )
  select coalesce(bool_and(case whose
    when 'respondent' then exists (
      select from latest l where l.purpose = r.purpose and l.person_id = person and l.decision = 'given')
    else exists (select from latest l where l.purpose = r.purpose and l.decision = 'given')
      and (whose = 'anybody' or not exists (select from latest l where l.purpose = r.purpose and l.decision <> 'given'))
    end), false)
  from consent.requirement r where r.step = wanted and r.wave = at_wave
$$;

create function cases.times_of_link(wanted bytea, moment timestamptz)
returns table (time_id uuid, starts_at timestamptz, ends_at timestamptz, place text, state text, free boolean)
language sql stable security definer set search_path = '' as $$
  select a.appointment_id, lower(a.during), upper(a.during), a.place, a.state, not exists (
      select from scheduler.booking b where b.researcher_no = a.researcher_no and b.during && a.during)
  from cases.find_link(wanted, moment) l
  join scheduler.appointment a on a.family_id = l.family_id and a.appointment_id = any (l.times)
  where l.kind = 'times' order by lower(a.during), a.appointment_id
$$;

-- Agreed is what stands for any of those this address proposes times to, whoever agreed to it.
create function cases.standing_of_link(wanted bytea, moment timestamptz) returns text
language sql stable security definer set search_path = '' as $$
  select case
    when not consent.stands(l.family_id, l.person_id, 'book', l.wave) then 'not_permitted'
    when c.state in ('closed', 'paused') or v.state not in ('awaited', 'booked', 'partly_done') then 'over'
    when exists (
      select from scheduler.attendee stands
      join scheduler.attendee asked on asked.family_id = stands.family_id and asked.person_id = stands.person_id
      where stands.family_id = l.family_id and stands.wave = l.wave and stands.live and asked.appointment_id = any (l.times)
    ) then 'agreed'
    else 'open' end
  from cases.find_link(wanted, moment) l
  join cases.case c on c.family_id = l.family_id
  join cases.visit v on v.family_id = l.family_id and v.wave = l.wave
  where l.kind = 'times'
$$;

-- One time is taken, the others are over, the visit is booked and the dossier says so: all of it or nothing. Whoever changes a visit
-- holds it, so that two who choose at once queue, and the second is told what the first has made of it.
create function cases.choose_time(wanted bytea, time_id uuid, moment timestamptz) returns text
language plpgsql security definer set search_path = '' as $$
declare
  l cases.link;
  seen cases.visit;
  a scheduler.appointment;
  standing text;
begin
  select * into l from cases.find_link(wanted, moment) held where held.kind = 'times';
  select * into seen from cases.visit v where v.family_id = l.family_id and v.wave = l.wave for update;
  select * into l from cases.find_link(wanted, moment) held where held.kind = 'times';
  if l.family_id is null then
    return 'dead';
  end if;
  select * into a from scheduler.appointment p where p.family_id = l.family_id and p.appointment_id = time_id;
  standing := cases.standing_of_link(wanted, moment);
  if l.chosen = time_id and a.live and standing <> 'not_permitted' then
    return 'booked';
  elsif standing <> 'open' then
    return standing;
  elsif not time_id = any (l.times) or a.state is distinct from 'proposed' then
    return 'gone';
  elsif lower(a.during) <= moment then
    return 'passed';
  end if;
  begin
    with turned as (
      update scheduler.appointment p set state = 'booked'
      where p.family_id = l.family_id and p.appointment_id = time_id and p.state = 'proposed'
    ), whose as (
      update scheduler.attendee t set live = true where t.family_id = l.family_id and t.appointment_id = time_id
    )
    insert into scheduler.booking (appointment_id, researcher_no, during) values (time_id, a.researcher_no, a.during);
  exception
    when exclusion_violation then return 'taken';
    when unique_violation then return 'agreed';
  end;
  update scheduler.appointment p set state = 'not_taken'
  where p.family_id = l.family_id and p.wave = l.wave and p.state = 'proposed' and exists (
    select from scheduler.attendee t
    join scheduler.attendee came on came.family_id = t.family_id and came.person_id = t.person_id
    where t.family_id = l.family_id and t.appointment_id = p.appointment_id and came.appointment_id = time_id);
  if seen.state = 'awaited' then
    update cases.visit v set state = 'booked' where v.family_id = l.family_id and v.wave = l.wave;
    insert into cases.tally (site_no, cohort, wave, state, families)
    select f.site_id, f.cohort, l.wave, moved.state, n
    from people.family f, lateral (values ('awaited', -1), ('booked', 1)) as moved (state, n)
    where f.family_id = l.family_id order by moved.state
    on conflict (site_no, cohort, wave, state) do update set families = cases.tally.families + excluded.families;
  end if;
  update cases.case c set next_step = 'Visit ' || l.wave,
    next_step_on = (lower(a.during) at time zone (select s.time_zone from study.site s where s.no = c.site_id))::date,
    state = case when c.state = 'taking_part' then c.state else 'approached' end
  where c.family_id = l.family_id and c.state <> 'closed';
  update cases.reply w set answered_at = moment
  where w.family_id = l.family_id and w.wave = l.wave and w.answered_at is null;
  update cases.link set chosen = time_id, finished_at = moment where hash = wanted;
  return 'booked';
end $$;

-- What they ask for instead stands with the family until somebody has answered it, and is its next step. The same form twice is one reply.
create function cases.ask_for_time(wanted bytea, reply uuid, kind text, liked text[], words bytea, moment timestamptz)
returns text language plpgsql security definer set search_path = '' as $$
declare
  l cases.link;
  standing text;
begin
  select * into l from cases.find_link(wanted, moment) held where held.kind = 'times';
  perform from cases.visit v where v.family_id = l.family_id and v.wave = l.wave for update;
  standing := cases.standing_of_link(wanted, moment);
  if standing is distinct from 'open' then
    return coalesce(standing, 'dead');
  elsif 10 <= (select count(*) from cases.reply w
    where w.family_id = l.family_id and w.wave = l.wave and w.person_id = l.person_id and w.answered_at is null
      and w.reply_id <> reply) then
    return 'enough';
  end if;
  insert into cases.reply (family_id, reply_id, site_id, wave, person_id, kind, liked, words, asked_at)
  values (l.family_id, reply, l.site_no, l.wave, l.person_id, ask_for_time.kind, ask_for_time.liked, ask_for_time.words, moment)
  on conflict do nothing;
  if found then
    update cases.case c set next_step = case ask_for_time.kind when 'ring' then 'Ring them about ' else 'Find another time for ' end || l.wave,
      next_step_on = (moment at time zone (select s.time_zone from study.site s where s.no = c.site_id))::date
    where c.family_id = l.family_id and c.state <> 'closed';
  end if;
  return 'noted';
end $$;

revoke execute on function cases.times_of_link(bytea, timestamptz), cases.standing_of_link(bytea, timestamptz),
  cases.choose_time(bytea, uuid, timestamptz), cases.ask_for_time(bytea, uuid, text, text[], bytea, timestamptz) from public;
grant execute on function cases.times_of_link(bytea, timestamptz), cases.standing_of_link(bytea, timestamptz),
  cases.choose_time(bytea, uuid, timestamptz), cases.ask_for_time(bytea, uuid, text, text[], bytea, timestamptz)
  to fieldwork_families;
-- Asked again when times to choose from are about to leave.
grant execute on function cases.standing_of_link(bytea, timestamptz) to fieldwork_worker;
