"""Records: what became of families that let the team look it up, over all sites together."""

from typing import Any

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.reports.strata import INTERVIEWED, OUT

# Whole weeks plans lasted that ended on a day that is known, grouped as in the reference study (DFE-RR589, 4.9.4.8).
WEEKS = {"to_15": (0, 15), "16_30": (16, 30), "31_40": (31, 40), "41_52": (41, 52), "over_52": (53, 10_000)}
SHORT = WEEKS["to_15"][1]
AFTER = (
    *("removed", "special_guardianship", "to_child_in_need", "new_protection_plan"),
    *("referrals_no_action", "closed_no_contact"),
)
OUTCOMES = ("no_further_action", "new_child_in_need", "new_protection_plan", "existing_plan")
FOUND = f"""
    select a.answers, case
        when jsonb_typeof(answers -> 'plan_started') = 'string' and jsonb_typeof(answers -> 'plan_ended') = 'string'
        then ((answers ->> 'plan_ended')::date - (answers ->> 'plan_started')::date) / 7 end as weeks
    from questionnaires.administration a join ({INTERVIEWED}) base using (family_id)
    where a.questionnaire = 'records' and a.state in ('completed', 'locked') and not {OUT.format(a="a")}
"""


class Records(Struct, frozen=True):
    """Families each; `told` is the base of everything but what came of a new referral or a plan."""

    told: int
    closed_or_stepped_down: int
    closed_not_re_referred: int
    not_re_referred: int
    re_referred: int
    removed: int
    removed_after_re_referral: int
    led_to: dict[str, int]
    plan_weeks: dict[str, int]
    after_short_plans: dict[str, int]

    def figures(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def table(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for figure, counted in self.figures().items():
            for of, families in counted.items() if isinstance(counted, dict) else [("", counted)]:
                rows.append({"figure": figure, "of": of, "families": families})
        return rows


async def records(conn: Connection, sites: tuple[int, ...]) -> Records:
    """In one statement: every family whose record is complete, by what it says."""
    row = await conn.fetchrow(
        f"""
        select count(*) as told,
          count(*) filter (where {_closed()}) as closed_or_stepped_down,
          count(*) filter (where {_closed()} and {_says("rereferred", "no")}) as closed_not_re_referred,
          count(*) filter (where {_says("rereferred", "no")}) as not_re_referred,
          count(*) filter (where {_says("rereferred", "yes")}) as re_referred,
          count(*) filter (where {_says("removed", "yes", "after_rereferral")}) as removed,
          count(*) filter (where {_says("removed", "after_rereferral")}) as removed_after_re_referral,
          {_counted("led_to", {each: _says("rereferral_outcome", each) for each in OUTCOMES})},
          {_counted("plan_weeks", {band: f"weeks between {low} and {high}" for band, (low, high) in WEEKS.items()})},
          {_counted("after_short_plans", {each: f"weeks <= {SHORT} and {_says('plan_after', each)}" for each in AFTER})}
        from ({FOUND}) found
        """,
        list(sites),
    )
    return convert(dict(row or {}), Records)


def _says(item: str, *choices: str) -> str:
    return f"answers ->> '{item}' in ({', '.join(repr(choice) for choice in choices)})"


def _closed() -> str:
    return _says("status_t2", "closed", "early_help")


def _counted(name: str, conditions: dict[str, str]) -> str:
    counts = ", ".join(f"'{each}', count(*) filter (where {condition})" for each, condition in conditions.items())
    return f"jsonb_build_object({counts}) as {name}"
