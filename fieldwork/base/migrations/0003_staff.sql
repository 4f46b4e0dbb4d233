-- Everyone who signs in, what they may see, and how they prove who they are.

create schema staff;
grant usage on schema staff to fieldwork_staff, fieldwork_worker;

create table staff.account (
  no bigint generated always as identity primary key,
  id uuid not null unique,
  email text not null constraint email_once unique check (email = lower(email)),
  name text not null,
  role text not null check (role in ('researcher', 'coordinator', 'site-contact', 'analyst', 'safeguarding-lead', 'administrator', 'auditor')),
  password text,
  totp bytea,
  totp_step bigint not null default 0,
  left_at timestamptz
);
comment on table staff.account is 'reference: the people who sign in';

create table staff.site_grant (
  account_no bigint not null references staff.account,
  site_no bigint not null references study.site,
  primary key (account_no, site_no)
);
comment on table staff.site_grant is 'reference: whose families an account may see; an account without rows sees none';

create table staff.session (
  token_hash bytea primary key,
  account_no bigint not null references staff.account,
  began_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null
);
create index session_of_account on staff.session (account_no);
comment on table staff.session is 'central: who is signed in; the token itself is only in the cookie';

create table staff.invitation (
  hash bytea primary key,
  account_no bigint not null references staff.account,
  expires_at timestamptz not null,
  used_at timestamptz,
  taken_back_at timestamptz
);
comment on table staff.invitation is 'central: one-time links by which an account gets its password and second factor';

create table staff.try (
  bucket bytea not null,
  at timestamptz not null,
  no bigint generated always as identity primary key
);
create index try_by_bucket on staff.try (bucket, at);
comment on table staff.try is 'central: sign-in attempts, by account and by network, kept as hashes for an hour';

call trail.note_changes('staff.account', 'no');
call trail.note_changes('staff.site_grant', 'account_no');
call trail.note_changes('staff.invitation', 'account_no');
grant select, insert, update on staff.account to fieldwork_staff;
grant select, insert, delete on staff.site_grant to fieldwork_staff;
grant select, insert, update, delete on staff.session to fieldwork_staff;
grant select, insert, update on staff.invitation to fieldwork_staff;
grant select, insert, delete on staff.try to fieldwork_staff;
grant select, delete on staff.session, staff.try to fieldwork_worker;
grant select on staff.account, staff.site_grant to fieldwork_worker;
