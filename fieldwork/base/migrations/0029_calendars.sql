-- A researcher's own calendar may show the visits: an address with a signed key, of which only the hash is kept. A time that was moved stays
-- one entry there, so it is kept which appointment came instead of which.

create table staff.feed (
  account_no bigint primary key references staff.account,
  hash bytea not null constraint feed_by_hash unique,
  made_at timestamptz not null
);
comment on table staff.feed is 'central: whose calendar may be read without signing in; one address each, and only its hash';
call trail.note_changes('staff.feed', 'account_no');
grant select, insert, update, delete on staff.feed to fieldwork_staff;

create table scheduler.move (
  family_id uuid not null,
  appointment_id uuid not null,
  site_id bigint not null,
  first_id uuid not null,
  moves integer not null constraint move_counted check (moves > 0),
  primary key (family_id, appointment_id),
  constraint move_of_appointment foreign key (family_id, appointment_id)
    references scheduler.appointment (family_id, appointment_id),
  constraint move_from_first foreign key (family_id, first_id)
    references scheduler.appointment (family_id, appointment_id),
  constraint move_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table scheduler.move is 'family: which appointment came instead of which: the first of them, and how often it was moved';
call trail.guard('scheduler.move', 'appointment_id');
grant select, insert on scheduler.move to fieldwork_staff;
grant select on scheduler.move to fieldwork_worker, fieldwork_analyst;
create index appointment_in_calendar on scheduler.appointment (researcher_no, (lower(during)))
  where state not in ('proposed', 'not_taken');
