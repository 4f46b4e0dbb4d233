-- Researchers say when they work, when they are away and where they start from; families say when they would rather be met and by whom.
-- From these the best times for a visit are proposed. Why somebody is away is nobody's business and is not kept.

create table scheduler.working_time (
  no bigint generated always as identity primary key,
  researcher_no bigint not null references staff.account,
  weekday smallint not null constraint weekday_known check (weekday between 1 and 7),
  starts time not null,
  ends time not null,
  since date not null,
  until date,
  constraint working_time_forward check (starts < ends),
  constraint working_time_lasts check (until >= since)
);
create index working_time_of_researcher on scheduler.working_time (researcher_no);
comment on table scheduler.working_time is 'reference: the hours a researcher works on a weekday, and from which day until which';
call trail.note_changes('scheduler.working_time', 'researcher_no');
grant select, insert, delete on scheduler.working_time to fieldwork_staff;

create table scheduler.absence (
  no bigint generated always as identity primary key,
  researcher_no bigint not null references staff.account,
  first_day date not null,
  last_day date not null,
  starts time,
  ends time,
  constraint absence_forward check (first_day <= last_day),
  constraint whole_days_or_hours check ((starts is null) = (ends is null) and (starts is null or starts < ends))
);
create index absence_of_researcher on scheduler.absence (researcher_no);
comment on table scheduler.absence is 'reference: days, or some hours of them, on which a researcher is away; never why';
call trail.note_changes('scheduler.absence', 'researcher_no');
grant select, insert, delete on scheduler.absence to fieldwork_staff;

create table scheduler.base (
  researcher_no bigint primary key references staff.account,
  site_no bigint references study.site,
  travel_minutes integer not null constraint travel_within_a_day check (travel_minutes between 0 and 480)
);
comment on table scheduler.base is 'reference: the site a researcher lives near, never an address, and the minutes they need between two visits';
call trail.note_changes('scheduler.base', 'researcher_no');
grant select, insert, update on scheduler.base to fieldwork_staff;

create table scheduler.wish (
  family_id uuid primary key,
  site_id bigint not null,
  not_on smallint[] not null constraint weekdays_known check (not_on <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]),
  starts time,
  ends time,
  by_text boolean not null,
  researcher text not null constraint wished_researcher_known check (researcher in ('any', 'same', 'another')),
  constraint wish_forward check (starts < ends),
  constraint wish_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table scheduler.wish is 'family: when a family would rather be met, whether by text, and by which researcher';
call trail.guard('scheduler.wish', 'family_id');
grant select, insert, update on scheduler.wish to fieldwork_staff;
grant select on scheduler.wish to fieldwork_worker;
