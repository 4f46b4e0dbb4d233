"""Strata: cohort by grouping, the cells of every report, always all of them and always in the protocol's order."""

from fieldwork.study.protocol import Protocol

Stratum = tuple[str, str]

# The families of a report and of a file: their first interview was held, and somebody of them is left in the data.
INTERVIEWED = """
    select f.family_id, f.site_id, f.reference, f.cohort, s.grouping
    from people.family f
    join study.site s on s.no = f.site_id
    join cases.visit v on v.family_id = f.family_id and v.wave = (select code from study.wave order by position limit 1)
    where f.site_id = any($1) and v.state in ('done', 'partly_done') and not (
      exists (select from consent.withdrawal w where w.family_id = f.family_id and w.scope = 'future_exports')
      and not exists (select from cases.part t where t.family_id = f.family_id and t.state = 'seen'
        and not consent.withdrew(t.family_id, t.person_id, 'future_exports', t.wave)))
"""

# Whether an administration is out of the data: somebody it is from or about withdrew. What others say of a family, in a
# reading of its file or a worker's view of it, is about each of its parents.
OUT = """
    exists (
      select from consent.withdrawal w join people.person o using (family_id, person_id)
      where w.family_id = {a}.family_id and w.scope = 'future_exports'
        and (w.person_id in ({a}.respondent_id, {a}.subject_id) or o.role = 'parent' and not exists (
          select from people.person s where s.family_id = {a}.family_id and s.person_id = {a}.respondent_id))
        and consent.withdrew(w.family_id, w.person_id, w.scope, {a}.wave))
"""


def of(protocol: Protocol) -> list[Stratum]:
    # A table of names loses its order in the database; the list of sites keeps it.
    groupings = dict.fromkeys([*(site.grouping for site in protocol.sites), *protocol.groupings])
    return [(cohort.code, grouping) for cohort in protocol.cohorts for grouping in groupings]
