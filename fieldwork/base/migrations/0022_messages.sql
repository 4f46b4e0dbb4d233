-- Families are written to: invited to their page, reminded to find a time, reminded of tomorrow. Each message has a row that stays with
-- its family, and, until it has left, one in the outbox: the only table anything leaves from. What somebody said of the ways they can be
-- reached decides; a way nobody has said anything of is not used.

create table people.channel (
  family_id uuid not null,
  person_id uuid not null,
  channel text not null constraint channel_known check (channel in ('email', 'sms')),
  site_id bigint not null,
  mark text not null constraint mark_known check (mark in ('mine_alone', 'shared', 'unsafe')),
  marked_at timestamptz not null default trail.moment(),
  primary key (family_id, person_id, channel),
  constraint channel_of_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint channel_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
comment on table people.channel is 'family: what somebody said of a way they can be reached: theirs alone, shared with others, unsafe';
call trail.guard('people.channel', 'person_id');
grant select, insert, update on people.channel to fieldwork_staff;
grant select on people.channel to fieldwork_worker;

create table cases.message (
  family_id uuid not null,
  message_id uuid not null,
  site_id bigint not null,
  wave text not null references study.wave,
  kind text not null constraint message_kind_known check (kind in ('invitation', 'book', 'appointment')),
  occasion text not null,
  state text not null constraint message_state_known
    check (state in ('waiting', 'handing_over', 'sent', 'failed', 'not_known', 'dropped')),
  because text,
  person_id uuid,
  channel text,
  language text,
  due_at timestamptz not null,
  changed_at timestamptz not null default trail.moment(),
  receipt text,
  primary key (family_id, message_id),
  constraint once_for_each_occasion unique (family_id, kind, occasion),
  constraint stands_with_reason check (state not in ('failed', 'dropped') or because is not null),
  constraint message_to_person foreign key (family_id, person_id) references people.person (family_id, person_id),
  constraint message_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index message_standing on cases.message (site_id, state, message_id);
comment on table cases.message is 'family: what a family was to be written, when, and what came of it; never its words or its address';
call trail.guard('cases.message', 'message_id');
grant select, insert, update on cases.message to fieldwork_staff, fieldwork_worker;

create table cases.outbox (
  message_id uuid primary key,
  family_id uuid not null,
  not_before timestamptz not null,
  handed_at timestamptz
);
create index outbox_waiting on cases.outbox (not_before) where handed_at is null;
create index outbox_handed on cases.outbox (handed_at) where handed_at is not null;
comment on table cases.outbox is 'central: what is still to leave; a row whose hand-over has begun is never handed over again';
grant select, insert, update, delete on cases.outbox to fieldwork_staff, fieldwork_worker;

-- An invitation's address is drawn when it leaves: until then nobody knows its key.
grant select, update (hash) on cases.link to fieldwork_worker;
create index appointment_to_come on scheduler.appointment ((lower(during))) where live;

-- The worker reads no identity. Of whom it is just now writing to, and of nobody else, it is given the one address it needs, and that is noted.
create function people.address_for(message uuid, family uuid, person uuid, site bigint, wanted text)
returns table (wrapped bytea, cipher bytea) language plpgsql volatile security definer set search_path = '' as $$
begin
  if wanted not in ('phone', 'email') or not exists (
    select from cases.outbox o where o.message_id = message and o.family_id = family and o.handed_at is not null
  ) then
    return;
  end if;
  perform trail.note_reading(family, site, 'people.identity ' || family, array[wanted]);
  return query select k.wrapped, i.cipher from people.key k
    join people.identity i on i.family_id = k.family_id and i.person_id = k.person_id
    where k.family_id = family and k.person_id = person and i.field = wanted;
end $$;
revoke execute on function people.address_for(uuid, uuid, uuid, bigint, text) from public;
grant execute on function people.address_for(uuid, uuid, uuid, bigint, text) to fieldwork_worker;
