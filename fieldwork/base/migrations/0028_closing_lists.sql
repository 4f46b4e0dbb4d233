-- Before a visit is over some things are handed over and agreed. What was said of each is kept, and kept again where it was corrected; a
-- voucher has a number nobody is given twice, and whoever keeps the accounts sees numbers and values and no family.

alter table cases.visit add column unfinished_since date;
create index visit_unfinished on cases.visit (site_id, unfinished_since, family_id) where unfinished_since is not null;

create table cases.closing_list (
  family_id uuid not null,
  wave text not null,
  no bigint generated always as identity,
  site_id bigint not null,
  said jsonb not null,
  voucher_number text,
  voucher_value integer,
  distress_done text,
  next_how text constraint next_how_known check (next_how in ('phone', 'text', 'email', 'letter', 'visit')),
  next_on date,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, wave, no),
  constraint voucher_when_given check ((coalesce(said ->> 'voucher', '') = 'yes') = (voucher_number is not null)
    and num_nulls(voucher_number, voucher_value) in (0, 2)),
  constraint distress_was_met check ((coalesce(said ->> 'distress', '') = 'yes') = (distress_done is not null)),
  constraint distress_in_words check (btrim(distress_done) <> ''),
  constraint next_when_agreed check ((coalesce(said ->> 'next_contact', '') = 'yes') = (next_how is not null)
    and (next_on is null or next_how is not null)),
  constraint closing_of_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint closing_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index closing_list_by_transaction on cases.closing_list (xid);
comment on table cases.closing_list is 'family: what was seen to at the end of a visit; append-only, the latest counts';
call trail.guard('cases.closing_list', null);
grant select, insert on cases.closing_list to fieldwork_staff;
grant select on cases.closing_list to fieldwork_worker;

-- A number that was misread is taken back and may be given to whoever really has it.
create table cases.voucher (
  no bigint generated always as identity primary key,
  number text not null,
  value integer not null constraint voucher_worth_something check (value > 0),
  handed_on date not null,
  site_no bigint not null references study.site,
  taken_back_at timestamptz
);
create unique index voucher_given_once on cases.voucher (number) where taken_back_at is null;
create index voucher_of_site on cases.voucher (site_no, no) where taken_back_at is null;
comment on table cases.voucher is 'central: every voucher handed over, its value, day and site, and nothing of whom it was for';
call trail.note_changes('cases.voucher', 'no');
grant select, insert, update on cases.voucher to fieldwork_staff;

-- Whoever keeps the accounts signs in too.
alter table staff.account drop constraint account_role_check;
alter table staff.account add constraint account_role_check check (role in
  ('researcher', 'coordinator', 'site-contact', 'analyst', 'safeguarding-lead', 'administrator', 'auditor', 'finance'));
