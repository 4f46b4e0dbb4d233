-- What somebody fears for a child or an adult, and whether a researcher has come back from a visit, stand apart from the study's own
-- rows: in a schema, under grants and under a key of their own. None of it is a family's row, so that a family's history, its export
-- and its withdrawal know nothing of it.

create schema safeguarding;
grant usage on schema safeguarding to fieldwork_staff, fieldwork_worker;

-- Whoever has a tablet in their hands that was handed to them is nobody here.
create function safeguarding.who() returns bigint language sql stable
  return substring(current_setting('fieldwork.actor', true), '^staff:([0-9]+)$')::bigint;

create function safeguarding.leads(site bigint) returns boolean language sql stable
  return site = any (nullif(current_setting('fieldwork.sites', true), '')::bigint[]) and exists (
    select from staff.account where no = safeguarding.who() and role = 'safeguarding-lead' and left_at is null);

create procedure safeguarding.close(closed regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', closed);
  execute format('alter table %s force row level security', closed);
end $$;

create table safeguarding.key (
  no integer primary key constraint one_key check (no = 1),
  wrapped bytea not null,
  made_at timestamptz not null default trail.moment()
);
comment on table safeguarding.key is 'central: the key of this zone, wrapped by the ring; no other ciphertext lies under it';
call trail.note_changes('safeguarding.key', 'no');
grant select, insert on safeguarding.key to fieldwork_staff;
grant select on safeguarding.key to fieldwork_worker;

create table safeguarding.reach (
  account_no bigint primary key references staff.account,
  channel text not null constraint reach_channel check (channel in ('email', 'sms')),
  cipher bytea not null,
  asked_at timestamptz,
  sent_at timestamptz,
  code text,
  confirmed_at timestamptz
);
comment on table safeguarding.reach is 'central: where somebody on a rota is reached, and when a test message surely arrived there';
call trail.note_changes('safeguarding.reach', 'account_no');
grant select, insert, update on safeguarding.reach to fieldwork_staff;
grant select, update (sent_at, code) on safeguarding.reach to fieldwork_worker;

create table safeguarding.rota (
  site_no bigint not null references study.site,
  duty text not null,
  step text not null,
  account_no bigint not null references staff.account,
  primary key (site_no, duty, step),
  constraint rota_step check ((duty, step) in (
    ('concerns', 'lead'), ('concerns', 'deputy'), ('concerns', 'principal'), ('visits', 'on_call'), ('visits', 'deputy')))
);
comment on table safeguarding.rota is 'central: who is told first, and who if nobody answers';
call trail.note_changes('safeguarding.rota', 'account_no');
grant select, insert, update, delete on safeguarding.rota to fieldwork_staff;
grant select on safeguarding.rota to fieldwork_worker;

create table safeguarding.beat (
  duty text primary key constraint beat_duty check (duty in ('concerns', 'visits')),
  at timestamptz not null
);
comment on table safeguarding.beat is 'central: when the worker last looked whether anybody is to be told';
grant select on safeguarding.beat to fieldwork_staff;
grant select, insert, update on safeguarding.beat to fieldwork_worker;

-- Who was told: no words, no names. It lets whoever was told see that there is something, and acknowledge it.
create table safeguarding.alert (
  alert_id uuid primary key,
  about text not null constraint alert_about check (about in ('concern', 'visit')),
  subject_id uuid not null,
  site_no bigint not null references study.site,
  step text not null,
  account_no bigint not null references staff.account,
  arrived boolean not null,
  at timestamptz not null default trail.moment()
);
create index alert_of_account on safeguarding.alert (account_no, subject_id);
create index alert_of_subject on safeguarding.alert (subject_id);
comment on table safeguarding.alert is 'central: who was told that something waits, and whether the message left';
call safeguarding.close('safeguarding.alert');
create policy told on safeguarding.alert for select to fieldwork_staff
  using (account_no = safeguarding.who() or (about = 'concern' and safeguarding.leads(site_no)));
create policy tells on safeguarding.alert to fieldwork_worker using (true);
grant select on safeguarding.alert to fieldwork_staff;
grant select, insert, delete on safeguarding.alert to fieldwork_worker;

create function safeguarding.told(subject uuid) returns boolean language sql stable
  return exists (select from safeguarding.alert where subject_id = subject and account_no = safeguarding.who());

-- Only whoever is on call was told at one of these steps.
create function safeguarding.on_call(subject uuid) returns boolean language sql stable
  return exists (select from safeguarding.alert where subject_id = subject and account_no = safeguarding.who()
    and step in ('on_call', 'deputy', 'stop_card'));

create table safeguarding.concern (
  concern_id uuid primary key,
  site_no bigint not null references study.site,
  reporter_no bigint not null references staff.account,
  raised_at timestamptz not null default trail.moment(),
  state text not null default 'raised'
    constraint concern_state check (state in ('raised', 'acknowledged', 'consulting', 'referred', 'no_action')),
  acknowledged_by bigint references staff.account,
  acknowledged_at timestamptz,
  told integer not null default 0,
  alert_at timestamptz,
  constraint concern_whose unique (concern_id, reporter_no, site_no),
  constraint acknowledged_by_somebody
    check ((state = 'raised') = (acknowledged_at is null) and (acknowledged_by is null) = (acknowledged_at is null)),
  constraint somebody_is_told_until_then check ((state = 'raised') = (alert_at is not null))
);
create index concern_due on safeguarding.concern (alert_at) where alert_at is not null;
create index concern_of_reporter on safeguarding.concern (reporter_no);
comment on table safeguarding.concern is 'central: that somebody is worried, and what became of it, without a word of it';
call safeguarding.close('safeguarding.concern');
create policy mine_or_told on safeguarding.concern for select to fieldwork_staff
  using (reporter_no = safeguarding.who() or safeguarding.leads(site_no) or safeguarding.told(concern_id));
create policy raised_by_me on safeguarding.concern for insert to fieldwork_staff with check (reporter_no = safeguarding.who());
create policy answered_by_whoever_was_told on safeguarding.concern for update to fieldwork_staff
  using (safeguarding.leads(site_no) or safeguarding.told(concern_id));
create policy watched on safeguarding.concern to fieldwork_worker using (true);
call trail.note_changes('safeguarding.concern', 'concern_id');
grant select, insert, update (state, acknowledged_by, acknowledged_at, alert_at) on safeguarding.concern to fieldwork_staff;
grant select, update (told, alert_at) on safeguarding.concern to fieldwork_worker;

-- The words. The worker that tells people has no grant here; whoever reported reads what they wrote and what is said back to them.
create table safeguarding.entry (
  concern_id uuid not null,
  no bigint generated always as identity,
  reporter_no bigint not null,
  site_no bigint not null,
  kind text not null
    constraint entry_kind check (kind in ('record', 'consulting', 'referred', 'no_action', 'feedback', 'debrief')),
  cipher bytea not null,
  by_no bigint not null references staff.account,
  at timestamptz not null default trail.moment(),
  primary key (concern_id, no),
  constraint entry_of_concern foreign key (concern_id, reporter_no, site_no)
    references safeguarding.concern (concern_id, reporter_no, site_no)
);
comment on table safeguarding.entry is 'central: what was said and what was decided, as ciphertext; only ever added';
call safeguarding.close('safeguarding.entry');
create policy mine_or_the_leads on safeguarding.entry for select to fieldwork_staff
  using (safeguarding.leads(site_no) or (reporter_no = safeguarding.who() and kind in ('record', 'feedback', 'debrief')));
create policy written_by_me on safeguarding.entry for insert to fieldwork_staff
  with check (by_no = safeguarding.who()
    and (safeguarding.leads(site_no) or (reporter_no = safeguarding.who() and kind = 'record')));
call trail.note_changes('safeguarding.entry', 'concern_id');
grant select, insert on safeguarding.entry to fieldwork_staff;

create table safeguarding.tally (
  site_no bigint not null references study.site,
  month date not null,
  shown text not null,
  primary key (site_no, month)
);
comment on table safeguarding.tally is 'central: how many concerns a month brought, as it may be told: a small number is not';
call safeguarding.close('safeguarding.tally');
create policy for_whoever_answers_for_the_site on safeguarding.tally for select to fieldwork_staff
  using (exists (select from safeguarding.rota r
    where r.site_no = tally.site_no and duty = 'concerns' and step = 'principal' and account_no = safeguarding.who()));
create policy counted on safeguarding.tally to fieldwork_worker using (true);
grant select on safeguarding.tally to fieldwork_staff;
grant select, insert on safeguarding.tally to fieldwork_worker;

-- Two codes: one says that all is well, the other says so, too, and calls for help.
create table safeguarding.code (
  account_no bigint primary key references staff.account,
  well text not null,
  help text not null
);
comment on table safeguarding.code is 'central: the two codes with which somebody checks out, each as a slow hash';
call safeguarding.close('safeguarding.code');
create policy mine on safeguarding.code to fieldwork_staff using (account_no = safeguarding.who());
call trail.note_changes('safeguarding.code', 'account_no');
grant select, insert, update on safeguarding.code to fieldwork_staff;

-- When somebody was where is kept for six months and leaves no trail, which would keep it for good.
create table safeguarding.checkin (
  checkin_id uuid primary key,
  site_no bigint not null references study.site,
  researcher_no bigint not null references staff.account,
  buddy_no bigint not null references staff.account,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  buffer_minutes integer not null constraint buffer_of_hours check (buffer_minutes between 0 and 240),
  state text not null constraint checkin_state check (state in ('planned', 'in', 'out', 'off')),
  checked_in_at timestamptz,
  checked_out_at timestamptz,
  constraint ends_after_it_starts check (ends_at > starts_at),
  constraint buddy_is_another check (buddy_no <> researcher_no)
);
create index checkin_live on safeguarding.checkin (ends_at) where state in ('planned', 'in');
create index checkin_of_researcher on safeguarding.checkin (researcher_no, starts_at);
create index checkin_of_buddy on safeguarding.checkin (buddy_no, starts_at);
comment on table safeguarding.checkin is 'central: when a researcher means to be back from a visit; deleted after six months';
call safeguarding.close('safeguarding.checkin');
create policy mine_or_told on safeguarding.checkin for select to fieldwork_staff
  using (researcher_no = safeguarding.who() or buddy_no = safeguarding.who() or safeguarding.told(checkin_id));
create policy planned_by_me on safeguarding.checkin for insert to fieldwork_staff with check (researcher_no = safeguarding.who());
create policy changed_by_me on safeguarding.checkin for update to fieldwork_staff using (researcher_no = safeguarding.who());
create policy watched on safeguarding.checkin to fieldwork_worker using (true);
grant select, insert, update (ends_at, state, checked_in_at, checked_out_at) on safeguarding.checkin to fieldwork_staff;
grant select, delete on safeguarding.checkin to fieldwork_worker;

create function safeguarding.mine(visit uuid) returns boolean language sql stable
  return exists (select from safeguarding.checkin where checkin_id = visit and researcher_no = safeguarding.who());

-- Who checks out under duress must not be able to see that anything was raised, and nor must whoever stands beside them.
create table safeguarding.alarm (
  checkin_id uuid not null,
  kind text not null constraint alarm_kind check (kind in ('overdue', 'duress')),
  due_at timestamptz not null,
  told integer not null default 0,
  next_at timestamptz not null,
  ended_at timestamptz,
  ended_by bigint references staff.account,
  primary key (checkin_id, kind, due_at)
);
create index alarm_due on safeguarding.alarm (next_at) where ended_at is null;
comment on table safeguarding.alarm is 'central: that somebody is overdue or asked for help unseen; deleted with the visit''s times';
call safeguarding.close('safeguarding.alarm');
create policy told on safeguarding.alarm for select to fieldwork_staff using (safeguarding.on_call(checkin_id));
create policy raised_by_me on safeguarding.alarm for insert to fieldwork_staff
  with check (kind = 'duress' and safeguarding.mine(checkin_id));
create policy ended_by_whoever_is_on_call on safeguarding.alarm for update to fieldwork_staff
  using (safeguarding.on_call(checkin_id));
create policy watched on safeguarding.alarm to fieldwork_worker using (true);
grant select, insert, update (ended_at, ended_by) on safeguarding.alarm to fieldwork_staff;
grant select, insert, delete, update (told, next_at, ended_at) on safeguarding.alarm to fieldwork_worker;

-- Where: only for whoever is on call, only while the alarm lasts.
create table safeguarding.whereabouts (
  checkin_id uuid primary key,
  cipher bytea not null
);
comment on table safeguarding.whereabouts is 'central: where a visit is, as ciphertext; read while an alarm lasts, deleted with the visit''s times';
call safeguarding.close('safeguarding.whereabouts');
create policy while_the_alarm_lasts on safeguarding.whereabouts for select to fieldwork_staff
  using (exists (select from safeguarding.alarm a join safeguarding.checkin c using (checkin_id)
    where a.checkin_id = whereabouts.checkin_id and a.ended_at is null and (a.kind = 'duress' or c.state in ('planned', 'in'))));
create policy said_by_me on safeguarding.whereabouts for insert to fieldwork_staff with check (safeguarding.mine(checkin_id));
create policy swept on safeguarding.whereabouts to fieldwork_worker using (true);
grant select, insert on safeguarding.whereabouts to fieldwork_staff;
grant select (checkin_id), delete on safeguarding.whereabouts to fieldwork_worker;
