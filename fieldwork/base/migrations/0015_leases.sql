-- A researcher takes the visits of the next days along on a device, to hold them where there is no line. A lease says until when the
-- device may open them; whose visits were on board, and whether the device has wiped them since, can be asked later.

create table staff.lease (
  lease_id uuid primary key,
  account_no bigint not null references staff.account,
  taken_at timestamptz not null,
  ends_at timestamptz not null,
  taken_back_at timestamptz,
  wiped_at timestamptz,
  constraint lease_ends_later check (ends_at > taken_at)
);
create index lease_out on staff.lease (account_no) where wiped_at is null;
comment on table staff.lease is 'central: devices that may open visits without a line, and until when';
call trail.note_changes('staff.lease', 'lease_id');
grant select, insert, update on staff.lease to fieldwork_staff;
grant select on staff.lease to fieldwork_worker;

create table cases.aboard (
  family_id uuid not null,
  lease_id uuid not null,
  wave text not null,
  site_id bigint not null,
  actor text not null default trail.actor(),
  at timestamptz not null default trail.moment(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (family_id, lease_id, wave),
  constraint aboard_for_visit foreign key (family_id, wave) references cases.visit (family_id, wave),
  constraint aboard_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index aboard_by_lease on cases.aboard (lease_id);
create index aboard_by_transaction on cases.aboard (xid);
comment on table cases.aboard is 'family: whose visit was taken along on which device, by whom and when; append-only, its own trail';
call trail.guard('cases.aboard', null);
grant select, insert on cases.aboard to fieldwork_staff;
grant select on cases.aboard to fieldwork_worker;

alter table questionnaires.aside drop constraint aside_because_known;
alter table questionnaires.aside add constraint aside_because_known check (because in ('permission', 'closed', 'not_due'));

-- What was begun without a line and came without permission keeps its place as `void`. Nothing was answered in it, so it may be opened
-- once there is permission; whatever held an answer never becomes open again.
create or replace function questionnaires.keep_closed() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and 'locked' in (new.state, old.state) then
    if new.state not in ('locked', 'completed') or old.state not in ('locked', 'completed') or not exists (
      select from questionnaires.closing c where c.family_id = new.family_id and c.administration_id = new.administration_id
        and becomes = new.state and xid = pg_current_xact_id()) then
      perform questionnaires.refuse('administration_locked');
    end if;
  elsif new.state = 'open' and old.state <> 'open' and (old.state <> 'void' or old.seq > 0) then
    perform questionnaires.refuse('administration_completed');
  end if;
  if old.state = 'locked' and to_jsonb(new) - '{state,site_id}'::text[] <> to_jsonb(old) - '{state,site_id}'::text[] then
    perform questionnaires.refuse('administration_locked');
  end if;
  return new;
end $$;
