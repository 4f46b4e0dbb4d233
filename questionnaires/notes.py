"""Notes: what a researcher noticed beside a question or about the whole interview, kept apart from the answers."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from asyncpg import CheckViolationError, Connection
from msgspec import Meta, Struct, convert

from consent import permissions
from questionnaires import administrations, answers, library
from questionnaires.definitions import Questionnaire
from questionnaires.errors import AdministrationLocked, UnknownItem
from questionnaires.saving import Receipt, Save

LONGEST = 5_000
LONGEST_TAG = 40
MOST_TAGS = 20
YEARS = range(1900, 2200)
ASIDE = "note:"  # what is set aside goes under this; no question can be called so
_BEYOND = re.compile("[\x00\ud800-\udfff]")  # what no text can hold
UNFIT = "This note could not be kept: it is empty or too long, or its question is not in this questionnaire."


class Note(Struct, frozen=True):
    """As a device sends it: its own id, the question or none, words and tags; or which earlier one it takes back."""

    note: UUID
    at: Annotated[datetime, Meta(tz=True)]
    item: str = ""
    words: str = ""
    tags: tuple[str, ...] = ()
    takes_back: UUID | None = None


class Noted(Struct, frozen=True):
    note: UUID
    item: str
    words: str
    tags: tuple[str, ...]
    noted_at: datetime
    actor: str


async def keep(conn: Connection, family_id: UUID, administration_id: UUID, given: list[Note]) -> list[Receipt]:
    """Each once, whether or not the questionnaire is completed meanwhile; it stands on what saving stands on."""
    held = await administrations.find(conn, family_id, administration_id, sealed=True)
    if held.state == "locked":
        raise AdministrationLocked
    definition = await library.definition(conn, held.hash)
    step = administrations.step_of(definition, held.mode)
    await permissions.require(conn, family_id, held.respondent_id, step, held.wave)
    fit = {note.note for note in given if _is_fit(definition, note)}
    try:
        await conn.executemany(
            """
            insert into questionnaires.note
              (family_id, administration_id, site_id, note_id, item, words, tags, takes_back, noted_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing
            """,
            [
                (family_id, administration_id, held.site_id, n.note, n.item, n.words, [*n.tags], n.takes_back, n.at)
                for n in given
                if n.note in fit
            ],
        )
    except CheckViolationError as error:
        raise AdministrationLocked from error
    return [
        Receipt(note.note, 0, "stored") if note.note in fit else Receipt(note.note, 0, "refused", UNFIT)
        for note in given
    ]


def _is_fit(definition: Questionnaire, note: Note) -> bool:
    said = [note.words, *note.tags]
    if not note.takes_back and not any(text.strip() for text in said):
        return False
    if len(note.words) > LONGEST or len(note.tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in note.tags):
        return False
    return note.at.year in YEARS and not any(map(_BEYOND.search, said)) and is_place(definition, note.item)


def is_place(definition: Questionnaire, item: str) -> bool:
    """The whole interview has no name."""
    if not item:
        return True
    try:
        answers.find(definition, item)
    except UnknownItem:
        return False
    return not item.endswith(answers.NOTE)


async def of(conn: Connection, family_id: UUID, administration_id: UUID) -> list[Noted]:
    """Those that stand, in the order they were made."""
    rows = await conn.fetch(
        """
        select note_id as note, item, words, tags, noted_at, actor from questionnaires.note n
        where family_id = $1 and administration_id = $2 and takes_back is null and not exists (
          select from questionnaires.note b
          where b.family_id = $1 and b.administration_id = $2 and b.takes_back = n.note_id)
        order by noted_at, note_id
        """,
        family_id,
        administration_id,
    )
    return [convert(dict(row), Noted) for row in rows]


async def unknown(conn: Connection, family_id: UUID, administration_id: UUID, given: list[Note]) -> list[Note]:
    """Those that are not here yet: what was kept before a door was closed needs no deciding."""
    rows = await conn.fetch(
        "select note_id from questionnaires.note where family_id = $1 and administration_id = $2 and note_id = any($3)",
        family_id,
        administration_id,
        [note.note for note in given],
    )
    known = {row["note_id"] for row in rows}
    return [note for note in given if note.note not in known]


def as_save(note: Note) -> Save:
    """As it is set aside among answers that came too late."""
    value = {"words": note.words, "tags": [*note.tags], "takes_back": str(note.takes_back) if note.takes_back else None}
    return Save(note.note, ASIDE + note.item, value, 0, note.at)


def apart(set_aside: Iterable[Save]) -> tuple[list[Save], list[Note]]:
    """Answers and notes, each to go its own way once somebody has decided."""
    saves = list(set_aside)
    found = [
        convert({**save.value, "note": save.save, "item": save.item.removeprefix(ASIDE), "at": save.at}, Note)
        for save in saves
        if save.item.startswith(ASIDE)
    ]
    return [save for save in saves if not save.item.startswith(ASIDE)], found
