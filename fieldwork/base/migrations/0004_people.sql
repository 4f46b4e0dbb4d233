-- Families and their people. Study data know a family by its reference; who they are stands apart, as ciphertext.

create schema people;
grant usage on schema people to fieldwork_staff, fieldwork_families, fieldwork_worker, fieldwork_analyst;

create table people.family (
  family_id uuid primary key,
  site_id bigint not null references study.site,
  reference text not null,
  cohort text not null references study.cohort,
  referred_on date not null,
  constraint family_of_site unique (family_id, site_id)
);
create index family_by_site on people.family (site_id, family_id);
comment on table people.family is 'family: the unit that is recruited and followed';
call trail.guard('people.family', 'family_id');
grant select, insert, update on people.family to fieldwork_staff;
grant select on people.family to fieldwork_worker, fieldwork_analyst;

-- What must be unique over all families stands here: the study reference, and a site's own number (as a keyed hash).
create table people.directory (
  family_id uuid primary key,
  site_no bigint not null,
  reference text not null constraint reference_once unique,
  case_hash bytea not null,
  constraint case_number_once unique (site_no, case_hash)
);
comment on table people.directory is 'central: from a study reference or a site''s own number to the family';
grant select, insert on people.directory to fieldwork_staff;

create table people.referral (
  family_id uuid primary key,
  site_id bigint not null,
  reasons text[] not null,
  eligible boolean not null,
  excluded_because text,
  told_on date,
  told_how text check (told_how in ('agreeing', 'not_objecting')),
  agreed_on date,
  objected_on date,
  fingerprint bytea not null,
  constraint referral_of_family foreign key (family_id, site_id) references people.family (family_id, site_id),
  constraint excluded_with_reason check (eligible = (excluded_because is null))
);
comment on table people.referral is 'family: what the site told us when it handed the family over';
call trail.guard('people.referral', 'family_id');
grant select, insert, update on people.referral to fieldwork_staff;

create table people.person (
  family_id uuid not null,
  person_id uuid not null,
  site_id bigint not null,
  position integer not null,
  role text not null check (role in ('parent', 'child')),
  born_in date check (born_in = date_trunc('month', born_in)),
  language text not null,
  primary key (family_id, person_id),
  constraint person_in_order unique (family_id, position),
  constraint person_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table people.person is 'family: parents and children; of a birthday only the month';
call trail.guard('people.person', 'person_id', 'person_id');
grant select, insert, update on people.person to fieldwork_staff;
grant select on people.person to fieldwork_worker, fieldwork_analyst, fieldwork_families;

-- One key per person, wrapped by a ring outside the database: destroying it erases the person. The family's own key is under its id.
create table people.key (
  family_id uuid not null,
  person_id uuid not null,
  site_id bigint not null,
  wrapped bytea not null,
  primary key (family_id, person_id),
  constraint key_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table people.key is 'family: the wrapped key of each person';
call trail.guard('people.key', 'person_id');
grant select, insert, delete on people.key to fieldwork_staff;

create table people.identity (
  family_id uuid not null,
  person_id uuid not null,
  field text not null check (field in ('case_number', 'first_name', 'last_name', 'born', 'phone', 'email', 'address', 'postcode')),
  site_id bigint not null,
  cipher bytea not null,
  primary key (family_id, person_id, field),
  constraint identity_under_key foreign key (family_id, person_id) references people.key (family_id, person_id),
  constraint identity_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table people.identity is 'family: names, birthdays, addresses, as ciphertext under the person''s key';
call trail.guard('people.identity', 'person_id');
grant select, insert, update, delete on people.identity to fieldwork_staff;

create table people.lookup (
  hash bytea not null,
  family_id uuid not null,
  person_id uuid not null,
  site_no bigint not null,
  primary key (hash, family_id, person_id)
);
create index lookup_of_family on people.lookup (family_id);
comment on table people.lookup is 'central: keyed hashes of names, for searching; short on purpose, what is found is decrypted and compared';
grant select, insert, delete on people.lookup to fieldwork_staff;

create table people.professional (
  id uuid primary key,
  site_no bigint not null references study.site,
  wrapped bytea not null,
  name bytea not null,
  email bytea
);
comment on table people.professional is 'reference: social workers and managers around the families';
call trail.note_changes('people.professional', 'id');
grant select, insert, update on people.professional to fieldwork_staff;

-- Workers change, so a tie has dates and an answer keeps which worker it was about.
create table people.tie (
  family_id uuid not null,
  professional_id uuid not null references people.professional,
  during daterange not null,
  site_id bigint not null,
  role text not null check (role in ('social_worker', 'manager')),
  primary key (family_id, professional_id, during),
  constraint tie_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table people.tie is 'family: which professional worked with the family, and when';
call trail.guard('people.tie', 'professional_id');
grant select, insert, update on people.tie to fieldwork_staff;
