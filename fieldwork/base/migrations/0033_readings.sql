-- What the team reads in a file or hears in an answer by itself. A file needs its site's agreement beside the family's permission, and a
-- share of all readings is done twice, the second without seeing the first; where the two differ a third decides, and all three are kept.

create table consent.agreement (
  site_no bigint not null references study.site,
  purpose text not null constraint agreement_known check (purpose in ('case_file', 'follow_records')),
  in_force daterange not null,
  primary key (site_no, purpose)
);
comment on table consent.agreement is 'reference: what a site has agreed to, and for how long';
call trail.note_changes('consent.agreement', 'site_no');
grant select on consent.agreement to fieldwork_staff, fieldwork_worker, fieldwork_analyst;
grant insert, delete on consent.agreement to fieldwork_staff;

alter table consent.requirement drop constraint requirement_whose_check;
alter table consent.requirement add constraint requirement_whose_check
  check (whose in ('respondent', 'anybody', 'family', 'family_and_site'));

-- Whoever asks what a step stands on need not see the sites' agreements, nor whose site a family is.
create function consent.site_agrees(family uuid, wanted text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from consent.agreement g
    join people.family f on f.site_id = g.site_no
    join study.site s on s.no = g.site_no
    where f.family_id = family and g.purpose = wanted
      and g.in_force @> (trail.moment() at time zone s.time_zone)::date)
$$;

drop function consent.grounds(uuid, uuid, text, text);
create function consent.grounds(family uuid, person uuid, wanted text, at_wave text)
returns table (purpose text, by_site boolean, stands boolean) language sql stable as $$
  with words as (
    select distinct on (d.person_id, d.purpose, d.given_by) d.person_id, d.purpose, d.decision
    from consent.permission d where d.family_id = family and (d.wave is null or d.wave = at_wave)
    order by d.person_id, d.purpose, d.given_by, d.no desc
  ), decided as (
    select w.person_id, w.purpose, bool_and(w.decision = 'given') as given from words w group by 1, 2
  ), required as (
    select r.purpose, r.whose from consent.requirement r where r.step = wanted and r.wave = at_wave
  )
  select r.purpose, false as by_site, coalesce((
    select case r.whose when 'anybody' then bool_or(d.given) else bool_and(d.given) end
    from decided d where d.purpose = r.purpose and (r.whose <> 'respondent' or d.person_id = person)), false)
  from required r
  union all
  select r.purpose, true, consent.site_agrees(family, r.purpose) from required r where r.whose = 'family_and_site'
  order by 1, 2
$$;

drop function consent.hold(uuid, uuid[], text[], text);
create function consent.hold(family uuid, persons uuid[], steps text[], at_wave text)
returns table (person_id uuid, step text, purpose text, by_site boolean, stands boolean) language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(consent.key_of(family));
  return query
    select a.who, a.what, g.purpose, g.by_site, g.stands
    from unnest(persons, steps) with ordinality as a (who, what, n)
    cross join lateral consent.grounds(family, a.who, a.what, at_wave) g order by a.n, g.purpose, g.by_site;
end $$;

create table cases.reading (
  family_id uuid not null,
  wave text not null references study.wave,
  questionnaire text not null,
  version text not null,
  site_id bigint not null,
  opens_on date not null,
  twice boolean not null,
  state text not null default 'first'
    constraint reading_state_known check (state in ('first', 'second', 'third', 'settled')),
  first_id uuid,
  first_by uuid,
  second_id uuid,
  second_by uuid,
  third_id uuid,
  third_by uuid,
  primary key (family_id, wave, questionnaire),
  constraint reading_by_another check (first_by <> second_by and third_by <> first_by and third_by <> second_by),
  constraint reading_by_somebody check ((first_id is null) = (first_by is null)
    and (second_id is null) = (second_by is null) and (third_id is null) = (third_by is null)),
  constraint reading_in_order check ((second_id is null or (twice and first_id is not null))
    and (third_id is null or second_id is not null)),
  constraint reading_first foreign key (family_id, first_id)
    references questionnaires.administration (family_id, administration_id),
  constraint reading_second foreign key (family_id, second_id)
    references questionnaires.administration (family_id, administration_id),
  constraint reading_third foreign key (family_id, third_id)
    references questionnaires.administration (family_id, administration_id),
  constraint reading_first_reader foreign key (first_by) references staff.account (id),
  constraint reading_second_reader foreign key (second_by) references staff.account (id),
  constraint reading_third_reader foreign key (third_by) references staff.account (id),
  constraint reading_of_version foreign key (questionnaire, version) references questionnaires.version,
  constraint reading_of_family foreign key (family_id, site_id) references people.family (family_id, site_id)
);
create index reading_waiting on cases.reading (site_id, state, opens_on, family_id) where state <> 'settled';
comment on table cases.reading is 'family: what the team reads or codes by itself, who read it, and what is still to be read';
call trail.guard('cases.reading', 'questionnaire');
grant select, insert, update on cases.reading to fieldwork_staff;
grant select on cases.reading to fieldwork_worker, fieldwork_analyst;

-- What was read before this release is settled once its reader had finished; it was read once. What was not read yet is to be read.
select set_config('fieldwork.sites', (select coalesce(array_agg(no), '{}')::text from study.site), true);
insert into cases.reading (family_id, wave, questionnaire, version, site_id, opens_on, twice, state, first_id, first_by)
select distinct on (a.family_id, a.wave, a.questionnaire) a.family_id, a.wave, a.questionnaire, a.version, a.site_id, a.held_on, false,
  case a.state when 'open' then 'first' else 'settled' end, a.administration_id, a.respondent_id
from questionnaires.administration a join staff.account reader on reader.id = a.respondent_id
where a.state <> 'void' and exists (select from study.asking k
  where k.wave = a.wave and k.questionnaire = a.questionnaire and k.respondent = 'researcher')
order by a.family_id, a.wave, a.questionnaire, a.no;
insert into cases.reading (family_id, wave, questionnaire, version, site_id, opens_on, twice)
select v.family_id, k.wave, k.questionnaire, k.version, v.site_id, v.held_on, false
from study.asking k join cases.visit v on v.held_on is not null and v.wave = case k.about
  when 'file' then (select code from study.wave order by position limit 1) else k.wave end
where k.respondent = 'researcher'
on conflict do nothing;
