-- What a step stands on, said once: everybody who decided about a purpose has a latest word, and one objection is enough.

-- A decision may be about one wave only; a later word about all of them counts again.
alter table consent.permission add column wave text references study.wave;

create function consent.grounds(family uuid, person uuid, wanted text, at_wave text)
returns table (purpose text, stands boolean) language sql stable as $$
  with words as (
    select distinct on (d.person_id, d.purpose, d.given_by) d.person_id, d.purpose, d.decision
    from consent.permission d where d.family_id = family and (d.wave is null or d.wave = at_wave)
    order by d.person_id, d.purpose, d.given_by, d.no desc
  ), decided as (
    select w.person_id, w.purpose, bool_and(w.decision = 'given') as given from words w group by 1, 2
  )
  select r.purpose, coalesce((
    select case r.whose when 'anybody' then bool_or(d.given) else bool_and(d.given) end
    from decided d where d.purpose = r.purpose and (r.whose <> 'respondent' or d.person_id = person)), false)
  from consent.requirement r where r.step = wanted and r.wave = at_wave order by r.purpose
$$;

-- A step nobody declared stands on nothing, and so does not stand.
create or replace function consent.stands(family uuid, person uuid, wanted text, at_wave text) returns boolean
language sql stable as $$
  select coalesce(bool_and(g.stands), false) from consent.grounds(family, person, wanted, at_wave) g
$$;

-- Whoever acts on a permission holds it until the act is committed, and whoever changes it waits for that: nothing is written after a
-- withdrawal on a permission that was read before it. What is read behind the lock is read afresh.
create function consent.key_of(family uuid) returns bigint language sql immutable as $$
  select hashtextextended('consent ' || family, 0)
$$;

create function consent.hold(family uuid, persons uuid[], steps text[], at_wave text)
returns table (person_id uuid, step text, purpose text, stands boolean) language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(consent.key_of(family));
  return query
    select a.who, a.what, g.purpose, g.stands
    from unnest(persons, steps) with ordinality as a (who, what, n)
    cross join lateral consent.grounds(family, a.who, a.what, at_wave) g order by a.n, g.purpose;
end $$;
