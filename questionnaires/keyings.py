"""Keyings: what is on paper is keyed in a second time by somebody else, and where the two differ is decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import CheckViolationError, Connection
from msgspec import Struct, convert

from questionnaires import administrations, answers, histories, routing
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire, Repeat, Upload
from questionnaires.errors import AdministrationLocked, KeyedTwice


class Keying(Struct, frozen=True):
    """The second keying, beside what stood there when it came; `seq` is how far the history had come by then."""

    administration_id: UUID
    first: dict[str, Any]
    second: dict[str, Any]
    seq: int
    actor: str
    at: datetime


class Agreement(Struct, frozen=True):
    """How many answers somebody keyed in at all, which of them differ, and which of these are still to be decided."""

    compared: int
    differed: list[str]
    undecided: list[str]

    @property
    def percent(self) -> int:
        return 100 * (self.compared - len(self.differed)) // self.compared if self.compared else 100


COLUMNS = "administration_id, first, second, seq, actor, at"


async def key_again(conn: Connection, family_id: UUID, administration_id: UUID, second: dict[str, Any]) -> Keying:
    """The whole form at once, by somebody who has not answered in it. The same posted twice is kept once."""
    held = await administrations.hold(conn, family_id, administration_id)
    definition = await administrations.permitted(conn, held)
    if held.state == "locked":
        raise AdministrationLocked
    second = {place: answers.check(answers.find(definition, place), value).value for place, value in second.items()}
    try:
        row = await conn.fetchrow(
            f"""
            insert into questionnaires.keying (family_id, administration_id, site_id, first, second, seq)
            values ($1, $2, $3, $4, $5, $6) on conflict (family_id, administration_id) do nothing returning {COLUMNS}
            """,
            family_id,
            administration_id,
            held.site_id,
            held.answers,
            second,
            held.seq,
        )
    except CheckViolationError as error:
        histories.refuse(error)
    found = convert(dict(row), Keying) if row else (await of_family(conn, family_id))[administration_id]
    if found.second != second:
        raise KeyedTwice
    return found


async def of_family(conn: Connection, family_id: UUID) -> dict[UUID, Keying]:
    """The second keyings of a family's forms, by the form."""
    rows = await conn.fetch(f"select {COLUMNS} from questionnaires.keying where family_id = $1", family_id)
    return {row["administration_id"]: convert(dict(row), Keying) for row in rows}


async def keyers(conn: Connection, family_id: UUID, administration_id: UUID) -> set[str]:
    """Who has answered in it: none of them keys it in the second time."""
    rows = await conn.fetch(
        "select distinct actor from questionnaires.answer where family_id = $1 and administration_id = $2",
        family_id,
        administration_id,
    )
    return {row["actor"] for row in rows}


def agreement(definition: Questionnaire, held: Administration, keying: Keying) -> Agreement:
    """In the order of the paper. Whatever was answered after the second keying was decided looking at both."""
    places = _places(definition, {**keying.first, **keying.second})
    compared = [place for place in places if _given(keying.first, place) or _given(keying.second, place)]
    differed = [place for place in compared if keying.first.get(place) != keying.second.get(place)]
    return Agreement(
        compared=len(compared),
        differed=differed,
        undecided=[place for place in differed if held.seqs.get(place, 0) <= keying.seq],
    )


def _given(answered: Mapping[str, Any], place: str) -> bool:
    return answered.get(place) is not None


def _places(definition: Questionnaire, answered: Mapping[str, Any]) -> list[str]:
    """Those that stand on paper: no notes, no files, and nothing that is only worked out."""
    order = {name: number for number, name in enumerate(definition.items)}

    def on_paper(place: str) -> bool:
        item = answers.find(definition, place)
        return not place.endswith(answers.NOTE) and routing.is_answered(item) and not isinstance(item, Upload)

    def position(place: str) -> tuple[int, int, int]:
        found = answers.path(place)
        repeat = definition.items[found.name]
        inner = list(repeat.questions).index(found.inner) if isinstance(repeat, Repeat) and found.inner else 0
        return order[found.name], found.row or 0, inner

    return sorted((place for place in answered if on_paper(place)), key=position)
