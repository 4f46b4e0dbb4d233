-- Nobody is sent to a family without a background check, safeguarding training and that site's letter of access, all in force.

create table staff.clearance (
  no bigint generated always as identity primary key,
  account_no bigint not null references staff.account,
  kind text not null check (kind in ('background_check', 'safeguarding_training', 'letter_of_access')),
  site_no bigint references study.site,
  in_force daterange not null,
  constraint letter_of_one_site check ((kind = 'letter_of_access') = (site_no is not null)),
  constraint clearance_has_two_ends check (isempty(in_force) or not (lower_inf(in_force) or upper_inf(in_force)))
);
create index clearance_of_account on staff.clearance (account_no, kind);
comment on table staff.clearance is 'reference: checks, training and letters of those who are sent to families';
call trail.note_changes('staff.clearance', 'account_no');
grant select, insert, update on staff.clearance to fieldwork_staff;
grant select on staff.clearance to fieldwork_worker;

-- The day is the site's. Whoever left the team or does not see the site is sent to nobody either.
create function staff.may_be_sent(account bigint, site bigint) returns boolean language sql stable set search_path = '' as $$
  select 3 = count(distinct c.kind) from staff.clearance c
  join study.site s on s.no = site
  join staff.account a on a.no = c.account_no and a.left_at is null
  join staff.site_grant g on g.account_no = c.account_no and g.site_no = site
  where c.account_no = account and (c.site_no is null or c.site_no = site)
    and c.in_force @> (trail.moment() at time zone s.time_zone)::date
$$;

create function cases.keep_fit() returns trigger language plpgsql set search_path = '' as $$
begin
  if not staff.may_be_sent(new.researcher_no, new.site_id) then
    raise exception 'a family is given only to whoever may be sent to it' using errcode = '23514', constraint = 'fit_to_be_sent';
  end if;
  return new;
end $$;
create trigger keep_fit before insert or update of researcher_no on cases.case for each row
  when (new.researcher_no is not null) execute function cases.keep_fit();

-- What one researcher looks after, whatever comes next there.
create index case_by_researcher on cases.case (researcher_no, family_id) where state <> 'closed';
-- A coordinator's list: whom to call first, by the last day of the aim; a visit without a window comes in the order families came.
-- Said by `case`, not `coalesce`: PostgreSQL is sure only of the first that it tells nothing of a row its policy has not let pass,
-- and looks for nothing else in an index.
create index visit_to_call on cases.visit
  (wave, state, (case when aim_to is null then date '9999-01-01' else aim_to end), family_id) where state in ('awaited', 'booked');
create index visit_to_call_at_site on cases.visit
  (site_id, wave, state, (case when aim_to is null then date '9999-01-01' else aim_to end), family_id) where state in ('awaited', 'booked');
