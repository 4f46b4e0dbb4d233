"""Noting: what a researcher noticed, as a page shows it beside its question, and as a device sends it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from msgspec import Struct

from consent.errors import NotPermitted
from fieldwork.web import fields
from fieldwork.web.fields import Field
from questionnaires import asides, notes
from questionnaires.errors import AdministrationLocked
from questionnaires.notes import Note, Noted
from questionnaires.saving import Receipt

WHOLE = "-"  # how the interview as a whole is called in an address


class Line(Struct, frozen=True):
    """A note in words: when it was made, on the family's clock, and by whom."""

    note: UUID
    item: str
    words: str
    tags: tuple[str, ...]
    time: str
    who: str = ""


def lines(found: Iterable[Noted], zone: str, held_on: date, names: Mapping[str, str]) -> list[Line]:
    """The day is said only where it is not the interview's."""
    return [
        Line(one.note, one.item, one.words, one.tags, _time(one.noted_at, zone, held_on), names.get(one.actor, ""))
        for one in found
    ]


def _time(at: datetime, zone: str, held_on: date) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M}" if local.date() == held_on else f"{local.day} {local:%b}, {local:%H:%M}"


def by_place(found: Iterable[Line]) -> dict[str, list[Line]]:
    sorted_out: dict[str, list[Line]] = {}
    for one in found:
        sorted_out.setdefault(one.item, []).append(one)
    return sorted_out


def mark(drawn: Iterable[Field], found: Iterable[Noted]) -> None:
    """Beside each question, or each grid of them, how much was noted; the row others are made from has none."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.item] = counts.get(one.item, 0) + 1
    _mark(drawn, counts)


def _mark(drawn: Iterable[Field], counts: Mapping[str, int]) -> None:
    for field in drawn:
        if field.kind in fields.INSIDE and field.kind != "matrix":
            _mark([*field.items, *([field.repeat.blank] if field.repeat else [])], counts)
        elif field.kind not in ("note", "shown"):
            field.noted = counts.get(field.name, 0)


async def take(conn: Connection, family_id: UUID, administration_id: UUID, given: list[Note]) -> list[Receipt]:
    """What a device kept; what comes after a withdrawal or a lock is set aside like an answer."""
    if not given:
        return []
    try:
        return await notes.keep(conn, family_id, administration_id, given)
    except (NotPermitted, AdministrationLocked) as error:
        late = await notes.unknown(conn, family_id, administration_id, given)
        because = "permission" if isinstance(error, NotPermitted) else "closed"
        return await asides.keep(conn, family_id, administration_id, [*map(notes.as_save, late)], because=because)
