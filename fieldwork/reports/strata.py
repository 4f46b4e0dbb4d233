"""Strata: cohort by grouping, the cells of every report, always all of them and always in the protocol's order."""

from fieldwork.study.protocol import Protocol

Stratum = tuple[str, str]

# The families a report is about: those whose first interview was held.
INTERVIEWED = """
    select f.family_id, f.site_id, f.reference, f.cohort, s.grouping
    from people.family f
    join study.site s on s.no = f.site_id
    join cases.visit v on v.family_id = f.family_id and v.wave = (select code from study.wave order by position limit 1)
    where f.site_id = any($1) and v.state in ('done', 'partly_done')
"""


def of(protocol: Protocol) -> list[Stratum]:
    # A table of names loses its order in the database; the list of sites keeps it.
    groupings = dict.fromkeys([*(site.grouping for site in protocol.sites), *protocol.groupings])
    return [(cohort.code, grouping) for cohort in protocol.cohorts for grouping in groupings]
