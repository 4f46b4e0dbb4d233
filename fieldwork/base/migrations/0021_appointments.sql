-- An appointment is for some people of a family, in a language somebody may have to put into another, and goes along its arrows alone.
-- Times that are only proposed take nobody's hour; who comes to which is unique only while an appointment stands.
drop index scheduler.one_live_appointment;
drop index scheduler.appointment_of_researcher;
alter table scheduler.appointment drop constraint appointment_state_check;
alter table scheduler.appointment add constraint appointment_state_check check (state in
  ('proposed', 'not_taken', 'booked', 'confirmed', 'kept', 'moved', 'cancelled_by_family', 'cancelled_by_us', 'nobody_home'));
alter table scheduler.appointment add column interpreter text constraint interpreter_in_words check (btrim(interpreter) <> '');
alter table scheduler.appointment add column live boolean not null generated always as (state in ('booked', 'confirmed')) stored;
alter table scheduler.appointment alter column live drop expression;
alter table scheduler.appointment add constraint live_while_agreed check (live = (state in ('booked', 'confirmed')));
alter table scheduler.appointment add constraint appointment_while_live unique (family_id, appointment_id, wave, live);
create index appointment_of_researcher on scheduler.appointment (researcher_no, (lower(during))) where live;

create table scheduler.attendee (
  family_id uuid not null,
  appointment_id uuid not null,
  person_id uuid not null,
  site_id bigint not null,
  wave text not null references study.wave,
  live boolean not null,
  primary key (family_id, appointment_id, person_id),
  constraint attendee_of_appointment foreign key (family_id, appointment_id, wave, live)
    references scheduler.appointment (family_id, appointment_id, wave, live),
  constraint attendee_of_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint attendee_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
-- What was booked until now was booked with the whole family.
select set_config('fieldwork.sites', (select coalesce(array_agg(no), '{}')::text from study.site), true);
insert into scheduler.attendee (family_id, appointment_id, person_id, site_id, wave, live)
select a.family_id, a.appointment_id, p.person_id, a.site_id, a.wave, a.live
from scheduler.appointment a join people.person p using (family_id);
create unique index one_live_appointment on scheduler.attendee (family_id, wave, person_id) where live;
comment on table scheduler.attendee is 'family: whom an appointment is for; one person has one that stands at a wave';
call trail.guard('scheduler.attendee', 'appointment_id');
grant select, insert, update on scheduler.attendee to fieldwork_staff;
grant select on scheduler.attendee to fieldwork_worker, fieldwork_analyst;

create function scheduler.keep_arrows() returns trigger language plpgsql as $$
begin
  new.live := new.state in ('booked', 'confirmed');
  if tg_op = 'INSERT' then
    if new.state not in ('proposed', 'booked') then
      raise exception 'an appointment begins as proposed or booked' using errcode = '23514', constraint = 'appointment_arrows';
    end if;
    return new;
  end if;
  if to_jsonb(new) - '{state,live,site_id}'::text[] <> to_jsonb(old) - '{state,live,site_id}'::text[]
    or (new.state <> old.state and (old.state, new.state) not in (
      ('proposed', 'booked'), ('proposed', 'not_taken'),
      ('booked', 'confirmed'), ('booked', 'kept'), ('booked', 'moved'),
      ('booked', 'cancelled_by_family'), ('booked', 'cancelled_by_us'), ('booked', 'nobody_home'),
      ('confirmed', 'kept'), ('confirmed', 'moved'),
      ('confirmed', 'cancelled_by_family'), ('confirmed', 'cancelled_by_us'), ('confirmed', 'nobody_home'))) then
    raise exception 'an appointment goes along its arrows' using errcode = '23514', constraint = 'appointment_arrows';
  end if;
  return new;
end $$;
create trigger keep_arrows before insert or update on scheduler.appointment
  for each row execute function scheduler.keep_arrows();
