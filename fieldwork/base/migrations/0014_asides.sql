-- An interview held without a line may come in after its permission was withdrawn, or after somebody completed it elsewhere. What was
-- answered is not merged and not lost: it is set aside until a person decides. Taken in, it goes the way of any answer; discarded, its
-- value is erased and only that there was one remains.

create table questionnaires.aside (
  family_id uuid not null,
  administration_id uuid not null,
  save_id uuid not null,
  site_id bigint not null,
  item text not null,
  value jsonb,
  base bigint not null,
  device_at timestamptz,
  because text not null constraint aside_because_known check (because in ('permission', 'closed')),
  decision text constraint aside_decision_known check (decision in ('taken_in', 'discarded')),
  primary key (family_id, administration_id, save_id),
  constraint aside_of_administration foreign key (family_id, administration_id)
    references questionnaires.administration (family_id, administration_id),
  constraint aside_of_family foreign key (family_id, site_id) references people.family (family_id, site_id),
  constraint aside_discarded_is_gone check (decision is distinct from 'discarded' or value is null)
);
create index aside_to_decide on questionnaires.aside (family_id) where decision is null;
comment on table questionnaires.aside is 'family: answers that came too late or without permission, until a person decides';
call trail.guard('questionnaires.aside', 'administration_id');
grant select, insert, update on questionnaires.aside to fieldwork_staff;
