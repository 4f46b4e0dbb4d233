-- A conversation is recorded where the respondent allows it. It comes piece by piece while it is held, so that a broken line or an empty
-- battery costs seconds; each piece stands outside the database, as ciphertext under the key of the person whose voice it is.

create table cases.piece (
  family_id uuid not null,
  recording_id uuid not null,
  number integer not null constraint piece_numbered check (number between 0 and 9999),
  site_id bigint not null,
  piece_id uuid not null,
  person_id uuid not null,
  administration_id uuid not null,
  size bigint not null constraint piece_not_empty check (size > 0),
  sha256 bytea not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, recording_id, number),
  constraint piece_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint piece_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index piece_by_administration on cases.piece (family_id, administration_id);
create index piece_by_id on cases.piece (family_id, piece_id);
create index piece_by_transaction on cases.piece (xid);
comment on table cases.piece is 'family: a few seconds of a recorded conversation, and what is known of them; append-only, its own trail';
call trail.guard('cases.piece', null, 'person_id');
grant select, insert on cases.piece to fieldwork_staff;
grant select on cases.piece to fieldwork_worker;
