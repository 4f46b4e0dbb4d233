"""Agreement: how far two readers of the same agree, question by question, before anybody decided between them."""

from collections import defaultdict
from typing import Any

from asyncpg import Connection
from msgspec import Struct

from fieldwork.cases import readings
from fieldwork.reports.strata import OUT
from fieldwork.study import declaration
from fieldwork.study.protocol import Asking, Protocol
from questionnaires import agreement, library
from questionnaires.agreement import Weighting
from questionnaires.definitions import Questionnaire, SelectOne

PLACES = 4
Pairs = list[tuple[str, str]]


class Row(Struct, frozen=True):
    """One question over all waves. Observed and kappa are weighted where the question is graded."""

    questionnaire: str
    version: str
    item: str
    weighting: str
    pairs: int
    same: int
    observed: float | None
    kappa: float | None
    low: float | None
    high: float | None


class Agreed(Struct, frozen=True):
    rows: list[Row]

    def figures(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def table(self) -> list[dict[str, Any]]:
        return [{name: getattr(row, name) for name in Row.__struct_fields__} for row in self.rows]


async def agreed(conn: Connection, sites: tuple[int, ...]) -> Agreed:
    """Every question with one choice of what is read twice. A question one of the two left out counts for neither."""
    protocol = await declaration.current(conn)
    given = await _given(conn, sites, protocol)
    definitions = await library.definitions_of(conn, {(code, version) for code, version, _ in given})
    rules = {each.questionnaire: each for each in readings.asked(protocol)}
    return Agreed(
        [
            _row(rules[code], definition, item, given.get((code, version, item.name), []))
            for (code, version), definition in sorted(definitions.items())
            for item in definition.items.values()
            if isinstance(item, SelectOne)
        ]
    )


async def _given(conn: Connection, sites: tuple[int, ...], protocol: Protocol) -> dict[tuple[str, str, str], Pairs]:
    """Questionnaire, version and item → what both chose, as often as they did."""
    rows = await conn.fetch(
        f"""
        select r.questionnaire, r.version, one.key as item, one.value #>> '{{}}' as first,
          other.value #>> '{{}}' as second, count(*) as times
        from cases.reading r
        join questionnaires.administration a on a.family_id = r.family_id and a.administration_id = r.first_id
        join questionnaires.administration b on b.family_id = r.family_id and b.administration_id = r.second_id
        cross join lateral jsonb_each(a.answers) one
        join lateral jsonb_each(b.answers) other on other.key = one.key
        where r.site_id = any($1) and r.questionnaire = any($2) and b.state in ('completed', 'locked')
          and jsonb_typeof(one.value) = 'string' and jsonb_typeof(other.value) = 'string'
          and not {OUT.format(a="a")}
        group by 1, 2, 3, 4, 5
        """,
        list(sites),
        [each.questionnaire for each in readings.asked(protocol)],
    )
    found: dict[tuple[str, str, str], Pairs] = defaultdict(list)
    for row in rows:
        pair = (row["first"], row["second"])
        found[row["questionnaire"], row["version"], row["item"]] += [pair] * row["times"]
    return found


def _row(asking: Asking, definition: Questionnaire, item: SelectOne, pairs: Pairs) -> Row:
    rule = asking.reading
    is_graded = rule is not None and item.name in rule.graded
    offered = [choice.name for choice in sorted(item.choices, key=lambda choice: choice.value or 0)]
    grades = [name for name in offered if not (is_graded and rule is not None and name in rule.no_grades)]
    weighting = Weighting.LINEAR if is_graded else Weighting.NONE
    found = agreement.cohen([pair for pair in pairs if set(pair) <= set(grades)], grades, weighting)
    return Row(
        questionnaire=definition.code,
        version=definition.version,
        item=item.name,
        weighting=weighting,
        pairs=found.pairs,
        same=found.same,
        observed=_rounded(found.observed),
        kappa=_rounded(found.kappa),
        low=_rounded(found.low),
        high=_rounded(found.high),
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, PLACES)
