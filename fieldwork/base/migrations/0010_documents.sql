-- Questions can be answered with a photograph, a recording or another file. What is in it stands outside the database, as
-- ciphertext under the key of the person whose it is: destroying that key makes it unreadable, wherever copies of it are.

create table cases.document (
  family_id uuid not null,
  document_id uuid not null,
  site_id bigint not null,
  person_id uuid not null,
  administration_id uuid not null,
  item text not null,
  kind text not null constraint document_kind_known check (kind in ('image', 'audio', 'video', 'file')),
  media_type text not null,
  size bigint not null constraint document_not_empty check (size > 0),
  sha256 bytea not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, document_id),
  constraint document_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint document_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index document_by_administration on cases.document (family_id, administration_id);
create index document_by_transaction on cases.document (xid);
comment on table cases.document is 'family: what somebody handed in, and what is known of it; append-only, its own trail';
call trail.guard('cases.document', null, 'person_id');
grant select, insert on cases.document to fieldwork_staff, fieldwork_families;
grant select on cases.document to fieldwork_worker;

-- The families' application may not read the keys, only ask for that of the person whose link is open.
create function people.own_key(family uuid, person uuid) returns bytea
language sql stable security definer set search_path = '' as $$
  select wrapped from people.key
  where family_id = family and person_id = person
    and family = (select nullif(current_setting('fieldwork.family', true), '')::uuid)
    and person = (select nullif(current_setting('fieldwork.person', true), '')::uuid)
$$;
revoke execute on function people.own_key(uuid, uuid) from public;
grant execute on function people.own_key(uuid, uuid) to fieldwork_families;
